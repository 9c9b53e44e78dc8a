"""An occurrence's group: which segments of the message a turn of a loop means."""

import functools
from collections.abc import Sequence
from typing import Protocol

from engine.grammar import Placement, Structure, grammar_for
from engine.grammar.definitions import GroupNode, Part, Slot
from engine.grammar.placement import ROOT
from engine.hl7.message import Message
from engine.mapping.remembered import placed

_NEVER = (-1, -1)
BEHIND_ALL = 1 << 30
"""Behind every slot of a group: where a segment goes that it does not list."""


class Group(Protocol):
    """The group of one occurrence: a stretch of the message, and what a name means inside it."""

    start: int
    """Index of its first segment."""
    end: int
    """Index just behind its last segment, subgroups included."""

    @property
    def whole(self) -> bool:
        """Whether it is the whole message, as for a segment that stands in no group."""
        ...

    def binds(self, name: str) -> bool:
        """Whether segments of that name belong to such groups; all others are seen as in the whole message."""
        ...

    def find(self, name: str) -> Sequence[int]:
        """Return the segments that a bound name means here; none is an answer, too."""
        ...


class Groups:
    """The groups of one message, found when somebody asks: a mapping without loops never does."""

    __slots__ = ("_by_number", "_ends", "_message", "_placement", "_strangers", "_structure")

    def __init__(self, message: Message) -> None:
        self._message = message
        self._structure: Structure | None = None
        self._placement: Placement | None = None
        self._by_number: dict[int, StructureGroup] = {}
        self._strangers: dict[tuple[GroupNode, str], bool] = {}
        self._ends: dict[str, tuple[int, int]] = {}

    @property
    def structure(self) -> Structure | None:
        """The structure that the message says it has, or that its event has; None if none is known."""
        if self._structure is None:
            message = self._message
            grammar = grammar_for(message.value("MSH", 12))
            code, event, name = (message.value("MSH", 9, component) for component in (1, 2, 3))
            self._structure = grammar.structure(grammar.structure_name(code, event, name))
        return self._structure

    @property
    def placement(self) -> Placement:
        """Where every segment of the message stands."""
        if self._placement is None:
            names, structure = self._message.names, self.structure
            self._placement = placed(structure, names)
            self._ends = {} if self._placement.known else _first_and_last(names)
        return self._placement

    def around(self, position: int) -> Group:
        """Return the innermost group that holds the segment at *position*."""
        placement = self.placement
        if not placement.known:
            return Stretch(placement.names, position, self._ends)
        number = placement.group_of[position]
        found = self._by_number.get(number)
        if found is None:
            found = self._by_number[number] = StructureGroup(placement, number, self._strangers)
        return found


class StructureGroup:
    """A group instance as the structure placed it."""

    __slots__ = ("_found", "_strangers", "end", "number", "placement", "start")

    def __init__(self, placement: Placement, number: int, strangers: dict[tuple[GroupNode, str], bool]) -> None:
        instance = placement.groups[number]
        self.placement = placement
        self.number = number
        self.start = instance.first
        self.end = placement.end_of(number)
        self._found: dict[str, Sequence[int]] = {}
        self._strangers = strangers

    @property
    def whole(self) -> bool:
        """Whether it is the message itself."""
        return self.number == ROOT

    @property
    def node(self) -> GroupNode:
        """What the structure says of such groups."""
        return self.placement.groups[self.number].node

    def binds(self, name: str) -> bool:
        """Bound is what the structure lists in the group and what stands in any group of the same kind."""
        if self.whole:
            return False  # the whole message is no group of it: everything is seen as in the whole message
        node = self.node
        if name in names_below(node):
            return True
        stands = self._strangers.get((node, name))
        if stands is None:
            stands = self._strangers[node, name] = _stands_in_any(self.placement, node, name)
        return stands

    def find(self, name: str) -> Sequence[int]:
        """Directly in the group; else in subgroups that begin with the segment; else in any subgroup."""
        found = self._found.get(name)
        if found is None:
            found = self._found[name] = self._search(name)
        return found

    def _search(self, name: str) -> Sequence[int]:
        # What the structure lists directly in the group is looked for nowhere else, even where this occurrence has
        # none: an order without a comment does not have its first result's comment.
        placement = self.placement
        instance = placement.groups[self.number]
        direct = self._members((self.number,), name)
        if direct or name in names_directly(instance.node):
            return direct
        leads = _leads_below(instance.node, name)
        return self._members(self._leading(self.number, name) if leads else placement.inside(self.number), name)

    def _leading(self, number: int, name: str) -> list[int]:
        """Return the nearest groups below that begin with the segment.

        Since 2.7 what is observed of a specimen is a group of its own; still it is none of the order's results.
        """
        groups, found = self.placement.groups, list[int]()
        nearest = _leads_to(groups[number].node, name)
        for child in groups[number].children:
            node = groups[child].node
            begins = name in names_at_the_beginning(node)
            if begins and name in names_directly(node):
                found.append(child)
            elif begins or not nearest:
                found.extend(self._leading(child, name))
        return found

    def _members(self, numbers: Sequence[int], name: str) -> list[int]:
        names, groups = self.placement.names, self.placement.groups
        return sorted(index for number in numbers for index in groups[number].members if names[index] == name)


class Stretch:
    """Where no structure is known: everything up to the next segment of the same name."""

    __slots__ = ("_ends", "_first", "_names", "end", "start")

    def __init__(self, names: Sequence[str], position: int, ends: dict[str, tuple[int, int]]) -> None:
        name = names[position]
        self._names = names
        self._ends = ends
        self._first = ends[name][0]
        self.start = position
        following = position + 1
        while following < len(names) and names[following] != name:
            following += 1
        self.end = following

    @property
    def whole(self) -> bool:
        """Return False: it is a part of the message."""
        return False

    def binds(self, name: str) -> bool:
        """From the first occurrence on everything belongs to one occurrence or another."""
        return self._ends.get(name, _NEVER)[1] >= self._first

    def find(self, name: str) -> Sequence[int]:
        """Return where *name* stands in this stretch."""
        return [index for index in range(self.start, self.end) if self._names[index] == name]


def _first_and_last(names: Sequence[str]) -> dict[str, tuple[int, int]]:
    ends: dict[str, tuple[int, int]] = {}
    for index, name in enumerate(names):
        ends[name] = (ends.get(name, (index, index))[0], index)
    return ends


@functools.cache
def names_directly(node: GroupNode) -> frozenset[str]:
    """Return the segments that the structure lists directly in a group."""
    return frozenset(choice.name for part in node.parts for choice in part.choices if isinstance(choice, Slot))


@functools.cache
def names_below(node: GroupNode) -> frozenset[str]:
    """Return the segments that the structure lists in a group and its subgroups."""
    below = (names_below(choice) for part in node.parts for choice in part.choices if isinstance(choice, GroupNode))
    return names_directly(node).union(*below)


@functools.cache
def names_at_the_beginning(node: GroupNode) -> frozenset[str]:
    """Return the segments with which an instance of the group can begin."""
    found: set[str] = set()
    for part in node.parts:
        for choice in part.choices:
            found |= {choice.name} if isinstance(choice, Slot) else names_at_the_beginning(choice)
        if part.needed:
            break
    return frozenset(found - node.closed_to)


@functools.cache
def slot_of(node: GroupNode, name: str) -> int:
    """Return the number of the slot that a group has for a segment: its own, else one in a subgroup."""
    own: list[int] = []
    below: list[int] = []
    for part in node.parts:
        for choice in part.choices:
            if isinstance(choice, GroupNode):
                below.append(slot_of(choice, name))
            elif choice.name == name:
                own.append(choice.number)
    return min(own, default=min(below, default=BEHIND_ALL))


@functools.cache
def last_slot_beside(node: GroupNode, name: str) -> int:
    """Return the last slot of the part of a group in which it lists a segment: a further one stands behind that."""
    for part in node.parts:
        if any(isinstance(choice, Slot) and choice.name == name for choice in part.choices):
            return _last_slot(part)
    for part in node.parts:
        if any(isinstance(choice, GroupNode) and name in names_below(choice) for choice in part.choices):
            return _last_slot(part)
    return BEHIND_ALL


def _last_slot(part: Part) -> int:
    inner = [each for choice in part.choices if isinstance(choice, GroupNode) for each in map(_last_slot, choice.parts)]
    return max([*inner, *(choice.number for choice in part.choices if isinstance(choice, Slot))])


def _leads_below(node: GroupNode, name: str) -> bool:
    """Whether the structure knows a subgroup that begins with the segment, whether or not one stands here."""
    return _leads_to(node, name) or any(_leads_below(each, name) for each in _groups_in(node))


def _leads_to(node: GroupNode, name: str) -> bool:
    """Whether the structure lists, directly in a group, a subgroup that begins with the segment."""
    return any(name in names_at_the_beginning(each) for each in _groups_in(node))


def _groups_in(node: GroupNode) -> list[GroupNode]:
    return [choice for part in node.parts for choice in part.choices if isinstance(choice, GroupNode)]


def _stands_in_any(placement: Placement, node: GroupNode, name: str) -> bool:
    """Whether any group of this kind holds the segment: then it is another occurrence's, and not to be borrowed."""
    names = placement.names
    return any(
        names[index] == name
        for number, instance in enumerate(placement.groups)
        if instance.node is node
        for index in range(instance.first, placement.end_of(number))
    )
