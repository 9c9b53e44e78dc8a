"""How far memory knows the queue of each lane, so that one that waits for days keeps no other from its messages. Pure.

Of each lane the oldest part is in memory. Its *cut* is where that ends: every unfinished delivery before it is in
memory, none from it on; what memory knows to the end has no cut. A delivery in several lanes is in memory in all of
them or in none. What is behind cuts is read from the store in pages, once what it waits for has drained to half.
"""

from collections.abc import Sequence

from engine.delivery.lanes import DeliveryId

_FIRST = DeliveryId(0, 0)


class Horizon:
    """The cuts of one destination's lanes; at birth memory knows all there is. One page is read at a time."""

    __slots__ = ("_behind", "_cuts", "_known", "_lanes", "_moving", "_newest", "_share", "_waits_for")

    def __init__(self, lanes: Sequence[Sequence[DeliveryId]], most: int) -> None:
        """*lanes* are what each has in memory, kept by the caller; each may have its share of *most*."""
        self._lanes = lanes
        self._share = max(1, most // len(lanes))
        self._cuts: list[DeliveryId | None] = [None] * len(lanes)
        self._waits_for = [frozenset((number,)) for number in range(len(lanes))]
        """For each lane with a cut: those that must have drained before it is worth while to read on."""
        self._behind = 0
        """How many lanes have a cut."""
        self._newest = self._known = _FIRST
        """The newest delivery that was offered and not taken; the same when the page was asked for."""
        self._moving: set[int] = set()
        """Lanes of which the page shows all that is behind their cut; others wait further back."""

    def begin(self) -> None:
        """Memory knows nothing: whatever the store has is read first."""
        for number in range(len(self._lanes)):
            self._cut(number, _FIRST, frozenset((number,)))

    def takes(self, delivery: DeliveryId, lanes: Sequence[int]) -> bool:
        """Tell whether a delivery that has just been committed goes to memory; if not, its lanes end before it."""
        cuts = self._cuts
        if all(cuts[number] is None and self._has_room(number) for number in lanes):
            return True
        self._newest = max(self._newest, delivery)
        for number in lanes:
            if cuts[number] is None:
                self._cut(number, delivery, frozenset(lanes))
        return False

    def is_for_the_store(self, delivery: DeliveryId, lanes: Sequence[int]) -> bool:
        """Tell whether the pages will bring *delivery*, which is not in memory."""
        return all((cut := self._cuts[number]) is not None and cut <= delivery for number in lanes)

    # -- pages --------------------------------------------------------------------------------------------------------

    def hungry(self) -> DeliveryId | None:
        """Return where a page should begin, None where none is needed now."""
        if not self._behind:
            return None
        starts = (cut for number, cut in enumerate(self._cuts) if cut is not None and self._has_drained(number))
        return min(starts, default=None)

    def begin_page(self, start: DeliveryId) -> None:
        """A page that begins at *start* is asked for; what is offered from now on it need not show."""
        self._known = self._newest
        self._moving = {number for number, cut in enumerate(self._cuts) if cut is not None and cut >= start}

    def takes_from_page(self, delivery: DeliveryId, lanes: Sequence[int]) -> bool:
        """Tell whether the page's next one, which is not in memory, goes there; the caller then puts it there."""
        if not self.is_for_the_store(delivery, lanes):
            return False  # it was in memory, and is finished since the page was read
        if all(number in self._moving and self._has_room(number) for number in lanes):
            return True
        waits_for = frozenset(lanes).union(*(self._waits_for[number] for number in lanes))
        for number in self._moving.intersection(lanes):
            self._cut(number, delivery, waits_for)
        self._moving.difference_update(lanes)
        return False

    def end_page(self, last: DeliveryId) -> None:
        """The page ended with *last*, and the store has more."""
        self._move_on(DeliveryId(last.message_id, last.ordinal + 1))

    def end_last_page(self, last: DeliveryId) -> None:
        """The store had no more behind *last*; now it may have what was offered since the page was asked for."""
        last = max(last, self._known)
        self._move_on(DeliveryId(last.message_id, last.ordinal + 1) if self._newest > last else None)

    # -- cuts ---------------------------------------------------------------------------------------------------------

    def _move_on(self, cut: DeliveryId | None) -> None:
        for number in self._moving:
            self._cut(number, cut, frozenset((number,)))

    def _cut(self, number: int, cut: DeliveryId | None, waits_for: frozenset[int]) -> None:
        self._behind += (cut is not None) - (self._cuts[number] is not None)
        self._cuts[number] = cut
        self._waits_for[number] = waits_for

    def _has_room(self, number: int) -> bool:
        return len(self._lanes[number]) < self._share

    def _has_drained(self, number: int) -> bool:
        half = self._share // 2
        return all(len(self._lanes[each]) <= half for each in self._waits_for[number])
