"""A left-hand path inside a loop, ``start: empty``: what was last added in this turn."""

from collections.abc import Sequence

from engine.mapping.groups import BEHIND_ALL, StructureGroup, slot_of
from engine.mapping.output import Output
from engine.mapping.turns import Turn
from engine.mapping.whole_output import NOWHERE, OutScope, WholeOutput


class EmptyTurn:
    """The turns of one loop, one after the other, in an output that began empty."""

    __slots__ = ("_added", "_floor", "_loop_start", "_outer", "_output", "_turn", "_turn_start", "level")

    def __init__(self, output: Output, outer: OutScope, turn: Turn) -> None:
        self._output = output
        self._outer = outer
        self._turn = turn
        self.level = outer.level + 1
        self._loop_start = output.next_serial
        self._added: dict[tuple[int, int], int] = {}
        self.begin()

    def begin(self) -> None:
        """Begin a turn: what other turns have added is not its own."""
        self._turn_start = self._output.next_serial
        self._floor = len(self._output.serials)

    @property
    def whole(self) -> WholeOutput:
        """What stands around all loops."""
        return self._outer.whole

    def positions(self, name: str, /) -> Sequence[int]:
        """Return what this turn added under that name; if nothing, what stood there before its loop began."""
        own = self.within(name)
        if own or self._binds(name):
            return own
        return [at for at in self._outer.positions(name) if self._stands_outside(at)]

    def first(self, name: str, /) -> int:
        """Return the one last added in this turn; else what the turn around it means."""
        own = self.within(name)
        serials = self._output.serials
        if own:
            return max(own, key=serials.__getitem__)
        if self._binds(name):
            return NOWHERE
        around = self._outer.first(name)
        if around < 0 or self._stands_outside(around):
            return around
        return next((at for at in self._outer.positions(name) if self._stands_outside(at)), NOWHERE)

    def within(self, name: str) -> Sequence[int]:
        """Return what this turn added under that name."""
        output = self._output
        names, serials, start = output.builder.names, output.serials, self._turn_start
        # Nearly everything is added at the end: a long message is not searched from its beginning in every turn.
        low = 0 if output.last_inserted >= start else self._floor
        return [at for at in range(low, len(names)) if names[at] == name and serials[at] >= start]

    def sees(self, position: int, name: str, /) -> bool:
        """Whether a segment was added in this turn, or is seen around the loop."""
        if self._stands_outside(position):
            return self._outer.sees(position, name)
        return self._output.serials[position] >= self._turn_start

    def repetition(self, position: int, field: int, /) -> int | None:
        """Return the repetition last added in this turn."""
        if self._added and (added := self._added.get((self._output.serials[position], field))) is not None:
            return added
        return self._outer.repetition(position, field)

    def add_repetition(self, position: int, field: int, repetition: int, /) -> None:
        """Remember the repetition that ``append`` has begun."""
        self._added[self._output.serials[position], field] = repetition

    def forget_repetition(self, position: int, field: int, repetition: int, /) -> None:
        """Forget the one added, if it is the one that was deleted."""
        if self._added.get((self._output.serials[position], field)) == repetition:
            del self._added[self._output.serials[position], field]
        else:
            self._outer.forget_repetition(position, field, repetition)

    def create(self, name: str, /) -> int:
        """Create a segment among this turn's; where the structure wants it before them, around the loop."""
        output = self._output
        position = self._room(name)
        if position < 0:
            return self._outer.create(name)
        output.insert(position, name)
        output.levels[output.serials[position]] = self.level
        return position

    def _room(self, name: str) -> int:
        """Return where a segment goes in this turn, -1 if it does not belong here."""
        output, group, end = self._output, self._turn.group, len(self._output.serials)
        if isinstance(group, StructureGroup) and self._turn.binds(name) and not group.whole:
            wanted, names = slot_of(group.node, name), output.builder.names
            return next(
                (at for at in range(self._floor, end) if wanted < slot_of(group.node, names[at]) < BEHIND_ALL), end
            )
        if self.whole.continues(name):
            return end
        place = self.whole.wanted(name)
        return place if place > self._floor else NOWHERE if place >= 0 else end

    def _binds(self, name: str) -> bool:
        """Whether *name* is this turn's own to add: a repetition has no segments, its segment is the one around."""
        return not self._turn.field and self._turn.binds(name)

    def _stands_outside(self, position: int) -> bool:
        """Whether a segment was there before the loop, or was created around it."""
        serial = self._output.serials[position]
        return serial < self._loop_start or self._output.levels.get(serial, self.level) < self.level

    def end(self, _name: str, /) -> int:
        """Return the end of the message."""
        return len(self._output.serials)
