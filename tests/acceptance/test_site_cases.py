"""The default site's rules are held by its cases: all of them shown at work, nearly every small change noticed."""

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import orjson
import pytest

from tests.support.running import ENGINE
from tests.support.sites import ROOT

LEAST_SCORE = 0.95
LONGEST = 60
"""Seconds that all mutants may take, on two cores."""


def _run(*arguments: str, folder: Path = ROOT) -> subprocess.CompletedProcess[str]:
    command = [str(ENGINE), "test", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=110, check=False)  # noqa: S603


def _copy(folder: Path) -> Path:
    for name in ("routes", "mappings", "tests/messages"):
        shutil.copytree(ROOT / name, folder / name)
    shutil.copy(ROOT / "config.yaml", folder)
    return folder


def test_all_cases_pass_and_cover_every_clause_step_entry_and_row() -> None:
    """What no case shows at work, nobody knows to be right."""
    done = _run("--format", "json")

    answer = orjson.loads(done.stdout)
    assert (done.returncode, answer["failed"]) == (0, 0)
    assert answer["coverage"]["missing"] == []
    assert all(each["shown"] == each["of"] > 0 for each in answer["coverage"]["counts"].values())


def test_nearly_every_small_change_of_the_rules_is_noticed() -> None:
    """Every mutant of every route, mapping and table, in the time that somebody waits for."""
    done = _run("--mutate", "--format", "json")

    answer = orjson.loads(done.stdout)
    assert answer["noticed"] > 400
    assert answer["score"] >= LEAST_SCORE, answer["unnoticed"]
    assert answer["seconds"] < LONGEST


@dataclass(frozen=True)
class Slip:
    """A mistake in a file, and the difference that tells of it; '' where a case may show any value."""

    file: str
    right: str
    wrong: str
    field: str
    expected: str = ""
    found: str = ""


SLIPS = [
    Slip("mappings/bar-p06.yaml", "EVN-1: P06", "EVN-1: P05", "EVN-1", "'P06'", "'P05'"),
    Slip("mappings/dft-results.yaml", "FT1-4: =coalesce(OBR-7,", "FT1-4: =coalesce(OBR-22,", "FT1-4"),
    Slip("mappings/adt-minimum.yaml", "PID-11.1: ''", "PID-12: ''", "PID-11", "'^^Town^NC^27000^USA'"),
    Slip("mappings/tables/patient-class.csv", "O,OUT", "O,INP", "PV1-2", "'OUT'", "'INP'"),
]


@pytest.mark.parametrize("slip", SLIPS, ids=lambda slip: slip.field)
def test_a_wrong_mapping_is_caught_with_the_field_and_both_values(slip: Slip, tmp_path: Path) -> None:
    """Such mistakes are made: the wrong event, the wrong time, a street that leaks, a class that pays otherwise."""
    file = _copy(tmp_path) / slip.file
    text = file.read_text("utf-8")
    assert slip.right in text
    file.write_text(text.replace(slip.right, slip.wrong), "utf-8")

    done = _run("--format", "json", folder=tmp_path)

    differences = [each for case in orjson.loads(done.stdout)["cases"] for each in case["differences"]]
    told = [each for each in differences if each["what"].endswith(f" {slip.field}")]
    assert done.returncode == 1
    assert any(slip.expected in each["expected"] and slip.found in each["found"] for each in told)
    assert all(each["place"].partition(":")[0].endswith(".yaml") for each in told)
