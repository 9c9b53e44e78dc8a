"""Coverage of rules: what the cases show at work, and at which place the rest stands."""

from pathlib import Path

import pytest

from engine.workbench.check import read_site
from engine.workbench.coverage import CLAUSE, ENTRY, ROW, STEP, Coverage, coverage_of
from engine.workbench.coverage_view import as_json, gaps, summary
from engine.workbench.trials import run_cases
from engine.workbench.watching import watch
from tests.support.cases import ADMISSION, CONFIG, site_with_cases

MAPPING = """\
mapping: bar
output: {message: BAR^P01^BAR_P01, version: 2.5.1, start: empty}
steps:
  - copy: [EVN, PID, PV1]
  - when: PID-8 == 'F' and (PV1-2 == 'I' or not exists(PV1-3))
    do:
      - set: {PV1-2: "=translate('classes', PV1-2)"}
    else:
      - fail: no class
  - for each: NK1
    when: NK1-3 == 'SPO'
    do:
      - copy: [NK1]
"""
CASE = """\
cases:
  - case: one
    message: admission.hl7
    expect: {ack: AA}
"""


def _coverage(folder: Path, files: dict[str, str], names: tuple[str, ...] = ()) -> Coverage:
    site = read_site(site_with_cases(folder, CASE, files))
    assert site.settings is not None, [str(each) for each in site.report.problems]
    rules = site.settings.rules
    watched = watch(rules)
    run_cases([case for case in site.cases if not names or case.owner in names], watched.rules)
    return coverage_of(rules, watched.notes, names)


def _missing(coverage: Coverage, kind: str) -> list[tuple[str, str, str]]:
    return [(str(each.place), each.words, each.missing) for each in coverage.missing if each.kind == kind]


def test_a_clause_is_covered_when_it_was_seen_true_and_false(tmp_path: Path) -> None:
    """What a decided ``or`` or a loop without turns left out was never asked, and says so at its own column."""
    coverage = _coverage(tmp_path, {"mappings/bar.yaml": MAPPING})

    assert [each for each in _missing(coverage, CLAUSE) if each[0].startswith("mappings")] == [
        ("mappings/bar.yaml:5:11", "PID-8 == 'F'", "never false"),
        ("mappings/bar.yaml:5:29", "PV1-2 == 'I'", "never false"),
        ("mappings/bar.yaml:5:49", "exists(PV1-3)", "never asked"),
        ("mappings/bar.yaml:11:11", "NK1-3 == 'SPO'", "never asked"),
    ]


def test_a_step_that_never_ran_is_listed_in_its_own_words(tmp_path: Path) -> None:
    """Steps in branches and loops count for themselves."""
    coverage = _coverage(tmp_path, {"mappings/bar.yaml": MAPPING})

    assert _missing(coverage, STEP) == [
        ("mappings/bar.yaml:9:9", "fail: no class", "never run"),
        ("mappings/bar.yaml:13:9", "copy: [NK1]", "never run"),
    ]


def test_an_entry_and_a_row_that_nobody_needed_are_listed(tmp_path: Path) -> None:
    """The third entry goes to the registry, the second is for discharges."""
    coverage = _coverage(tmp_path, {"classes.csv": "from,to\nI,INP\nO,OUT\n"})

    assert _missing(coverage, ENTRY) == [("routes/adt.yaml:9:7", "adt to billing, entry 2", "never chosen")]
    assert _missing(coverage, ROW) == [("classes.csv:3:1", "classes O", "never used")]


def test_long_tables_are_counted_and_not_asked_row_by_row(tmp_path: Path) -> None:
    """Nobody writes a case for each of two hundred rows."""
    rows = "".join(f"{number},{number}\n" for number in range(200))

    coverage = _coverage(tmp_path, {"classes.csv": f"from,to\nI,INP\n{rows}"})

    assert _missing(coverage, ROW) == []
    assert [(each.table, each.used, each.rows) for each in coverage.long_tables] == [("classes", 1, 201)]
    assert "table classes: 1 of 201 rows used (a long table: not counted)" in list(gaps(coverage))


def test_watched_rules_find_the_same_differences(tmp_path: Path) -> None:
    """Taking notes changes nothing of what is decided."""
    case = CASE.replace("{ack: AA}", "{billing: {PV1-2: X}, registry: not sent}")
    site = read_site(site_with_cases(tmp_path, case))
    assert site.settings is not None
    rules = site.settings.rules

    plain, watched = (run_cases(site.cases, each) for each in (rules, watch(rules).rules))

    assert [each.differences for each in plain.results] == [each.differences for each in watched.results]
    assert plain.failed == 1


def test_tables_asked_in_brackets_are_seen_too(tmp_path: Path) -> None:
    """A question about each repetition asks a table as well as a step does."""
    route = "route: adt\nfrom: adt\nto: {registry: {when: \"exists(PID-3[listed('classes', 5)])\"}}\n" + CASE
    files = {"routes/adt.yaml": route, "classes.csv": "from,to\nMR,X\nPI,Y\nSS,Z\n", "config.yaml": CONFIG}

    coverage = _coverage(tmp_path, files)

    assert _missing(coverage, ROW) == [("classes.csv:4:1", "classes SS", "never used")]


def test_one_line_sums_up(tmp_path: Path) -> None:
    """The line that `engine test` prints, and the same for programs."""
    coverage = _coverage(tmp_path, {})

    assert summary(coverage) == (
        "coverage: 0 of 5 clauses seen true and false, 3 of 3 steps run, 2 of 3 entries chosen, 1 of 1 row used"
    )
    assert as_json(coverage)["counts"] == {
        "clause": {"shown": 0, "of": 5},
        "step": {"shown": 3, "of": 3},
        "entry": {"shown": 2, "of": 3},
        "row": {"shown": 1, "of": 1},
    }


def test_only_what_is_named_is_looked_at(tmp_path: Path) -> None:
    """`engine test adt` tells of the route, not of the mapping that has no case of its own."""
    coverage = _coverage(tmp_path, {}, ("adt",))

    assert {each.kind for each in coverage.points} == {CLAUSE, ENTRY}


@pytest.mark.parametrize(
    "payload", [ADMISSION.replace("ADT^A01", "ADT^A03"), ADMISSION.replace("ADT^A01^ADT_A01", "ORU")]
)
def test_another_message_shows_other_things(payload: str, tmp_path: Path) -> None:
    """Coverage follows the messages, not the number of cases."""
    coverage = _coverage(tmp_path, {"admission.hl7": payload})

    assert ("routes/adt.yaml:12:5", "adt to registry, entry 1", "never chosen") in _missing(coverage, ENTRY)
