"""Mutants of routes, mappings and tables: what is changed, where, and whether a case notices."""

from pathlib import Path

import orjson
import pytest
from typer.testing import CliRunner

from engine.cli import application
from engine.workbench.check import Site, read_site
from engine.workbench.mutate import Fate, Mutation, Trial, columns_read, mutants_of
from tests.support.cases import site_with_cases

CASES = """\
cases:
  - case: an admission
    message: admission.hl7
    expect: {ack: AA, billing: {PV1-2: INP, PID-5.1: Doe, EVN-2: 20260115110000-0500}, registry: sent}
"""


def _site(folder: Path, files: dict[str, str] | None = None, cases: str = CASES) -> Site:
    site = read_site(site_with_cases(folder, cases, files))
    assert site.settings is not None, [str(each) for each in site.report.problems]
    return site


def _mutation(site: Site) -> Mutation:
    assert site.settings is not None
    return Mutation(tuple(Trial(site.settings.rules, site.cases).run(mutants_of(site.settings.rules))))


def _told(mutation: Mutation, fate: Fate) -> list[tuple[str, str]]:
    return [(str(each.mutant.place), each.mutant.what) for each in mutation.of(fate)]


def test_what_no_case_notices_is_listed_with_its_place(tmp_path: Path) -> None:
    """One admission proves the entries it takes, and nothing about discharges and other states."""
    mutation = _mutation(_site(tmp_path))

    assert _told(mutation, Fate.UNNOTICED) == [
        ("routes/adt.yaml:9:7", "entry left out: to billing, 2"),
        ("routes/adt.yaml:9:24", "'A03' made 'A03X'"),
        ("routes/adt.yaml:12:11", "'and' made 'or'"),
        ("routes/adt.yaml:12:11", "left out: MSH-9.2 == 'A01'"),
        ("routes/adt.yaml:12:32", "left out: PID-11.4 == 'NC'"),
        ("mappings/bar.yaml:5:5", "step left out: copy: [PV1]"),
    ]
    assert 0.7 < mutation.score < 0.9


def test_who_notices_is_known(tmp_path: Path) -> None:
    """So that a person can see what a case is good for."""
    mutation = _mutation(_site(tmp_path))

    assert {each.by for each in mutation.of(Fate.NOTICED)} == {"an admission"}
    assert ("mappings/bar.yaml:6:5", "step left out: set: PV1-2: =translate('classes', PV1-2)") in _told(
        mutation, Fate.NOTICED
    )
    assert ("classes.csv:2:1", "to 'INP' made 'INPX'") in _told(mutation, Fate.NOTICED)


def test_a_mutant_that_cannot_be_loaded_counts_for_nobody(tmp_path: Path) -> None:
    """A name that is used later cannot be left out without being told."""
    mapping = """\
mapping: bar
output: {message: BAR^P01^BAR_P01, version: 2.5.1, start: empty}
steps:
  - let: {name: =PID-5}
  - copy: [EVN, PID, PV1]
  - set: {PID-5: =name, PV1-2: "=translate('classes', PV1-2)"}
"""

    mutation = _mutation(_site(tmp_path, {"mappings/bar.yaml": mapping}))

    assert _told(mutation, Fate.REFUSED) == [("mappings/bar.yaml:4:5", "step left out: let: name: =PID-5")]
    assert mutation.of(Fate.REFUSED)[0].by.startswith("unknown-name: ")


def test_mutants_change_one_thing_each_and_nothing_for_good(tmp_path: Path) -> None:
    """After all mutants the rules are as they were: every case passes, and a second run finds the same."""
    site = _site(tmp_path)

    first, second = _mutation(site), _mutation(site)

    assert first == second
    assert len({(each.mutant.place, each.mutant.what) for each in first.verdicts}) == len(first.verdicts)


STEPS = {
    "- delete: [NK1, PID-19]": ["step left out: delete: [NK1, PID-19]", "left out of delete: NK1"],
    "- number: [IN1, DG1]": ["left out of number: IN1", "left out of number: DG1"],
    "- append: NK1\n    after: PID\n    set: {NK1-2: X}": [
        "left out: after: PID",
        "left out of set: NK1-2",
        "'X' made 'XX'",
    ],
    "- for each: \"PID-3[5 == 'MR']\"\n    do:\n      - set: {PID-4: x}": ["turned round: 5 == 'MR'", "5 made 6"],
    "- when: exists(PV1)\n    do: [{set: {PV1-1: '1'}}]\n    else: [{skip: none}]": [
        "turned round: exists(PV1)",
        "step left out: skip: none",
        "'1' made '1X'",
    ],
    "- set: {\"PID-3[5 == 'MR'].4\": =upper(value)}": ["turned round: 5 == 'MR'"],
    '- let: {x: "=coalesce(PID-3, PID-4)"}\n  - set: {PID-2: =x}': ["left out: PID-4"],
}


@pytest.mark.parametrize("steps", STEPS)
def test_every_kind_of_step_has_its_mutants(steps: str, tmp_path: Path) -> None:
    """What a slip could leave out or change in it."""
    last = "- set: {PV1-2: \"=translate('classes', PV1-2)\"}"
    mapping = f"mapping: bar\noutput: {{start: copy}}\nsteps:\n  {steps}\n  {last}\n"
    site = _site(tmp_path, {"mappings/bar.yaml": mapping})
    assert site.settings is not None

    found = {mutant.what for _, mutant in mutants_of(site.settings.rules, ("bar",))}

    assert set(STEPS[steps]) <= found


def test_tables_change_where_the_rules_read_them(tmp_path: Path) -> None:
    """Of a table that is only asked whether it lists a code, the codes; else the columns that somebody reads."""
    mapping = """\
mapping: bar
output: {message: BAR^P01^BAR_P01, version: 2.5.1, start: empty}
steps:
  - copy: [EVN, PID, PV1]
  - set: {PV1-2: "=translate('classes', PV1-2)", PV1-3: "=lookup('classes', PV1-2, 'display')"}
  - when: listed('codes', PV1-2)
    skip: listed
"""
    config = (
        "site: t\nlisteners: {adt: {mllp: 127.0.0.1:2575}}\n"
        "destinations: {billing: {mllp: 127.0.0.1:2601}, registry: {mllp: 127.0.0.1:2602}}\n"
        "tables: {classes: {file: classes.csv}, codes: {file: codes.csv}}\n"
    )
    tables = {"classes.csv": 'from,to,display,more\nI,INP,"In, patient",x\n', "codes.csv": "from,to\nA,B\n"}
    site = _site(tmp_path, {"mappings/bar.yaml": mapping, "config.yaml": config, **tables}, "")
    assert site.settings is not None
    rules = site.settings.rules

    columns = columns_read(rules.mappings.values())
    told = [mutant.what for _, mutant in mutants_of(rules) if mutant.place.file.endswith(".csv")]

    assert columns == {"classes": {"to", "display"}, "codes": frozenset()}
    assert told == ["display 'In, patient' made 'In, patientX'", "to 'INP' made 'INPX'", "from 'A' made 'AX'"]


def test_shared_lists_are_changed_where_they_are_used(tmp_path: Path) -> None:
    """A slip in one file then shows in every mapping that puts it in, and its users are loaded with it."""
    mapping = """\
mapping: bar
output: {message: BAR^P01^BAR_P01, version: 2.5.1, start: empty}
steps:
  - copy: [EVN, PID, PV1]
  - use: classes
"""
    shared = "shared: classes\nsteps:\n  - set: {PV1-2: \"=translate('classes', PV1-2)\", PV1-3: X}\n"
    mutation = _mutation(_site(tmp_path, {"mappings/bar.yaml": mapping, "mappings/classes.yaml": shared}))

    noticed, unnoticed = _told(mutation, Fate.NOTICED), _told(mutation, Fate.UNNOTICED)

    assert ("mappings/classes.yaml:3:11", "left out of set: PV1-2") in noticed
    assert ("mappings/classes.yaml:3:57", "'X' made 'XX'") in unnoticed
    assert ("mappings/bar.yaml:5:5", "step left out: use: classes") in noticed
    assert mutation.of(Fate.REFUSED) == ()


def test_the_command_lists_them_and_ends_with_the_score(tmp_path: Path) -> None:
    """Exit code 1, since something was found."""
    folder = site_with_cases(tmp_path, CASES)

    done = CliRunner().invoke(application(["test"]), ["test", "--mutate", "--config", str(folder)])

    assert done.exit_code == 1
    lines = done.output.splitlines()
    assert lines[0] == "no case notices"
    assert lines[1] == "  routes/adt.yaml:9:7: entry left out: to billing, 2"
    assert "mutants: " in lines[-1]
    assert " noticed (" in lines[-1]


def test_programs_get_the_same(tmp_path: Path) -> None:
    """The keys are stable."""
    folder = site_with_cases(tmp_path, CASES)

    done = CliRunner().invoke(application(["test"]), ["test", "--mutate", "--config", str(folder), "--format", "json"])

    answer = orjson.loads(done.output)
    assert {"score", "noticed", "unnoticed", "refused", "seconds"} == set(answer)
    assert answer["unnoticed"][0] == {"place": "routes/adt.yaml:9:7", "what": "entry left out: to billing, 2"}


def test_nothing_is_mutated_while_a_case_fails(tmp_path: Path) -> None:
    """A case that fails anyway would notice everything, and prove nothing."""
    folder = site_with_cases(tmp_path, CASES.replace("INP", "OUT"))

    done = CliRunner().invoke(application(["test"]), ["test", "--mutate", "--config", str(folder)])

    assert done.exit_code == 1
    assert "mutants" not in done.output
    assert "expected 'OUT'" in done.output


def test_a_part_of_the_cases_cannot_judge_mutants(tmp_path: Path) -> None:
    """A mutant that the chosen cases miss may be noticed by others."""
    folder = site_with_cases(tmp_path, CASES)

    done = CliRunner().invoke(application(["test"]), ["test", "--mutate", "-k", "admission", "--config", str(folder)])

    assert done.exit_code == 2
    assert "--mutate takes all cases" in done.output
