"""The tables that the bench prints."""

import os
import platform
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version

from tests.bench.lab import LabOutcome
from tests.bench.rounds import Outcome

GOAL_RATIO = 0.4


@dataclass(frozen=True, slots=True)
class Part:
    """One line of the table of parts; microseconds of CPU per message."""

    name: str
    goal: float | None
    """None: told beside, without a goal, and not in the sum."""
    own: float | None
    """The repository's own site; None: its rules do not matter here."""
    busy: float | None
    """The bench's site: every message to both destinations; None: not measured."""


def machine() -> str:
    """Return what was measured on."""
    cores = len(os.sched_getaffinity(0))
    python = f"{platform.python_implementation()} {platform.python_version()}"
    busy = os.getloadavg()[0]
    return (
        f"{cores} cores, {python}, SQLite {sqlite3.sqlite_version}, uvloop {version('uvloop')}, "
        f"load average {busy:.1f} before"
    )


def parts_table(parts: Sequence[Part], notes: Sequence[str]) -> Iterator[str]:
    """Yield the lines of the table of parts."""
    yield ""
    yield "CPU per message, in process (us)              goal   own site  bench site"
    for part in parts:
        yield f"  {part.name:<42}{_number(part.goal, 6)} {_number(part.own, 10)} {_number(part.busy, 11)}"
    summed = [part for part in parts if part.goal is not None]
    own, busy = sum(part.own or part.busy or 0 for part in summed), sum(part.busy or 0 for part in summed)
    yield f"  {'sum':<42}{_number(470, 6)} {_number(own, 10)} {_number(busy, 11)}"
    yield from (f"  {note}" for note in notes)


def _number(value: float | None, width: int) -> str:
    return f"{value:{width}.0f}" if value is not None else " " * width


def rounds_table(outcomes: Sequence[Outcome], connections: int) -> Iterator[str]:
    """Yield the lines of the table of rounds, and how the engine compares with the limit."""
    yield ""
    yield f"End to end, {connections} connections, {outcomes[0].messages} messages a round, each delivered to two"
    yield "            acked/s  delivered/s  p50 ms  p99 ms  CPU us  RSS MiB before/after  (generator us, receivers us)"
    for each in outcomes:
        yield (
            f"  {each.name:<8}{each.acknowledged:9.0f}{each.delivered:13.0f}{each.p50_ms:8.1f}{each.p99_ms:8.1f}"
            f"{each.cpu_us:8.0f}{each.rss_before:12.0f} /{each.rss_after:5.0f}"
            f"{each.load_us:14.0f}{each.receivers_us:7.0f}"
        )
        yield from (f"    NOT IN ORDER: {problem}" for problem in each.problems)
    engine, limit = _mean(outcomes, "engine"), _mean(outcomes, "limit")
    if engine and limit:
        ratio = engine / limit
        yield f"  delivered: engine / limit = {ratio:.2f}"


def lab_lines(labs: Sequence[LabOutcome], outcomes: Sequence[Outcome]) -> Iterator[str]:
    """Yield what the limit of BENCH_LAB did, and how the engine compares with it."""
    yield from (f"  lab     {each.acknowledged:9.0f}{each.delivered:13.0f}" for each in labs)
    delivered = sum(each.delivered for each in labs) / len(labs)
    yield f"  delivered: engine / lab = {_mean(outcomes, 'engine') / delivered:.2f} (goal {GOAL_RATIO} or more)"


def _mean(outcomes: Sequence[Outcome], name: str) -> float:
    rates = [each.delivered for each in outcomes if each.name == name]
    return sum(rates) / len(rates) if rates else 0.0
