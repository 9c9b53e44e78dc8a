"""A message structure as an automaton: from the slot of one segment to the slot of the next.

A conforming message costs one dictionary hit per segment; transitions are found when they are first needed.
"""

import functools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, auto

from engine.grammar.definitions import GroupNode, Part, Slot
from engine.grammar.tables import ANY_SEGMENT

START = -1
"""The position before the first segment; as an index it is the last entry of the tables below."""

Step = tuple[int, int, tuple[GroupNode, ...]]
"""The next position, how many groups to leave, and which groups to enter, outermost first."""

NO_STEP = ()

REMARKS = frozenset({"NTE", "PRT", "ROL", "CTD", "CTI", "SFT", "UAC", "DSC"})
"""Segments that remark on what precedes them."""


@dataclass(frozen=True, slots=True)
class Way:
    """The way to a slot: the groups to enter, outermost first."""

    enter: tuple[GroupNode, ...]
    slot: Slot

    def step(self, leave: int) -> Step:
        """Return it as a step that leaves *leave* groups first."""
        return self.slot.number, leave, self.enter


class Lenience(Enum):
    """How much of the structure a step may disregard."""

    NONE = auto()
    MISSING = auto()
    """Required elements may be left out."""
    LIMITS = auto()
    """What may come once may come again."""


@dataclass(frozen=True, slots=True, eq=False)
class Level:
    """A group around a slot, and which of its parts leads to the slot."""

    group: GroupNode
    order: int

    @property
    def part(self) -> Part:
        """The part that leads to the slot."""
        return self.group.parts[self.order]

    @property
    def later(self) -> tuple[Part, ...]:
        """The parts behind it."""
        return self.group.parts[self.order + 1 :]


class Automaton:
    """The transitions of one structure."""

    def __init__(self, root: GroupNode, known: frozenset[str]) -> None:
        self.root = root
        self.known = known
        """Every segment that the version knows."""
        paths = list(_paths(root, ()))
        self.slots = (*(slot for slot, _ in paths), Slot(START, ""))
        self.lines = (*(levels for _, levels in paths), (Level(root, -1),))
        """For each position the groups around it, innermost first."""
        self.names = frozenset(slot.name for slot, _ in paths)
        self.open = ANY_SEGMENT in self.names
        self.signs = {slot.name: slot for slot, _ in paths if slot.sign}
        """Segments that go to another slot where a sign follows them."""
        self._plain = {slot.token: slot.name for slot in self.signs.values()}
        self.steps: list[dict[str, Step | tuple[()]]] = [{} for _ in self.slots]
        # Asked only for names that the structure holds, so they cannot grow without end.
        self.find_leniently = functools.cache(self.find)
        self.ways_on = functools.cache(self._ways_on)
        self.ways_into = functools.cache(self._ways_into)

    def holds(self, name: str) -> bool:
        """Whether the structure has a place for segments called *name*."""
        return name in self.names or (self.open and name in self.known)

    def step(self, position: int, name: str) -> Step | tuple[()]:
        """Return the conforming step, or nothing. Remembered for names that the version knows: others have no end."""
        found = self.steps[position].get(name)
        if found is None:
            found = self.find(position, name, Lenience.NONE) or NO_STEP
            if not found and name in self._plain:
                found = self.step(position, self._plain[name])
            if name in self.known or name in self._plain:
                self.steps[position][name] = found
        return found

    def tokens(self, names: Sequence[str]) -> Sequence[str]:
        """Return *names* with those marked that a sign follows; remarks and strangers in between do not matter."""
        marked = list(names)
        for name, slot in self.signs.items():
            last = ""
            for index in range(len(names) - 1, 0, -1):
                if last == slot.sign and names[index] == name:
                    marked[index] = slot.token
                if names[index] not in REMARKS and self.holds(names[index]):
                    last = names[index]
        return marked

    def find(self, position: int, name: str, lenience: Lenience) -> Step | None:
        """Find the nearest place: the same slot again, then a later one, then a repeated group; then one level up."""
        levels = self.lines[position]
        over = lenience is Lenience.LIMITS
        if self.matches(self.slots[position], name) and (levels[0].part.repeats or over):
            return position, 0, ()
        for depth, level in enumerate(levels):
            found = self._later(level, name, lenience)
            if found is not None:
                return found.step(depth)
            if depth + 1 < len(levels) and (levels[depth + 1].part.repeats or over):
                found = self.first(level.group, name, lenience)
                if found is not None:
                    return found.step(depth + 1)
        return None

    def first(self, node: Slot | GroupNode, name: str, lenience: Lenience) -> Way | None:
        """Find the way by which *name* can begin *node*."""
        if isinstance(node, Slot):
            return Way((), node) if self.matches(node, name) else None
        if name in node.closed_to:
            return None
        for part in node.parts:
            found = self.among(part, name, lenience)
            if found is not None:
                return Way((node, *found.enter), found.slot)
            if part.needed and lenience is not Lenience.MISSING:
                return None
        return None

    def among(self, part: Part, name: str, lenience: Lenience) -> Way | None:
        """Find the way by which *name* can begin one of the part's choices."""
        for choice in part.choices:
            found = self.first(choice, name, lenience)
            if found is not None:
                return found
        return None

    def matches(self, slot: Slot, name: str) -> bool:
        """Whether *name* may stand in the slot; "any segment" means those that the structure does not list."""
        if slot.name == ANY_SEGMENT:
            return name in self.known and name not in self.names
        return slot.token == name

    def _ways_on(self, position: int, name: str) -> tuple[tuple[int, Lenience, Way], ...]:
        """Return the ways to later places past required elements, nearest level first: groups to leave, kind, way."""
        found: list[tuple[int, Lenience, Way]] = []
        for leave, level in enumerate(self.lines[position]):
            for lenience in (Lenience.NONE, Lenience.MISSING):
                ways = (self.among(part, name, lenience) for part in level.later)
                way = next((way for way in ways if way is not None), None)
                if way is not None:
                    found.append((leave, lenience, way))
        return tuple(found)

    def _ways_into(self, node: GroupNode, name: str) -> tuple[tuple[Part, Way], ...]:
        """Return the ways by which *name* can begin a part of the group, wherever that part stands."""
        ways = ((part, self.among(part, name, Lenience.NONE)) for part in node.parts)
        return tuple((part, way) for part, way in ways if way is not None)

    def _later(self, level: Level, name: str, lenience: Lenience) -> Way | None:
        for part in level.later:
            found = self.among(part, name, lenience)
            if found is not None:
                return found
            if part.needed and lenience is not Lenience.MISSING:
                return None
        return None


def _paths(group: GroupNode, above: tuple[Level, ...]) -> Iterator[tuple[Slot, tuple[Level, ...]]]:
    for order, part in enumerate(group.parts):
        levels = (Level(group, order), *above)
        for choice in part.choices:
            if isinstance(choice, Slot):
                yield choice, levels
            else:
                yield from _paths(choice, levels)
