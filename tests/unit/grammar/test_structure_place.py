"""Segments find the group they belong to: by the structure, and where a sender broke it, as near to it as can be."""

import pytest

from engine.grammar import Placement, grammar_for, place_by_position
from engine.grammar.placement import NOT_IN_STRUCTURE, OUT_OF_ORDER, TOO_MANY, UNKNOWN_SEGMENT


def placed(version: str, structure: str, text: str) -> Placement:
    """Place the segment names in *text*."""
    compiled = grammar_for(version).structure(structure)
    assert compiled is not None
    return compiled.place(text.split())


def groups(placement: Placement) -> str:
    """Write each segment's group and instance, e.g. ``OBX:OBSERVATION2``; the message itself is empty."""
    seen: dict[str, list[int]] = {}
    words = []
    for name, number in zip(placement.names, placement.group_of, strict=True):
        group = placement.groups[number]
        alike = seen.setdefault(group.name, [])
        if number not in alike:
            alike.append(number)
        words.append(f"{name}:{group.name}{alike.index(number) + 1}" if number else name)
    return " ".join(words)


def test_a_conforming_result_is_placed_without_notes() -> None:
    """Each OBX opens an observation, each NTE stays with what it is about."""
    placement = placed("2.5.1", "ORU_R01", "MSH PID PV1 ORC OBR NTE OBX NTE OBX ORC OBR OBX SPM OBX")

    assert placement.notes == []
    assert groups(placement) == (
        "MSH PID:PATIENT1 PV1:VISIT1 ORC:ORDER_OBSERVATION1 OBR:ORDER_OBSERVATION1 NTE:ORDER_OBSERVATION1 "
        "OBX:OBSERVATION1 NTE:OBSERVATION1 OBX:OBSERVATION2 ORC:ORDER_OBSERVATION2 OBR:ORDER_OBSERVATION2 "
        "OBX:OBSERVATION3 SPM:SPECIMEN1 OBX:SPECIMEN1"
    )


def test_group_instances_know_their_parents_children_and_first_segment() -> None:
    """The tree can be walked both ways."""
    placement = placed("2.5.1", "ORU_R01", "MSH PID OBR OBX")

    root, result, patient, order, observation = placement.groups

    assert (root.parent, root.first, root.members, root.children) == (-1, 0, [0], [result.id])
    assert (result.name, result.full_name, result.parent) == ("PATIENT_RESULT", "ORU_R01_PATIENT_RESULT", root.id)
    assert (patient.parent, patient.members) == (result.id, [1])
    assert (order.children, order.first) == ([observation.id], 2)
    assert placement.end_of(order.id) == 4
    assert placement.inside(result.id) == [patient.id, order.id, observation.id]


def test_a_second_patient_opens_a_second_result() -> None:
    """One message may hold several patients."""
    placement = placed("2.5.1", "ORU_R01", "MSH PID OBR OBX PID OBR OBX")

    assert [group.name for group in placement.groups].count("PATIENT_RESULT") == 2
    assert placement.notes == []


@pytest.mark.parametrize("version", ["2.8", "2.8.1", "2.8.2"])
def test_a_result_since_2_8_is_no_order_document(version: str) -> None:
    """hl7apy files every OBX of these versions under ORDER_DOCUMENT."""
    placement = placed(version, "ORU_R01", "MSH PID ORC OBR OBX OBX")

    assert groups(placement).endswith("OBX:OBSERVATION1 OBX:OBSERVATION2")


def test_only_a_document_header_makes_an_observation_a_document() -> None:
    """In OUL the results follow ORC directly: TXA tells the two apart."""
    result = placed("2.8", "OUL_R22", "MSH SPM OBR ORC OBX OBX")
    document = placed("2.8", "OUL_R22", "MSH SPM OBR ORC OBX PRT TXA OBX")

    assert groups(result).endswith("OBX:RESULT1 OBX:RESULT2")
    assert groups(document).endswith("OBX:ORDER_DOCUMENT1 PRT:ORDER_DOCUMENT1 TXA:ORDER_DOCUMENT1 OBX:RESULT1")
    assert result.notes == document.notes == []


def test_the_next_order_is_no_prior_result() -> None:
    """The standard is ambiguous here; senders are not."""
    orders = placed("2.5.1", "OML_O21", "MSH PID ORC OBR ORC OBR")
    prior = placed("2.5.1", "OML_O21", "MSH PID ORC OBR PID PV1 OBR OBX")

    assert groups(orders).endswith("ORC:ORDER2 OBR:OBSERVATION_REQUEST2")
    assert groups(prior).endswith("PID:PATIENT_PRIOR1 PV1:PATIENT_VISIT_PRIOR1 OBR:ORDER_PRIOR1 OBX:OBSERVATION_PRIOR1")


def test_the_timing_behind_the_encoded_order_is_the_encoded_timing() -> None:
    """Position decides between two groups that begin alike."""
    placement = placed("2.5.1", "RDE_O11", "MSH PID ORC TQ1 RXO RXR RXE TQ1 RXR")

    assert groups(placement).endswith("RXE:ORDER1 TQ1:TIMING_ENCODED1 RXR:ORDER1")
    assert placement.notes == []


def test_the_segment_chosen_stands_in_the_group_around_the_choice() -> None:
    """OBX under OBR is found, though the tables put OBR of ORM into a group of its own."""
    placement = placed("2.5.1", "ORM_O01", "MSH PID ORC OBR NTE OBX ORC RXO")

    assert groups(placement).endswith(
        "ORC:ORDER1 OBR:ORDER_DETAIL1 NTE:ORDER_DETAIL1 OBX:OBSERVATION1 ORC:ORDER2 RXO:ORDER_DETAIL2"
    )
    assert placement.notes == []


def test_a_structure_may_list_the_same_segment_twice() -> None:
    """The second PID of a link is the second patient."""
    placement = placed("2.5.1", "ADT_A24", "MSH EVN PID PV1 PID PV1")

    assert placement.slots == sorted(set(placement.slots))
    assert placement.notes == []


def test_a_z_segment_belongs_to_the_group_of_the_one_before_it() -> None:
    """And what follows goes on as if it were not there."""
    placement = placed("2.5.1", "ORU_R01", "MSH PID ZPI OBR ZOR OBX ZOX OBX")

    assert groups(placement) == (
        "MSH PID:PATIENT1 ZPI:PATIENT1 OBR:ORDER_OBSERVATION1 ZOR:ORDER_OBSERVATION1 OBX:OBSERVATION1 "
        "ZOX:OBSERVATION1 OBX:OBSERVATION2"
    )
    assert placement.notes == []


def test_a_segment_that_the_structure_does_not_list_stays_and_is_noted() -> None:
    """DG1 in a result message, and a line that is no segment at all."""
    placement = placed("2.5.1", "ORU_R01", "MSH PID DG1 OBR OBX Xyz OBX")

    assert groups(placement).split()[2] == "DG1:PATIENT1"
    assert groups(placement).split()[5:] == ["Xyz:OBSERVATION1", "OBX:OBSERVATION2"]
    assert placement.notes == [(NOT_IN_STRUCTURE, 2), (UNKNOWN_SEGMENT, 5)]


def test_a_note_before_its_order_does_not_tear_the_order_apart() -> None:
    """ORC NTE OBR is one order, though the structure has NTE behind OBR."""
    placement = placed("2.5.1", "ORU_R01", "MSH PID ORC NTE OBR OBX")

    assert groups(placement).endswith(
        "ORC:ORDER_OBSERVATION1 NTE:ORDER_OBSERVATION1 OBR:ORDER_OBSERVATION1 OBX:OBSERVATION1"
    )
    assert placement.notes == [(OUT_OF_ORDER, 3)]


def test_segments_in_another_order_fill_the_places_that_were_passed() -> None:
    """An admission with its groups shuffled loses nothing, and insurance stays together."""
    placement = placed("2.5.1", "ADT_A01", "MSH EVN PID PV1 IN1 IN2 AL1 DG1 NK1 PD1 IN1 IN2")

    assert (
        groups(placement)
        == "MSH EVN PID PV1 IN1:INSURANCE1 IN2:INSURANCE1 AL1 DG1 NK1 PD1 IN1:INSURANCE2 IN2:INSURANCE2"
    )
    assert placement.notes == [(OUT_OF_ORDER, index) for index in (6, 7, 8, 9)]


def test_one_too_many_is_kept_and_noted() -> None:
    """A second PV1 has no place in an admission."""
    placement = placed("2.5.1", "ADT_A01", "MSH EVN PID PV1 PV1 DG1")

    assert placement.group_of == [0] * 6
    assert placement.notes == [(TOO_MANY, 4)]


def test_results_without_an_order_stay_results() -> None:
    """OBX behind PV1: the order is missing, the observation is not."""
    placement = placed("2.5.1", "ORU_R01", "MSH PID PV1 OBX NTE OBX SPM")

    assert groups(placement).endswith("OBX:OBSERVATION1 NTE:OBSERVATION1 OBX:OBSERVATION2 SPM:SPECIMEN1")


def test_an_order_without_its_common_part_is_an_order_of_its_own() -> None:
    """ORC OBR OBR: each OBR has its own results."""
    placement = placed("2.5.1", "ORM_O01", "MSH PID ORC OBR OBX OBR OBX")

    assert groups(placement).endswith(
        "ORC:ORDER1 OBR:ORDER_DETAIL1 OBX:OBSERVATION1 OBR:ORDER_DETAIL2 OBX:OBSERVATION2"
    )


def test_two_of_a_choice_belong_together() -> None:
    """RQD and RQ1 tell of one requisition line."""
    placement = placed("2.5.1", "ORM_O01", "MSH PID ORC RQD RQ1 NTE")

    assert groups(placement).endswith("RQD:ORDER_DETAIL1 RQ1:ORDER_DETAIL1 NTE:ORDER_DETAIL1")


def test_a_message_that_does_not_begin_with_its_header_is_placed_all_the_same() -> None:
    """A fragment, or nothing at all."""
    fragment = placed("2.5.1", "ORU_R01", "OBR OBX")
    nothing = placed("2.5.1", "ORU_R01", "")

    assert groups(fragment) == "OBR:ORDER_OBSERVATION1 OBX:OBSERVATION1"
    assert nothing.group_of == []


def test_any_segment_means_those_that_the_structure_does_not_list() -> None:
    """The open part of a query must not swallow what follows it."""
    structure = grammar_for("2.8.2").structure("QBP_Q11")
    assert structure is not None

    placement = structure.place(["MSH", "QPD", "PID", "RCP"])

    assert [placement.groups[number].name for number in placement.group_of] == ["QBP_Q11", "QBP_Q11", "QBP", "QBP_Q11"]
    assert structure.contains("PID")
    assert not structure.contains("ZZZ")


def test_where_no_structure_is_known_everything_stands_in_the_message() -> None:
    """The caller goes by position."""
    placement = place_by_position(["MSH", "PID", "ZAB"])

    assert not placement.known
    assert placement.group_of == [0, 0, 0]
    assert placement.groups[0].members == [0, 1, 2]


def test_representations_show_no_content() -> None:
    """They may end in a log."""
    structure = grammar_for("2.5.1").structure("ORU_R01")
    assert structure is not None

    assert repr(structure) == "<Structure ORU_R01>"
    assert repr(structure.place(["MSH", "Doe"]).groups[0]) == "<ORU_R01 0 from segment 0>"
    assert repr(grammar_for("2.5.1")) == "<Grammar 2.5.1>"
