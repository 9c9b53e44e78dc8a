"""What a path sees: in the whole message, and inside one turn of a loop; in the message that came and in the one built.

A turn is one occurrence of a segment (or of a repetition of a field) with its group.
"""

from collections.abc import Sequence

from engine.expression.environment import Scope
from engine.hl7.message import View
from engine.mapping.groups import Group, Groups

_NOTHING: tuple[int, ...] = ()


Occurrence = tuple[int, int, int]
"""Where the segment stands, the field and the repetition; the latter 0 where whole segments are walked."""


class Turn:
    """The turns of one loop, one after the other: the occurrence, its group, and what the outer turn sees."""

    __slots__ = ("_group", "_groups", "_view", "field", "name", "number", "outer", "position")

    def __init__(self, view: View, groups: Groups, outer: Scope) -> None:
        self._view = view
        self._groups = groups
        self.outer = outer

    def begin(self, occurrence: Occurrence) -> None:
        """Begin the turn of *occurrence*."""
        self.position, self.field, self.number = occurrence
        self.name = self._view.names[self.position]
        self._group: Group | None = None

    @property
    def group(self) -> Group:
        """The occurrence's group, found when it is first needed: many loops read their own segment only."""
        if self._group is None:
            self._group = self._groups.around(self.position)
        return self._group

    def positions(self, name: str, /) -> Sequence[int]:
        """Return the segments called *name* that this turn means."""
        if name == self.name:
            return (self.position,)
        if not self._view.positions(name):
            return _NOTHING
        return self.group.find(name) if self.group.binds(name) else self.outer.positions(name)

    def within(self, name: str) -> Sequence[int]:
        """Return the segments called *name* in the group only: what ``Z*`` means inside a loop."""
        if name == self.name:
            return (self.position,)
        group = self.group
        if group.binds(name):
            return group.find(name)
        return [index for index in self.outer.positions(name) if group.start <= index < group.end]

    def binds(self, name: str) -> bool:
        """Whether *name* is the turn's own or its group's, not the whole message's."""
        return name == self.name or self.group.binds(name)

    def repetition(self, position: int, field: int, /) -> int | None:
        """Return the repetition that a path to *field* means where it names none."""
        if self.field == field and self.position == position:
            return self.number
        return self.outer.repetition(position, field)
