"""Several messages in one case, and mappings alone."""

from pathlib import Path

import pytest

from engine.workbench.check import read_site
from engine.workbench.trials import Sightings, Trials, passes, run_cases
from tests.support.cases import ADMISSION, MAPPING, site_with_cases

MERGE = """\
MSH|^~\\&|ADT|STM|ENGINE|STM|20260115113000-0500||ADT^A40^ADT_A39|M2|P|2.5.1
EVN||20260115113000-0500
PID|1||5000^^^STM^MR||Doe^Jane
MRG|4711^^^STM^MR
"""
TRANSFER = ADMISSION.replace("A01^ADT_A01|M1", "A02^ADT_A02|M3").replace("PV1|1|I", "PV1|1|I|W^2^1")


def _run(folder: Path, cases: str, sightings: Sightings | None = None) -> Trials:
    files = {"merge.hl7": MERGE, "transfer.hl7": TRANSFER}
    site = read_site(site_with_cases(folder, f"cases:\n{cases}", files))
    assert site.settings is not None, [str(each) for each in site.report.problems]
    assert [passes(each, site.settings.rules) for each in site.cases] == [
        each.passed for each in run_cases(site.cases, site.settings.rules).results
    ]
    return run_cases(site.cases, site.settings.rules, site.settings.rules.routes, sightings)


def _differences(trials: Trials) -> list[tuple[str, str, str]]:
    return [(each.what, each.expected, each.found) for result in trials.results for each in result.differences]


SEVERAL = """\
  - case: a merge joins what admissions knew under two numbers
    messages:
      - message: admission.hl7
        expect: {ack: AA, billing: sent, index: {patients: 1, merges: 0}}
      - transfer.hl7
      - message: merge.hl7
        expect: {findings: none, billing: not sent, index: {patients: 2, merges: 1}}
    expect:
      index: {patients: 2, merges: 1, visits: 1, visit.location: W^2^1}
      billing: {PV1-2: INP, MSH-7: 20260115120000-0500}
"""


def test_messages_come_in_order_and_the_index_is_what_they_leave(tmp_path: Path) -> None:
    """After each message and after all of them; destinations of the end count what all messages sent."""
    assert _differences(_run(tmp_path, SEVERAL)) == []


def test_what_differs_names_the_message(tmp_path: Path) -> None:
    """Of which of the messages it is true; what is so after all needs no number."""
    wrong = SEVERAL.replace("merges: 0", "merges: 1", 1).replace("visits: 1", "visits: 2")

    assert _differences(_run(tmp_path, wrong)) == [
        ("message 1: index merges", "'1'", "'0'"),
        ("index visits", "'2'", "'1'"),
    ]


def test_a_resend_gets_the_first_copys_answer_and_is_sent_nowhere(tmp_path: Path) -> None:
    """As in earnest: the same bytes but for MSH-7 are the same message."""
    cases = """\
  - case: twice
    messages:
      - admission.hl7
      - message: admission.hl7
        expect: {ack: {MSA-1: AA, MSA-2: M1}, billing: not sent, index: {patients: 1}}
    expect: {billing: {PV1-2: INP}}
"""

    assert _differences(_run(tmp_path, cases)) == []


def test_a_refused_message_sent_again_is_decided_again(tmp_path: Path) -> None:
    """Nothing was kept of it that could answer."""
    refused = ADMISSION.replace("|P|", "|T|").replace("\n", "\n          ")
    cases = f"""\
  - case: twice
    messages:
      - message: |
          {refused}
        expect: {{ack: AR}}
      - message: |
          {refused}
        expect: {{ack: {{MSA-1: AR, ERR-3.1: '202'}}}}
"""

    assert _differences(_run(tmp_path, cases)) == []


def test_messages_may_come_in_elsewhere_and_at_a_time_of_their_own(tmp_path: Path) -> None:
    """``received`` is an HL7 time of the site; without it a message comes a minute after the one before."""
    cases = """\
  - case: times
    messages:
      - {message: admission.hl7, received: 20260701083000, expect: {billing: {MSH-7: 20260701083000-0400}}}
      - {message: transfer.hl7, expect: {ack: {MSH-7: 20260701083100-0400}}}
  - case: one
    message: admission.hl7
    listener: adt
    received: 20260115
    expect: {ack: {MSH-7: 20260115000000-0500}}
"""

    assert _differences(_run(tmp_path, cases)) == []


def test_sightings_hold_what_each_message_met(tmp_path: Path) -> None:
    """For coverage: one tracing for each message decided, one run for each mapping alone."""
    sightings = Sightings()

    trials = _run(tmp_path, SEVERAL, sightings)

    assert [len(each.made) for each in sightings.decided] == [2, 0, 0]
    assert [entry.index for _, entry in trials.unreached] == [1]


def _alone(folder: Path, output: str, mapping: str = MAPPING, message: str = ADMISSION) -> list[tuple[str, str, str]]:
    cases = f"cases:\n  - case: one\n    message: m.hl7\n    expect: {{output: {output}}}\n"
    mapping = mapping.replace("mapping: bar", "mapping: alone")
    site = read_site(site_with_cases(folder, files={"mappings/alone.yaml": mapping + cases, "m.hl7": message}))
    assert site.settings is not None, [str(each) for each in site.report.problems]
    return _differences(run_cases(site.cases, site.settings.rules))


SPLIT = """\
mapping: alone
output: {message: ORU^R01^ORU_R01, version: 2.5.1, start: empty, split: OBR}
steps:
  - when: OBR-25 != 'F'
    skip: not final
  - when: OBR-4 == ''
    fail: no service
  - copy: [OBR]
"""
ORDERS = ADMISSION.replace("ADT^A01^ADT_A01", "ORU^R01^ORU_R01") + "".join(
    f"OBR|{number}|||{service}{'|' * 21}{status}\n"
    for number, service, status in [(1, "a", "F"), (2, "b", "P"), (3, "", "F")]
)


@pytest.mark.parametrize(
    "output", ["[{OBR-4: a}, failed]", "[made, skipped, failed]", "[{OBR-1: '1'}, skipped, failed]"]
)
def test_a_split_has_an_entry_for_each_message(output: str, tmp_path: Path) -> None:
    """What is skipped stands in the list, or nowhere in it."""
    assert _alone(tmp_path, output, SPLIT, ORDERS) == []


def test_what_a_mapping_alone_made_is_told(tmp_path: Path) -> None:
    """Why nothing was made, and at which rule."""
    unknown = ADMISSION.replace("PV1|1|I", "PV1|1|X")

    assert _alone(tmp_path / "a", "{PV1-2: INP}") == []
    assert _alone(tmp_path / "b", "failed", message=unknown) == []
    assert _alone(tmp_path / "c", "made", message=unknown) == [
        ("output", "made", "failed (unknown-code: table classes has no code 'X', at mappings/alone.yaml:6:20)")
    ]
    skipped = "skipped (not final, at mappings/alone.yaml:4:5)"
    failed = "failed (fail: no service, at mappings/alone.yaml:6:5)"
    assert _alone(tmp_path / "d", "made", SPLIT, ORDERS) == [("output", "made", f"1 message, {skipped}, {failed}")]
    assert _alone(tmp_path / "e", "made", message="PID|1\n") == [
        ("output", "a message to map", "what cannot be read: no-header")
    ]


def test_a_mapping_that_grows_without_bound_fails_its_case(tmp_path: Path) -> None:
    """The budget ends it, and the case says so: no case waits for ever."""
    doubling = "".join("  - let: {x: =x + x}\n" for _ in range(60))
    mapping = f"{MAPPING}  - let: {{x: 'aaaaaaaaaaaaaaaa'}}\n{doubling}"

    ((what, expected, found),) = _alone(tmp_path, "made", mapping)

    assert (what, expected) == ("output", "made")
    assert found.startswith("failed (budget:")
    assert "at mappings/alone.yaml:" in found
