"""Cases as they are written: every slip in one is a problem of the site, at its place."""

import re
from pathlib import Path

import pytest

from engine.workbench.cases import as_segments
from engine.workbench.check import read_site
from tests.support.cases import MAPPING, site_with_cases

_MARK = re.compile("«([a-z-]+)»")
HEAD = "cases:\n  - case: one\n    message: admission.hl7\n    expect:"

# A «code» stands where the problem is expected.
MISTAKES = {
    "a list of no maps": "cases: [«wrong-kind»one]\n",
    "no list": "cases: «wrong-kind»one\n",
    "no name": "cases:\n  - «missing-key»message: admission.hl7\n    expect: {ack: AA}\n",
    "no message": "cases:\n  - «missing-key»case: one\n    expect: {ack: AA}\n",
    "no expectation": "cases:\n  - «missing-key»case: one\n    message: admission.hl7\n",
    "a further key": f"{HEAD} {{}}\n    «unknown-key»expects: {{}}\n",
    "no such file": "cases:\n  - case: one\n    message: «unreadable-file»admision.hl7\n    expect: {}\n",
    "twice": f"{HEAD} {{ack: AA}}\n  - case: «case-twice»one\n    message: admission.hl7\n    expect: {{ack: AA}}\n",
    "no such destination": f"{HEAD} {{«unknown-destination»biling: sent}}\n",
    "no such word": f"{HEAD} {{billing: «unknown-choice»send}}\n",
    "no such answer": f"{HEAD} {{ack: «unknown-choice»AB}}\n",
    "no finding": f"{HEAD} {{findings: [«bad-finding»EVN is missing]}}\n",
    "no name in the index": f"{HEAD} {{index: {{«unknown-key»patient: 1}}}}\n",
    "no map of the index": f"{HEAD} {{index: «wrong-kind»patients}}\n",
    "no path": f"{HEAD}\n      billing: {{'«not-a-path»upper(PID-5)': x}}\n",
    "no such segment": f"{HEAD}\n      billing: {{«unknown-segment»PDI-5: x}}\n",
    "no one place": f"{HEAD}\n      billing: {{«not-a-path»PID-*: x}}\n",
    "a segment's text": f"{HEAD}\n      billing: {{«not-a-field»PID: x}}\n",
    "a bad pattern": f"{HEAD}\n      billing: {{PID-5: {{matches: «bad-pattern»'a('}}}}\n",
    "no such question": f"{HEAD}\n      billing: {{PID-5: {{«unknown-key»match: a}}}}\n",
    "two questions": f"{HEAD}\n      billing: {{PID-5: «wrong-kind»{{absent: true, matches: a}}}}\n",
    "neither true nor false": f"{HEAD}\n      billing: {{PID-5: {{absent: «unknown-choice»perhaps}}}}\n",
    "a list of texts": f"{HEAD}\n      billing: {{PID-5: «wrong-kind»[a, b]}}\n",
    "a list of no messages": f"{HEAD}\n      billing: [«unknown-choice»not sent]\n",
    "a list in a list": f"{HEAD}\n      billing: [«wrong-kind»[sent]]\n",
    "YAML's null": f"{HEAD}\n      billing: {{PID-5: «yaml-null»null}}\n",
}


@pytest.mark.parametrize("name", list(MISTAKES))
def test_a_slip_in_a_case_is_told_at_its_place(name: str, tmp_path: Path) -> None:
    """engine check tells it like any other problem of the file."""
    marked = MISTAKES[name]
    found = _MARK.search(marked)
    assert found is not None
    before = marked[: found.start()]
    text = before + marked[found.end() :]
    site = site_with_cases(tmp_path, text)
    offset = (site / "routes/adt.yaml").read_text("utf-8").count("\n") - text.count("\n")

    report = read_site(site).report

    expected = (offset + before.count("\n") + 1, found.start() - before.rfind("\n"), found[1])
    assert [(each.place.line, each.place.column, each.code) for each in report.problems] == [expected]
    assert report.errors == 1


def test_cases_are_looked_at_also_where_the_site_has_other_problems(tmp_path: Path) -> None:
    """Everything is told at once."""
    cases = f"{HEAD} {{biling: sent}}\n"
    site = site_with_cases(tmp_path, cases, files={"mappings/bar.yaml": MAPPING.replace("copy: [PV1]", "cpy: [PV1]")})

    codes = [each.code for each in read_site(site).report.problems]

    assert codes == ["no-step", "unknown-destination"]


def test_a_mappings_cases_come_in_where_a_route_uses_it_first(tmp_path: Path) -> None:
    """Listener and destination can be left out: they are those of the first route that uses the mapping."""
    cases = "cases:\n  - case: one\n    message: admission.hl7\n    expect: {output: made}\n"
    site = site_with_cases(tmp_path, files={"mappings/bar.yaml": MAPPING + cases})

    (case,) = read_site(site).cases

    assert (case.name, case.owner, case.listener) == ("one", "bar", "adt")
    assert (case.mapping, case.destination) == ("bar", "billing")


def test_cases_of_a_mapping_that_no_route_uses_are_cases_too(tmp_path: Path) -> None:
    """They need no route: a mapping can be tried before anything uses it."""
    cases = "cases:\n  - case: one\n    message: admission.hl7\n    expect: {output: made}\n"
    site = site_with_cases(tmp_path, files={"mappings/other.yaml": MAPPING.replace("bar", "other") + cases})

    found = read_site(site)

    assert [(each.name, each.listener, each.destination) for each in found.cases] == [("one", "", "")]
    assert [each.code for each in found.report.problems] == ["unused-mapping"]


@pytest.mark.parametrize("content", [b"MSH|a\nPID|1\n", b"MSH|a\r\nPID|1\r\n", b"MSH|a\rPID|1", b"MSH|a\rPID|1\r\n\n"])
def test_a_message_file_may_end_its_lines_as_its_editor_does(content: bytes) -> None:
    """LF, CRLF or CR, with or without the last one."""
    assert as_segments(content) == b"MSH|a\rPID|1\r"


def test_a_line_feed_inside_a_segment_stays(tmp_path: Path) -> None:
    """Where segments end with CR, an LF is data."""
    assert as_segments(b"MSH|a\rNTE|1\ntwo\r") == b"MSH|a\rNTE|1\ntwo\r"
