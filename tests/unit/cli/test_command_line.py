"""The frame of the one command: exit codes that scripts can rely on, and no value in what it says of a bug."""

from pathlib import Path

import orjson
import pytest
from typer.testing import CliRunner

import engine.cli
from engine.cli import COMMANDS, application, main

DOCUMENTS = {"config", "route", "mapping", "shared", "profile", "cases"}
"""Every kind of file that an analyst writes."""


def test_a_bug_is_told_by_type_and_place_and_never_by_value(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 70; the exception's own words may hold a patient's name."""

    def fails() -> None:
        raise ValueError("DOE^JANE")

    monkeypatch.setattr(engine.cli, "application", lambda _commands: fails)

    with pytest.raises(SystemExit) as ended:
        main()

    said = capsys.readouterr()
    assert ended.value.code == 70
    assert "ValueError at test_command_line.py:" in said.err
    assert "DOE" not in said.err + said.out


def test_wrong_usage_has_its_own_exit_code() -> None:
    """2, as shells expect."""
    assert CliRunner().invoke(application(COMMANDS), ["no-such-command"]).exit_code == 2
    assert CliRunner().invoke(application(COMMANDS), ["check", "--format", "xml"]).exit_code == 2
    assert CliRunner().invoke(application(COMMANDS), ["schema", "patient"]).exit_code == 2


def test_schemas_are_printed_one_or_all() -> None:
    """For editors, by name."""
    one = CliRunner().invoke(application(COMMANDS), ["schema", "route"])
    all_of_them = CliRunner().invoke(application(COMMANDS), ["schema"])

    assert orjson.loads(one.stdout)["title"] == "A route"
    assert set(orjson.loads(all_of_them.stdout)) == DOCUMENTS


def test_schemas_are_written_into_a_folder(tmp_path: Path) -> None:
    """Where the first lines of the files look for them."""
    done = CliRunner().invoke(application(COMMANDS), ["schema", "--folder", str(tmp_path / "schemas")])

    assert done.exit_code == 0
    assert {path.stem for path in (tmp_path / "schemas").iterdir()} == DOCUMENTS
