"""What a case expects, as values: of the answer, the findings, the index and every output it names."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum

from engine.expression import CompiledPath
from engine.expression.functions.patterns import Pattern
from engine.hl7.message import Message
from engine.problems import Place

ACK, FINDINGS, INDEX, OUTPUT = "ack", "findings", "index", "output"
RESERVED = (ACK, FINDINGS, INDEX)
NO_ANSWER = "none"
NO_FINDINGS = "none"


class Fate(Enum):
    """What may be said of an output in a word: of a destination's messages, or of what a mapping alone made."""

    SENT = "sent"
    NOT_SENT = "not sent"
    PARKED = "parked"
    HELD = "held"
    MADE = "made"
    SKIPPED = "skipped"
    FAILED = "failed"


OF_DESTINATIONS = (Fate.SENT, Fate.NOT_SENT, Fate.PARKED, Fate.HELD)
OF_MAPPINGS = (Fate.MADE, Fate.SKIPPED, Fate.FAILED)
WITH_BYTES = frozenset({Fate.SENT, Fate.MADE})


@dataclass(frozen=True, slots=True)
class Text:
    """The whole text at a path, encoded in ``^~\\&``."""

    text: str


@dataclass(frozen=True, slots=True)
class Absence:
    """Whether nothing may stand at a path."""

    absent: bool


@dataclass(frozen=True, slots=True)
class Match:
    """What must be found in the text at a path."""

    pattern: Pattern
    text: str


Wanted = Text | Absence | Match


@dataclass(frozen=True, slots=True)
class Expected:
    """What must stand at one path of one message."""

    path: CompiledPath
    written: str
    """The path as written."""
    wanted: Wanted
    place: Place


@dataclass(frozen=True, slots=True)
class AsReceived:
    """``changed_only``: whatever no path names is as in the message that came in."""

    place: Place


@dataclass(frozen=True, slots=True)
class AsInFile:
    """``file``: whatever no path names is as in a file."""

    message: Message
    place: Place


@dataclass(frozen=True, slots=True)
class OneMessage:
    """What is expected of one message made."""

    fields: tuple[Expected, ...]
    rest: AsReceived | AsInFile | None
    """None: what no path names is not checked."""
    place: Place


@dataclass(frozen=True, slots=True)
class ToDestination:
    """What is expected for one destination, or (under the name ``output``) of a mapping alone."""

    name: str
    wanted: Fate | Sequence[OneMessage | Fate]
    """A word for all, or one entry for each message, in order."""
    place: Place


@dataclass(frozen=True, slots=True)
class Answer:
    """What is expected of the answer: a code, or what stands in it."""

    code: str
    fields: tuple[Expected, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Findings:
    """The findings expected, in order: each a code, or a code and a segment."""

    wanted: tuple[str, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Indexed:
    """What is expected of the record index under one of its names."""

    name: str
    wanted: Wanted
    place: Place


@dataclass(frozen=True, slots=True)
class Expectations:
    """All that is expected at one moment of a case; what it does not name is not checked."""

    destinations: tuple[ToDestination, ...] = ()
    answer: Answer | None = None
    findings: Findings | None = None
    index: tuple[Indexed, ...] = field(default=())


NOTHING = Expectations()
