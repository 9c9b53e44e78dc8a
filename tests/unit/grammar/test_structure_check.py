"""Findings name what is missing, misplaced or too often there, and never show content."""

import pytest

from engine.grammar import Finding, Structure, grammar_for, place_by_position, sequence_gives, structure_findings
from engine.grammar.versions import VERSIONS


def structure(name: str, version: str = "2.5.1") -> Structure:
    """Return a compiled structure."""
    compiled = grammar_for(version).structure(name)
    assert compiled is not None
    return compiled


def findings(name: str, text: str, version: str = "2.5.1") -> tuple[Finding, ...]:
    """Check the segment names in *text*."""
    compiled = structure(name, version)
    names = text.split()
    return structure_findings(compiled, compiled.place(names), names)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("ADT_A01", "MSH EVN PID PV1"),
        ("ADT_A01", "MSH EVN PID ZPI PV1 ZPV"),
        ("ORU_R01", "MSH PID OBR OBX NTE"),
        ("BAR_P01", "MSH EVN PID"),
        ("ADT_A24", "MSH EVN PID PV1 PID PV1"),
    ],
)
def test_a_conforming_message_has_no_findings(name: str, text: str) -> None:
    """Z segments are never one, nor a required group of which every part is optional."""
    assert findings(name, text) == ()


def test_a_missing_segment_is_found_in_the_group_that_lacks_it() -> None:
    """At the first segment of that group."""
    assert findings("ADT_A01", "MSH EVN PID") == (Finding("required-missing", 0, "PV1", "ADT_A01"),)
    assert findings("ORU_R01", "MSH PID ORC OBX") == (
        Finding("required-missing", 2, "OBR", "ORU_R01_ORDER_OBSERVATION"),
    )


def test_a_missing_group_is_found_once() -> None:
    """Not each of its segments."""
    assert findings("ORU_R01", "MSH") == (Finding("required-missing", 0, "PATIENT_RESULT", "ORU_R01"),)


def test_a_missing_choice_names_all_that_would_do() -> None:
    """An order detail needs one of six."""
    found = findings("ORM_O01", "MSH PID ORC NTE")

    assert found[0].code == "out-of-order"
    assert findings("ORM_O01", "MSH PID ORC OBX")[0].segment == "OBR|RQD|RQ1|RXO|ODS|ODT"


@pytest.mark.parametrize(
    ("text", "code", "index"),
    [
        ("MSH EVN PID PV1 PD1", "out-of-order", 4),
        ("MSH EVN PID PV1 PV1", "too-many", 4),
        ("MSH EVN PID PV1 OBR", "not-in-structure", 4),
        ("MSH EVN PID PV1 XYZ", "unknown-segment", 4),
    ],
)
def test_each_deviation_has_its_code_and_place(text: str, code: str, index: int) -> None:
    """Codes are stable: routes and screens name them."""
    assert findings("ADT_A01", text) == (Finding(code, index, text.split()[index], "ADT_A01"),)


@pytest.mark.parametrize("version", VERSIONS)
def test_no_structure_has_a_limit_above_one(version: str) -> None:
    """Once or any number of times: that is why nothing counts further than two."""
    for name in grammar_for(version).structure_names:
        levels = [level for line in structure(name, version).automaton.lines[:-1] for level in line]
        assert {level.part.max for level in levels} <= {1, -1}


def test_a_line_that_is_no_segment_is_found_without_its_text() -> None:
    """Three letters of a name are three letters too many in a log."""
    assert findings("ADT_A01", "MSH EVN PID Doe PV1") == (Finding("unknown-segment", 3, "", "ADT_A01"),)


def test_an_unknown_structure_is_one_finding() -> None:
    """Nothing else can be said."""
    names = ["MSH", "ZZZ"]

    assert structure_findings(None, place_by_position(names), names) == (Finding("unknown-structure", 0, "MSH"),)


def test_findings_come_in_the_order_of_the_message() -> None:
    """A person reads them beside it."""
    found = findings("ORU_R01", "MSH DG1 PID ORC OBX PID OBX AL1")

    assert [finding.segment_index for finding in found] == sorted(finding.segment_index for finding in found)
    assert len(found) > 3


def test_steps_that_leave_something_out_can_still_give_the_order() -> None:
    """What a mapping does not write is no matter of order."""
    assert (
        sequence_gives(structure("DFT_P03"), ["MSH", "EVN", "PID", "PV1", "FT1", "DG1", "GT1", "IN1", "IN2", "IN3"])
        == ()
    )
    assert sequence_gives(structure("DFT_P03"), ["MSH", "FT1"]) == ()


def test_steps_in_another_order_cannot_give_it() -> None:
    """The analyst is told which segment comes too early."""
    found = sequence_gives(structure("DFT_P03"), ["MSH", "EVN", "PID", "PV1", "DG1", "FT1", "NK1"])

    assert [(finding.code, finding.segment) for finding in found] == [
        ("out-of-order", "DG1"),
        ("not-in-structure", "NK1"),
    ]
