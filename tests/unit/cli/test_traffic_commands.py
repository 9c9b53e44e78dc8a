"""``send``, ``receive`` and ``generate`` used wrongly: a sentence and an exit code, never a traceback."""

from pathlib import Path

import pytest
import structlog
from typer.testing import CliRunner

from engine.cli import application


def _run(*arguments: str, stdin: bytes = b"") -> tuple[int, str]:
    done = CliRunner().invoke(application(["send", "receive", "generate"]), arguments, input=stdin)
    structlog.reset_defaults()  # the commands configure them, and this process goes on
    return done.exit_code, done.output


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    """2: wrong usage."""
    code, said = _run("send", str(tmp_path / "none.hl7"), "--to", "127.0.0.1:1")

    assert code == 2
    assert "none.hl7 cannot be read (No such file or directory)" in said


@pytest.mark.parametrize("content", [b"", b"\r\n \n"])
def test_a_file_that_holds_nothing_is_named(tmp_path: Path, content: bytes) -> None:
    """An empty frame gets no answer: nobody should wait half a minute for it."""
    file = tmp_path / "empty.hl7"
    file.write_bytes(content)

    code, said = _run("send", str(file), "--to", "127.0.0.1:1")

    assert code == 2
    assert "holds nothing to send" in said


def test_standard_input_may_be_empty_too() -> None:
    """As after a pipe that broke."""
    code, said = _run("send", "-", "--to", "127.0.0.1:1")

    assert (code, "holds nothing to send" in said) == (2, True)


@pytest.mark.parametrize("address", ["nowhere", "127.0.0.1", "127.0.0.1:http", "127.0.0.1:70000", ":"])
@pytest.mark.parametrize("option", ["--to", "--listen"])
def test_an_address_that_is_none_is_wrong_usage(tmp_path: Path, option: str, address: str) -> None:
    """Before anything is sent or opened."""
    file = tmp_path / "m.hl7"
    file.write_bytes(b"MSH|^~\\&|\r")
    command = ("send", str(file)) if option == "--to" else ("receive",)

    assert _run(*command, option, address)[0] == 2


def test_an_answer_that_is_none_is_wrong_usage() -> None:
    """The codes are told."""
    code, said = _run("receive", "--answer", "OK")

    assert code == 2
    assert "silence" in said


def test_a_folder_that_cannot_be_one_is_named(tmp_path: Path) -> None:
    """There is a file of that name."""
    (tmp_path / "kept").write_text("", "utf-8")

    for command in (("receive", "--keep"), ("generate", "--out")):
        code, said = _run(*command, str(tmp_path / "kept"))
        assert code == 2
        assert "File exists" in said


def test_a_folder_is_not_sent_as_a_file(tmp_path: Path) -> None:
    """What to write instead is said."""
    code, said = _run("send", str(tmp_path), "--to", "127.0.0.1:9")

    assert code == 2
    assert f"{tmp_path} is a folder: name the files in it, as {tmp_path}/*" in said


def test_generated_messages_are_files_in_order(tmp_path: Path) -> None:
    """One each, named after what they are."""
    code, said = _run("generate", "--adt", "2", "--oru", "1", "--seed", "3", "--out", str(tmp_path / "out"))

    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert (code, said) == (0, f"3 messages written to {tmp_path / 'out'}\n")
    assert [name[:6] for name in names] == ["000001", "000002", "000003"]
    assert all((tmp_path / "out" / name).read_bytes().startswith(b"MSH|") for name in names)
