"""`engine check` as people run it: every mistake of every file at once, at its line and column."""

import re
import subprocess
import sys
from pathlib import Path

import orjson
import pytest

ENGINE = Path(sys.executable).with_name("engine")
_MARK = re.compile("«([a-z0-9-]+)»")

# A «code» stands where the problem is expected; it is taken out before the file is written.
MISTAKES = {
    "config.yaml": """\
«unknown-key»sitee: st-mary
site: «yaml-anchor»&main st-mary
time_zone: America/New_York
store: «postgresql-not-yet»postgresql://engine@db/engine
listeners:
  admissions:
    mllp: 127.0.0.1:2575
    «duplicate-key»mllp: 127.0.0.1:2579
  lab:
    mllp: «port-twice»127.0.0.1:2575
    tls:
      certificate: «missing-file»tls/lab.pem
      key: lab.key
destinations:
  billing:
    mllp: 127.0.0.1:2601
    timeout: «bad-duration»10 seconds
  registry:
    mllp: 127.0.0.1:2602
    tls: {key_password: «secret-in-plain-text»hunter2}
tables:
  patient-class: {file: patient-class.csv, unknown: keep}
  charge-master: {file: charge-master.csv}
""",
    "lab.key": "not a key\n",
    "routes/adt.yaml": """\
route: adt
from: [admissions, lab]
accept: >-
  MSH-9.1 == 'ADT'
  or MSH-9.1 «unknown-sign»= 'ORU'
to:
  billing:
    - when: "MSH-9.2 == 'A01' «lower-case»AND exists(PID-3)"
      map: bar
    - when: «unknown-function»contains(PID-3, 'x') == 'y'
      map: charges
  «unknown-destination»registri:
    map: small
  registry:
    map: small
""",
    "routes/broken.yaml": """\
route: broken
from: [lab
to«yaml-syntax»: {}
""",
    "mappings/bar.yaml": """\
mapping: bar
output: {message: BAR^P01^BAR_P01, version: 2.5.1, start: empty}
steps:
  - «no-step»cpy: [EVN, PID]
  - copy: [PV1]
    «several-steps»delete: [PV2]
  - set:
      PID-8: «yaml-null»null
      PV1-2: =translate(«unknown-table»'patient-clas', PV1-2)
""",
    "mappings/charges.yaml": """\
mapping: charges
output: {message: DFT^P03^DFT_P03, version: 2.5.1, start: empty}
steps:
  - copy: [PID, PV1]
  - set:
      PID-5.1: '=upper(«unknown-field»PID.patient_nam.family_name)'
      PV1-44: =PV1-45 «comment-behind»# the discharge
""",
    "mappings/small.yaml": """\
mapping: small
output: {start: copy}
steps:
  - set:
      PV1-2: =translate('patient-class', lookup('charge-master', PV1-2, 'to'))
""",
    "patient-class.csv": "from,to\nI,INP\nO,OUT\n",
    "charge-master.csv": """\
from,to,display,effective_from,effective_to
85025,300.1,Blood count,20250101,20251231
«code-overlap»85025,300.2,Blood count,20251201,
""",
}


def _write(files: dict[str, str], folder: Path) -> list[tuple[str, int, int, str]]:
    """Write *files* without their marks, and return where which problem is expected."""
    expected = []
    for name, marked in files.items():
        text = marked
        while found := _MARK.search(text):
            before = text[: found.start()]
            line, column = before.count("\n") + 1, found.start() - before.rfind("\n")
            expected.append((name, line, column, found[1]))
            text = before + text[found.end() :]
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return sorted(expected)


def _check(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [str(ENGINE), "check", "--config", str(folder / "config.yaml"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)  # noqa: S603 our own command


def test_twenty_mistakes_are_twenty_problems_each_at_its_line_and_column(tmp_path: Path) -> None:
    """Across configuration, routes, mappings and tables; a file that is no YAML hides nothing of the others."""
    expected = _write(MISTAKES, tmp_path)
    assert len(expected) == 20

    done = _check(tmp_path, "--format", "json")

    problems = [each for each in orjson.loads(done.stdout)["problems"] if each["severity"] == "error"]
    found = sorted((each["file"], each["line"], each["column"], each["code"]) for each in problems)
    assert found == expected
    assert done.returncode == 1


def test_a_problem_is_printed_so_that_a_terminal_can_jump_to_it(tmp_path: Path) -> None:
    """file:line:column: code: text (hint)."""
    _write(MISTAKES, tmp_path)

    done = _check(tmp_path)

    lines = done.stdout.split("\n")
    assert (
        "routes/adt.yaml:12:3: unknown-destination: no destination is called 'registri' (did you mean 'registry'?)"
    ) in lines
    assert lines[-2] == "20 problems"
    assert done.stderr == ""
    assert "hunter2" not in done.stdout


def test_a_site_without_problems_is_told_so_with_what_it_holds(tmp_path: Path) -> None:
    """Exit code 0, and the version of the rules."""
    files = {
        "config.yaml": (
            "time_zone: UTC\n"
            "listeners: {adt: {mllp: 127.0.0.1:2575}}\n"
            "destinations: {billing: {mllp: 127.0.0.1:2601}}\n"
        ),
        "routes/adt.yaml": "route: adt\nfrom: adt\nto:\n  billing: {map: as-is}\n",
        "mappings/as-is.yaml": "mapping: as-is\noutput: {start: copy}\nsteps:\n  - delete: [NK1]\n",
    }
    _write(files, tmp_path)

    done = _check(tmp_path)

    assert re.fullmatch(
        r"no problems: 1 listener, 1 destination, 1 route, 1 mapping, 0 tables; rules [0-9a-f]{32}\n", done.stdout
    )
    assert done.returncode == 0


def test_a_missing_configuration_is_wrong_usage(tmp_path: Path) -> None:
    """Exit code 2, and what to do."""
    done = _check(tmp_path)

    assert done.returncode == 2
    assert "--config" in done.stderr


@pytest.mark.parametrize("command", [["check"], ["test"], ["tables", "list"], ["lineage", "PID-3"], ["serve"]])
def test_where_no_site_is_every_command_says_how_to_begin_one(command: list[str], tmp_path: Path) -> None:
    """Whoever stands in an empty folder is told what to do, not only what is missing."""
    done = subprocess.run(  # noqa: S603 our own command
        [str(ENGINE), *command], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
    )

    assert done.returncode in {2, 3}
    assert "`engine new listener NAME`" in done.stderr


def test_what_may_be_named_in_a_broken_file_is_not_called_unused(tmp_path: Path) -> None:
    """A warning that a mistake elsewhere has made sends people looking in the wrong place."""
    _write(MISTAKES, tmp_path)

    done = _check(tmp_path)

    assert "unused-" not in done.stdout
