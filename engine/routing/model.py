"""Rules as decisions use them: compiled, frozen, without a trace of YAML. `routing.loading` and config make them."""

from collections.abc import Mapping as Names
from dataclasses import dataclass, field
from enum import Enum, IntEnum
from zoneinfo import ZoneInfo

from engine.documents import Node
from engine.expression import CompiledPath, Condition, Formula
from engine.hl7.builder import Target
from engine.hl7.message import DEFAULT_READING, Reading
from engine.mapping import Mapping
from engine.mapping.codes import CodeTable
from engine.problems import Place


class OnFailure(Enum):
    """What happens to an output that could not be made."""

    PARK = "park"
    """Kept without bytes; later messages pass."""
    HOLD = "hold"
    """It takes its place and its lanes wait."""
    REFUSE = "refuse"
    """The whole message is rejected with AE and nothing is sent anywhere."""


class Validate(IntEnum):
    """How closely a route looks; the strictest of the accepting routes counts."""

    OFF = 0
    STRUCTURE = 1
    STRICT = 2


@dataclass(frozen=True, slots=True)
class Entry:
    """One line under a route's ``to``: when, what and how for one destination."""

    destination: str
    index: int
    """Its number among the route's entries for the destination, from 0."""
    when: Condition | None
    mapping: Mapping | None
    """None: the received bytes, unchanged."""
    on_failure: OnFailure
    place: Place


@dataclass(frozen=True, slots=True)
class Route:
    """Which messages of which listeners go where."""

    name: str
    listeners: tuple[str, ...]
    accept: Condition | None
    """None: every message."""
    validate: Validate
    entries: tuple[Entry, ...]
    place: Place
    cases: Node | None = field(default=None, compare=False, repr=False)
    """The route's own tests, as written; the workbench reads them."""


@dataclass(frozen=True, slots=True)
class Sender:
    """What is known of a listener's sender; it applies where the message is silent."""

    authority: str = ""
    charset: str = ""
    processing: frozenset[str] = frozenset()
    """Values of MSH-11 that are taken; empty: all."""
    updates: str = "delta"
    results: str = "delta"
    acknowledge: str = "auto"


@dataclass(frozen=True, slots=True)
class Listener:
    """What decisions need to know of a listener."""

    name: str
    zone: ZoneInfo
    sender: Sender = Sender()
    reading: Reading = DEFAULT_READING
    splits_several: bool = False
    """A second MSH in one frame begins another message; otherwise the frame is quarantined."""


@dataclass(frozen=True, slots=True)
class Destination:
    """What decisions need to know of a destination."""

    name: str
    target: Target = field(default_factory=Target)
    header: tuple[tuple[CompiledPath, str], ...] = ()
    """Paths and texts written before a mapping's steps."""
    lanes: int = 1
    lane_by: Formula | None = None


@dataclass(frozen=True, slots=True)
class Rules:
    """Everything a decision depends on besides the message and what is stored."""

    site: str
    zone: ZoneInfo
    listeners: Names[str, Listener]
    destinations: Names[str, Destination]
    tables: Names[str, CodeTable]
    mappings: Names[str, Mapping]
    routes: tuple[Route, ...]
    """In the order of their files' names."""
    routes_of: Names[str, tuple[Route, ...]]
    """By listener, in the same order."""
    version: str
    """The hash of configuration, routes, mappings, tables, engine and grammar."""
    texts: Names[str, tuple[str, str]] = field(repr=False)
    """Content hash -> file name and text, so that yesterday's decision can be explained today."""
