"""The processes of the bench: started, asked one JSON line at a time, measured through /proc, and ended."""

import os
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

import orjson

ROOT = Path(__file__).parents[2]
ENGINE = (str(Path(sys.executable).with_name("engine")),)
_PYTHON = (sys.executable, "-m")
_TICKS = os.sysconf("SC_CLK_TCK")


class Process:
    """A child process. Used as a context it is ended with it."""

    def __init__(self, command: Sequence[str], *, said: str = "stdout") -> None:
        self._process = subprocess.Popen(  # noqa: S603  our own programs
            [*command],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE if said == "stdout" else subprocess.DEVNULL,
            stderr=subprocess.PIPE if said == "stderr" else None,
        )
        stream = self._process.stdout if said == "stdout" else self._process.stderr
        if stream is None or self._process.stdin is None:
            raise RuntimeError("the process was started with pipes")
        self._said: IO[bytes] = stream
        self._told: IO[bytes] = self._process.stdin

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    def line(self) -> bytes:
        """Return the next line that it writes."""
        line = self._said.readline()
        if not line:
            raise RuntimeError(f"{self._process.args!r} ended with {self._process.wait()}")
        return line

    def drain(self) -> None:
        """Read and forget whatever else it writes, so that it never waits for us."""
        threading.Thread(target=self._said.read, daemon=True).start()

    def ask(self, question: Mapping[str, Any]) -> dict[str, Any]:
        """Write one line and return the line that answers it."""
        self._told.write(orjson.dumps(question, option=orjson.OPT_APPEND_NEWLINE))
        self._told.flush()
        answer: dict[str, Any] = orjson.loads(self.line())
        return answer

    def cpu_seconds(self) -> float:
        """Return the processor time that it has used, its own and the system's for it."""
        fields = Path(f"/proc/{self._process.pid}/stat").read_text("ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS

    def rss_mib(self) -> float:
        """Return the memory that it holds."""
        pages = int(Path(f"/proc/{self._process.pid}/statm").read_text("ascii").split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 2**20

    def stop(self) -> None:
        """End it in order."""
        if self._process.poll() is None:
            self._process.terminate()
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def start_load(messages: int, connections: int) -> Process:
    """Start the load generator; it is ready when this returns."""
    load = Process([*_PYTHON, "tests.bench.load", str(messages), str(connections)])
    load.line()
    return load


def start_receivers() -> tuple[Process, list[int]]:
    """Start both receivers; return where they listen, too."""
    receivers = Process([*_PYTHON, "tests.bench.receivers"])
    return receivers, orjson.loads(receivers.line())["ports"]


def start_engine(config: Path) -> tuple[Process, dict[str, int]]:
    """Start `engine serve`; return where its listeners listen, by the name of who sends there."""
    engine = Process([*ENGINE, "serve", "--config", str(config)], said="stderr")
    while b'"engine.ready"' not in (line := engine.line()):
        sys.stderr.buffer.write(line)
    engine.drain()
    listeners = orjson.loads(line)["listeners"]
    ports = {name: int(address.rpartition(":")[2]) for name, address in listeners.items()}
    return engine, {"ADMISSIONS": ports["admissions"], "LAB": ports["lab"]}


def start_limit(store: Path, port: int, destinations: Sequence[int]) -> Process:
    """Start the yardstick."""
    limit = Process([*_PYTHON, "tests.bench.limit", str(store), str(port), *map(str, destinations)])
    limit.line()
    return limit
