"""What a path means at one segment: the segment itself, then its group, then the groups around it, then the message.

A loop in a mapping stands in the loops around it; a profile has none, so that its conditions look outwards themselves.
"""

from collections.abc import Iterator, Sequence

from engine.expression import WholeMessage
from engine.grammar.placement import ROOT
from engine.hl7.message import Message
from engine.mapping.groups import Group, Groups, StructureGroup


class Inside:
    """A scope that is moved from segment to segment."""

    __slots__ = ("_groups", "_message", "_position", "_whole")

    def __init__(self, message: Message, groups: Groups, whole: WholeMessage) -> None:
        self._message, self._groups, self._whole = message, groups, whole
        self._position = 0

    def move(self, position: int) -> None:
        """Look from the segment at *position*."""
        self._position = position

    def positions(self, name: str, /) -> Sequence[int]:
        """Return the segments called *name* that are meant here."""
        if self._message.names[self._position] == name:
            return (self._position,)
        for group in self._around():
            if group.binds(name):
                return group.find(name)
        return self._whole.positions(name)

    def repetition(self, position: int, field: int, /) -> int | None:
        """Return None: no repetition is chosen."""
        return None

    def _around(self) -> Iterator[Group]:
        """Yield the groups that hold the segment, innermost first."""
        placement = self._groups.placement
        yield self._groups.around(self._position)
        number = placement.groups[placement.group_of[self._position]].parent
        while number > ROOT:
            yield StructureGroup(placement, number, {})
            number = placement.groups[number].parent
