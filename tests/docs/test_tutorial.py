"""The first hour as a newcomer lives it: every command of the page is run, and prints what the page says."""

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "tutorial" / "first-hour.md"
PORTS = ("2575", "2576", "2601", "2602")
MARK = "=-=-= command"
_BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
# What `make demo` would run, without setting up what is there already.
MAKE = f"""make() {{
  eval "$(command make --silent --dry-run --directory {ROOT} "$@" | grep -o 'engine demo.*')"
}}
"""


@dataclass(frozen=True, slots=True)
class Step:
    """One command and the lines that it should print; ``...`` stands for anything."""

    command: str
    output: tuple[str, ...]
    line: int


def steps_of(page: Path) -> list[Step]:
    """Return the commands of a page in order."""
    text = page.read_text("utf-8")
    found: list[Step] = []
    for block in _BLOCK.finditer(text):
        start = text[: block.start(1)].count("\n") + 1
        for offset, line in enumerate(block[1].splitlines()):
            if line.startswith("$ "):
                found.append(Step(line[2:], (), start + offset))
            else:
                last = found.pop()
                found.append(Step(last.command, (*last.output, line), last.line))
    return found


def fits(wanted: tuple[str, ...], printed: str) -> bool:
    """Whether *printed* is what the page shows: spaces do not count, a line ``...`` is any number of lines."""
    lines = [" ".join(line.split()) for line in printed.splitlines() if line.strip()]
    pattern = "".join(
        r"(?:.*\n)*" if line == "..." else r"[^\n]*".join(map(re.escape, " ".join(line.split()).split("..."))) + r"\n"
        for line in wanted
    )
    return re.fullmatch(pattern, "".join(f"{line}\n" for line in lines)) is not None


def free_ports() -> Mapping[str, str]:
    """Return for each port of the page one that is free here."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in PORTS]
    found = {name: str(each.getsockname()[1]) for name, each in zip(PORTS, sockets, strict=True)}
    for each in sockets:
        each.close()
    return found


def own_copy(folder: Path, ports: Mapping[str, str]) -> None:
    """Copy what the page works with, as a repository, with other ports."""
    for name in ("routes", "mappings", "tests/messages"):
        shutil.copytree(ROOT / name, folder / name)
    config = (ROOT / "config.yaml").read_text("utf-8")
    for old, new in ports.items():
        config = config.replace(f"127.0.0.1:{old}", f"127.0.0.1:{new}")
    (folder / "config.yaml").write_text(config, "utf-8")
    (folder / ".gitignore").write_text("var/\n", "utf-8")
    identity = ("-c", "user.name=a", "-c", "user.email=a@example.org")
    for arguments in (("init", "--quiet"), ("add", "."), (*identity, "commit", "--quiet", "--message", "a site")):
        subprocess.run(["git", *arguments], cwd=folder, check=True, timeout=30)  # noqa: S603, S607 fixed arguments


def run(steps: list[Step], folder: Path, ports: Mapping[str, str]) -> list[str]:
    """Run every command in one shell; return what each printed."""
    script = (
        f"export PATH={Path(sys.executable).parent}:$PATH COLUMNS=200\ntrap 'kill $(jobs -p) 2>/dev/null' EXIT\n{MAKE}"
    )
    for step in steps:
        command = step.command
        for old, new in ports.items():
            command = command.replace(f"127.0.0.1:{old}", f"127.0.0.1:{new}")
        script += f"echo; echo '{MARK}'\n{command}\n"
    with (folder.parent / "printed").open("w+") as printed:
        shell = subprocess.Popen(  # noqa: S603 a fixed shell; a session of its own, so that nothing outlives the test
            ["/bin/bash", "-c", script], cwd=folder, stdout=printed, stderr=printed, start_new_session=True
        )
        try:
            shell.wait(timeout=240)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(shell.pid, signal.SIGKILL)
        printed.seek(0)
        return [each.strip("\n") for each in printed.read().split(f"{MARK}\n")[1:]]


@pytest.mark.timeout(300)
def test_the_first_hour_is_as_the_page_says(tmp_path: Path) -> None:
    """From the demo to a released charge; only the ports are others."""
    ports, steps = free_ports(), steps_of(PAGE)
    own_copy(tmp_path / "site", ports)

    printed = run(steps, tmp_path / "site", ports)

    assert len(printed) == len(steps) > 20
    wrong = [(step, text) for step, text in zip(steps, printed, strict=True) if not fits(step.output, text)]
    assert [f"line {step.line}: {step.command}\n{text}" for step, text in wrong] == []


def test_what_differs_from_the_page_does_not_fit() -> None:
    """The test above can fail: a missing line, another word, something more."""
    assert fits(("a ... c", "...", "z"), "a b c\nx\ny\nz\n")
    assert fits(("a", "..."), "a\n")
    assert not fits(("a",), "a\nb\n")
    assert not fits(("a", "b"), "a\n")
    assert not fits((), "a\n")
    assert not fits(("a ... c",), "a b d\n")
