"""The outside ledger: what was sent, acknowledged and received, written down by processes that are never killed.

It knows nothing of the engine's store and shares no code with the engine; `verdict` judges it.
"""

import asyncio
from dataclasses import dataclass, field

from tests.fault.hospitals import Order
from tests.support.peers import control_id, field_of


@dataclass(slots=True)
class Entry:
    """One message from its sender's side."""

    order: Order
    tries: int = 0
    code: bytes = b""
    """MSA-1 of its answer; empty until it has one."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """One frame that a destination received."""

    control_id: bytes
    payload: bytes
    kills: int
    """How many kills there had been when it came."""


@dataclass(frozen=True, slots=True)
class Kill:
    """What the world looked like when the engine was killed."""

    was_ready: bool
    in_flight: int
    """Messages that were sent and not answered."""
    answered: int
    """Messages answered since the kill before."""
    undelivered: int
    """What was acknowledged and had not yet come to its destinations, counted per destination."""


@dataclass(slots=True)
class Ledger:
    """The books of one run."""

    entries: dict[bytes, Entry] = field(default_factory=dict)
    arrivals: dict[str, list[Arrival]] = field(default_factory=lambda: {"billing": [], "registry": []})
    kills: list[Kill] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    """What was seen to be wrong on the spot."""
    news: asyncio.Condition = field(default_factory=asyncio.Condition)
    answered: int = 0
    resent: int = 0
    _answered_before: int = 0
    _owed: set[tuple[str, bytes]] = field(default_factory=set)
    """(destination, MSH-10) of what was acknowledged and has not come."""
    _came: set[tuple[str, bytes]] = field(default_factory=set)
    _in_flight: int = 0

    @property
    def undelivered(self) -> int:
        """How much was acknowledged and has not come."""
        return len(self._owed)

    async def sending(self, order: Order) -> None:
        """A message goes out for the first time or again."""
        entry = self.entries.setdefault(order.control_id, Entry(order))
        self.resent += entry.tries > 0
        self._in_flight += entry.tries == 0
        entry.tries += 1

    async def was_answered(self, order: Order, answer: bytes) -> None:
        """A message was answered; the answer must be its own, and the right one."""
        code, answers = field_of(answer, b"MSA", 1), field_of(answer, b"MSA", 2)
        if (code, answers) != (order.kind.answer, order.control_id):
            self.wrong.append(f"{order.control_id!r} ({order.kind.name}) was answered {code!r} for {answers!r}")
        self.entries[order.control_id].code = code
        self.answered += 1
        self._in_flight -= 1
        self._owed |= {(destination, order.control_id) for destination in order.due()} - self._came
        await self._tell()

    async def has_come(self, destination: str, payload: bytes) -> None:
        """A destination received a frame."""
        number = control_id(payload)
        self.arrivals[destination].append(Arrival(number, payload, len(self.kills)))
        self._came.add((destination, number))
        self._owed.discard((destination, number))
        await self._tell()

    def was_killed(self, *, was_ready: bool) -> None:
        """The engine is being killed now."""
        answered = self.answered - self._answered_before
        self._answered_before = self.answered
        self.kills.append(Kill(was_ready, self._in_flight, answered, self.undelivered))

    async def until_answered(self, count: int) -> None:
        """Wait until so many messages have been answered in all."""
        async with self.news:
            await self.news.wait_for(lambda: self.answered >= count)

    async def until_undelivered_below(self, most: int) -> None:
        """Wait until less than *most* is still to come."""
        async with self.news:
            await self.news.wait_for(lambda: len(self._owed) < most)

    async def _tell(self) -> None:
        async with self.news:
            self.news.notify_all()
