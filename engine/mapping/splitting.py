"""With ``split`` and ``start: copy`` a message keeps one occurrence: the other instances of its group are left out."""

from engine.grammar import Placement
from engine.grammar.definitions import GroupNode
from engine.grammar.placement import ROOT
from engine.mapping.groups import Group, StructureGroup
from engine.mapping.output import Output
from engine.mapping.turns import Turn


def leave_out_others(output: Output, turn: Turn) -> None:
    """Take out of a fresh copy what belongs to other occurrences."""
    names, group = output.builder.names, turn.group
    others = _of_groups(group) if isinstance(group, StructureGroup) else _behind_the_first(names, turn, group)
    others |= {
        position
        for position, name in enumerate(names)
        if name == turn.name and position != turn.position and _beside(group, position)
    }
    if others:
        output.remove(sorted(others))


def _of_groups(group: StructureGroup) -> set[int]:
    """Return the segments of the group's siblings, and of the siblings of the groups around it that hold such groups.

    An order of the second patient keeps no order of the first one, and so not the first patient either.
    """
    placement, others = group.placement, set[int]()
    number = group.number
    while number != ROOT:
        instance = placement.groups[number]
        for sibling in placement.groups[instance.parent].children:
            beside = placement.groups[sibling]
            if sibling != number and beside.node is instance.node and _holds(placement, sibling, group.node):
                others.update(range(beside.first, placement.end_of(sibling)))
        number = instance.parent
    return others


def _holds(placement: Placement, number: int, node: GroupNode) -> bool:
    return any(placement.groups[each].node is node for each in (number, *placement.inside(number)))


def _behind_the_first(names: list[str], turn: Turn, group: Group) -> set[int]:
    """Where no structure is known, everything from the first occurrence on belongs to one or another."""
    return set(range(names.index(turn.name), len(names))) - set(range(group.start, group.end))


def _beside(group: Group, position: int) -> bool:
    """Whether a segment stands directly in the same group as the occurrence: then its like are alternatives, too."""
    return isinstance(group, StructureGroup) and group.placement.group_of[position] == group.number
