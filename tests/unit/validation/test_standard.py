"""What the standard itself says of fields: each kind of finding once, at its place, and nothing where all is well."""

import pytest

from engine.hl7.message import Message
from engine.validation import standard_findings
from engine.validation.elements import Adjustment
from engine.validation.formats import is_right

HEADER = "MSH|^~\\&|HIS|STMARY|ENGINE|SITE|20260301115959||{type}|MSG1|P|{version}"


def found(*segments: str, version: str = "2.5.1", kind: str = "ADT^A01^ADT_A01") -> list[str]:
    """Return the findings in a message of these segments, as ``code path``."""
    text = "\r".join([HEADER.format(type=kind, version=version), *segments]) + "\r"
    return [f"{each.code} {each.path}" for each in standard_findings(Message.parse(text.encode()))]


PID = "PID|1||4711^^^STMARY^MR||DOE^JANE||19690228|F"


@pytest.mark.parametrize(
    "segments",
    [
        [PID],
        ['PID|1||4711^^^STMARY&1.2.3&ISO^MR~X1^^^LAB||DOE^JANE^^^^^L||20240229|""'],
        ["OBX|1|NM|718-7^HGB^LN||-13.2|g/dL|||||F", "ZPI|any^thing~goes&here"],
        ["PID|1||4711||DOE^JANE^^^^^^^^^^|||||||||||||"],
    ],
)
def test_what_is_well_has_no_findings(segments: list[str]) -> None:
    """Null, repetitions, leap days, trailing delimiters and Z segments are all well."""
    assert found(*segments) == []


@pytest.mark.parametrize(
    ("segment", "expected"),
    [
        ("PID|1||||DOE^JANE", ["required-missing PID-3"]),
        ("PID|1||^^^||DOE^JANE", ["required-missing PID-3"]),
        (PID.replace("19690228", "19690230"), ["bad-format PID-7.1"]),
        (PID.replace("PID|1|", "PID|x|"), ["bad-format PID-1"]),
        (PID.replace("PID|1|", "PID|1~2|"), ["too-many-repetitions PID-1[2]"]),
        (PID.replace("4711^^^STMARY^MR", "1~2^^^A&B&NO"), ["bad-table-value PID-3[2].4.3"]),
        (PID.replace("PID|1|", "PID|1^2|"), ["parts-in-primitive PID-1"]),
        (PID.replace("DOE^JANE", "DOE^JANE" + "^" * 13 + "x"), ["extra-components PID-5.15"]),
        (PID + "|" * 32 + "x", ["extra-fields PID-40"]),
        (PID.replace("PID|1|", "PID|1|" + "x" * 21), ["too-long PID-2"]),
        (PID + "|" * 25 + "20260301", ["condition-required PID-34"]),
        ("MSA|AA|1|||x", ["withdrawn-used MSA-5"]),
    ],
)
def test_each_deviation_is_told_with_its_place(segment: str, expected: list[str]) -> None:
    """Down to the subcomponent, where it is one."""
    assert found(segment) == expected


def test_an_escape_counts_as_one_character() -> None:
    """A length speaks of what is meant, not of how it is written."""
    assert found(PID.replace("PID|1|", "PID|1|" + "\\T\\" * 20)) == []
    assert found(PID.replace("PID|1|", "PID|1|" + "\\T\\" * 21)) == ["too-long PID-2"]


def test_lengths_bind_nobody_from_2_7_on() -> None:
    """They became conformance lengths, which a profile may ask for."""
    assert found(PID.replace("PID|1|", "PID|1|"), "NTE|1||" + "x" * 70_000, version="2.7") == []


@pytest.mark.parametrize(
    ("obx", "expected"),
    [
        ("OBX|1|NM|718-7||>100||||||F", ["bad-format OBX-5"]),
        ("OBX|1|NM|718-7||1~x||||||F", ["bad-format OBX-5[2]"]),
        ("OBX|1|SN|718-7||>^100||||||F", []),
        ("OBX|1|TS|718-7||2026||||||F", []),
        ("OBX|1||718-7||x||||||F", ["condition-required OBX-2"]),
        ("OBX|1|ST|718-7||||||||F", ["condition-required OBX-5"]),
        ("OBX|1|ST|718-7|||||N|||F", []),
        ("OBX|1|ST|718-7||||||||X", []),
    ],
)
def test_a_result_is_looked_at_by_its_type_and_status(obx: str, expected: list[str]) -> None:
    """OBX-2 says what OBX-5 holds; OBX-11 says whether it must hold anything."""
    assert found(obx, kind="ORU^R01^ORU_R01") == expected


def test_reports_say_when_and_how_far() -> None:
    """OBR-7 and OBR-25 are required in a report, and not in an order."""
    assert found("OBR|1|||GLU", kind="ORU^R01^ORU_R01") == ["condition-required OBR-7", "condition-required OBR-25"]
    assert found("OBR|1|||GLU", kind="ORM^O01^ORM_O01") == []


def test_the_messages_own_delimiters_count() -> None:
    """A circumflex in a message whose component separator is another is text."""
    text = "MSH|$*\\@|HIS|||SITE|2026||ADT$A01$ADT_A01|1|P|2.5.1\rPID|1||47^11$$$ST$MR*x||DOE$J||2026|F|x$y$$$$$z\r"

    told = [each.path for each in standard_findings(Message.parse(text.encode()))]

    assert told == ["PID-9.7"]


def test_a_profiles_adjustment_counts_instead_of_the_tables() -> None:
    """2.5.1 has CE where a guide asks for CWE: its further components are no fault then."""
    text = HEADER.format(type="ORU^R01^ORU_R01", version="2.5.1") + "\rOBX|1|ST|1^a^LN^^^^2.68||x||||||F\r"
    message = Message.parse(text.encode())

    assert [each.code for each in standard_findings(message)] == ["extra-components"]
    assert standard_findings(message, (Adjustment("OBX", 3, datatype="CWE"),)) == []


def test_a_hostile_message_makes_no_endless_list() -> None:
    """Nobody reads a million findings."""
    text = HEADER.format(type="ADT^A01", version="2.5.1") + "\rPID|x" * 5_000

    assert len(standard_findings(Message.parse(text.encode()))) < 600


@pytest.mark.parametrize(
    ("datatype", "text", "right"),
    [
        ("NM", "-1.5", True),
        ("NM", "5.", True),
        ("NM", "1e5", False),
        ("NM", "NaN", False),
        ("SI", "10000", False),
        ("DT", "202413", False),
        ("DT", "20240229", True),
        ("DT", "20230229", False),
        ("TM", "2400", False),
        ("TM", "235960", False),
        ("DTM", "20240101120000.1234+0530", True),
        ("DTM", "202402290000", True),
        ("DTM", "2023022900", False),
        ("DTM", "20240101-1300", False),
        ("DTM", "2024-01-01", False),
        ("ST", "anything", True),
    ],
)
def test_formats(datatype: str, text: str, right: bool) -> None:
    """As chapter 2A writes them."""
    assert is_right(datatype, text) is right
