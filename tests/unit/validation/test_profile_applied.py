"""A profile asked of messages: each thing that it can say, found where it is not so and nowhere else."""

from datetime import UTC, datetime

import pytest

from engine.documents import Entries, Scalar, read_document
from engine.expression import Moment
from engine.hl7.message import Message
from engine.mapping.codes import CodeTable, load_table
from engine.problems import Problems
from engine.validation import Checks, Surroundings, load_profiles

ADT = (
    "MSH|^~\\&|HIS|STMARY|||20260301||ADT^A01^ADT_A01|1|P|2.5.1\rEVN|A01|2026\r"
    "PID|1||4711^^^A^MR~12||DOE^J||1969|F\rPV1|1|I\r"
)
ORU = (
    "MSH|^~\\&|LAB|L|||20260301||ORU^R01^ORU_R01|1|P|2.5.1\rPID|1||4711^^^A||DOE^J\r"
    "OBR|1|||GLU^Glucose|||20260301||||||||||||||||||F\rOBX|1|NM|718-7^HGB^LN||13.2|g/dL|||||F\r"
    "OBX|2|ST|94500-6^X^LN||pos||||||F\rSPM|1|||SER\rOBX|1|ST|1^Y^LN||z||||||P\r"
    "OBR|2|||NA^Sodium|||20260301||||||||||||||||||F\rOBX|1|NM|2951-2^NA^LN||140|||||||F\r"
)
TABLE = "from,to,display,effective_from,effective_to\nF,x,,2026-01-01,\nM,y,,,2025-12-31\n"


class Unknown:
    """A table's policy, which no look-up here meets."""

    policy = "error"
    default = ""


def tables() -> dict[str, CodeTable]:
    """Return the one table of the site."""
    return {"sexes": load_table("sexes", "sexes.csv", TABLE, Unknown(), Problems())}  # type: ignore[arg-type]


def found(body: str, text: str = ADT) -> list[str]:
    """Return what a profile of this body finds in the message, as ``code path@number``."""
    problems = Problems()
    node = read_document("p.yaml", f"profile: p\nvalidate: off\n{body}", problems)
    assert isinstance(node, Entries)
    name = node.get("profile")
    assert isinstance(name, Scalar)
    profile = load_profiles([(name, node)], tables(), problems)["p"]
    assert [str(each) for each in problems.sorted()] == []
    assert profile is not None
    around = Surroundings(Moment(datetime(2026, 3, 1, tzinfo=UTC)), tables())
    told = Checks(profiles=(profile,)).findings(Message.parse(text.encode()), around)
    return [f"{each.code} {each.path}@{each.number}" for each in told]


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ("PID-8: R", []),
        ("PID-9: R", ["required-missing PID-9@3"]),
        ("PID-9: RE", []),
        ("PID-8: X", ["must-be-empty PID-8@3"]),
        ("PID-3.4: R", ["component-missing PID-3[2].4@3"]),
        ("PID-9.1: R", []),
        ("PID-3.5: X", ["must-be-empty PID-3.5@3"]),
        ("PID-9: {usage: C, when: PID-8 == 'F'}", ["condition-required PID-9@3"]),
        ("PID-9: {usage: C, when: PID-8 == 'M'}", []),
        ("PID-8: {usage: C, when: PID-5.1 == 'X', otherwise: X}", ["must-be-empty PID-8@3"]),
        ("PID-9: {usage: C, when: \"years_between(PID-5, '2026') > 1\"}", ["rule-failed PID-9@3"]),
        ("PID-3: {cardinality: 3..*}", ["too-few-repetitions PID-3@3"]),
        ("PID-3: {cardinality: 1..1}", ["too-many-repetitions PID-3[2]@3"]),
        ("PID-3: {length: 3..4}", ["too-long PID-3@3", "too-short PID-3[2]@3"]),
        ("PID-3.1: {length: 3..4}", ["too-short PID-3[2].1@3"]),
        ("PID-8: {values: [M, U]}", ["bad-table-value PID-8@3"]),
        ("PID-8: {values: [M, F]}", []),
        ("PID-8: {table: HL70001}", []),
        ("PID-8: {table: sexes}", []),
        ("PV1-2: {table: sexes}", ["bad-table-value PV1-2@4"]),
        ("PID-7: {matches: '^[0-9]{8}$'}", ["no-match PID-7@3"]),
        ("PID-7: {matches: '^[0-9]{8}$', also: '1969'}", []),
        ("PID-5: {value: DOE}", []),
        ("PID-5: {value: DOE^J}", []),
        ("PID-5: {value: DOE^K}", ["wrong-value PID-5@3"]),
        ("MSH-2: {value: '^~\\&'}", []),
        ("MSH-2: {value: '^~\\&#'}", ["wrong-value MSH-2@1"]),
    ],
)
def test_what_is_said_of_a_field(field: str, expected: list[str]) -> None:
    """One word each, asked of one admission."""
    assert found(f"fields:\n  {field}\n") == expected


@pytest.mark.parametrize(
    ("segment", "expected"),
    [
        ("PID: R", []),
        ("SFT: R", ["required-missing SFT@1"]),
        ("SPECIMEN: R", ["required-missing SPECIMEN@8"]),
        ("SPECIMEN: X", ["must-be-empty SPECIMEN@6"]),
        ("OBSERVATION: {cardinality: 2..*}", ["too-few-repetitions OBSERVATION@9"]),
        ("OBSERVATION: {cardinality: 0..1}", ["too-many OBSERVATION@5"]),
        ("OBSERVATION/NTE: R", ["required-missing NTE@4", "required-missing NTE@5", "required-missing NTE@9"]),
        ("ZPI: R", ["required-missing ZPI@1"]),
        ("NTE: {usage: C, when: OBX-11 == 'P'}", []),
    ],
)
def test_what_is_said_of_segments_and_groups(segment: str, expected: list[str]) -> None:
    """Asked of each group that has a place for them."""
    assert found(f"message: ORU^R01\nsegments:\n  {segment}\n", ORU) == expected


def test_a_group_tells_one_segment_from_another() -> None:
    """A specimen's OBX is not an order's."""
    assert found("message: ORU^R01\nfields:\n  SPECIMEN/OBX-11: {value: F}\n", ORU) == ["wrong-value OBX-11@7"]
    assert found("message: ORU^R01\nfields:\n  OBX-11: {value: F}\n", ORU) == ["wrong-value OBX-11@7"]
    assert found("message: ORU^R01\nfields:\n  OBSERVATION/OBX-6: R\n", ORU) == [
        "required-missing OBX-6@5",
        "required-missing OBX-6@9",
    ]


def test_a_rule_is_asked_for_each_segment_with_its_group() -> None:
    """Paths mean this OBX, and the OBR of its group."""
    body = (
        "message: ORU^R01\nrules:\n"
        "  - {rule: unit, each: OBX, when: OBX-2 == 'NM', check: exists(OBX-6), at: OBX-6, says: x}\n"
        "  - {rule: sodium, each: OBX, when: OBR-4.1 == 'NA', check: OBX-3.1 != '2951-2', says: x}\n"
        "  - {rule: whole, check: count(OBX) > 4, says: x}\n"
        "  - {rule: blind, check: \"years_between(PID-5, '2026') > 1\", says: x}\n"
    )

    assert found(body, ORU) == ["whole MSH@1", "rule-failed MSH@1", "unit OBX-6@9", "sodium OBX@9"]


def test_a_profile_looks_at_its_messages_only() -> None:
    """An admission is no report."""
    assert found("message: ORU^R01\nfields:\n  PID-9: R\n") == []
