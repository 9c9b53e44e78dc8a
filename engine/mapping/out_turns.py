"""What a left-hand path means: a place in the message being built, which is this turn's inside a loop."""

from collections.abc import Sequence
from typing import Protocol

from engine.grammar import Structure
from engine.grammar.definitions import GroupNode, Slot
from engine.mapping.groups import StructureGroup
from engine.mapping.output import Output
from engine.mapping.turns import Turn

_NOWHERE = -1
_LAST = 1 << 30


class Structured(Protocol):
    """What knows the structure that the output is to have."""

    @property
    def structure(self) -> Structure | None: ...


class WholeOutput:
    """The whole message being built."""

    __slots__ = ("_output", "_structured", "positions", "whole")

    def __init__(self, output: Output, structured: Structured) -> None:
        self._output = output
        self._structured = structured
        self.whole = self
        self.positions = output.builder.positions

    def first(self, name: str) -> int:
        """Return where the segment stands that is meant when no index is written, -1 if there is none."""
        found = self.positions(name)
        return found[0] if found else _NOWHERE

    def repetition(self, position: int, field: int, /) -> int | None:
        """Return None: nothing is chosen."""
        return None

    def forget_repetition(self, position: int, field: int, repetition: int) -> None:
        """Take note that a repetition was deleted; here nothing counts them."""

    def within(self, name: str) -> Sequence[int]:
        """Return the segments called *name*: the whole message is one group."""
        return self.positions(name)

    def sees(self, position: int, name: str) -> bool:
        """Return True: nothing is hidden."""
        return True

    def room(self, name: str) -> int:
        """Return where the structure wants a further segment; without one beside its like, or at the end."""
        place = self.wanted(name)
        if place >= 0:
            return place
        found = self.positions(name)
        return found[-1] + 1 if found else len(self._output.serials)

    def wanted(self, name: str) -> int:
        """Return where the structure wants a further segment, -1 where it has no place for it."""
        structure = self._structured.structure
        return _NOWHERE if structure is None else structure.insertion_point(self._output.builder.names, name)

    def end(self, name: str) -> int:
        """Return where ``append`` puts a segment."""
        return self.room(name) if self._output.copied else len(self._output.serials)


class CopiedTurn:
    """A turn where the output began as the message that came: what stands for the turn's own segment and group."""

    __slots__ = ("_gone", "_loop_start", "_outer", "_output", "_turn", "_turn_start", "removed", "whole")

    def __init__(self, output: Output, outer: "WholeOutput | OutTurn", turn: Turn, loop_start: int) -> None:
        self._output = output
        self._outer = outer
        self.whole: WholeOutput = outer.whole
        self._turn = turn
        self._loop_start = loop_start
        self._turn_start = output.next_serial
        self._gone = False
        self.removed = 0
        """How many repetitions the turns of this loop have deleted in front of this one's."""

    def positions(self, name: str, /) -> Sequence[int]:
        """Return where the segments of this turn called *name* stand, in the order of the message."""
        output, turn = self._output, self._turn
        if name == turn.name and output.next_serial == self._turn_start:
            own = output.where(turn.position)
            return (own,) if own >= 0 else ()
        standing = output.builder.positions(name)
        if not standing:
            return ()
        meant, serials, inbound = frozenset(turn.positions(name)), output.serials, output.inbound
        return [
            position
            for position in standing
            if serials[position] in meant or (serials[position] >= inbound and self.sees(position, name))
        ]

    def first(self, name: str) -> int:
        """Return the segment that stands for this turn's, else the first one that the turn sees; -1 if none."""
        found = self.positions(name)
        return found[0] if found else _NOWHERE

    def within(self, name: str) -> Sequence[int]:
        """Return the segments called *name* in the turn's group only."""
        turn, serials, inbound = self._turn, self._output.serials, self._output.inbound
        meant = frozenset(turn.within(name))
        return [
            position
            for position in self._output.builder.positions(name)
            if serials[position] in meant or (serials[position] >= inbound and self._stands_in_group(position))
        ]

    def sees(self, position: int, name: str) -> bool:
        """Whether an added segment is meant: added in this turn, or before the loop in this group or outside all."""
        serial = self._output.serials[position]
        if serial >= self._loop_start:
            return serial >= self._turn_start
        if self._turn.binds(name):
            return self._stands_in_group(position)
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
        return turn.number - self.removed

    def forget_repetition(self, position: int, field: int, repetition: int) -> None:
        """Take note that a repetition was deleted: those behind it have moved up."""
        turn = self._turn
        if turn.field != field or self._output.where(turn.position) != position:
            self._outer.forget_repetition(position, field, repetition)
        elif not self._gone and repetition <= turn.number - self.removed:
            self._gone = repetition == turn.number - self.removed
            self.removed += 1

    def room(self, name: str) -> int:
        """Return where the structure wants a further segment: in this turn's group, if it belongs there."""
        group, output = self._turn.group, self._output
        if not self._turn.binds(name) or group.whole:
            return self._outer.room(name)
        if isinstance(group, StructureGroup):
            wanted, slots = _slot_of(group.node, name), group.placement.slots
            for serial in range(group.start, group.end):
                if slots[serial] > wanted and output.where(serial) >= 0:
                    return output.where(serial)
        return self.end(name)

    def end(self, name: str) -> int:
        """Return the end of the turn's group; in the whole message, where the structure wants the segment."""
        group, output = self._turn.group, self._output
        if group.whole:
            return self._outer.room(name)
        for serial in range(group.end - 1, group.start - 1, -1):
            position = output.where(serial)
            if position >= 0:
                return self._behind_added(position + 1)
        return self._outer.room(name)

    def _behind_added(self, position: int) -> int:
        serials, inbound = self._output.serials, self._output.inbound
        while position < len(serials) and serials[position] >= inbound:
            position += 1
        return position

    def _stands_in_group(self, position: int) -> bool:
        """An added segment belongs to the group of the one before it, as a Z segment does."""
        serials, inbound, group = self._output.serials, self._output.inbound, self._turn.group
        while position > 0 and serials[position] >= inbound:
            position -= 1
        return group.start <= serials[position] < group.end


class EmptyTurn:
    """A turn where the output began empty: what was last added in this turn."""

    __slots__ = ("_added", "_loop_start", "_outer", "_output", "_turn", "_turn_start", "removed", "whole")

    def __init__(self, output: Output, outer: "WholeOutput | OutTurn", turn: Turn, loop_start: int) -> None:
        self._output = output
        self._outer = outer
        self.whole: WholeOutput = outer.whole
        self._turn = turn
        self._loop_start = loop_start
        self._turn_start = output.next_serial
        self._added: dict[tuple[int, int], int] = {}
        self.removed = 0
        """As in a copied turn; here nothing stands for a repetition of the message that came."""

    def positions(self, name: str, /) -> Sequence[int]:
        """Return what this turn added under that name; if nothing, what stood there before its loop began."""
        standing = self._output.builder.positions(name)
        if not standing:
            return ()
        serials = self._output.serials
        own = [position for position in standing if serials[position] >= self._turn_start]
        if own or self._turn.binds(name):
            return own
        return [position for position in self._outer.positions(name) if serials[position] < self._loop_start]

    def first(self, name: str) -> int:
        """Return the one last added in this turn; else what the turn around it means, -1 if nothing."""
        standing = self._output.builder.positions(name)
        if not standing:
            return _NOWHERE
        serials = self._output.serials
        added = [position for position in standing if serials[position] >= self._turn_start]
        if added:
            return max(added, key=serials.__getitem__)
        if self._turn.binds(name):
            return _NOWHERE
        around = self._outer.first(name)
        return around if around >= 0 and serials[around] < self._loop_start else _NOWHERE

    def within(self, name: str) -> Sequence[int]:
        """Return what this turn added under that name."""
        serials = self._output.serials
        return [position for position in self._output.builder.positions(name) if serials[position] >= self._turn_start]

    def sees(self, position: int, name: str) -> bool:
        """Whether a segment was added in this turn, or is seen around the loop."""
        serial = self._output.serials[position]
        if serial >= self._loop_start:
            return serial >= self._turn_start
        return self._outer.sees(position, name)

    def repetition(self, position: int, field: int, /) -> int | None:
        """Return the repetition last added in this turn."""
        added = self._added.get((self._output.serials[position], field))
        return self._outer.repetition(position, field) if added is None else added

    def forget_repetition(self, position: int, field: int, repetition: int) -> None:
        """Take note that a repetition was deleted."""
        if self._added.get((self._output.serials[position], field)) == repetition:
            del self._added[self._output.serials[position], field]
        else:
            self._outer.forget_repetition(position, field, repetition)

    def add_repetition(self, position: int, field: int, number: int) -> None:
        """Remember the repetition that ``append`` has begun."""
        self._added[self._output.serials[position], field] = number

    def room(self, name: str) -> int:
        """Return where the structure wants a further segment; one that it does not list goes behind this turn's."""
        place = self.whole.wanted(name)
        return place if place >= 0 else len(self._output.serials)

    def end(self, name: str) -> int:
        """Return the end of the message."""
        return len(self._output.serials)


OutTurn = CopiedTurn | EmptyTurn
OutScope = WholeOutput | CopiedTurn | EmptyTurn


def _slot_of(node: GroupNode, name: str) -> int:
    """Return the number of the slot that the group has for the segment: its own, else one in a subgroup."""
    own: list[int] = []
    below: list[int] = []
    for part in node.parts:
        for choice in part.choices:
            if isinstance(choice, Slot):
                own += [choice.number] if choice.name == name else []
            else:
                found = _slot_of(choice, name)
                below += [found] if found < _LAST else []
    return min(own, default=min(below, default=_LAST))
