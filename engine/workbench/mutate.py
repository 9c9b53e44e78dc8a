"""``engine test --mutate``: changes the rules one thing at a time and tells which changes no case notices."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, fields, is_dataclass
from enum import Enum

from engine.expression import Condition, Formula
from engine.expression.compiled import nodes_in
from engine.expression.registry import Takes
from engine.expression.syntax import Constant, Invoke
from engine.expression.syntax import Node as ExpressionNode
from engine.expression.targets import CompiledPath
from engine.mapping import Mapping
from engine.mapping.codes import TO, CodeTable
from engine.mapping.library import Shared
from engine.problems import Problem
from engine.routing import Route, Rules
from engine.workbench.cases import Case
from engine.workbench.coverage import MOST_ROWS
from engine.workbench.mutants import Mutant, mutants_of_route, mutants_of_steps, mutants_of_table
from engine.workbench.swapping import Swapper, document_of, shared_lists, uses_shared
from engine.workbench.trials import passes

Part = Route | Mapping | Shared | CodeTable
"""What a file of the rules makes."""


class Fate(Enum):
    """What became of a mutant."""

    NOTICED = "noticed"
    UNNOTICED = "unnoticed"
    REFUSED = "refused"
    """It cannot be loaded: nobody could write it by mistake and not be told."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """One mutant, and who noticed it."""

    mutant: Mutant
    fate: Fate
    by: str = ""
    """The case that noticed, or the problem for which it is refused."""


@dataclass(frozen=True, slots=True)
class Mutation:
    """All mutants of the rules that were tried."""

    verdicts: tuple[Verdict, ...]

    def of(self, fate: Fate) -> tuple[Verdict, ...]:
        """Return the verdicts with that end."""
        return tuple(each for each in self.verdicts if each.fate is fate)

    @property
    def score(self) -> float:
        """Which part of those that could be loaded was noticed; 1 where there are none."""
        noticed, unnoticed = len(self.of(Fate.NOTICED)), len(self.of(Fate.UNNOTICED))
        return noticed / (noticed + unnoticed) if noticed + unnoticed else 1.0


def mutants_of(rules: Rules, names: Collection[str] = ()) -> list[tuple[Part, Mutant]]:
    """Return every mutant of the routes and mappings called *names*, or of everything there is, tables included."""
    routes = [each for each in rules.routes if not names or each.name in names]
    mappings = [each for each in rules.mappings.values() if not names or each.name in names]
    texts = dict(rules.texts.values())
    found: list[tuple[Part, Mutant]] = []
    for route in routes:
        found += [(route, each) for each in mutants_of_route(document_of(rules, route.place.file))]
    for mapping in mappings:
        found += [(mapping, each) for each in mutants_of_steps(document_of(rules, mapping.place.file))]
    for name, shared in shared_lists(rules).items():
        if uses_shared(tuple(mappings), name):
            found += [(shared, each) for each in mutants_of_steps(document_of(rules, shared.name.place.file))]
    asked = {} if names else columns_read((*routes, *mappings))
    for name, columns in asked.items():
        table = rules.tables[name]
        if len(table) < MOST_ROWS:
            found += [(table, each) for each in mutants_of_table(table, texts[table.file], columns)]
    return found


def columns_read(parts: Iterable[Route | Mapping]) -> dict[str, frozenset[str]]:
    """Return the tables that *parts* of the rules ask, and of each the columns that are read besides the key."""
    found: dict[str, frozenset[str]] = {}
    for node in (node for part in parts for node in _nodes_of(part)):
        if isinstance(node, Invoke) and _asks_table(node) and isinstance(node.arguments[0], Constant):
            name, columns = str(node.arguments[0].value), frozenset[str]()
            if node.function.name == "translate":
                columns = frozenset({TO})
            elif node.function.name == "lookup" and isinstance(node.arguments[2], Constant):
                columns = frozenset({str(node.arguments[2].value)})
            found[name] = found.get(name, frozenset()) | columns
    return found


def _asks_table(node: Invoke) -> bool:
    return bool(node.function.parameters) and node.function.parameters[0].takes is Takes.TABLE


def _nodes_of(part: object) -> Iterator[ExpressionNode]:
    """Yield every node of every expression in a part of the rules, found by what it is."""
    if isinstance(part, Condition | Formula | CompiledPath):
        yield from nodes_in(part.node)
    elif isinstance(part, tuple):
        for each in part:
            yield from _nodes_of(each)
    elif is_dataclass(part) and not isinstance(part, type):
        for each in fields(part):
            yield from _nodes_of(getattr(part, each.name))


@dataclass(frozen=True, slots=True)
class Trial:
    """Rules and cases that mutants are tried on."""

    rules: Rules
    cases: Sequence[Case]

    def run(self, mutants: Iterable[tuple[Part, Mutant]]) -> Iterator[Verdict]:
        """Yield what becomes of each mutant, in order; the case that noticed the last one is asked first."""
        swapper, last = Swapper(self.rules), dict[int, Case]()
        for part, mutant in mutants:
            rules = _mutated(swapper, part, mutant)
            if isinstance(rules, Problem):
                yield Verdict(mutant, Fate.REFUSED, f"{rules.code}: {rules.text}")
                continue
            cases = self._cases_of(part)
            first = last.get(id(part))
            noticed = next((each for each in ([first] if first else []) if not passes(each, rules)), None)
            noticed = noticed or next((each for each in cases if each is not first and not passes(each, rules)), None)
            if noticed is None:
                yield Verdict(mutant, Fate.UNNOTICED)
                continue
            last[id(part)] = noticed
            yield Verdict(mutant, Fate.NOTICED, noticed.name)

    def _cases_of(self, part: Part) -> Sequence[Case]:
        """Return the cases whose messages a part of the rules can matter to; its own come first."""
        if isinstance(part, CodeTable):
            return self.cases
        mappings = [each for each in self.rules.mappings.values() if _is_made_of(each, part)]
        names = {each.name for each in mappings}
        routes = [part] if isinstance(part, Route) else [each for each in self.rules.routes if _asks(each, names)]
        listeners = {name for each in routes for name in each.listeners}
        mine = [each for each in self.cases if _meets(each, listeners, names)]
        return sorted(mine, key=lambda case: case.owner not in {*names, *(each.name for each in routes)})


def _is_made_of(mapping: Mapping, part: Part) -> bool:
    return mapping is part or (isinstance(part, Shared) and uses_shared(mapping, part.name.text))


def _asks(route: Route, mappings: Collection[str]) -> bool:
    return any(entry.mapping is not None and entry.mapping.name in mappings for entry in route.entries)


def _meets(case: Case, listeners: Collection[str], mappings: Collection[str]) -> bool:
    return case.mapping in mappings if case.mapping else any(each.listener in listeners for each in case.arrivals)


def _mutated(swapper: Swapper, part: Part, mutant: Mutant) -> Rules | Problem:
    content = mutant.content
    match part:
        case CodeTable():
            return swapper.with_table(part, content if isinstance(content, str) else "")
        case Route() if not isinstance(content, str):
            return swapper.with_route(part, content)
        case Mapping() if not isinstance(content, str):
            return swapper.with_mapping(part, content)
        case Shared() if not isinstance(content, str):
            return swapper.with_shared(part, content)
    raise AssertionError("a document is no table")
