"""Where a segment goes that does not follow the structure. Nothing is ever dropped, and the rest keeps its groups."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from engine.grammar.automaton import NO_STEP, REMARKS, Automaton, Lenience, Step
from engine.grammar.definitions import GroupNode, Part, Slot
from engine.grammar.placement import (
    NO_SLOT,
    NOT_IN_STRUCTURE,
    OUT_OF_ORDER,
    SKIPPED,
    TOO_MANY,
    UNKNOWN_SEGMENT,
    Placement,
)


@dataclass(frozen=True, slots=True)
class Repair:
    """What to do with one segment that does not fit."""

    code: str
    """For the notes; empty where nothing is wrong with it (a site's own Z segment)."""
    slot: int = NO_SLOT
    """-1: it joins the group of the segment before it."""
    group: int = 0
    """The group instance to put it in, before *enter*."""
    enter: tuple[GroupNode, ...] = ()
    moves: bool = False
    """Whether the following segments go on from here; else from where they were."""


class Recovery:
    """The repairs of one message. Linear: counts and the look-ahead are kept from one repair to the next."""

    def __init__(self, automaton: Automaton, placement: Placement) -> None:
        self._automaton = automaton
        self._placement = placement
        self._names = placement.names
        self._followers = _followers(placement.names, automaton)
        self._counts: dict[int, _Count] = {}

    def repair(self, position: int, here: int, index: int) -> Repair:
        """Decide for the segment at *index*, when the last one placed stands at *position* in the instance *here*."""
        name = self._names[index]
        if not self._automaton.holds(name):
            return Repair(_absence(name, self._automaton.known))
        return (
            self._other_choice(position, here, name)
            or self._further_on(position, here, index)
            or self._passed_place(position, here, index, Lenience.NONE)
            or self._new_repetition(position, here, index)
            or self._one_too_many(position, here, index)
            or Repair(OUT_OF_ORDER)
        )

    def _other_choice(self, position: int, here: int, name: str) -> Repair | None:
        """A second one of a choice (RQD with RQ1) belongs beside the first; the same again begins something new."""
        part = self._automaton.lines[position][0].part
        way = self._automaton.among(part, name, Lenience.NONE) if len(part.choices) > 1 else None
        if way is None or way.slot.number == position:
            return None
        return Repair(TOO_MANY, way.slot.number, here, moves=True)

    def _further_on(self, position: int, here: int, index: int) -> Repair | None:
        """Skip required elements, nearest level first; but do not strand the segment that follows.

        A remark stays where it was sent rather than enter a group without what should begin it.
        """
        name = self._names[index]
        for leave, lenience, way in self._automaton.ways_on(position, name):
            if lenience is Lenience.MISSING and name in REMARKS:
                continue
            group = self._ancestor(here, leave)
            if not self._strands(position, way.slot.number, index):
                return Repair(SKIPPED, way.slot.number, group, way.enter, moves=True)
            if not way.enter:
                return Repair(OUT_OF_ORDER, way.slot.number, group)
        return None

    def _passed_place(self, position: int, here: int, index: int, lenience: Lenience) -> Repair | None:
        """Fill a place that was passed, in the nearest group that has one free (or, over the limits, has one)."""
        name = self._names[index]
        code = TOO_MANY if lenience is Lenience.LIMITS else OUT_OF_ORDER
        group = here
        while group >= 0 and name not in REMARKS:
            instance = self._placement.groups[group]
            for part, way in self._automaton.ways_into(instance.node, name):
                if lenience is Lenience.LIMITS or self._free(group, part):
                    moves = bool(way.enter) and not self._strands(position, way.slot.number, index)
                    return Repair(code, way.slot.number, group, way.enter, moves)
            group = instance.parent
        return None

    def _new_repetition(self, position: int, here: int, index: int) -> Repair | None:
        """Begin a group again without the segment that should begin it. A result alone begins nothing."""
        name = self._names[index]
        if name in REMARKS or name == "OBX":
            return None
        step = self._automaton.find_leniently(position, name, Lenience.MISSING)
        if step is None or self._strands(position, step[0], index):
            return None
        return Repair(SKIPPED, step[0], self._ancestor(here, step[1]), step[2], moves=True)

    def _one_too_many(self, position: int, here: int, index: int) -> Repair | None:
        name = self._names[index]
        if name in REMARKS:
            return None
        step = self._automaton.find_leniently(position, name, Lenience.LIMITS)
        if step is not None:
            return Repair(TOO_MANY, step[0], self._ancestor(here, step[1]), step[2], moves=True)
        return self._passed_place(position, here, index, Lenience.LIMITS)

    def _strands(self, position: int, target: int, index: int) -> bool:
        """Whether a move to *target* would take from the next segment the place that it has from here.

        It does so too where that segment would have to begin again a group in which we stand: ORC NTE OBR is one
        order, though NTE belongs behind OBR.
        """
        follower = self._followers[index]
        from_here = self._automaton.step(position, follower) if follower else NO_STEP
        if not from_here or self._begins_again(position, from_here):
            return False
        from_there = self._automaton.step(target, follower)
        return not from_there or self._begins_again(position, from_there)

    def _begins_again(self, position: int, step: Step) -> bool:
        return any(level.group in step[2] for level in self._automaton.lines[position])

    def _ancestor(self, group: int, levels: int) -> int:
        for _ in range(levels):
            group = self._placement.groups[group].parent
        return group

    def _free(self, group: int, part: Part) -> bool:
        if part.max < 0:
            return True
        count = self._counts.get(group)
        if count is None:
            count = self._counts[group] = _Count()
        count.read_on(self._placement, group, self._automaton)
        return sum(count.of[choice] for choice in part.choices) < part.max


class _Count:
    """How often each part occurs in one group instance, read on from where it was last asked."""

    __slots__ = ("children", "members", "of")

    def __init__(self) -> None:
        self.of: Counter[Slot | GroupNode] = Counter()
        self.members = 0
        self.children = 0

    def read_on(self, placement: Placement, group: int, automaton: Automaton) -> None:
        instance = placement.groups[group]
        for index in range(self.members, len(instance.members)):
            slot = placement.slots[instance.members[index]]
            if slot != NO_SLOT:
                self.of[automaton.slots[slot]] += 1
        for index in range(self.children, len(instance.children)):
            self.of[placement.groups[instance.children[index]].node] += 1
        self.members = len(instance.members)
        self.children = len(instance.children)


def _followers(names: Sequence[str], automaton: Automaton) -> list[str]:
    """Return for each segment the next one of another name that the structure holds; ``""`` behind the last."""
    followers = [""] * len(names)
    following = ""
    beyond = ""
    for index in range(len(names) - 1, -1, -1):
        name = names[index]
        followers[index] = beyond if name == following else following
        if name != following and automaton.holds(name):
            beyond, following = following, name
    return followers


def _absence(name: str, known: frozenset[str]) -> str:
    if name.startswith("Z"):
        return ""
    return NOT_IN_STRUCTURE if name in known else UNKNOWN_SEGMENT
