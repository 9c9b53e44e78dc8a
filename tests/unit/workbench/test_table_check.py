"""Checking code tables: targets that are declared, and rows that no case uses."""

from pathlib import Path

import pytest

from engine.workbench.check import check_site
from engine.workbench.table_check import check_tables
from tests.support.cases import CONFIG, site_with_cases

TABLE = "from,to\nI,INP\nO,OUT\n"
CASES = "cases:\n  - case: one\n    message: admission.hl7\n    expect: {billing: sent}\n"


def _config(targets: str) -> str:
    return CONFIG.replace("{file: classes.csv}", f"{{file: classes.csv, targets: {targets}}}")


def _told(folder: Path, targets: str, table: str = TABLE) -> list[str]:
    """Return what a check of the whole site says with these targets."""
    site_with_cases(folder, CASES, {"config.yaml": _config(targets), "classes.csv": table})
    return [str(each) for each in check_site(folder).problems if "target" in each.code]


@pytest.mark.parametrize(
    ("targets", "told"),
    [
        ("[INP, OUT]", []),
        ("[INP]", ["classes.csv:3:1: warning: unknown-target: 'OUT' is none of the codes of the list 'targets'"]),
        ("[INP, OUTP]", ["(did you mean 'OUTP'?)"]),
        ("classes", ["'INP' is none of the codes of classes", "'OUT' is none of the codes of classes"]),
        ("clases", ["config.yaml", "there is no table 'clases' (did you mean 'classes'?)"]),
        ("hl7-9999", ["HL7 2.5.1 publishes no codes for table 9999"]),
        ("{a: b}", []),
    ],
)
def test_a_target_that_is_none_is_told(tmp_path: Path, targets: str, told: list[str]) -> None:
    """Whoever mistypes a target hears of it before the destination does."""
    found = "\n".join(_told(tmp_path, targets))

    assert all(words in found for words in told)
    assert bool(found) is bool(told)


def test_targets_may_be_a_table_of_the_standard(tmp_path: Path) -> None:
    """HL7 table 0085, result status, is published with its codes."""
    found = _told(tmp_path, "hl7-0085", "from,to\nfinal,F\nbad,QQ\n")

    assert len(found) == 1
    assert "'QQ' is none of the codes of hl7-0085" in found[0]


def test_an_odd_target_keeps_no_engine_from_starting(tmp_path: Path) -> None:
    """The table works; a code agreed on yesterday must not stop messages today."""
    _told(tmp_path, "[INP]")

    assert check_site(tmp_path).errors == 0


def test_rows_that_no_case_uses_are_told(tmp_path: Path) -> None:
    """The case's patient is an inpatient: of the other class nobody has seen anything."""
    site_with_cases(tmp_path, CASES, {"classes.csv": TABLE})

    found = check_tables(tmp_path, frozenset())

    assert [(each.code, str(each.place)) for each in found.unused] == [("O", "classes.csv:3:1")]
    assert (found.rows, found.is_tried, found.problems) == (2, True, ())


def test_without_a_site_that_loads_nobody_claims_to_know(tmp_path: Path) -> None:
    """The table's own mistake is told; whether its rows are used is not guessed."""
    site_with_cases(tmp_path, CASES, {"classes.csv": "from,to\nI,INP\nI,OUT\n"})

    found = check_tables(tmp_path, frozenset({"classes"}))

    assert (found.is_tried, [each.code for each in found.problems]) == (False, ["code-twice"])
