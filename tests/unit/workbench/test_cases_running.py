"""Cases as they are run: what passes, and what is told where something differs."""

from pathlib import Path

import pytest

from engine.workbench.check import read_site
from engine.workbench.trials import Trials, run_cases
from tests.support.cases import ADMISSION, ROUTE, site_with_cases

INLINE = "".join(f"      {line}\n" for line in ADMISSION.splitlines())


def _run(folder: Path, expect: str, message: str = ADMISSION) -> Trials:
    """Run one case whose expectation is written in flow style."""
    cases = f"cases:\n  - case: one\n    message: m.hl7\n    expect: {expect}\n"
    (folder / "m.hl7").write_text(message, "utf-8")
    site = read_site(site_with_cases(folder, cases))
    assert site.settings is not None, [str(each) for each in site.report.problems]
    return run_cases(site.cases, site.settings.rules, site.settings.rules.routes)


PASSES = [
    "{ack: AA, findings: none, billing: sent, registry: sent}",
    "{ack: {MSA-1: AA, MSA-2: M1, MSH-9: ACK^A01^ACK}}",
    "{billing: {MSH-9: BAR^P01^BAR_P01, PV1-2: INP, PV1-3: ''}}",
    "{billing: {MSH-7: 20260115120000-0500}}",
    "{billing: {PID-3: 4711^^^STM^MR~12^^^STM^PI, 'PID-3[2]': 12^^^STM^PI, 'PID-3[2].1': '12'}}",
    "{billing: {'PID-3[*].1': 4711~12, \"PID-3[5 == 'PI'].1\": '12', PID-5.1: Doe}}",
    "{billing: {PID.patient_name.family_name: Doe}}",
    "{billing: {PID-19: {absent: true}, NK1: {absent: true}, PID: {absent: false}, ZZ1-9: ''}}",
    "{billing: {PID-5: {matches: '^Doe.*Jane'}}}",
    "{billing: [{PV1-2: INP}]}",
    "{index: {patients: 1, visits: 1, orders: 0, results: 0, merges: 0, quality: ''}}",
    "{index: {patient.family: Doe, patient.sex: F, patient.died: {absent: true}, visit.status: admitted}}",
    "{registry: {MSH-2: '^~\\&#', PID-5: Doe^Jane~Roe^J}}",
]


@pytest.mark.parametrize("expect", PASSES)
def test_what_is_so_passes(expect: str, tmp_path: Path) -> None:
    """Texts are whole and in the standard's delimiters, also of an output that uses others."""
    (result,) = _run(tmp_path, expect).results

    assert [(each.what, each.expected, each.found) for each in result.differences] == []


DIFFERS = [
    ("{ack: AE}", "ack", "AE", "AA"),
    ("{ack: none}", "ack", "none", "AA"),
    ("{ack: {MSA-1: AE}}", "ack MSA-1", "'AE'", "'AA'"),
    ("{findings: [required-missing EVN]}", "findings", "required-missing EVN", "none"),
    ("{billing: not sent}", "billing", "not sent", "1 message"),
    ("{billing: parked}", "billing", "parked", "1 message"),
    ("{billing: [{PV1-2: INP}, {PV1-2: INP}]}", "billing", "2 messages", "1 message"),
    ("{billing: []}", "billing", "0 messages", "1 message"),
    ("{billing: {PV1-2: I}}", "billing PV1-2", "'I'", "'INP'"),
    ("{billing: {PID-5: Doe}}", "billing PID-5", "'Doe'", "'Doe^Jane~Roe^J'"),
    ("{billing: {PID-19: x}}", "billing PID-19", "'x'", "nothing"),
    ("{billing: {PID-8: {absent: true}}}", "billing PID-8", "absent", "'F'"),
    ("{billing: {NK1: {absent: false}}}", "billing NK1", "something", "nothing"),
    ("{billing: {PID-8: {matches: '^M'}}}", "billing PID-8", "what matches '^M'", "'F'"),
    ("{index: {patients: 2}}", "index patients", "'2'", "'1'"),
    ("{index: {patient.family: Roe}}", "index patient.family", "'Roe'", "'Doe'"),
    ("{registry: {MSH-2: '^~\\&'}}", "registry MSH-2", "'^~\\&'", "'^~\\&#'"),
]


@pytest.mark.parametrize(("expect", "what", "wanted", "found"), DIFFERS)
def test_what_differs_is_told_with_both_values(expect: str, what: str, wanted: str, found: str, tmp_path: Path) -> None:
    """Field by field, so that one look says what to change."""
    trials = _run(tmp_path, expect)

    (result,) = trials.results
    assert [(each.what, each.expected, each.found) for each in result.differences] == [(what, wanted, found)]
    assert trials.failed == 1


def test_a_parked_output_tells_why(tmp_path: Path) -> None:
    """The reason and the rule, as an operator will see them."""
    (result,) = _run(tmp_path, "{billing: sent}", ADMISSION.replace("PV1|1|I", "PV1|1|X")).results

    (difference,) = result.differences
    assert difference.found == "parked (unknown-code: table classes has no code 'X', at mappings/bar.yaml:6:20)"


def test_parked_and_not_sent_are_two_things(tmp_path: Path) -> None:
    """What is parked waits for a person; what is not sent was never asked for."""
    unknown = ADMISSION.replace("PV1|1|I", "PV1|1|X")

    assert _run(tmp_path, "{billing: parked, registry: sent}", unknown).failed == 0
    assert _run(tmp_path, "{billing: not sent}", unknown).failed == 1
    assert _run(tmp_path, "{billing: not sent}", ADMISSION.replace("A01", "A02")).failed == 0
    assert _run(tmp_path, "{billing: parked}", ADMISSION.replace("A01", "A02")).failed == 1


def test_each_message_of_a_list_may_be_a_word(tmp_path: Path) -> None:
    """Two entries for one destination: what the first cannot make is held, the second is sent."""
    bar = "    - when: MSH-9.2 == 'A01'\n      map: bar\n"
    route = ROUTE.replace(bar, f"{bar}      on_failure: hold\n    - when: MSH-9.2 == 'A01'\n")
    cases = "cases:\n  - case: one\n    message: m.hl7\n    expect: {billing: %s}\n"
    message = ADMISSION.replace("PV1|1|I", "PV1|1|X")

    def failed(expect: str) -> int:
        files = {"routes/adt.yaml": route + cases % expect, "m.hl7": message}
        site = read_site(site_with_cases(tmp_path, files=files))
        assert site.settings is not None, [str(each) for each in site.report.problems]
        return run_cases(site.cases, site.settings.rules).failed

    assert [failed(each) for each in ("[held, sent]", "[held, {PV1-2: X}]")] == [0, 0]
    assert [failed(each) for each in ("held", "[parked, sent]", "[sent, held]", "[held]", "sent")] == [1] * 5


def test_findings_are_compared_by_code_and_where_written_by_segment(tmp_path: Path) -> None:
    """In the order of the message."""
    without = ADMISSION.replace("EVN||20260115110000-0500\n", "")

    assert _run(tmp_path, "{findings: required-missing}", without).failed == 0
    assert _run(tmp_path, "{findings: [required-missing EVN]}", without).failed == 0
    assert _run(tmp_path, "{findings: [required-missing PID]}", without).failed == 1


def test_refused_messages_are_cases_too(tmp_path: Path) -> None:
    """Another type, a test message, and what is no HL7 at all."""
    oru, test, junk = ADMISSION.replace("ADT^A01^ADT_A01", "ORU^R01"), ADMISSION.replace("|P|", "|T|"), "PID|1\n"

    assert _run(tmp_path, "{ack: {MSA-1: AR, ERR-3.1: '200'}, billing: not sent}", oru).failed == 0
    assert _run(tmp_path, "{ack: {MSA-1: AR, ERR-3.1: '202'}}", test).failed == 0
    assert _run(tmp_path, "{ack: AR, billing: not sent}", junk).failed == 0


def test_an_inline_message_is_its_lines(tmp_path: Path) -> None:
    """Each becomes a segment."""
    cases = f"cases:\n  - case: one\n    message: |\n{INLINE}    expect: {{billing: {{PID-5.1: Doe}}}}\n"
    site = read_site(site_with_cases(tmp_path, cases))
    assert site.settings is not None

    trials = run_cases(site.cases, site.settings.rules, ())

    assert site.cases[0].arrivals[0].payload == ADMISSION.replace("\n", "\r").encode()
    assert trials.failed == 0


def test_entries_that_no_case_reaches_are_told(tmp_path: Path) -> None:
    """A rule that nothing tries is a rule that nobody knows to work."""
    trials = _run(tmp_path, "{ack: AA}")

    assert [(route.name, entry.destination, entry.index) for route, entry in trials.unreached] == [
        ("adt", "billing", 1)
    ]


def test_a_message_that_no_route_sees_reaches_no_entry(tmp_path: Path) -> None:
    """Refused before any rule is asked."""
    trials = _run(tmp_path, "{ack: AR}", ADMISSION.replace("|P|", "|T|"))

    assert len(trials.unreached) == 3


def test_the_same_case_gives_the_same_bytes_every_time(tmp_path: Path) -> None:
    """Time of receipt and numbers are fixed: no case passes today and fails tomorrow."""
    first = _run(tmp_path, "{billing: {MSH-10: x}}").results[0].differences
    second = _run(tmp_path, "{billing: {MSH-10: x}}").results[0].differences

    assert first == second
    assert len(first[0].found) == 22
