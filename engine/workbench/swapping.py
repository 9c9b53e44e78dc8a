"""The rules of a site with one of their files exchanged in memory: only what that file makes is compiled again."""

from collections.abc import Iterator
from collections.abc import Mapping as Names
from dataclasses import replace

from engine.documents import Entries, Node, read_document
from engine.expression import Vocabulary
from engine.mapping import Mapping, load_mapping
from engine.mapping.calling import Call
from engine.mapping.codes import CodeTable, load_table
from engine.mapping.library import Functions, Library, Shared
from engine.mapping.sharing import Use, is_shared, read_shared
from engine.problems import Place, Problem, Problems
from engine.routing import Entry, Known, Route, Rules, load_route
from engine.states import Severity
from engine.workbench.watching import parts_of

_ROUTES_READ_NAMES_BY = "2.5.1"


class Swapper:
    """Makes rules that differ in one file. What it is given compiled is used as it is."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._tables: Names[str, CodeTable] = rules.tables
        self._known = Known(
            listeners=frozenset(rules.listeners),
            destinations=frozenset(rules.destinations),
            with_header=frozenset(name for name, each in rules.destinations.items() if each.header),
            mappings=rules.mappings,
            vocabulary=Vocabulary(_ROUTES_READ_NAMES_BY, rules.tables),
            profiles=rules.profiles,
        )
        self._shared = shared_lists(rules)
        self._functions = _functions_of(rules)

    def with_mapping(self, mapping: Mapping, document: Node) -> Rules | Problem:
        """Return the rules with *document* instead of the file of *mapping*, or the first reason against it."""
        made = self._mapping(document, self._shared)
        return made if isinstance(made, Problem) else self._exchange({mapping.name: made})

    def with_shared(self, shared: Shared, document: Node) -> Rules | Problem:
        """Return the rules with *document* instead of the file of a shared list, in every mapping that uses it."""
        steps = document.get("steps") if isinstance(document, Entries) else None
        lists, made = {**self._shared, shared.name.text: replace(shared, steps=steps)}, dict[str, Mapping]()
        for name, mapping in self._rules.mappings.items():
            if uses_shared(mapping, shared.name.text):
                found = self._mapping(document_of(self._rules, mapping.place.file), lists)
                if isinstance(found, Problem):
                    return found
                made[name] = found
        return self._exchange(made)

    def _mapping(self, document: Node, shared: Names[str, Shared]) -> Mapping | Problem:
        problems = Problems()
        made = load_mapping(document, self._tables, problems, Library(shared, self._functions))
        return _first(problems) if made is None or problems.errors else made

    def with_route(self, route: Route, document: Node) -> Rules | Problem:
        """Return the rules with *document* instead of the file of *route*, or the first reason against it."""
        problems = Problems()
        made = load_route(document, self._known, problems)
        return _first(problems) if made is None or problems.errors else _with_routes(self._rules, {id(route): made})

    def with_table(self, table: CodeTable, text: str) -> Rules | Problem:
        """Return the rules with *text* instead of the file of *table*, or the first reason against it."""
        problems = Problems()
        made = load_table(table.name, table.file, text, table, problems)
        if problems.errors:
            return _first(problems)
        return replace(self._rules, tables={**self._rules.tables, table.name: made})

    def _exchange(self, made: Names[str, Mapping]) -> Rules:
        mappings = {name: made.get(name, each) for name, each in self._rules.mappings.items()}
        changed: dict[int, Route] = {}
        for route in self._rules.routes:
            if any(entry.mapping is not None and entry.mapping.name in made for entry in route.entries):
                changed[id(route)] = replace(route, entries=tuple(_with_mapping(each, made) for each in route.entries))
        return replace(_with_routes(self._rules, changed), mappings=mappings)


def document_of(rules: Rules, file: str) -> Node:
    """Return the document of one of the rules' files."""
    text = next((text for name, text in rules.texts.values() if name == file), "")
    return read_document(file, text, Problems()) or Entries(Place(file), ())


def shared_lists(rules: Rules) -> dict[str, Shared]:
    """Return the shared lists of steps by name."""
    found: dict[str, Shared] = {}
    for file, text in rules.texts.values():
        document = document_of(rules, file) if "shared:" in text else None
        if isinstance(document, Entries) and is_shared(document):
            shared = read_shared(document, Problems())
            found |= {} if shared is None else {shared.name.text: shared}
    return found


def uses_shared(part: object, name: str) -> bool:
    """Tell whether steps, or what they hold, put in the shared list called *name*."""
    return any(isinstance(each, Use) and each.name == name for each in _uses_and_calls(part))


def _functions_of(rules: Rules) -> Functions | None:
    """Return what runs the functions in Python that mappings ask; None where none asks any."""
    parts = (each for mapping in rules.mappings.values() if mapping.calls for each in _uses_and_calls(mapping))
    return next((each.functions for each in parts if isinstance(each, Call)), None)


def _uses_and_calls(part: object) -> Iterator[Use | Call]:
    if isinstance(part, Use | Call):
        yield part
    for each in part if isinstance(part, tuple) else (value for _, value in parts_of(part)):
        yield from _uses_and_calls(each)


def _with_mapping(entry: Entry, made: Names[str, Mapping]) -> Entry:
    return replace(entry, mapping=made[entry.mapping.name]) if entry.mapping and entry.mapping.name in made else entry


def _with_routes(rules: Rules, changed: Names[int, Route]) -> Rules:
    routes_of = {name: tuple(changed.get(id(each), each) for each in some) for name, some in rules.routes_of.items()}
    return replace(rules, routes=tuple(changed.get(id(each), each) for each in rules.routes), routes_of=routes_of)


def _first(problems: Problems) -> Problem:
    return next(each for each in problems.sorted() if each.severity is Severity.ERROR)
