"""What ``explain`` shows of expressions: what was asked, what it answered, the values seen and the table rows used."""

from dataclasses import dataclass, field
from enum import Enum

from engine.problems import Place


@dataclass(frozen=True, slots=True)
class Seen:
    """A value that a rule looked at: the words in the rule, and what they stood for."""

    words: str
    found: str | tuple[str, ...]
    is_count: bool = False
    """How many segments there are: no value of the message."""

    def __repr__(self) -> str:
        return f"Seen({self.words!r})"


@dataclass(frozen=True, slots=True)
class RowUsed:
    """A question to a code table, and the line that answered it."""

    table: str
    file: str
    line: int
    """Counted from 1; 0 where no row has the code."""
    code: str
    answer: str

    def __repr__(self) -> str:
        return f"RowUsed({self.table!r}, {self.line})"


@dataclass(frozen=True, slots=True)
class LoopTurn:
    """One turn of a ``for each``, or one message of a ``split``."""

    words: str
    """What is walked, as written: ``OBR``, ``PID-3``."""
    place: Place
    number: int
    """Counted from 1."""
    segment: int
    """Which segment of the message that came, counted from 1."""
    repetition: int = 0
    """Which repetition of the field, counted from 1; 0 where whole segments are walked."""


@dataclass(frozen=True, slots=True)
class Clause:
    """One comparison or question inside a condition or formula, as it was asked once."""

    words: str
    place: Place
    holds: bool
    seen: tuple[Seen, ...]
    rows: tuple[RowUsed, ...] = ()
    failure: str = ""
    """A stable code, where it could not be answered; `holds` then means nothing."""


@dataclass(frozen=True, slots=True)
class Question:
    """A clause as it is written: what a condition consists of, asked or not."""

    words: str
    place: Place


class Word(Enum):
    """What joins clauses."""

    AND = "and"
    OR = "or"
    NOT = "not"


@dataclass(frozen=True, slots=True)
class Junction:
    """``and``, ``or`` or ``not`` over clauses."""

    word: Word
    parts: tuple["Shape", ...]


Shape = Question | Junction
"""How a condition is put together; a clause is found in it by its place and words."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One condition, as it was asked once. What a decided ``and`` or ``or`` skipped is not among its clauses."""

    words: str
    place: Place
    holds: bool
    clauses: tuple[Clause, ...]
    number: int = 0
    """The order in which things happened, shared with the steps of a mapping."""
    output: int = 0
    """Which message of a split, counted from 0."""
    turns: tuple[LoopTurn, ...] = ()
    """The loops around it, the innermost last."""
    failure: str = ""
    """A stable code, among `Trace.failed`."""


@dataclass(slots=True)
class Trace:
    """Collects while rules run; handed in through Env, None on the hot path."""

    asked: list[Asked] = field(default_factory=list)
    """The conditions that were answered."""
    clauses: list[Clause] = field(default_factory=list)
    """Those of the condition or formula at work."""
    seen: list[Seen] = field(default_factory=list)
    """Those of the clause or formula at work."""
    rows: list[RowUsed] = field(default_factory=list)
    """Those of the clause or formula at work."""
    failed: list[Asked] = field(default_factory=list)
    """The conditions that could not be answered; the last clause of each is the one that failed."""
    happened: int = 0
    output: int = 0
    turns: tuple[LoopTurn, ...] = ()

    def next(self) -> int:
        """Return the number of what happens now."""
        self.happened += 1
        return self.happened

    def begin_formula(self) -> None:
        """Forget what the last formula saw."""
        self.seen, self.rows, self.clauses = [], [], []
