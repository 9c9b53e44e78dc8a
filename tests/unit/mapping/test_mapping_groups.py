"""An occurrence's group: what a name means in a turn (LANGUAGE.md 3)."""

from engine.mapping import Groups
from tests.support.mappings import message_of

ORU = message_of(
    "MSH|^~\\&|A|B|||1||ORU^R01^ORU_R01|1|P|2.5.1",  # 0
    "PID|1",  # 1
    "NTE|1",  # 2
    "ORC|1",  # 3
    "OBR|1",  # 4
    "OBX|1",  # 5
    "NTE|2",  # 6
    "OBX|2",  # 7
    "SPM|1",  # 8
    "OBX|3",  # 9
    "ORC|2",  # 10
    "OBR|2",  # 11
    "NTE|3",  # 12
    "ZOB|1",  # 13
)


def test_segments_directly_in_the_group_are_found_alone() -> None:
    """A comment on an order is not one on its results, and the order after it has its own."""
    groups = Groups(ORU)

    assert list(groups.around(11).find("NTE")) == [12]
    assert list(groups.around(4).find("ORC")) == [3]


def test_what_the_structure_lists_directly_is_looked_for_nowhere_else() -> None:
    """An order without a comment of its own does not borrow its first result's."""
    group = Groups(ORU).around(4)

    assert group.binds("NTE")
    assert list(group.find("NTE")) == []


def test_subgroups_that_begin_with_the_segment_come_before_others() -> None:
    """OBX under OBR are its observations, not the ones made on its specimen."""
    assert list(Groups(ORU).around(4).find("OBX")) == [5, 7]


def test_without_such_a_subgroup_any_subgroup_is_searched() -> None:
    """An order's diagnosis stands in ORDER_DETAIL, which begins with OBR."""
    message = message_of(
        "MSH|^~\\&|A|B|||1||ORM^O01^ORM_O01|1|P|2.5.1", "PID|1", "ORC|1", "OBR|1", "DG1|1", "ORC|2", "OBR|2"
    )
    groups = Groups(message)

    assert list(groups.around(2).find("DG1")) == [4]
    assert list(groups.around(5).find("DG1")) == []


def test_an_order_without_results_has_none_even_if_its_specimen_has() -> None:
    """Where the subgroup that begins with the segment is missing, another one's is not taken for it."""
    message = message_of("MSH|^~\\&|A|B|||1||ORU^R01^ORU_R01|1|P|2.5.1", "PID|1", "OBR|1", "SPM|1", "OBX|1")

    assert list(Groups(message).around(2).find("OBX")) == []


def test_a_z_segment_belongs_to_the_group_of_the_one_before_it() -> None:
    """ZOB is bound to orders because one of them has it; the other one does not see it."""
    groups = Groups(ORU)

    assert list(groups.around(11).find("ZOB")) == [13]
    assert groups.around(4).binds("ZOB")
    assert list(groups.around(4).find("ZOB")) == []


def test_segments_outside_are_not_bound() -> None:
    """They are seen as in the whole message."""
    group = Groups(ORU).around(4)

    assert not group.binds("PID")
    assert not group.binds("ZXX")


def test_the_whole_message_binds_nothing() -> None:
    """A segment that stands in no group sees everything."""
    message = message_of("MSH|^~\\&|A|B|||1||ADT^A01^ADT_A01|1|P|2.5.1", "PID|1", "DG1|1", "PR1|1")
    group = Groups(message).around(2)

    assert group.whole
    assert not group.binds("PR1")


def test_without_a_structure_everything_up_to_the_next_one_belongs_together() -> None:
    """Position decides; what stands before the first occurrence is outside."""
    message = message_of("MSH|^~\\&|A|B|||1||ZZZ^Z01|1|P|2.5.1", "PID|1", "OBR|1", "OBX|1", "OBR|2", "OBX|2", "OBX|3")
    groups = Groups(message)

    assert list(groups.around(2).find("OBX")) == [3]
    assert list(groups.around(4).find("OBX")) == [5, 6]
    assert groups.around(4).binds("OBX")
    assert not groups.around(4).binds("PID")


def test_segments_are_placed_once_per_message() -> None:
    """The jobs of one message share their groups, and a group is made once."""
    groups = Groups(ORU)

    assert groups.around(4) is groups.around(3)
    assert groups.placement is groups.placement
