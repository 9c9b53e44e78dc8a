"""The order of one destination: which deliveries may be sent now. Pure bookkeeping, O(lanes) for each step.

A delivery has lane keys (its patients). Each key hashes to one lane; a delivery without keys is in every lane. It may
be sent when it is the oldest unfinished one in all its lanes: so a merge waits for, and blocks, only the patients it
joins. Lane numbers are never stored: the number of lanes may change between two starts.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple
from zlib import crc32


class DeliveryId(NamedTuple):
    """The key of a delivery: its message and its place among that message's outputs. Sorts in journal order."""

    message_id: int
    ordinal: int


class LaneQueue:
    """Unfinished deliveries of one destination, each in the lanes of its keys."""

    __slots__ = ("_ahead", "_count", "_every", "_lanes", "_of")

    def __init__(self, lanes: int) -> None:
        self._lanes: list[deque[DeliveryId]] = [deque() for _ in range(lanes)]
        self._every = tuple(range(lanes))
        self._of: dict[DeliveryId, tuple[int, ...]] = {}
        self._ahead: dict[DeliveryId, int] = {}
        """In how many of its lanes a delivery still has others before it."""

    def __len__(self) -> int:
        return len(self._of)

    def __contains__(self, delivery: DeliveryId) -> bool:
        return delivery in self._of

    @property
    def contents(self) -> Sequence[Sequence[DeliveryId]]:
        """What each lane holds, oldest first; not to be changed."""
        return self._lanes

    def add(self, delivery: DeliveryId, keys: Iterable[str]) -> bool:
        """Put *delivery* behind all that is there; return whether it may be sent at once."""
        return self.add_to(self.numbers(keys), delivery)

    def add_to(self, numbers: tuple[int, ...], delivery: DeliveryId) -> bool:
        """Do the same where the lanes are known."""
        if delivery in self._of:
            raise ValueError("this delivery waits already")
        ahead = 0
        for number in numbers:
            lane = self._lanes[number]
            if lane:
                ahead += 1
            lane.append(delivery)
        self._of[delivery] = numbers
        self._ahead[delivery] = ahead
        return ahead == 0

    def may_be_sent(self, delivery: DeliveryId) -> bool:
        """Tell whether *delivery* is the oldest unfinished one in all its lanes."""
        return self._ahead.get(delivery) == 0

    def finish(self, delivery: DeliveryId) -> list[DeliveryId]:
        """Take *delivery* out, delivered or set aside; return those that may be sent because of it, in order."""
        free: list[DeliveryId] = []
        del self._ahead[delivery]
        for number in self._of.pop(delivery):
            lane = self._lanes[number]
            if lane[0] != delivery:  # set aside by a person while others were before it
                lane.remove(delivery)
                continue
            lane.popleft()
            if lane:
                following = lane[0]
                self._ahead[following] -= 1
                if not self._ahead[following]:
                    free.append(following)
        return free

    def waiting_behind(self, delivery: DeliveryId) -> int:
        """Return how many deliveries wait in the lanes of *delivery*, itself not counted."""
        lanes = [self._lanes[number] for number in self._of.get(delivery, ())]
        return len({each for lane in lanes for each in lane} - {delivery})

    def heads(self) -> Iterator[DeliveryId]:
        """Yield the deliveries that may be sent now, each once."""
        return (delivery for delivery, ahead in self._ahead.items() if not ahead)

    def numbers(self, keys: Iterable[str]) -> tuple[int, ...]:
        """Return the lanes of *keys*; every lane where there are none."""
        count = len(self._lanes)
        if count == 1:
            return self._every
        numbers = {crc32(key.encode("utf-8", "surrogatepass")) % count for key in keys}
        return tuple(sorted(numbers)) if numbers else self._every
