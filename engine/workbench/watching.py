"""Rules that note what is used of them: the same compiled steps, conditions and tables, each asked through a witness.

Nothing on the way of a message knows of it; watched rules decide as the rules themselves do.
"""

from collections import Counter
from dataclasses import dataclass, field, fields, is_dataclass, replace
from datetime import date
from typing import Any

from engine.errors import Miss
from engine.expression import Condition, Env, Trace
from engine.mapping import Mapping
from engine.mapping.codes import CodeTable
from engine.mapping.run import Run
from engine.mapping.steps import Numbered, Step, StepList
from engine.problems import Place
from engine.routing import Entry, Route, Rules


@dataclass(slots=True)
class Notes:
    """What was used, while cases ran."""

    answers: dict[tuple[Place, str], set[bool]] = field(default_factory=dict)
    """What each clause answered, by its place and words."""
    held: dict[Place, set[bool]] = field(default_factory=dict)
    """What each whole condition answered."""
    steps: Counter[Place] = field(default_factory=Counter)
    """How often each step was run."""
    rows: Counter[tuple[str, int]] = field(default_factory=Counter)
    """How often each line of each table answered."""


@dataclass(frozen=True, slots=True)
class Watched:
    """Rules that note, and their notes."""

    rules: Rules
    notes: Notes


def watch(rules: Rules) -> Watched:
    """Return *rules* so that they note what is used of them."""
    notes = Notes()
    watcher = _Watcher(notes)
    routes = {id(each): watcher.route(each) for each in rules.routes}
    watched = replace(
        rules,
        tables={name: _watched_table(table, notes) for name, table in rules.tables.items()},
        mappings={name: watcher.mapping(each) for name, each in rules.mappings.items()},
        routes=tuple(routes.values()),
        routes_of={name: tuple(routes[id(each)] for each in some) for name, some in rules.routes_of.items()},
    )
    return Watched(watched, notes)


class _Watcher:
    """Puts witnesses around the parts of rules; a mapping that several entries use is watched once."""

    def __init__(self, notes: Notes) -> None:
        self._notes = notes
        self._done: dict[int, tuple[Mapping, Mapping]] = {}

    def route(self, route: Route) -> Route:
        entries = tuple(self._entry(each) for each in route.entries)
        return replace(route, accept=self._condition(route.accept), entries=entries)

    def mapping(self, mapping: Mapping) -> Mapping:
        if id(mapping) not in self._done:
            self._done[id(mapping)] = (mapping, replace(mapping, steps=self._steps(mapping.steps)))
        return self._done[id(mapping)][1]

    def _entry(self, entry: Entry) -> Entry:
        mapping = None if entry.mapping is None else self.mapping(entry.mapping)
        return replace(entry, when=self._condition(entry.when), mapping=mapping)

    def _condition(self, condition: Condition | None) -> Condition | None:
        return None if condition is None else _WatchedCondition(condition, self._notes)

    def _steps(self, steps: StepList) -> StepList:
        return replace(steps, steps=tuple(self._numbered(each) for each in steps.steps))

    def _numbered(self, numbered: Numbered) -> Numbered:
        step = _WatchedStep(self._step(numbered.step), numbered.place, self._notes)
        return replace(numbered, when=self._condition(numbered.when), step=step)

    def _step(self, step: Step) -> Step:
        """Return *step* with witnesses around the conditions and lists of steps in it, whichever kind it is."""
        changed: dict[str, object] = {}
        for name, part in parts_of(step):
            if isinstance(part, Condition):
                changed[name] = self._condition(part)
            elif isinstance(part, StepList):
                changed[name] = self._steps(part)
        made: Any = step
        return replace(made, **changed) if changed else step


def parts_of(step: object) -> list[tuple[str, object]]:
    """Return what a step holds, by name: steps are looked into whichever kinds there are."""
    if not is_dataclass(step) or isinstance(step, type):
        return []
    return [(each.name, getattr(step, each.name)) for each in fields(step)]


class _WatchedCondition(Condition):
    """A condition that notes what it and its clauses answered."""

    __slots__ = ("_notes",)

    def __init__(self, condition: Condition, notes: Notes) -> None:
        for name in Condition.__slots__:
            setattr(self, name, getattr(condition, name))
        self._notes = notes

    def holds(self, env: Env) -> bool:
        """Ask it as if to be explained, and take note."""
        outer = env.trace
        trace = env.trace = Trace() if outer is None else outer
        before = len(trace.asked)
        try:
            holds = super().holds(env)
        finally:
            env.trace = outer
            for asked in trace.asked[before:]:
                self._notes.held.setdefault(asked.place, set()).add(asked.holds)
                for clause in asked.clauses:
                    self._notes.answers.setdefault((clause.place, clause.words), set()).add(clause.holds)
        return holds


@dataclass(frozen=True, slots=True)
class _WatchedStep:
    """A step that notes that it was run."""

    step: Step
    place: Place
    notes: Notes

    def run(self, run: Run) -> None:
        """Run it."""
        self.notes.steps[self.place] += 1
        self.step.run(run)


@dataclass(frozen=True, slots=True)
class _WatchedTable(CodeTable):
    """A table that notes which of its lines answered."""

    notes: Notes = field(default_factory=Notes, repr=False, compare=False)

    def translate(self, value: str, as_of: date, missed: list[Miss] | None = None) -> str:
        """Translate, and take note."""
        self._used(value, as_of)
        return CodeTable.translate(self, value, as_of, missed)

    def lookup(self, value: str, column: str, as_of: date, missed: list[Miss] | None = None) -> str:
        """Look up, and take note."""
        self._used(value, as_of)
        return CodeTable.lookup(self, value, column, as_of, missed)

    def listed(self, value: str, as_of: date) -> bool:
        """Tell whether it is listed, and take note."""
        self._used(value, as_of)
        return CodeTable.listed(self, value, as_of)

    def _used(self, value: str, as_of: date) -> None:
        line = self.line_of(value, as_of)
        if line:
            self.notes.rows[self.name, line] += 1


def _watched_table(table: CodeTable, notes: Notes) -> CodeTable:
    return _WatchedTable(**{each.name: getattr(table, each.name) for each in fields(table)}, notes=notes)
