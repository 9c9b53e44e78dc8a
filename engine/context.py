"""What the store knows about a message's patients when the message is decided: frozen values, no store in sight."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple


class Identifier(NamedTuple):
    """A patient identifier as the record index keys it: (assigning authority, identifier), never a bare number."""

    authority: str
    value: str


@dataclass(frozen=True, slots=True)
class Needs:
    """What a rule reads beyond the message, declared when it is compiled."""

    known: frozenset[str] = frozenset()
    """Segments read through ``known.``"""
    locations: bool = False
    """Where the visit was, and when."""
    charges: bool = False
    """What the message's orders were charged for; whoever records it asks for it, too."""

    def __or__(self, other: "Needs") -> "Needs":
        if other is NO_NEEDS:
            return self
        return Needs(self.known | other.known, self.locations or other.locations, self.charges or other.charges)

    def __bool__(self) -> bool:
        return bool(self.known or self.locations or self.charges)

    def covers(self, other: "Needs") -> bool:
        """Tell whether *other* asks for nothing that this does not ask for."""
        return (self | other) == self


NO_NEEDS = Needs()

KEPT_SEGMENTS = ("PID", "PD1", "NK1", "PV1", "PV2", "DG1", "PR1", "GT1", "IN1", "IN2", "IN3")
"""What the index keeps as it came, of a patient and of a visit: all that ``known.`` can read."""

CHARGED, CREDITED = "charged", "credited"
"""What a charge can be; '' where there was none."""


class Charge(NamedTuple):
    """That an order was charged for a code, or that the charge was taken back."""

    order: str
    """The order's number with its authority, as the index keys it."""
    code: str
    state: str

    def __repr__(self) -> str:
        return f"<Charge {self.state}>"


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What the index knows of one message's patient, visit and orders, before that message; as far as rules need it."""

    needs: Needs = NO_NEEDS
    """What was looked up: of anything else this says nothing."""
    segments: tuple[str, ...] = field(default=(), repr=False)
    """As received, in the standard's delimiters."""
    stays: tuple[tuple[int, str], ...] = field(default=(), repr=False)
    """Since when (microseconds, UTC) the visit was at which place, in order."""
    orders: frozenset[str] = field(default=frozenset(), repr=False)
    """Numbers of the message's orders, with their authorities: of these the charges are known."""
    strange: frozenset[str] = field(default=frozenset(), repr=False)
    """Those among them that the index knows as orders of another patient."""
    charges: tuple[Charge, ...] = field(default=(), repr=False)
    failure: str = ""
    """Why nothing can be said of patient and visit: a stable code."""


@dataclass(frozen=True, slots=True)
class Context:
    """The stored facts that a decision may use; what is not here, a decision cannot know."""

    lanes: Mapping[Identifier, tuple[str, ...]] = field(default_factory=dict)
    """Identifier -> the lane keys of its patient and of that patient's survivors. Unknown ones are absent."""
    knowledge: Knowledge | None = None
    """None: the index was not asked, or could not be; outputs that need it are then parked."""


EMPTY_CONTEXT = Context()
