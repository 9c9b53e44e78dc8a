"""What lanes ask of the store, as a protocol: their queue lives there, memory only holds its head."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from engine.delivery.lanes import DeliveryId
from engine.states import DeliveryState


@dataclass(slots=True)
class Waiting:
    """One unfinished delivery as its lanes know it."""

    id: DeliveryId
    lane_keys: tuple[str, ...] = field(repr=False)
    state: DeliveryState = DeliveryState.PENDING
    """PENDING, or HELD: it keeps its place and its lanes wait."""
    payload: bytes | None = field(default=None, repr=False)
    """The bytes, when they are at hand; else they are read when its turn comes."""
    attempts: int = 0
    refusals: int = 0
    """How often the destination itself has refused it; a connection that failed is no refusal."""
    next_at_us: int = 0
    """Not to be tried again before this time (UTC, microseconds); 0: at once."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one attempt, to be committed before anything else happens in its lanes."""

    id: DeliveryId
    state: DeliveryState
    """DELIVERED, HELD, or PENDING: to be tried again at ``next_at_us``."""
    attempts: int
    reason: str
    """A stable code; for DELIVERED the evidence."""
    at_us: int
    next_at_us: int = 0
    possible_duplicate: bool = False
    """Whether the destination may have it already, so that the next try may be a second copy."""


class Ledger(Protocol):
    """The store, as lanes see it. Every answer comes on the event loop."""

    def record(self, outcome: Outcome, done: Callable[[], None]) -> None:
        """Commit *outcome*, then call *done*; never lost, only late."""

    async def waiting(self, after: DeliveryId, limit: int) -> Sequence[Waiting]:
        """Return pending and held deliveries after *after*, in journal order, without bytes; StorageBusy: not now."""

    async def payload(self, delivery: DeliveryId) -> bytes:
        """Return the bytes to send, empty where there are none; HashMismatch: they are not what was stored."""

    async def payloads(self, deliveries: Sequence[DeliveryId]) -> Mapping[DeliveryId, bytes]:
        """Return the bytes of as many of *deliveries*, from the first on, as are sound and not too much at once."""

    async def flag_possible_duplicates(self, deliveries: Sequence[DeliveryId]) -> None:
        """Mark those that may have been sent just before the engine stopped."""
