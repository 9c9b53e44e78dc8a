"""Rules as decisions use them: compiled, frozen, without a trace of YAML. `routing.loading` and config make them."""

from collections.abc import Mapping as Names
from dataclasses import dataclass, field
from enum import Enum
from zoneinfo import ZoneInfo

from engine.context import NO_NEEDS, Needs
from engine.documents import Node
from engine.expression import CompiledPath, Condition, Formula
from engine.hl7.builder import Target
from engine.hl7.message import DEFAULT_READING, Reading
from engine.mapping import Mapping
from engine.mapping.codes import CodeTable
from engine.problems import Place
from engine.validation import NO_CHECKS, Checks, Profile, Validate


class OnFailure(Enum):
    """What happens to an output that could not be made."""

    PARK = "park"
    """Kept without bytes; later messages pass."""
    HOLD = "hold"
    """It takes its place and its lanes wait."""
    REFUSE = "refuse"
    """The whole message is rejected with AE and nothing is sent anywhere."""


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
    needs: Needs | None = field(init=False, default=None, repr=False)
    """What it reads beyond the message; None: nothing, and its outputs are made before the store is asked."""
    waits: bool = field(init=False, default=False, repr=False)
    """Whether even its `when` cannot be asked before."""

    def __post_init__(self) -> None:
        """Put together what its parts need."""
        own = NO_NEEDS if self.when is None else self.when.needs
        needs = own if self.mapping is None else own | self.mapping.needs
        object.__setattr__(self, "needs", needs or None)
        object.__setattr__(self, "waits", bool(own))


@dataclass(frozen=True, slots=True)
class Route:
    """Which messages of which listeners go where."""

    name: str
    listeners: tuple[str, ...]
    accept: Condition | None
    """None: every message."""
    entries: tuple[Entry, ...]
    place: Place
    checks: Checks = NO_CHECKS
    """How closely it looks at a message, and what follows from what is found."""
    cases: Node | None = field(default=None, compare=False, repr=False)
    """The route's own tests, as written; the workbench reads them."""

    @property
    def validate(self) -> Validate:
        """How closely it looks at the standard's own rules."""
        return self.checks.level


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
    profiles: Names[str, Profile] = field(default_factory=dict, repr=False)
    output_checks: Names[str, Checks] = field(default_factory=dict, repr=False)
    """By mapping: what must be true of every message that it makes."""
    aside: frozenset[str] = frozenset()
    """Listeners whose messages may wait for a function in Python: they are never planned where others would wait."""
