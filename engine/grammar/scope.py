"""What a path sees from inside an occurrence's group (LANGUAGE.md 3)."""

from collections.abc import Sequence

from engine.grammar.definitions import GroupNode, Slot
from engine.grammar.placement import Placement


def in_scope(placement: Placement, occurrence: int, name: str) -> Sequence[int] | None:
    """Return the segments called *name* that belong to the group of the segment at *occurrence*, in wire order.

    Those standing directly in the group; if none, those of subgroups that begin with that segment; if none, of any
    subgroup. Empty: the group could hold one and has none. None: it is no matter of this group, so that the whole
    message is looked at.
    """
    if not placement.known:
        return _until_the_next(placement.names, occurrence, name)
    names, groups = placement.names, placement.groups
    group = placement.group_of[occurrence]
    direct = [index for index in groups[group].members if names[index] == name]
    if direct:
        return direct
    below = placement.inside(group)
    beginning = [number for number in below if names[groups[number].first] == name]
    for numbers in (beginning, below):
        found = [index for number in numbers for index in groups[number].members if names[index] == name]
        if found:
            return sorted(found)
    return () if _could_hold(placement, groups[group].node, name) else None


def _until_the_next(names: Sequence[str], occurrence: int, name: str) -> Sequence[int]:
    """Where no structure is known: everything up to the next segment of the same name."""
    found = []
    for index in range(occurrence, len(names)):
        if index > occurrence and names[index] == names[occurrence]:
            break
        if names[index] == name:
            found.append(index)
    return found


def _could_hold(placement: Placement, node: GroupNode, name: str) -> bool:
    """Whether such groups hold *name*: by the structure, or (Z segments) because another one of this message does."""
    if _lists(node, name):
        return True
    alike = [group.id for group in placement.groups if group.node is node]
    inside = {number for group in alike for number in (group, *placement.inside(group))}
    return any(placement.group_of[index] in inside for index, other in enumerate(placement.names) if other == name)


def _lists(node: Slot | GroupNode, name: str) -> bool:
    if isinstance(node, Slot):
        return node.name == name
    return any(_lists(choice, name) for part in node.parts for choice in part.choices)
