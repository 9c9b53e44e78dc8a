"""What a mapping is run on, and what comes of it."""

from collections.abc import Mapping as Names
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from engine.context import Charge
from engine.errors import Miss
from engine.expression.environment import Index, Moment, Table
from engine.expression.tracing import Clause, LoopTurn, RowUsed, Seen, Trace
from engine.hl7.builder import Target
from engine.hl7.message import Message
from engine.hl7.path import Path
from engine.mapping.groups import Groups
from engine.problems import Place
from engine.quick import quick_value


class HeaderPath(Protocol):
    """A compiled left-hand path, as far as a destination's header needs it."""

    @property
    def path(self) -> Path: ...


class Receiver(Protocol):
    """What making an output needs to know of a destination."""

    @property
    def name(self) -> str: ...
    @property
    def target(self) -> Target: ...
    @property
    def header(self) -> Sequence[tuple[HeaderPath, str]]: ...


@dataclass(frozen=True, slots=True)
class StepRun:
    """One thing a step did: where the rule stands, what it wrote to, and the raw text before and after."""

    place: Place
    step: str
    """A step's word; in marks also ``begin`` (the MSH an output begins with) and ``turn`` (of a loop or a split)."""
    target: str
    before: str
    after: str
    number: int = 0
    """The order in which things happened, shared with the conditions of the mapping."""
    inputs: tuple[Seen, ...] = ()
    """What its formula read."""
    clauses: tuple[Clause, ...] = ()
    """What its formula asked, as in ``if(...)``."""
    rows: tuple[RowUsed, ...] = ()
    output: int = 0
    """Which message of a split, counted from 0."""
    turns: tuple[LoopTurn, ...] = ()
    """The loops around it, the innermost last."""
    used_at: tuple[Place, ...] = ()
    """Where the shared lists around it are used, outermost first."""

    def __repr__(self) -> str:
        return f"<StepRun {self.step} {self.target} at {self.place}>"


@dataclass(slots=True)
class MappingTrace:
    """Collects what the steps did; None on the hot path. Recording changes nothing of what is made."""

    steps: list[StepRun] = field(default_factory=list)
    conditions: Trace = field(default_factory=Trace)
    used_at: tuple[Place, ...] = ()
    """Where the shared lists are used whose steps are running."""
    marks: list[StepRun] = field(default_factory=list)
    """Where outputs and turns begin: no steps of their own."""

    def add(self, place: Place, step: str, target: str, before: str, after: str) -> None:
        """Take note of what a step did, with what the formula just evaluated has seen."""
        self.steps.append(self._run(place, (step, target, before, after)))

    def mark(self, place: Place, what: str, target: str, after: str) -> None:
        """Take note of what begins."""
        self.marks.append(self._run(place, (what, target, "", after)))

    def _run(self, place: Place, texts: tuple[str, str, str, str]) -> StepRun:
        trace = self.conditions
        seen, clauses, rows = tuple(trace.seen), tuple(trace.clauses), tuple(trace.rows)
        trace.begin_formula()
        return StepRun(place, *texts, trace.next(), seen, clauses, rows, trace.output, trace.turns, self.used_at)

    def begin_output(self, output: int) -> None:
        """Begin another message of a split."""
        self.conditions.output = output

    def enter(self, words: str, place: Place, level: int, occurrence: tuple[int, int, int]) -> None:
        """Begin a turn inside *level* others; *occurrence* is segment (from 0), field and repetition."""
        trace, (segment, _, repetition) = self.conditions, occurrence
        number = trace.turns[level].number + 1 if len(trace.turns) > level else 1
        trace.turns = (*trace.turns[:level], LoopTurn(words, place, number, segment + 1, repetition))
        trace.begin_formula()
        self.mark(place, "turn", words, "")

    def leave(self, level: int) -> None:
        """End a loop inside *level* others."""
        self.conditions.turns = self.conditions.turns[:level]


@dataclass(slots=True)
class Job:
    """One message on its way through one mapping to one destination."""

    message: Message
    moment: Moment
    destination: Receiver
    listener: str = ""
    tables: Names[str, Table] = field(default_factory=dict)
    ordinal: int = 0
    """How many outputs of this message this destination has already: from the second on MSH-10 is a new one."""
    groups: Groups | None = None
    """May be shared by the jobs of one message, so that its segments are placed once."""
    trace: MappingTrace | None = None
    missed: list[Miss] | None = None
    """Where codes are noted that a table does not list; the jobs of one message share it."""
    index: Index | None = None
    """What the record index knows, for mappings that need it."""


@quick_value
class Built:
    """One message to send."""

    payload: bytes
    control_id: str
    charges: tuple[Charge, ...] = ()
    """What it records, if it is sent."""

    def __repr__(self) -> str:
        return f"<Built {len(self.payload)} bytes>"


@dataclass(frozen=True, slots=True)
class Skipped:
    """Nothing is sent: a ``skip`` said so, or the mapping splits by a segment that the message does not have."""

    reason: str
    """Stored with the message, never logged."""
    place: Place
    code: str = "skipped"

    def __repr__(self) -> str:
        return f"<Skipped {self.code}>"


@dataclass(frozen=True, slots=True)
class Failed:
    """This output could not be made."""

    code: str
    detail: str
    """May hold a value of the message: stored with it, never logged."""
    place: Place | None
    miss: Miss | None = None
    """The code that no table row knows, where that is why."""

    def __repr__(self) -> str:
        return f"<Failed {self.code}>"


Outcome = Built | Skipped | Failed
