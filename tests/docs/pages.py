"""Pages that people follow: every command run in one shell, every file written, and what is printed compared."""

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
MARK = "=-=-= command"
_BLOCK = re.compile(r"^```(console|yaml|csv)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_FILE = re.compile(r"# ([\w./-]+\.(?:yaml|csv))\n")
_HERE = re.compile(r"<<'(\w+)'$")
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
    """Return what a page has its reader do, in order; a block that names a file is a command that writes it."""
    text = page.read_text("utf-8")
    found: list[Step] = []
    for block in _BLOCK.finditer(text):
        kind, body, start = block[1], block[2], text[: block.start(2)].count("\n") + 1
        if kind == "console":
            found += _commands(body, start)
        elif named := _FILE.match(body):
            content = body[named.end() :] if kind == "csv" else body  # CSV has no comments
            found.append(Step(f"cat > {named[1]} <<'END OF FILE'\n{content}END OF FILE", (), start))
    return found


def _commands(body: str, start: int) -> Iterator[Step]:
    """Yield the commands of one block; what follows ``<<'END'`` up to that word belongs to its command."""
    lines = iter(enumerate(body.splitlines(), start))
    current: Step | None = None
    for number, line in lines:
        if not line.startswith("$ "):
            assert current is not None, f"line {number} is printed by no command"
            current = Step(current.command, (*current.output, line), current.line)
            continue
        if current is not None:
            yield current
        command, here = line[2:], _HERE.search(line)
        while here is not None and (more := next(lines)[1]):
            command += f"\n{more}"
            here = None if more == here[1] else here
        current = Step(command, (), number)
    if current is not None:
        yield current


def fits(wanted: tuple[str, ...], printed: str) -> bool:
    """Whether *printed* is what the page shows: spaces do not count, a line ``...`` is any number of lines."""
    lines = [" ".join(line.split()) for line in printed.splitlines() if line.strip()]
    pattern = "".join(
        r"(?:.*\n)*" if line == "..." else r"[^\n]*".join(map(re.escape, " ".join(line.split()).split("..."))) + r"\n"
        for line in wanted
        if line.strip()
    )
    return re.fullmatch(pattern, "".join(f"{line}\n" for line in lines)) is not None


def free_ports(names: Iterable[str]) -> Mapping[str, str]:
    """Return for each port of a page one that is free here."""
    sockets = {name: socket.create_server(("127.0.0.1", 0)) for name in names}
    found = {name: str(each.getsockname()[1]) for name, each in sockets.items()}
    for each in sockets.values():
        each.close()
    return found


def own_copy(folder: Path, ports: Mapping[str, str]) -> None:
    """Copy what pages work with, as a repository, with other ports."""
    for name in ("routes", "mappings", "tests/messages"):
        shutil.copytree(ROOT / name, folder / name)
    config = (ROOT / "config.yaml").read_text("utf-8")
    (folder / "config.yaml").write_text(_with_ports(config, ports), "utf-8")
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
        script += f"echo; echo '{MARK}'\n{_with_ports(step.command, ports)}\n"
    with (folder.parent / "printed").open("w+") as printed:
        shell = subprocess.Popen(  # noqa: S603 a fixed shell; a session of its own, so that nothing outlives the test
            ["/bin/bash", "-c", script], cwd=folder, stdout=printed, stderr=printed, start_new_session=True
        )
        try:
            shell.wait(timeout=280)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(shell.pid, signal.SIGKILL)
        printed.seek(0)
        return [each.strip("\n") for each in printed.read().split(f"{MARK}\n")[1:]]


def differences(steps: list[Step], printed: list[str]) -> list[str]:
    """Return each command that printed something else than its page shows, with what it printed."""
    assert len(printed) == len(steps)
    return [
        f"line {step.line}: {step.command}\n{text}"
        for step, text in zip(steps, printed, strict=True)
        if not fits(step.output, text)
    ]


def _with_ports(text: str, ports: Mapping[str, str]) -> str:
    for old, new in ports.items():
        text = text.replace(f"127.0.0.1:{old}", f"127.0.0.1:{new}")
    return text
