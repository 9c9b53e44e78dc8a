"""A further segment goes where the structure wants it, beside those that are there."""

import pytest

from engine.grammar import grammar_for

RESULT = "MSH PID OBR NTE OBX NTE OBX ORC OBR OBX"


def inserted(structure: str, text: str, segment: str, within: str = "", version: str = "2.5.1") -> str:
    """Return *text* with *segment* at its point, marked by a plus; *within* names the last such group."""
    compiled = grammar_for(version).structure(structure)
    assert compiled is not None
    names = text.split()
    group = None
    if within:
        group = [each.id for each in compiled.place(names).groups if each.name == within][-1]
    point = compiled.insertion_point(names, segment, group)
    return "no place" if point < 0 else " ".join([*names[:point], f"+{segment}", *names[point:]])


@pytest.mark.parametrize(
    ("structure", "text", "segment", "expected"),
    [
        ("ADT_A01", "MSH EVN PID PV1 DG1 IN1", "NK1", "MSH EVN PID +NK1 PV1 DG1 IN1"),
        ("ADT_A01", "MSH EVN PID NK1 ZK1 PV1", "NK1", "MSH EVN PID NK1 ZK1 +NK1 PV1"),
        ("ADT_A01", "MSH EVN PID PV1 ZPV DG1", "PV2", "MSH EVN PID PV1 ZPV +PV2 DG1"),
        ("ADT_A01", "MSH EVN PID PV1 IN1 IN2 ACC", "IN1", "MSH EVN PID PV1 IN1 IN2 +IN1 ACC"),
        ("ADT_A01", "MSH EVN PID PV1 IN1 IN1 ACC", "IN2", "MSH EVN PID PV1 IN1 IN1 +IN2 ACC"),
        ("ADT_A01", "MSH EVN PID PV1 ACC", "IN1", "MSH EVN PID PV1 +IN1 ACC"),
        ("ADT_A01", "MSH PID PV1", "EVN", "MSH +EVN PID PV1"),
        ("ADT_A01", "MSH EVN PID PV1", "PV1", "MSH EVN PID PV1 +PV1"),
        ("ADT_A24", "MSH EVN PID PD1 PV1", "PID", "MSH EVN PID PD1 PV1 +PID"),
        ("ADT_A01", "MSH EVN PID PV1", "OBR", "no place"),
        ("ADT_A01", "MSH EVN PID PV1", "ZPV", "no place"),
        ("ORU_R01", RESULT, "OBX", f"{RESULT} +OBX"),
        ("ORU_R01", RESULT, "OBR", f"{RESULT} +OBR"),
        ("ORU_R01", "MSH PID", "OBX", "MSH PID +OBX"),
        ("ORU_R01", RESULT, "PV1", "MSH PID +PV1 OBR NTE OBX NTE OBX ORC OBR OBX"),
        ("ORU_R01", RESULT, "DSC", f"{RESULT} +DSC"),
    ],
)
def test_a_segment_goes_where_the_structure_has_it(structure: str, text: str, segment: str, expected: str) -> None:
    """Beside the last of its kind; else in its own place; nowhere where the structure does not list it."""
    assert inserted(structure, text, segment) == expected


@pytest.mark.parametrize(
    ("text", "segment", "within", "expected"),
    [
        ("MSH PID OBR OBX SPM ORC OBR OBX", "OBX", "ORDER_OBSERVATION", "MSH PID OBR OBX SPM ORC OBR OBX +OBX"),
        ("MSH PID OBR OBX SPM OBX", "OBX", "ORDER_OBSERVATION", "MSH PID OBR OBX SPM OBX +OBX"),
        ("MSH PID OBR OBX SPM", "OBX", "ORDER_OBSERVATION", "MSH PID OBR OBX +OBX SPM"),
        ("MSH PID OBR SPM", "OBX", "ORDER_OBSERVATION", "MSH PID OBR +OBX SPM"),
        ("MSH PID OBR OBX NTE", "NTE", "ORDER_OBSERVATION", "MSH PID OBR OBX NTE +NTE"),
        ("MSH PID OBR OBX", "NTE", "ORDER_OBSERVATION", "MSH PID OBR +NTE OBX"),
        ("MSH PID OBR OBX", "NTE", "OBSERVATION", "MSH PID OBR OBX +NTE"),
        ("MSH PID OBR OBX", "ORC", "ORDER_OBSERVATION", "MSH PID +ORC OBR OBX"),
        ("MSH PID OBR OBX", "PV1", "ORDER_OBSERVATION", "no place"),
    ],
)
def test_inside_a_group_only_that_group_counts(text: str, segment: str, within: str, expected: str) -> None:
    """So that a loop over orders writes into each order."""
    assert inserted("ORU_R01", text, segment, within) == expected
