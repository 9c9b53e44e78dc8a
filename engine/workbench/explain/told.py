"""What an explanation holds: every rule that had a say, true, false or not asked, and what the mappings did."""

from dataclasses import dataclass, field
from enum import Enum
from itertools import chain

from engine.expression.tracing import Asked, RowUsed, Seen, Word
from engine.index.facts import Facts
from engine.mapping import StepRun
from engine.problems import Place


class Truth(Enum):
    """What a clause answered."""

    TRUE = "true"
    FALSE = "false"
    FAILED = "failed"
    """It could not be answered for this message."""
    NOT_ASKED = "not asked"
    """An earlier one had decided."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """One comparison or question of a condition."""

    words: str
    place: Place
    answer: Truth
    seen: tuple[Seen, ...] = ()
    rows: tuple[RowUsed, ...] = ()
    failure: str = ""


@dataclass(frozen=True, slots=True)
class Joined:
    """``and``, ``or`` or ``not`` over comparisons."""

    word: Word
    parts: tuple["Tree", ...]


Tree = Comparison | Joined


@dataclass(frozen=True, slots=True)
class Condition:
    """An ``accept`` or ``when``."""

    words: str
    place: Place
    tree: Tree

    @property
    def answer(self) -> Truth:
        """What its comparisons come to."""
        return answer_of(self.tree)


def answer_of(tree: Tree) -> Truth:
    """Return what the comparisons in *tree* come to, asked from left to right as far as needed."""
    if isinstance(tree, Comparison):
        return tree.answer
    if tree.word is Word.NOT:
        answer = answer_of(tree.parts[0])
        return {Truth.TRUE: Truth.FALSE, Truth.FALSE: Truth.TRUE}.get(answer, answer)
    undecided = Truth.TRUE if tree.word is Word.AND else Truth.FALSE
    return next((answer for each in tree.parts if (answer := answer_of(each)) is not undecided), undecided)


def comparisons_in(tree: Tree) -> tuple[Comparison, ...]:
    """Return the comparisons of *tree* in the order in which they are written."""
    if isinstance(tree, Comparison):
        return (tree,)
    return tuple(chain.from_iterable(comparisons_in(each) for each in tree.parts))


class Fate(Enum):
    """What became of one message that an entry asked for."""

    MADE = "made"
    SKIPPED = "skipped"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Message:
    """One message that a mapping made, or why it made none."""

    fate: Fate
    payload: bytes = field(default=b"", repr=False)
    control_id: str = field(default="", repr=False)
    reason: str = ""
    """A stable code."""
    detail: str = field(default="", repr=False)
    place: Place | None = None
    steps: tuple[StepRun | Asked, ...] = field(default=(), repr=False)
    """What was done and asked, in order."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line under a route's ``to``."""

    destination: str
    index: int
    place: Place
    mapping: str
    """'' where the received bytes go unchanged."""
    mapping_place: Place | None
    on_failure: str
    when: Condition | None
    asked: bool
    """Whether its route accepted, so that it was looked at."""
    messages: tuple[Message, ...] = ()

    @property
    def answer(self) -> Truth:
        """Whether it asks for a message."""
        if not self.asked:
            return Truth.NOT_ASKED
        return Truth.TRUE if self.when is None else self.when.answer


@dataclass(frozen=True, slots=True)
class Route:
    """One route of the listener."""

    name: str
    place: Place
    accept: Condition | None
    asked: bool
    """Whether the message came so far that routes were asked."""
    entries: tuple[Entry, ...]

    @property
    def answer(self) -> Truth:
        """Whether it takes the message."""
        if not self.asked:
            return Truth.NOT_ASKED
        return Truth.TRUE if self.accept is None else self.accept.answer


@dataclass(frozen=True, slots=True)
class Finding:
    """Something odd about reading the message, or against the standard's structure."""

    code: str
    where: str


@dataclass(frozen=True, slots=True)
class Output:
    """What is to be sent, parked or held."""

    ordinal: int
    destination: str
    route: str
    state: str
    control_id: str = field(repr=False)
    reason: str
    detail: str = field(repr=False)
    position: str
    size: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the message came to."""

    state: str
    reason: str
    detail: str = field(repr=False)
    ack_code: str
    errors: tuple[str, ...]
    """Codes of table 0357, with their places."""
    outputs: tuple[Output, ...]


@dataclass(frozen=True, slots=True)
class Head:
    """How the message came, and how it was read."""

    listener: str
    received_ns: int
    size: int
    codec: str
    """'' where it could not be read."""
    encoding_characters: str
    version: str
    message_type: str
    control_id: str = field(repr=False)
    segments: int
    processing: str
    """MSH-11."""
    wanted_processing: tuple[str, ...]
    """Those that the listener takes; none: all."""
    rules: str
    """The rules' version."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """One message, explained."""

    head: Head
    findings: tuple[Finding, ...]
    routes: tuple[Route, ...]
    verdict: Verdict
    facts: Facts | None = field(default=None, repr=False)
