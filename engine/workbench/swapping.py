"""The rules of a site with one of their files exchanged in memory: only what that file makes is compiled again."""

from collections.abc import Mapping as Names
from dataclasses import replace

from engine.documents import Node
from engine.expression import Vocabulary
from engine.mapping import Mapping, load_mapping
from engine.mapping.codes import CodeTable, load_table
from engine.problems import Problem, Problems
from engine.routing import Known, Route, Rules, load_route
from engine.states import Severity

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
        )

    def with_mapping(self, mapping: Mapping, document: Node) -> Rules | Problem:
        """Return the rules with *document* instead of the file of *mapping*, or the first reason against it."""
        problems = Problems()
        made = load_mapping(document, self._tables, problems)
        return _first(problems) if made is None or problems.errors else self._exchange(mapping, made)

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

    def _exchange(self, old: Mapping, new: Mapping) -> Rules:
        changed: dict[int, Route] = {}
        for route in self._rules.routes:
            if any(entry.mapping is old for entry in route.entries):
                entries = tuple(
                    replace(entry, mapping=new) if entry.mapping is old else entry for entry in route.entries
                )
                changed[id(route)] = replace(route, entries=entries)
        rules = _with_routes(self._rules, changed)
        return replace(rules, mappings={**rules.mappings, old.name: new})


def _with_routes(rules: Rules, changed: Names[int, Route]) -> Rules:
    routes_of = {name: tuple(changed.get(id(each), each) for each in some) for name, some in rules.routes_of.items()}
    return replace(rules, routes=tuple(changed.get(id(each), each) for each in rules.routes), routes_of=routes_of)


def _first(problems: Problems) -> Problem:
    return next(each for each in problems.sorted() if each.severity is Severity.ERROR)
