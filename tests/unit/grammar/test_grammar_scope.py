"""Inside an occurrence's group a path finds what belongs to that occurrence, and no neighbour's."""

from collections.abc import Sequence

from engine.grammar import grammar_for, in_scope, place_by_position

RESULT = ["MSH", "PID", "ZPI", "ORC", "OBR", "NTE", "OBX", "NTE", "ZOX", "OBX", "SPM", "OBX", "ORC", "OBR"]


def seen(names: Sequence[str], occurrence: int, name: str) -> Sequence[int] | None:
    """What a path to *name* finds from the segment at *occurrence* of a result."""
    structure = grammar_for("2.5.1").structure("ORU_R01")
    assert structure is not None
    return in_scope(structure.place(names), occurrence, name)


def test_a_note_of_the_order_is_no_note_of_its_results() -> None:
    """What stands directly in the group comes first."""
    assert seen(RESULT, 4, "NTE") == [5]
    assert seen(RESULT, 6, "NTE") == [7]


def test_results_of_the_order_are_no_observations_of_its_specimen() -> None:
    """Subgroups that begin with the segment come before others."""
    assert seen(RESULT, 4, "OBX") == [6, 9]
    assert seen(RESULT, 10, "OBX") == [11]


def test_any_subgroup_counts_where_none_begins_with_it() -> None:
    """An order whose only OBX stands under its specimen."""
    assert seen(["MSH", "PID", "OBR", "SPM", "OBX"], 2, "OBX") == [4]


def test_a_group_that_could_hold_one_and_has_none_finds_nothing() -> None:
    """The second order has no result: the first one's must not be taken for its own."""
    assert seen(RESULT, 13, "OBX") == ()
    assert seen(RESULT, 13, "ZOX") == ()


def test_segments_that_are_no_matter_of_the_group_are_seen_in_the_whole_message() -> None:
    """PID from inside an order, and the patient's Z segment."""
    assert seen(RESULT, 4, "PID") is None
    assert seen(RESULT, 4, "ZPI") is None


def test_without_a_structure_position_decides() -> None:
    """Everything up to the next segment of the same name."""
    placement = place_by_position(["MSH", "OBR", "OBX", "OBR", "OBX", "OBX"])

    assert in_scope(placement, 1, "OBX") == [2]
    assert in_scope(placement, 3, "OBX") == [4, 5]
    assert in_scope(placement, 1, "OBR") == [1]
