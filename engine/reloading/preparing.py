"""A site read, checked and tried aside, while the engine goes on with what it has. Blocks: run it in a thread."""

import gc
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from engine.config import Settings
from engine.config.memory import Memory
from engine.errors import TlsUnusable
from engine.problems import Problem
from engine.reloading.differences import Difference, Texts, differences
from engine.reloading.trying import failures
from engine.states import Severity
from engine.wiring import Inlet, Outlet, inlet_of, outlet_of
from engine.workbench.check import read_site

_SWITCH_SECONDS = 0.0005
"""How long a thread that compiles may keep the others waiting: senders get their answers meanwhile."""
_MOST_TOLD = 100


@dataclass(frozen=True, slots=True)
class Prepared:
    """A site that could be switched to."""

    settings: Settings
    inlets: Mapping[str, Inlet]
    outlets: Mapping[str, Outlet]
    differences: tuple[Difference, ...]
    cases: int


@dataclass(frozen=True, slots=True)
class Unusable:
    """A site that cannot be switched to, and why: a line for each reason."""

    code: str
    problems: tuple[str, ...]
    differences: tuple[Difference, ...] = ()
    cases: int = 0


class Preparing:
    """Reads one site again and again; what it has compiled it keeps, so that only changed files cost anything."""

    def __init__(self, memory: Memory | None = None) -> None:
        """*memory* is that of whoever has read the site already."""
        self._memory = memory or Memory()
        self.files: tuple[Path, ...] = ()
        """What the last reading looked at."""

    def prepare(self, running: Settings) -> Prepared | Unusable:
        """Return the site as its files say it now, all its cases run."""
        with _politely():
            site = read_site(running.file, self._memory)
            self.files = site.files
            settings = site.settings
            if settings is None or site.report.errors:
                return Unusable("problems", _told(site.report.problems))
            found = differences(texts_of(running), texts_of(settings))
            failed = failures(site.cases, settings.rules)
            if failed:
                return Unusable("cases", failed[:_MOST_TOLD], found, len(site.cases))
            try:
                inlets = {name: inlet_of(name, each) for name, each in settings.listeners.items()}
                outlets = {name: outlet_of(name, each) for name, each in settings.destinations.items()}
            except TlsUnusable as error:
                return Unusable("tls", (error.text,), found, len(site.cases))
            return Prepared(settings, inlets, outlets, found, len(site.cases))


def texts_of(settings: Settings) -> Texts:
    """Return the texts of the rules by file name."""
    return dict(settings.rules.texts.values())


def files_of(settings: Settings) -> tuple[Path, ...]:
    """Return the files of the rules."""
    return tuple(settings.folder / name for name in texts_of(settings))


def _told(problems: tuple[Problem, ...]) -> tuple[str, ...]:
    errors = [str(each) for each in problems if each.severity is Severity.ERROR]
    more = len(errors) - _MOST_TOLD
    return (*errors[:_MOST_TOLD], *((f"and {more} more: see `engine check`",) if more > 0 else ()))


@contextmanager
def _politely() -> Iterator[None]:
    """Give the interpreter up soon and often: whoever answers senders needs it for a moment only, but at once.

    Nobody looks for garbage meanwhile or later in what was made: with a large site that stops everything for half a
    second, and rules leave none behind (ten small objects a reading); what is not used any more goes by itself.
    """
    before, is_collecting = sys.getswitchinterval(), gc.isenabled()
    sys.setswitchinterval(_SWITCH_SECONDS)
    gc.disable()
    try:
        yield
    finally:
        sys.setswitchinterval(before)
        gc.freeze()
        if is_collecting:
            gc.enable()
