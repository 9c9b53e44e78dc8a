"""Whatever a sender does to the order of segments, none is lost, and what conforms is grouped as it was meant."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from engine.grammar import Placement, Structure, grammar_for, structure_findings
from engine.grammar.definitions import GroupNode, Slot

STRUCTURES = (
    ("2.3", "ORU_R01"),
    ("2.3", "ORM_O01"),
    ("2.3.1", "ADT_A01"),
    ("2.4", "SIU_S12"),
    ("2.5.1", "ADT_A01"),
    ("2.5.1", "ADT_A39"),
    ("2.5.1", "BAR_P01"),
    ("2.5.1", "MDM_T02"),
    ("2.5.1", "ORM_O01"),
    ("2.5.1", "ORU_R01"),
    ("2.5.1", "RDE_O11"),
    ("2.5.1", "VXU_V04"),
    ("2.8", "OUL_R22"),
    ("2.8.2", "ORU_R01"),
)
"""Structures in common use whose grouping the standard leaves no doubt about, once each group has its first segment."""

structures = st.sampled_from(STRUCTURES).map(lambda pair: compiled(*pair))
names = st.sampled_from(
    ("MSH", "EVN", "PID", "PD1", "NK1", "PV1", "ORC", "OBR", "OBX", "NTE", "SPM", "TQ1", "DG1", "IN1", "IN2", "GT1")
) | st.sampled_from(("FT1", "ZPI", "ZZZ", "Xyz", "QQQ"))


def compiled(version: str, name: str) -> Structure:
    """Return a compiled structure."""
    structure = grammar_for(version).structure(name)
    assert structure is not None
    return structure


@dataclass
class Derivation:
    """A conforming message, and the group instance that each segment was derived in."""

    names: list[str] = field(default_factory=list)
    groups: list[int] = field(default_factory=list)
    opened: int = 0

    def derive(self, node: GroupNode, instance: int, data: st.DataObject) -> None:
        """Walk the group once; its first segment always comes, for without it nobody could tell where it begins."""
        for order, part in enumerate(node.parts):
            least = max(part.min, 1 if order == 0 else 0)
            most = min(part.max, 2) if part.max > 0 else 2
            for _ in range(data.draw(st.integers(least, max(least, most)))):
                choice = data.draw(st.sampled_from(part.choices))
                if isinstance(choice, Slot):
                    self.names.append(choice.name)
                    self.groups.append(instance)
                else:
                    self.opened += 1
                    self.derive(choice, self.opened, data)


def assert_nothing_is_lost(placement: Placement) -> None:
    """Every segment stands directly in exactly one instance, and the instances form a tree."""
    members = [(index, group.id) for group in placement.groups for index in group.members]
    assert sorted(members) == list(enumerate(placement.group_of))
    assert len(placement.slots) == len(placement.names)
    for group in placement.groups[1:]:
        assert group.id in placement.groups[group.parent].children
        assert group.members or group.children
        assert group.first == min(_first(placement, group.id))


def _first(placement: Placement, group: int) -> Iterator[int]:
    for number in (group, *placement.inside(group)):
        yield from placement.groups[number].members


@given(structures, st.lists(names, max_size=30))
def test_any_sequence_of_segments_is_placed_whole(structure: Structure, sent: list[str]) -> None:
    """Random segments, known or not: no exception, no loss."""
    placement = structure.place(sent)

    assert_nothing_is_lost(placement)


@given(structures, st.data())
def test_a_conforming_message_is_grouped_as_it_was_derived(structure: Structure, data: st.DataObject) -> None:
    """The instances are those of the derivation, and there is nothing to note."""
    derivation = Derivation()
    derivation.derive(structure.automaton.root, 0, data)

    placement = structure.place(derivation.names)

    assert placement.notes == []
    assert structure_findings(structure, placement, derivation.names) == ()
    pairs = set(zip(derivation.groups, placement.group_of, strict=True))
    assert len(pairs) == len(set(derivation.groups)) == len(set(placement.group_of))
    assert_nothing_is_lost(placement)


@given(structures, st.data())
def test_a_message_that_was_shuffled_cut_and_stuffed_is_placed_whole(structure: Structure, data: st.DataObject) -> None:
    """What senders do to a conforming message."""
    derivation = Derivation()
    derivation.derive(structure.automaton.root, 0, data)
    sent = list(derivation.names)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(sent)))
        change = data.draw(st.sampled_from(["drop", "insert", "move"]))
        if change == "insert" or not sent:
            sent.insert(at, data.draw(names))
        else:
            taken = sent.pop(min(at, len(sent) - 1))
            if change == "move":
                sent.insert(data.draw(st.integers(0, len(sent))), taken)

    assert_nothing_is_lost(structure.place(sent))


@given(structures, st.data())
def test_a_z_segment_changes_nothing_for_the_others(structure: Structure, data: st.DataObject) -> None:
    """It joins the group of the one before it, and the rest is placed as without it."""
    derivation = Derivation()
    derivation.derive(structure.automaton.root, 0, data)
    without = structure.place(derivation.names)
    at = data.draw(st.integers(1, len(derivation.names)))

    placement = structure.place([*derivation.names[:at], "ZZZ", *derivation.names[at:]])

    assert placement.group_of == [*without.group_of[:at], without.group_of[at - 1], *without.group_of[at:]]
    assert placement.notes == without.notes


@given(structures, st.data())
def test_a_segment_put_back_at_its_insertion_point_conforms_again(structure: Structure, data: st.DataObject) -> None:
    """A segment directly in the message, the only one of its name, taken out and put back: the order holds."""
    derivation = Derivation()
    derivation.derive(structure.automaton.root, 0, data)
    sent = derivation.names
    top = [index for index, group in enumerate(derivation.groups) if group == 0 and sent.count(sent[index]) == 1]
    taken = data.draw(st.sampled_from(top[1:] or top))
    rest = [*sent[:taken], *sent[taken + 1 :]]

    point = structure.insertion_point(rest, sent[taken])

    placement = structure.place([*rest[:point], sent[taken], *rest[point:]])
    assert placement.notes == []
    assert placement.group_of.count(0) == derivation.groups.count(0)


@given(structures, st.lists(names, max_size=20), names)
def test_an_insertion_point_is_always_a_place_in_the_message(
    structure: Structure, sent: list[str], segment: str
) -> None:
    """However broken what is being built: an index in it, or none."""
    point = structure.insertion_point(sent, segment)

    assert -1 <= point <= len(sent)
    assert (point == -1) == (not structure.contains(segment))
