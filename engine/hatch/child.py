"""The worker's own program. It runs alone, as ``python child.py``: it imports nothing of the engine and knows no store.

In: one JSON line with the texts of the modules, the most bytes of memory and the most seconds of a call; then one line
``[function, arguments]`` per call. Out: one line per call, ``{"gives": {...}}`` or ``{"raised": [type, line]}``; before
that, ``{"ready": true}``.
"""

import importlib.abc
import json
import os
import resource
import signal
import sys
import sysconfig
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import IO, Any

REFUSED = (
    *("socket.", "subprocess.", "os.system", "os.exec", "os.fork", "os.posix_spawn", "os.spawn", "os.kill"),
    *("os.remove", "os.rename", "os.mkdir", "os.rmdir", "os.link", "os.symlink", "os.truncate", "os.chmod"),
    *("os.chown", "os.putenv", "shutil.", "tempfile.", "sqlite3.", "ctypes.", "ftplib.", "smtplib.", "urllib."),
    *("mmap.", "signal.", "syslog."),
)
"""Audit events that no pure function has reason to raise."""


class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds the site's modules by their texts: what was read with the rules is what runs."""

    def __init__(self, texts: dict[str, str]) -> None:
        self._texts = texts
        self._packages = {name[:at] for name in texts for at, mark in enumerate(name) if mark == "."}

    def find_spec(self, name: str, _path: object = None, _target: object = None) -> ModuleSpec | None:
        """Return how to load one of our modules, None for everything else."""
        if name not in self._texts and name not in self._packages:
            return None
        return ModuleSpec(name, self, origin=name, is_package=name in self._packages)

    def exec_module(self, module: ModuleType) -> None:
        """Run the module's text."""
        text = self._texts.get(module.__name__, "")
        exec(compile(text, f"<{module.__name__}>", "exec"), module.__dict__)  # noqa: S102  it is the site's declared code


def main() -> None:
    """Answer calls until nobody asks any more."""
    asked, answers = sys.stdin.buffer, _own_output()
    texts, most_memory, most_seconds = json.loads(asked.readline())
    resource.setrlimit(resource.RLIMIT_AS, (most_memory, most_memory))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sys.meta_path.insert(0, Finder(texts))
    sys.addaudithook(_guard(tuple({sysconfig.get_path(each) for each in ("stdlib", "platstdlib")})))
    _say(answers, {"ready": True})
    for line in asked:
        name, arguments = json.loads(line)
        # Whoever asked gives up first. This ends a call that nobody waits for: an engine that was killed ends no one.
        signal.setitimer(signal.ITIMER_REAL, most_seconds)
        answer = _answer(name, arguments)
        signal.setitimer(signal.ITIMER_REAL, 0)
        _say(answers, answer)


def _answer(name: str, arguments: dict[str, str]) -> dict[str, Any]:
    module, _, function = name.partition(":")
    try:
        found = getattr(importlib.import_module(module), function)
        result = found(**arguments)
    except Exception as error:  # noqa: BLE001  whatever the site's code raises is told, and costs this one output
        return {"raised": [type(error).__name__, _line_of(error, module)]}
    if not isinstance(result, dict) or not all(type(each) is str for pair in result.items() for each in pair):
        return {"raised": ["a result that is no dict of texts", 0]}
    return {"gives": result}


def _line_of(error: BaseException, module: str) -> int:
    """Return the last line of the module itself that the failure went through, 0 where there is none."""
    line, frame = 0, error.__traceback__
    while frame is not None:
        if frame.tb_frame.f_code.co_filename == f"<{module}>":
            line = frame.tb_lineno
        frame = frame.tb_next
    return line


def _own_output() -> IO[bytes]:
    """Keep standard output for answers alone: what a function prints goes nowhere."""
    answers = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for number in (1, 2):
        os.dup2(nowhere, number)
    sys.stdin = open(os.devnull)  # noqa: PTH123, SIM115  it lives as long as the process
    return answers


def _guard(library: tuple[str, ...]) -> Any:
    """Return what refuses files, sockets and processes: a slip is found in the first case, not in production."""

    def refuse(event: str, details: tuple[Any, ...]) -> None:
        if event == "open":
            path, mode = str(details[0]), details[1]
            if mode in ("r", "rb", None) and path.startswith(library):
                return  # the standard library, being imported
            raise PermissionError("a python step opens no files")
        if event.startswith(REFUSED):
            raise PermissionError("a python step has no effects")

    return refuse


def _say(answers: IO[bytes], answer: dict[str, Any]) -> None:
    answers.write(json.dumps(answer).encode("ascii") + b"\n")
    answers.flush()


if __name__ == "__main__":
    main()
