"""What one message says that the index may remember: plain values, segments as text in the standard's delimiters."""

from dataclasses import dataclass
from datetime import tzinfo
from typing import NamedTuple

from engine.context import Identifier

FACTS_VERSION = 2
"""Changes when the same message would give other facts; events keep the number that theirs were made with."""

Note = tuple[str, int]
"""A stable code and the index of the segment that it is about; never a value."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where and when a message came in, and what is known of its sender."""

    listener: str
    authority: str
    """Assigning authority of numbers that name none; empty: MSH-4.1 is."""
    zone: tzinfo
    received_us: int
    updates: str
    """``delta``, ``snapshot`` or ``full``: what a silent field or segment means."""
    results: str
    """``delta`` or ``snapshot``: what a result that is not sent again means."""


class Effect(NamedTuple):
    """What a message says of one patient, with one visit or one order: what one event is made of."""

    kind: str
    """The trigger event; with the message code before it where that is neither ADT nor ORU (``SIU^S12``)."""
    effective_us: int
    """When it happened: what events are folded in the order of."""
    recorded_us: int
    sent_us: int
    origin: Origin
    subject: tuple[Identifier, ...]
    """PID-3, as far as it can be a key."""
    retired: tuple[Identifier, ...]
    """MRG-1, as far as it can be a key."""
    visit: str
    """The visit's number with its authority; begins with ``?`` where it had to be made up; empty: no visit."""
    filler: str
    placer: str
    segments: tuple[str, ...]

    def __repr__(self) -> str:
        return f"<Effect of {self.kind}, {len(self.segments)} segments>"

    @property
    def moment(self) -> tuple[int, int, int]:
        """What decides which of two events is the newer; equal ones go by receipt."""
        return self[1:4]


class Facts(NamedTuple):
    """All that the index takes from one message; made on the event loop, so nothing in it is taken apart early."""

    kind: str
    effective_us: int
    subjects: tuple[tuple[Identifier, ...], ...]
    """One group for each PID-3 and each MRG-1, in the message's order; usable identifiers only, no empty group."""
    identifiers: tuple[Identifier, ...]
    """All of them, each once."""
    effects: tuple[Effect, ...]
    notes: tuple[Note, ...]

    def __repr__(self) -> str:
        return f"<Facts of {self.kind}, {len(self.effects)} effects>"
