"""``engine test`` as people and programs read it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import orjson
import pytest

from engine.cli import main
from tests.support.cases import site_with_cases

GOOD = "cases:\n  - case: an admission\n    message: admission.hl7\n    expect: {ack: AA, billing: {PV1-2: INP}}\n"
BAD = "  - case: a class\n    message: admission.hl7\n    expect: {billing: {PV1-2: I}}\n"


@dataclass(frozen=True)
class Done:
    """What the command printed, and how it ended."""

    stdout: str
    exit_code: int


Run = Callable[..., Done]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Give a function that runs ``engine test`` on a site."""

    def done(site: Path, *arguments: str) -> Done:
        monkeypatch.setattr("sys.argv", ["engine", "test", "--config", str(site), *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        return Done(capsys.readouterr().out, int(ended.value.code or 0))

    return done


def test_a_failing_case_is_told_with_its_place_and_both_values(tmp_path: Path, run: Run) -> None:
    """Exit code 1; file:line:column, so that a terminal can jump there."""
    done = run(site_with_cases(tmp_path, GOOD + BAD))

    assert done.exit_code == 1
    assert done.stdout == (
        "routes/adt.yaml\n"
        "  ok    an admission\n"
        "  FAIL  a class\n"
        "        routes/adt.yaml:19:31: billing PV1-2\n"
        "          expected 'I'\n"
        "          found    'INP'\n"
        "no case reaches\n"
        "  routes/adt.yaml:9:7: adt to billing, entry 2\n"
        "coverage: 0 of 5 clauses seen true and false, 3 of 3 steps run, 2 of 3 entries chosen, 1 of 1 row used\n"
        "2 cases: 1 passed, 1 failed\n"
    )


def test_when_all_pass_the_exit_code_is_0(tmp_path: Path, run: Run) -> None:
    """Fit for a build."""
    done = run(site_with_cases(tmp_path, GOOD))

    assert done.exit_code == 0
    assert done.stdout.endswith("1 case: passed\n")


def test_programs_get_json(tmp_path: Path, run: Run) -> None:
    """Everything that people get, too."""
    done = run(site_with_cases(tmp_path, GOOD + BAD), "--format", "json")

    told = orjson.loads(done.stdout)
    assert (told["passed"], told["failed"]) == (1, 1)
    assert told["cases"][1] == {
        "case": "a class",
        "in": "adt",
        "place": "routes/adt.yaml:17:11",
        "passed": False,
        "differences": [
            {"what": "billing PV1-2", "expected": "'I'", "found": "'INP'", "place": "routes/adt.yaml:19:31"}
        ],
    }
    assert told["unreached"] == [{"place": "routes/adt.yaml:9:7", "route": "adt", "destination": "billing", "entry": 2}]


def test_only_the_named_routes_are_run(tmp_path: Path, run: Run) -> None:
    """And a name that nobody has is wrong usage, with a suggestion."""
    site = site_with_cases(tmp_path, GOOD)

    assert run(site, "adt").stdout.endswith("1 case: passed\n")
    assert run(site, "bar").stdout.startswith("no cases")
    assert run(site, "adtt").exit_code == 2


def test_no_cases_at_all_is_said(tmp_path: Path, run: Run) -> None:
    """Nobody takes silence for success."""
    done = run(site_with_cases(tmp_path))

    assert done.stdout.startswith("no cases")
    assert done.exit_code == 0


def test_a_site_with_problems_runs_no_case(tmp_path: Path, run: Run) -> None:
    """First the problems, as engine check tells them."""
    site = site_with_cases(tmp_path, GOOD.replace("billing", "biling"))

    done = run(site)
    as_json = run(site, "--format", "json")

    assert done.exit_code == 1
    assert "routes/adt.yaml:16:23: unknown-destination" in done.stdout
    assert "no case was run" in done.stdout
    assert orjson.loads(as_json.stdout)["cases"] == []


def test_no_configuration_is_wrong_usage(tmp_path: Path, run: Run) -> None:
    """Exit code 2."""
    assert run(tmp_path / "nowhere").exit_code == 2


def test_words_choose_cases_and_others_are_not_asked_for(tmp_path: Path, run: Run) -> None:
    """What the others would reach is not told; words that choose nothing are wrong usage."""
    site = site_with_cases(tmp_path, GOOD + BAD)

    assert run(site, "-k", "admission").stdout.splitlines()[1:] == ["  ok    an admission", "1 case: passed"]
    assert run(site, "-k", "merge").exit_code == 2
    assert run(site, "-k", "merge and").exit_code == 2


def test_fail_fast_stops_at_the_first_case_that_fails(tmp_path: Path, run: Run) -> None:
    """And says how many were left."""
    again = BAD.replace("a class", "a class again")

    done = run(site_with_cases(tmp_path, GOOD + BAD + again), "-x")

    assert done.exit_code == 1
    assert done.stdout.endswith("2 cases: 1 passed, 1 failed, 1 not run\n")
    assert "no case reaches" not in done.stdout


def test_a_build_server_finds_a_file(tmp_path: Path, run: Run) -> None:
    """Written whether cases fail or not, or could not be run; its folder is made."""
    file = tmp_path / "reports" / "cases.xml"

    failed = run(site_with_cases(tmp_path / "a", GOOD + BAD), "--junit", str(file))
    cases = file.read_text("utf-8")
    faulty = run(site_with_cases(tmp_path / "b", GOOD.replace("billing", "biling")), "--junit", str(file))

    assert (failed.exit_code, faulty.exit_code) == (1, 1)
    assert 'failures="1"' in cases
    assert 'errors="1"' in file.read_text("utf-8")


def test_a_file_that_cannot_be_written_is_wrong_usage(tmp_path: Path, run: Run) -> None:
    """No traceback."""
    assert run(site_with_cases(tmp_path, GOOD), "--junit", str(tmp_path)).exit_code == 2
