"""One message structure, compiled: places the segments of a message, and says where a new one would go."""

from collections.abc import Sequence

from engine.grammar.automaton import START, Automaton
from engine.grammar.definitions import GroupNode
from engine.grammar.insertion import Insertion
from engine.grammar.placement import ROOT, GroupInstance, Placement
from engine.grammar.recovery import Recovery


class Structure:
    """A structure such as ORU_R01 of one version. Works on segment names alone and never drops one."""

    def __init__(self, name: str, root: GroupNode, known: frozenset[str]) -> None:
        self.name = name
        self.automaton = Automaton(root, known)

    def __repr__(self) -> str:
        return f"<Structure {self.name}>"

    def contains(self, segment: str) -> bool:
        """Whether the structure has a place for *segment*."""
        return self.automaton.holds(segment)

    def place(self, names: Sequence[str]) -> Placement:
        """Put every segment into the innermost group that holds it. *names* are in wire order, MSH first."""
        automaton = self.automaton
        steps, step_of = automaton.steps, automaton.step
        placement = Placement(names, automaton.root)
        groups, put_group, put_slot = placement.groups, placement.group_of.append, placement.slots.append
        recovery: Recovery | None = None
        here, position = groups[0], START
        tokens = automaton.tokens(names) if automaton.signs else names
        for index, name in enumerate(tokens):
            step = steps[position].get(name) or step_of(position, name)
            if step:
                position, leave, enter = step
                for _ in range(leave):
                    here = groups[here.parent]
                for node in enter:
                    here = _open(groups, here, node, index)
                here.members.append(index)
                put_group(here.id)
                put_slot(position)
                continue
            recovery = recovery or Recovery(automaton, placement)
            here, position = _mend(recovery, placement, here, position)
        return placement

    def insertion_point(self, names: Sequence[str], segment: str, within: int | None = None) -> int:
        """Return the index where a further *segment* belongs in *names*; -1 if the structure has no place for it.

        *within* is a group instance of ``place(names)``; without it the whole message is meant.
        """
        container = ROOT if within is None else within
        return Insertion(self.automaton, self.place(names), container).point(segment)


def _open(groups: list[GroupInstance], around: GroupInstance, node: GroupNode, index: int) -> GroupInstance:
    number = len(groups)
    instance = GroupInstance(number, around.id, node, index)
    around.children.append(number)
    groups.append(instance)
    return instance


def _mend(recovery: Recovery, placement: Placement, here: GroupInstance, position: int) -> tuple[GroupInstance, int]:
    """Place the next segment, which does not follow the structure; return where the following ones go on."""
    groups = placement.groups
    index = len(placement.slots)
    repair = recovery.repair(position, here.id, index)
    if repair.code:
        placement.notes.append((repair.code, index))
    if repair.slot < 0:
        # A Z or unlisted segment belongs to the group of the one before it.
        target = groups[placement.group_of[-1]] if index else groups[0]
    else:
        target = groups[repair.group]
        for node in repair.enter:
            target = _open(groups, target, node, index)
    target.members.append(index)
    placement.group_of.append(target.id)
    placement.slots.append(repair.slot)
    return (target, repair.slot) if repair.moves else (here, position)
