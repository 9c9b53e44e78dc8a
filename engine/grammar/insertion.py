"""Where a further segment belongs in a message that is being built, so that the structure's order holds."""

from collections.abc import Iterator

from engine.grammar.automaton import Automaton, Level
from engine.grammar.definitions import GroupNode, Part
from engine.grammar.placement import NO_SLOT, Placement

NO_PLACE = -1

_Way = tuple[Level, ...]
"""The groups from the one inserted into down to the one that holds the slot, each with the part that leads on."""


class Insertion:
    """The search for the place of one segment inside one group instance."""

    def __init__(self, automaton: Automaton, placement: Placement, container: int) -> None:
        self._automaton = automaton
        self._placement = placement
        self._container = container

    def point(self, segment: str) -> int:
        """Return the index at which to insert *segment*, or -1 where the structure has no place for it.

        Beside the last one that is there; if that place is full, in the structure's next place for it. Where there
        is none yet: the place directly in the group, else in a subgroup that begins with it, else in any subgroup.
        """
        slots = [slot.number for slot in self._automaton.slots if slot.name == segment]
        ways = {slot: way for slot in slots if (way := self._way_to(slot))}
        if not ways:
            return NO_PLACE
        last = self._last_slot(segment)
        if last not in ways:
            return self._behind(*self._open_end(self._nearest(ways)))
        for slot in sorted(ways):
            if slot >= last and (end := self._end_with_room(ways[slot])):
                return self._behind(*end)
        return self._behind(*self._open_end(ways[last]))

    def _way_to(self, slot: int) -> _Way:
        """Return the way to *slot* from the container; empty if it does not stand below it."""
        node = self._placement.groups[self._container].node
        groups = [level.group for level in self._automaton.lines[slot]]
        if node not in groups:
            return ()
        return tuple(reversed(self._automaton.lines[slot][: groups.index(node) + 1]))

    def _last_slot(self, segment: str) -> int:
        """Return the slot of the last such segment that stands inside the container."""
        placement = self._placement
        inside = {self._container, *placement.inside(self._container)}
        for index in range(len(placement.slots) - 1, -1, -1):
            if placement.names[index] == segment and placement.group_of[index] in inside:
                return placement.slots[index]
        return NO_SLOT

    def _nearest(self, ways: dict[int, _Way]) -> _Way:
        """Among equals the last group of the structure (what is added comes last), and in it the first slot."""
        first_slots: dict[int, int] = {}
        for slot, levels in enumerate(self._automaton.lines):
            for level in levels:
                first_slots.setdefault(id(level.group), slot)

        def rank(slot: int) -> tuple[int, int, int, int]:
            way = ways[slot]
            kind = 0 if len(way) == 1 else 1 if way[-1].order == 0 else 2
            return kind, len(way), -first_slots[id(way[-1].group)], slot

        return ways[min(ways, key=rank)]

    def _trail(self, way: _Way) -> list[tuple[int, Level]]:
        """Follow *way* through the last instances that exist."""
        trail = [(self._container, way[0])]
        for level in way[1:]:
            children = self._placement.groups[trail[-1][0]].children
            same = (number for number in reversed(children) if self._placement.groups[number].node is level.group)
            number = next(same, None)
            if number is None:
                break
            trail.append((number, level))
        return trail

    def _end_with_room(self, way: _Way) -> tuple[int, int] | None:
        """Return the innermost instance on the way that may take another one, and behind which of its parts."""
        trail = self._trail(way)
        number, level = trail[-1]
        if len(trail) < len(way) or level.part.repeats or not self._holds(number, level):
            return number, level.order
        return next(((number, level.order) for number, level in reversed(trail[:-1]) if level.part.repeats), None)

    def _open_end(self, way: _Way) -> tuple[int, int]:
        """As above; over the limit where nothing has room."""
        number, level = self._trail(way)[-1]
        return self._end_with_room(way) or (number, level.order)

    def _holds(self, group: int, level: Level) -> bool:
        return any(order == level.order for order, _ in self._elements(group))

    def _behind(self, group: int, order: int) -> int:
        """Return the index behind everything in the instance that comes at *order* or before it."""
        ends = [end for place, end in self._elements(group) if place <= order]
        return max(ends, default=self._placement.groups[group].first)

    def _elements(self, group: int) -> Iterator[tuple[int, int]]:
        """Yield for each segment and subgroup of the instance its place in the sequence and the index behind it."""
        placement, instance = self._placement, self._placement.groups[group]
        starts = dict.fromkeys(instance.members, NO_SLOT)
        starts |= {placement.groups[child].first: child for child in instance.children}
        order = -1
        for index in sorted(starts):
            child = starts[index]
            if child != NO_SLOT:
                order = _order_of(instance.node.parts, placement.groups[child].node)
                yield order, placement.end_of(child)
                continue
            slot = placement.slots[index]
            if slot != NO_SLOT:  # else it stays with what precedes it
                order = self._automaton.lines[slot][0].order
            yield order, index + 1


def _order_of(parts: tuple[Part, ...], node: GroupNode) -> int:
    return next(order for order, part in enumerate(parts) if node in part.choices)
