"""One worker process: started clean, asked one call at a time, and ended when it does not answer in time."""

import json
import os
import selectors
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

CHILD = Path(__file__).with_name("child.py")
MOST_MEMORY = 1 << 30
MOST_BYTES = 64 << 20
"""Of one answer."""
START_SECONDS = 20.0
"""Until a new process says that it is ready: its start is not the function's fault."""


class Crashed(Exception):  # noqa: N818  it names what happened
    """The process ended, or answered something that is no answer."""


class TooLate(Exception):  # noqa: N818  it names what happened
    """No answer came in time."""


class Worker:
    """A Python of its own: an empty environment, no site packages, no shared files, the same hashes every time."""

    def __init__(self, texts: Mapping[str, str], seconds: float) -> None:
        self._seconds = seconds
        # -S -s -P -B: the standard library only, nothing from the folder it is started in, nothing written.
        command = (sys.executable, "-S", "-s", "-P", "-B", "-X", "utf8", str(CHILD))
        self._process = subprocess.Popen(  # noqa: S603  our own file, no shell
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={"PYTHONHASHSEED": "0"},
            cwd="/",
            bufsize=0,
            start_new_session=True,  # an operator's Ctrl-C is for the engine; it ends its workers in order
        )
        if self._process.stdin is None or self._process.stdout is None:
            raise Crashed
        self._to, self._from = self._process.stdin.fileno(), self._process.stdout.fileno()
        os.set_blocking(self._to, False)
        os.set_blocking(self._from, False)
        try:
            self._exchange([dict(texts), MOST_MEMORY, 2 * seconds + 1], START_SECONDS)
        except (Crashed, TooLate):
            self.end()
            raise

    def ask(self, name: str, arguments: Mapping[str, str]) -> Mapping[str, object]:
        """Return what the child says of one call; after TooLate or Crashed the worker is of no more use."""
        return self._exchange([name, dict(arguments)], self._seconds)

    @property
    def is_alive(self) -> bool:
        """Whether the process still runs."""
        return self._process.poll() is None

    def end(self) -> None:
        """End the process at once; it holds nothing that could be lost."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()

    def _exchange(self, question: object, seconds: float) -> Mapping[str, object]:
        until = time.monotonic() + seconds
        try:
            self._write(json.dumps(question).encode("ascii") + b"\n", until)
            answer = json.loads(self._read(until))
        except (OSError, ValueError):
            raise Crashed from None
        if not isinstance(answer, dict):
            raise Crashed
        return answer

    def _write(self, data: bytes, until: float) -> None:
        left = memoryview(data)
        while left:
            self._wait(self._to, selectors.EVENT_WRITE, until)
            left = left[os.write(self._to, left) :]

    def _read(self, until: float) -> bytes:
        found, size = list[bytes](), 0
        while not found or not found[-1].endswith(b"\n"):
            self._wait(self._from, selectors.EVENT_READ, until)
            chunk = os.read(self._from, 1 << 20)
            size += len(chunk)
            if not chunk or size > MOST_BYTES:
                raise Crashed
            found.append(chunk)
        return b"".join(found)

    @staticmethod
    def _wait(descriptor: int, event: int, until: float) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(descriptor, event)
            if not selector.select(max(until - time.monotonic(), 0)):
                raise TooLate
