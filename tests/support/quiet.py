"""How much of the machine others used while we measured: a bound on time says nothing when they had the cores."""

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Clock:
    """Processor time so far, in ticks: of the whole machine, and of ours."""

    total: int
    idle: int
    ours: int


def ticks(*processes: int) -> Clock:
    """Read the clock; *processes* are ours besides this one."""
    numbers = [int(each) for each in Path("/proc/stat").read_text("ascii").split("\n")[0].split()[1:9]]
    ours = 0
    for process in (os.getpid(), *processes):
        fields = Path(f"/proc/{process}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()
        ours += int(fields[11]) + int(fields[12])
    return Clock(sum(numbers), numbers[3] + numbers[4], ours)


def others_share(before: Clock, after: Clock) -> float:
    """Return which share of the machine others had between two readings: 0.5 of two cores is one core."""
    total = after.total - before.total
    busy = total - (after.idle - before.idle)
    return max(0.0, busy - (after.ours - before.ours)) / total if total else 0.0
