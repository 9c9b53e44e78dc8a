"""What the cases have seen of the rules: every clause true and false, every step, entry and table row. Pure."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from engine.expression import Condition
from engine.expression.tracing import Question, Shape
from engine.mapping import Mapping
from engine.mapping.codes import CodeTable
from engine.mapping.steps import Numbered, StepList
from engine.problems import Place
from engine.routing import Entry, Route, Rules
from engine.workbench.quoting import Quotes
from engine.workbench.watching import Notes, parts_of

MOST_ROWS = 200
"""Tables with fewer rows are to be covered row by row; of the others it is only told how much of them was used."""
CLAUSE, STEP, ENTRY, ROW = "clause", "step", "entry", "row"
KINDS = (CLAUSE, STEP, ENTRY, ROW)


@dataclass(frozen=True, slots=True)
class Point:
    """One thing in the rules that cases can show at work."""

    kind: str
    place: Place
    words: str
    """As written, or enough of it to be recognised."""
    missing: str = ""
    """What no case has shown, as ``never true``; '' where nothing is missing."""


@dataclass(frozen=True, slots=True)
class Hits:
    """How much of a long table was used."""

    table: str
    used: int
    rows: int


@dataclass(frozen=True, slots=True)
class Coverage:
    """What cases have shown."""

    points: tuple[Point, ...]
    """In the order of files, lines and columns."""
    long_tables: tuple[Hits, ...]

    @property
    def missing(self) -> tuple[Point, ...]:
        """What no case has shown."""
        return tuple(each for each in self.points if each.missing)

    def counts(self, kind: str) -> tuple[int, int]:
        """Return how many points of *kind* were shown, of how many."""
        some = [each for each in self.points if each.kind == kind]
        return sum(1 for each in some if not each.missing), len(some)


def coverage_of(rules: Rules, notes: Notes, names: Collection[str] = ()) -> Coverage:
    """Return what *notes* tell of *rules*: of the routes and mappings called *names*, or of everything there is."""
    survey = _Survey(notes, Quotes.of(rules))
    found = {point for route in rules.routes if not names or route.name in names for point in survey.route(route)}
    for name, mapping in rules.mappings.items():
        found |= set(survey.mapping(mapping)) if not names or name in names else set()
    tables = () if names else tuple(rules.tables.values())
    found |= {point for table in tables if len(table) < MOST_ROWS for point in survey.table(table)}
    long = tuple(survey.hits(each) for each in tables if len(each) >= MOST_ROWS)
    return Coverage(tuple(sorted(found, key=lambda point: (point.place, point.kind, point.words))), long)


@dataclass(frozen=True, slots=True)
class _Survey:
    """Goes through compiled rules and asks the notes about each part."""

    notes: Notes
    quotes: Quotes

    def route(self, route: Route) -> Iterator[Point]:
        yield from self._condition(route.accept)
        for entry in route.entries:
            yield from self._condition(entry.when)
            words = f"{route.name} to {entry.destination}, entry {entry.index + 1}"
            yield Point(ENTRY, entry.place, words, "" if self._was_chosen(route, entry) else "never chosen")

    def mapping(self, mapping: Mapping) -> Iterator[Point]:
        for part in steps_and_conditions(mapping.steps):
            if isinstance(part, Condition):
                yield from self._condition(part)
            else:
                missing = "" if self.notes.steps[part.place] else "never run"
                yield Point(STEP, part.place, self.quotes.behind(part.place), missing)

    def table(self, table: CodeTable) -> Iterator[Point]:
        for row in table.rows:
            missing = "" if self.notes.rows[table.name, row.line] else "never used"
            yield Point(ROW, Place(table.file, row.line), f"{table.name} {row.cells['from']}", missing)

    def hits(self, table: CodeTable) -> Hits:
        used = sum(1 for name, _ in self.notes.rows if name == table.name)
        return Hits(table.name, used, len(table))

    def _was_chosen(self, route: Route, entry: Entry) -> bool:
        """Tell whether *entry* asked for an output: one without ``when`` does whenever its route accepts."""
        asked = entry.when or route.accept
        return asked is None or True in self.notes.held.get(asked.place, ())

    def _condition(self, condition: Condition | None) -> Iterator[Point]:
        for question in () if condition is None else questions(condition.shape):
            answers = self.notes.answers.get((question.place, question.words), set())
            unseen = [word for word, answer in (("true", True), ("false", False)) if answer not in answers]
            missing = "never asked" if len(unseen) == 2 else f"never {unseen[0]}" if unseen else ""
            yield Point(CLAUSE, question.place, question.words, missing)


def questions(shape: Shape) -> Iterator[Question]:
    """Yield every clause of a condition."""
    if isinstance(shape, Question):
        yield shape
    else:
        for part in shape.parts:
            yield from questions(part)


def steps_and_conditions(steps: StepList) -> Iterator[Numbered | Condition]:
    """Yield every step in *steps* and in the lists inside, and every condition."""
    for numbered in steps.steps:
        if numbered.when is not None:
            yield numbered.when
        yield numbered
        for _, part in parts_of(numbered.step):
            if isinstance(part, Condition):
                yield part
            elif isinstance(part, StepList):
                yield from steps_and_conditions(part)
