"""A left-hand path inside a loop, ``start: copy``: what stands for this turn's occurrence and its group."""

from collections.abc import Sequence

from engine.mapping.groups import Group, StructureGroup, last_slot_beside, slot_of
from engine.mapping.output import Output
from engine.mapping.turns import Turn
from engine.mapping.whole_output import NOWHERE, OutScope, WholeOutput


class CopiedTurn:
    """The turns of one loop, one after the other, in an output that began as the message that came."""

    __slots__ = ("_gone", "_loop_start", "_outer", "_output", "_removed", "_turn", "_turn_start", "level")

    def __init__(self, output: Output, outer: OutScope, turn: Turn) -> None:
        self._output = output
        self._outer = outer
        self._turn = turn
        self.level = outer.level + 1
        self._loop_start = output.next_serial
        self._removed = 0
        """How many repetitions the turns have deleted in front of this one's."""
        self.begin()

    def begin(self) -> None:
        """Begin a turn: what other turns have added is not its own."""
        self._turn_start = self._output.next_serial
        self._gone = False

    @property
    def whole(self) -> WholeOutput:
        """What stands around all loops."""
        return self._outer.whole

    def positions(self, name: str, /) -> Sequence[int]:
        """Return where the segments of this turn called *name* stand, in order."""
        turn, output = self._turn, self._output
        if name == turn.name and output.next_serial == self._turn_start:
            own = output.where(turn.position)
            return (own,) if own >= 0 else ()
        return self.within(name) if turn.binds(name) else self._around(name)

    def first(self, name: str, /) -> int:
        """Return the segment that stands for the turn's own; of other names the first that is seen."""
        turn = self._turn
        if name == turn.name and (own := self._output.where(turn.position)) >= 0:
            return own
        found = self.positions(name)
        return found[0] if found else NOWHERE

    def within(self, name: str) -> Sequence[int]:
        """Return the segments called *name* in the turn's group only."""
        turn, output = self._turn, self._output
        names, serials, inbound = output.builder.names, output.serials, output.inbound
        meant = frozenset(turn.within(name))
        return [
            position
            for position in range(*self._span())
            if names[position] == name
            and (serials[position] in meant or (serials[position] >= inbound and self.sees(position, name)))
        ]

    def sees(self, position: int, name: str, /) -> bool:
        """Whether an added segment is meant: added in this turn, or before the loop in this group or outside all."""
        serial = self._output.serials[position]
        if serial >= self._loop_start and self._output.levels.get(serial, self.level) >= self.level:
            return serial >= self._turn_start
        if self._turn.binds(name):
            start, end = self._span()
            return start <= position < end
        return self._outer.sees(position, name)

    def repetition(self, position: int, field: int, /) -> int | None:
        """Return the repetition of the field that stands for this turn's."""
        turn = self._turn
        if turn.field != field or self._output.where(turn.position) != position:
            return self._outer.repetition(position, field)
        if self._gone:  # what is missing is created, behind those that are left
            builder = self._output.builder
            raw = builder.fields(position)[field]
            return raw.count(builder.delimiters.repetition) + 2 if raw else 1
        return turn.number - self._removed

    def add_repetition(self, position: int, field: int, repetition: int, /) -> None:
        """Nothing to remember: the one that stands for this turn's is meant, not the one added."""

    def forget_repetition(self, position: int, field: int, repetition: int, /) -> None:
        """Count the repetitions in front of this turn's: the numbers of those behind have changed."""
        turn = self._turn
        if turn.field != field or self._output.where(turn.position) != position:
            self._outer.forget_repetition(position, field, repetition)
        elif not self._gone and repetition <= turn.number - self._removed:
            self._gone = repetition == turn.number - self._removed
            self._removed += 1

    def create(self, name: str, /) -> int:
        """Create a segment where the structure wants it: in this turn's group, if it belongs there."""
        group, output = self._turn.group, self._output
        if not self._turn.binds(name) or group.whole:
            return self._outer.create(name)
        position = output.insert(self._room(group, name), name)
        output.levels[output.serials[position]] = self.level
        return position

    def _room(self, group: Group, name: str) -> int:
        if isinstance(group, StructureGroup):
            position = self._behind(group, slot_of(group.node, name))
            if position >= 0:
                return position
        return self.end(name)

    def _behind(self, group: StructureGroup, slot: int) -> int:
        """Return where the first segment of the group stands that the structure wants behind *slot*."""
        slots = group.placement.slots
        for serial in range(group.start, group.end):
            if slots[serial] > slot and (position := self._output.where(serial)) >= 0:
                return position
        return NOWHERE

    def end(self, name: str, /) -> int:
        """Return where a further segment stands in the turn's group: behind its like, before what comes after them.

        What the group does not list stands at its end; in the whole message the structure says where.
        """
        group = self._turn.group
        if group.whole:
            return self.whole.room(name)
        start, end = self._span()
        if end <= start:
            return self.whole.room(name)
        if isinstance(group, StructureGroup):
            position = self._behind(group, last_slot_beside(group.node, name))
            if position >= 0:
                return position
        return end

    def _around(self, name: str) -> Sequence[int]:
        """Return what is seen outside of the group: what this turn added there, else what other turns did not add."""
        positions, output = self._outer.positions(name), self._output
        if output.next_serial == self._loop_start:
            return positions
        serials, levels, level = output.serials, output.levels, self.level
        added = [at for at in positions if levels.get(serials[at], level) >= level and serials[at] >= self._loop_start]
        own = [at for at in added if serials[at] >= self._turn_start]
        return own or [at for at in positions if at not in added]

    def _span(self) -> tuple[int, int]:
        """Return where the group stands in the output. An added segment belongs to the group of the one before it."""
        group, output = self._turn.group, self._output
        if group.whole:
            return 0, len(output.serials)
        start = next((at for serial in range(group.start, group.end) if (at := output.where(serial)) >= 0), NOWHERE)
        if start < 0:
            return 0, 0
        last = next(at for serial in range(group.end - 1, group.start - 1, -1) if (at := output.where(serial)) >= 0)
        serials, inbound, end = output.serials, output.inbound, last + 1
        while end < len(serials) and serials[end] >= inbound:
            end += 1
        while start > 0 and serials[start - 1] >= self._turn_start:
            start -= 1  # what this turn has put before the first one
        return start, end
