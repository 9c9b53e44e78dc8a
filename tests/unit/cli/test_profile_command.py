"""``engine profile``: profiles listed, shown and imported, with exit codes that scripts can rely on."""

from pathlib import Path

import orjson
from typer.testing import CliRunner

from engine.cli import application

ROOT = Path(__file__).parents[3]
CLASSIC = ROOT / "tests" / "unit" / "workbench" / "profiles" / "classic.xml"
CONFIG = ["--config", str(ROOT / "config.yaml")]
RUN, APP = CliRunner(), application(["profile"])


def test_profiles_are_listed_with_who_uses_them() -> None:
    """Also one that only others extend."""
    answer = RUN.invoke(APP, ["profile", "list", "--format", "json", *CONFIG])

    used = {each["profile"]: each["used by"] for each in orjson.loads(answer.stdout)}
    assert used["elr-2.5.1"] == "mapping elr"
    assert used["provider-checks"] == "profile charge-checks, profile claim-checks"


def test_a_profile_is_shown_with_what_it_inherits() -> None:
    """Each word with the file and the line where it stands."""
    answer = RUN.invoke(APP, ["profile", "show", "claim-checks", "--format", "json", *CONFIG])

    places = {each["rule"]: each["from"].partition(":")[0] for each in orjson.loads(answer.stdout)["rules"]}
    assert places["attending-npi-wrong"] == "mappings/profiles/provider-checks.yaml"
    assert places["diagnosis-code-set"] == "mappings/profiles/claim-checks.yaml"


def test_people_are_shown_usages_and_conditions() -> None:
    """As a table."""
    answer = RUN.invoke(APP, ["profile", "show", "elr-2.5.1", *CONFIG])

    assert answer.exit_code == 0
    assert "C when exists(PID-33)" in answer.stdout
    assert "elr-bad-loinc" in answer.stdout


def test_an_unknown_profile_is_wrong_usage() -> None:
    """With the nearest name."""
    answer = RUN.invoke(APP, ["profile", "show", "elr-2.5", *CONFIG])

    assert answer.exit_code == 2
    assert "did you mean 'elr-2.5.1'?" in answer.stderr


def test_an_import_is_printed_or_written_once(tmp_path: Path) -> None:
    """The profile is called like its file; a file that is there stays."""
    out = tmp_path / "Example Lab.yaml"

    printed = RUN.invoke(APP, ["profile", "import", str(CLASSIC), "--name", "lab"])
    written = RUN.invoke(APP, ["profile", "import", str(CLASSIC), "--out", str(out)])
    again = RUN.invoke(APP, ["profile", "import", str(CLASSIC), "--out", str(out)])

    assert (printed.exit_code, written.exit_code, again.exit_code) == (0, 0, 2)
    assert "profile: lab\n" in printed.stdout
    assert "profile: example-lab\n" in out.read_text("utf-8")
    assert "not taken over: 6" in written.stderr


def test_what_cannot_be_imported_is_told(tmp_path: Path) -> None:
    """A hostile file and a missing one."""
    hostile = tmp_path / "hostile.xml"
    hostile.write_text('<!DOCTYPE x [<!ENTITY a "ha">]><x>&a;</x>', "utf-8")

    refused = RUN.invoke(APP, ["profile", "import", str(hostile)])
    missing = RUN.invoke(APP, ["profile", "import", str(tmp_path / "no.xml")])

    assert (refused.exit_code, missing.exit_code) == (1, 2)
    assert "<!DOCTYPE" in refused.stderr
