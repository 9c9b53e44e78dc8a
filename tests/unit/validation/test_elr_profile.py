"""The shipped profile of the reporting guide: a good report passes, and each demand of the guide is seen when unmet."""

import pytest

from tests.support.profiles import changed, message, shipped, told, without

REPORT = message("elr_report")
ORDER = REPORT[REPORT.index("ORC|") :]
ACKNOWLEDGED = changed(REPORT, "MSH-21", "PHLabReport-Ack^ELR_Receiver^2.16.840.1.113883.9.11^ISO")

FIELDS: list[tuple[str, str, list[str]]] = [
    ("MSH-2", "^~\\&", ["wrong-value MSH-2"]),
    ("MSH-3", "", ["required-missing MSH-3"]),
    ("MSH-3.2", "LAB", ["no-match MSH-3.2"]),
    ("MSH-4.3", "DNS", ["bad-table-value MSH-4.3"]),
    ("MSH-5.3", "DNS", ["wrong-value MSH-5.3"]),
    ("MSH-6", "", ["required-missing MSH-6"]),
    ("MSH-7", "202601151200", ["no-match MSH-7"]),
    ("MSH-8", "X", ["must-be-empty MSH-8"]),
    ("MSH-9", "ORU^R01", ["wrong-value MSH-9"]),
    ("MSH-11", "X", ["bad-table-value MSH-11.1"]),
    ("MSH-12", "2.6", ["wrong-value MSH-12"]),
    ("MSH-15", "AL", ["condition-required MSH-16", "elr-ack-not-expected MSH-15"]),
    ("MSH-21", "", ["required-missing MSH-21", "elr-profile-not-named MSH-21"]),
    ("MSH-21", "Another^^2.16.840.1.113883.9.11^ISO", ["elr-profile-not-named MSH-21"]),
    ("SFT-1.1", "", ["component-missing SFT-1.1"]),
    ("SFT-4", "", ["required-missing SFT-4"]),
    ("PID-1", "2", ["wrong-value PID-1"]),
    ("PID-3", "", ["required-missing PID-3"]),
    ("PID-3.4", "", ["component-missing PID-3.4"]),
    ("PID-3.5", "", ["component-missing PID-3.5"]),
    ("PID-5", "", ["required-missing PID-5"]),
    ("PID-7", "", ["elr-age-missing PID-7"]),
    ("PID-8", "X", ["bad-table-value PID-8"]),
    ("PID-10.3", "", ["condition-required PID-10.3"]),
    ("PID-11.4", "North Carolina", ["elr-bad-state PID-11.4"]),
    ("PID-11.5", "2700", ["elr-bad-zip PID-11.5"]),
    ("PID-11.9", "37", ["no-match PID-11.9"]),
    ("PID-33", "20260101", ["condition-required PID-34"]),
    ("NK1-2", "", ["condition-required NK1-2", "condition-required NK1-13"]),
    ("PV1-2", "X", ["bad-table-value PV1-2"]),
    ("NTE-3", "", ["required-missing NTE-3"]),
    ("ORC-1", "NW", ["wrong-value ORC-1"]),
    ("ORC-3.1", "F9", ["elr-orders-differ ORC-3"]),
    ("ORC-2.1", "O9", ["elr-orders-differ ORC-3"]),
    ("ORC-12.1", "1", ["elr-orders-differ ORC-3"]),
    ("ORC-21", "", ["required-missing ORC-21"]),
    ("ORC-22", "", ["required-missing ORC-22"]),
    ("ORC-23", "", ["required-missing ORC-23"]),
    ("OBR-1", "2", ["elr-order-numbers OBR-1"]),
    ("OBR-3.3", "LAB", ["no-match OBR-3.3"]),
    ("OBR-4.3", "", ["condition-required OBR-4.3"]),
    ("OBR-22", "20260105", ["no-match OBR-22"]),
    ("OBR-22", "", ["required-missing OBR-22"]),
    ("OBR-25", "Q", ["bad-table-value OBR-25"]),
    ("OBR-26", "625-4&Culture&LN", ["condition-required OBR-29"]),
    ("OBR-29", "O0&STMARY^F0&LAB", ["condition-required OBR-26"]),
    ("OBX-1", "3", ["elr-result-numbers OBX-1"]),
    ("OBX-3.1", "94500-7", ["elr-bad-loinc OBX-3.1"]),
    ("OBX-3.3", "L", ["elr-not-loinc OBX-3"]),
    ("OBX-5.3", "L", ["elr-not-snomed OBX-5"]),
    ("OBX-5.3", "", ["elr-not-snomed OBX-5", "elr-result-without-system OBX-5.3"]),
    ("OBX-6", "mg^^L", ["elr-unit-without-system OBX-6.3"]),
    ("OBX-11", "Q", ["bad-table-value OBX-11"]),
    ("OBX-14", "", ["condition-required OBX-14"]),
    ("OBX-14", "20260104", ["elr-times-differ OBX-14"]),
    ("OBX-23", "", ["required-missing OBX-23"]),
    ("OBX-24", "", ["required-missing OBX-24"]),
    ("SPM-2", "S1", ["component-missing SPM-2.2"]),
    ("SPM-4", "", ["required-missing SPM-4"]),
    ("SPM-4.3", "", ["condition-required SPM-4.3"]),
    ("SPM-17", "20260104", ["elr-specimen-time-differs SPM-17"]),
    ("SPM-18", "", ["required-missing SPM-18"]),
]
SEGMENTS: list[tuple[str, list[str]]] = [
    ("SFT", ["required-missing SFT"]),
    ("ORC", ["elr-no-order ORC-1"]),
    ("SPM", ["elr-no-specimen SPM-4"]),
    ("PID", ["elr-age-missing PID-7", "required-missing PID"]),
]


def test_a_good_report_has_no_findings() -> None:
    """By the guide, nothing is wrong with it: neither an error nor a warning."""
    assert told("elr-2.5.1", REPORT) == []


def test_a_report_that_is_answered_says_so() -> None:
    """The profile with acknowledgements wants MSH-15 and MSH-16, the other one wants neither."""
    answered = changed(changed(ACKNOWLEDGED, "MSH-15", "AL"), "MSH-16", "ER")

    assert told("elr-2.5.1", answered) == []
    assert told("elr-2.5.1", ACKNOWLEDGED) == [
        "condition-required MSH-15",
        "condition-required MSH-16",
        "elr-ack-expected MSH-15",
    ]


def test_a_report_of_several_orders_needs_one_specimen_and_one_orc() -> None:
    """Susceptibilities stand in an order of their own, and name their parent."""
    more = "\n".join(line for line in ORDER.splitlines() if line.startswith(("OBR", "OBX|1")))
    more = changed(changed(changed(more, "OBR-1", "2"), "OBR-3.1", "F2"), "OBX-1", "1")

    assert told("elr-2.5.1", f"{REPORT}{more}\n") == []


@pytest.mark.parametrize(("path", "value", "expected"), FIELDS)
def test_what_the_guide_asks_for_is_missed(path: str, value: str, expected: list[str]) -> None:
    """One field is changed, and exactly what is wrong then is found at its place."""
    found = told("elr-2.5.1", changed(REPORT, path, value))

    assert found == expected


@pytest.mark.parametrize(("name", "expected"), SEGMENTS)
def test_a_segment_that_the_guide_asks_for_is_missed(name: str, expected: list[str]) -> None:
    """Segments and groups are as much asked for as fields."""
    assert told("elr-2.5.1", without(REPORT, name)) == expected


def test_a_number_needs_its_unit_and_a_unknown_time_is_0000() -> None:
    """OBX-6 belongs to NM and SN; the guide writes 0000 for a time that nobody knows."""
    without_unit = REPORT.replace("ug/dL^^UCUM", "")
    unknown = REPORT.replace("20260105061506-0500", "0000")

    assert told("elr-2.5.1", without_unit) == ["condition-required OBX-6"]
    assert told("elr-2.5.1", unknown) == []


def test_a_report_is_not_continued_and_is_about_one_patient() -> None:
    """DSC is not supported, and the guide has one PATIENT_RESULT."""
    second = REPORT[REPORT.index("PID|") :].replace("F1^", "F7^")

    assert "must-be-empty DSC" in told("elr-2.5.1", f"{REPORT}DSC|x\n")
    assert "too-many PATIENT_RESULT" in told("elr-2.5.1", f"{REPORT}{second}")


def test_two_orders_with_one_number_are_told() -> None:
    """OBR-3 is unique in a message."""
    second = changed(ORDER, "OBR-1", "2")

    assert told("elr-2.5.1", f"{REPORT}{second}") == ["elr-filler-twice OBR-3"]


def test_results_of_one_test_need_sub_ids() -> None:
    """OBX-4 tells them apart; without it nobody knows which one a correction means."""
    twice = REPORT.replace("5671-3", "94500-6")
    told_apart = twice.replace("LN||260373001", "LN|1|260373001").replace("LN||5.5", "LN|2|5.5")

    assert told("elr-2.5.1", twice) == ["elr-sub-id-missing OBX-4"]
    assert told("elr-2.5.1", told_apart) == []


def test_every_rule_of_the_profile_is_seen_by_these_tests() -> None:
    """A rule that no test breaks may be one that cannot be broken."""
    told_of_fields = {word.split()[0] for _, _, words in FIELDS for word in words}
    told_of_segments = {word.split()[0] for _, words in SEGMENTS for word in words}
    with_a_test_of_their_own = {"elr-ack-expected", "elr-filler-twice", "elr-sub-id-missing"}

    rules = {rule.code for rule in shipped()["elr-2.5.1"].rules}
    assert rules - told_of_fields - told_of_segments == with_a_test_of_their_own
