"""A conformance profile in XML becomes a profile of ours that says the same, and tells what it cannot say."""

from pathlib import Path

import pytest

from engine.documents import Entries, Scalar, read_document
from engine.errors import NotPossible
from engine.problems import Problems
from engine.validation import Profile, load_profiles
from engine.workbench.profiles import Imported, import_profile
from tests.support.profiles import findings

HERE = Path(__file__).parent
CLASSIC, NIST = (HERE / "classic.xml").read_bytes(), (HERE / "nist.xml").read_bytes()
REPORT = (
    "MSH|^~\\&|LAB|L|||20260101||ORU^R01^ORU_R01|1|P|2.5.1\nPID|1||4711^^^STMARY^MR||DOE^J\n"
    "OBR|1||F1|GLU^Glucose|||20260101||||||||||||||||||F\nOBX|1|NM|718-7^HGB^LN||13.2||||||F\nSPM|1|||SER\n"
)
ADMISSION = "MSH|^~\\&|A|A|||20260101||ADT^A01^ADT_A01|1|P|2.5.1\nEVN||20260101\nPID|1||47^^^A&1.2^MR||DOE^J\nPV1|1|I\n"


def loaded(made: Imported) -> Profile:
    """Return the profile that the YAML is; it has no problems."""
    problems = Problems()
    node = read_document("made.yaml", made.text, problems)
    assert isinstance(node, Entries)
    name = node.get("profile")
    assert isinstance(name, Scalar)
    profile = load_profiles([(name, node)], {}, problems)[name.text]
    assert [str(each) for each in problems.sorted()] == []
    assert profile is not None
    return profile


def told(made: Imported, text: str) -> list[str]:
    """Return what the profile finds, as ``code path``."""
    return [f"{each.code} {each.path}" for each in findings(loaded(made), text)]


@pytest.mark.parametrize(
    "line",
    [
        "message: ORU^R01^ORU_R01",
        "version: 2.5.1",
        "  SFT: X",
        "  PATIENT_RESULT: {usage: R, cardinality: 1..1}",
        "  ORDER_OBSERVATION/SPECIMEN: {usage: RE, cardinality: 0..1}",
        "  MSH-1: {usage: R, value: '|'}",
        "  MSH-2: {usage: R, value: '^~\\&'}",
        "  MSH-3.1: {usage: R, length: 20}",
        "  MSH-3.2: X",
        "  PID-3: {usage: R, cardinality: 1..3}",
        "  # PID-3: The first is the medical record's.",
        "  PID-3.4.1: {usage: R, length: 20}",
        "  # OBR-2: If it was ordered.",
        "  OBR-2: RE",
        "  OBSERVATION/OBX-3: {usage: R, type: CWE, length: 478}",
        "  SPECIMEN/OBX-1: R",
        "# - ORDER_OBSERVATION/QQQ: 2.5.1 has no segment 'QQQ'",
    ],
)
def test_the_classic_kind_is_taken_over(line: str) -> None:
    """Each thing stands in a line of its own; what differs between groups is said of each group."""
    made = import_profile(CLASSIC, "results")

    assert line in made.text.splitlines()


@pytest.mark.parametrize(
    "line",
    [
        "message: ADT^A01^ADT_A01",
        "  NK1: {usage: RE, cardinality: 0..3}",
        "  PID-3: R",
        "  PID-3.1: {usage: R, length: 1..15}",
        "  # PID-3.2: conditional, and no condition is written down",
        "  PID-3.4.2: {usage: R, length: 1..199}",
        "  IN1-1: {usage: R, value: 1}",
        "# - line 49: Constraint GU-1 The universal id is an OID.",
    ],
)
def test_the_kind_of_nist_is_taken_over(line: str) -> None:
    """Data types are named there; what they say of components is put where a field has them."""
    made = import_profile(NIST, "admissions", "ADT^A01")

    assert line in made.text.splitlines()


def test_what_was_taken_over_is_asked_of_messages() -> None:
    """The profile finds what the conformance profile forbids, and nothing in a message that it allows."""
    made = import_profile(CLASSIC, "results")
    wrong = REPORT.replace("^^^STMARY", "^^^").replace("PID|1|", "PID|1|old").replace("OBX|1", "OBX|")

    assert told(made, REPORT) == []
    assert sorted(told(made, wrong)) == ["component-missing PID-3.4", "must-be-empty PID-2", "required-missing OBX-1"]


def test_components_of_data_types_are_asked_of_messages() -> None:
    """What a data type asks for is asked wherever a field has it."""
    made = import_profile(NIST, "admissions", "ADT^A01")

    assert told(made, ADMISSION) == []
    assert told(made, ADMISSION.replace("A&1.2", "A")) == ["component-missing PID-3.4.2"]


def test_of_several_messages_one_is_chosen() -> None:
    """Without a choice the command tells between which."""
    with pytest.raises(NotPossible) as refused:
        import_profile(NIST, "admissions")

    assert refused.value.text.endswith("ADT^A01^ADT_A01, ADT^A03^ADT_A03")
    assert loaded(import_profile(NIST, "discharges", "ADT^A03")).messages == ("ADT^A03^ADT_A03",)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"<ClinicalDocument/>", "no-conformance-profile"),
        (b"<ConformanceProfile HL7Version='2.5.1'/>", "no-conformance-profile"),
        (CLASSIC.replace(b'HL7Version="2.5.1"', b'HL7Version="9.9"'), "unknown-version"),
        (CLASSIC.replace(b"ORU", b"QQQ"), "not-expressible"),
    ],
)
def test_what_is_no_profile_is_refused(content: bytes, code: str) -> None:
    """With a sentence, and no file."""
    with pytest.raises(NotPossible) as refused:
        import_profile(content, "x")

    assert refused.value.code == code


def test_texts_of_a_file_stay_texts() -> None:
    """Whatever a name, a value or a note holds, it cannot become a key of ours."""
    hostile = (
        CLASSIC.replace(b"Results of the example laboratory", b"x': y&#10;rules: [&#39;")
        .replace(b'ConstantValue="|"', b'ConstantValue="|&#39;}&#10;  PID-5: X"')
        .replace(b"The first is the", b"&#10;  PID-5: X&#10;")
    )

    profile = loaded(import_profile(hostile, "x"))

    assert profile.rules == ()
    assert "PID-5" not in [str(each.at) for each in profile.constraints]
