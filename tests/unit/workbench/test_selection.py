"""Choosing cases by words, and telling build servers of them."""

from pathlib import Path
from xml.etree import ElementTree as Xml

import pytest

from engine.errors import InvalidExpression
from engine.workbench.check import read_site
from engine.workbench.junit import Timed, junit_of_cases, junit_of_problems
from engine.workbench.selection import select_by
from engine.workbench.trials import run_cases
from tests.support.cases import site_with_cases

CASES = """\
cases:
  - case: An admission opens an account
    message: admission.hl7
    expect: {billing: {PV1-2: INP}}
  - case: the registry gets "all" <of it> & more
    message: admission.hl7
    expect: {registry: {PV1-2: X, PID-8: M}}
"""


@pytest.mark.parametrize(
    ("words", "chosen"),
    [
        ("admission", [True, False]),
        ("ADMISSION", [True, False]),
        ("adt", [True, True]),
        ("routes/adt.yaml", [True, True]),
        ("not admission", [False, True]),
        ("admission or registry", [True, True]),
        ("admission and registry", [False, False]),
        ("adt and not (registry or merge)", [True, False]),
        ("admission or registry and merge", [True, False]),
        ("'opens an account'", [True, False]),
        ('"gets all"', [False, False]),
        ("not not admission", [True, False]),
    ],
)
def test_words_are_looked_for_in_names(words: str, chosen: list[bool], tmp_path: Path) -> None:
    """Of cases, of their route or mapping, of their file; without regard to case."""
    cases = read_site(site_with_cases(tmp_path, CASES)).cases

    select = select_by(words)

    assert [select(each) for each in cases] == chosen


@pytest.mark.parametrize(
    ("words", "offset"),
    [
        ("admission and", 13),
        ("and admission", 0),
        ("(admission", 10),
        ("admission registry", 10),
        ("not", 3),
        ("'a b", 0),
        ("a )", 2),
    ],
)
def test_what_cannot_be_read_is_told_at_its_place(words: str, offset: int) -> None:
    """A caret can stand under it."""
    with pytest.raises(InvalidExpression) as raised:
        select_by(words)

    assert raised.value.offset == offset


def test_a_build_server_gets_a_suite_for_each_file_and_every_difference(tmp_path: Path) -> None:
    """Well-formed whatever the names hold; the counts of suites add up."""
    site = read_site(site_with_cases(tmp_path, CASES))
    assert site.settings is not None
    trials = run_cases(site.cases, site.settings.rules)

    root = Xml.fromstring(junit_of_cases([Timed(each, 0.25) for each in trials.results]))  # noqa: S314 our own

    (suite,) = root
    assert root.attrib == {"name": "engine test", "tests": "2", "failures": "1", "errors": "0", "time": "0.500000"}
    assert suite.attrib == {**root.attrib, "name": "routes/adt.yaml"}
    assert [each.attrib["name"] for each in suite] == [each.name for each in site.cases]
    assert [each.attrib["classname"] for each in suite] == ["adt", "adt"]
    assert [len(each) for each in suite] == [0, 1]
    failure = suite[1][0]
    assert failure.attrib["message"] == "registry PV1-2: expected 'X', found 'I' (and 1 more)"
    assert failure.text is not None
    assert "routes/adt.yaml:19:42: registry PID-8\n  expected 'M'\n  found    'F'" in failure.text


def test_a_site_with_problems_is_an_error_of_the_build(tmp_path: Path) -> None:
    """No case was run, and nobody takes that for success."""
    site = read_site(site_with_cases(tmp_path, CASES.replace("billing", "biling")))

    root = Xml.fromstring(junit_of_problems(site.report.problems))  # noqa: S314 our own

    assert (root.attrib["tests"], root.attrib["errors"]) == ("1", "1")
    error = root[0][0][0]
    assert (error.tag, "biling" in (error.text or "")) == ("error", True)


def test_characters_that_xml_cannot_hold_are_replaced(tmp_path: Path) -> None:
    """A value of a message may hold anything."""
    message = "MSH|^~\\\\&|A|B|C|D|20260115110000||ADT^A01^ADT_A01|1|P|2.5.1\\rPID|1||4\\b7\\rPV1|1|I"
    cases = f'cases:\n  - case: one\n    message: "{message}"\n    expect: {{billing: {{PID-3: x}}}}\n'
    site = read_site(site_with_cases(tmp_path, cases))
    assert site.settings is not None
    results = run_cases(site.cases, site.settings.rules).results

    root = Xml.fromstring(junit_of_cases([Timed(each, 0) for each in results]))  # noqa: S314 our own

    assert "found '4\ufffd7'" in root[0][0][0].attrib["message"]
