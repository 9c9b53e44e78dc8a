"""The hand-written limit as it was first measured, run in the same minutes: its own engine, load and sinks.

It is not part of this repository: BENCH_LAB names the folder that holds engine.py, load.py, sink.py and gen.py. They
use the ports 7001, 7002 and 7005 of the loopback.
"""

import re
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

CONNECTIONS, SECONDS = 64, 14
_ACKED = re.compile(r" ([0-9.]+)/s p50")
_GOT = re.compile(r"sink got ([0-9]+) in ([0-9.]+)")


@dataclass(frozen=True, slots=True)
class LabOutcome:
    """Messages per second, as its own programs tell them."""

    acknowledged: float
    delivered: float


def of_lab(folder: Path, messages: int, disk: Path) -> LabOutcome:
    """Run the limit in *folder* once, with a new store on *disk*; *messages* go to both of its sinks."""
    with tempfile.TemporaryDirectory(dir=disk) as place:
        for program in folder.glob("*.py"):
            shutil.copy(program, place)
        with _started(place, "sink.py", str(2 * messages)) as sink:
            time.sleep(1)  # it says nothing when it listens
            with _started(place, "engine.py", "7005", "full", str(SECONDS)):
                time.sleep(1.5)
                with _started(place, "load.py", "7005", str(messages), str(CONNECTIONS)) as load:
                    told, _ = load.communicate(timeout=SECONDS)
                got, _ = sink.communicate(timeout=SECONDS)
    acked, arrived = _ACKED.search(told), _GOT.search(got)
    if acked is None or arrived is None:
        raise RuntimeError("the limit did not say what it did; are its ports free?")
    return LabOutcome(float(acked[1]), int(arrived[1]) / 2 / float(arrived[2]))


def _started(place: str, *command: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(  # noqa: S603  programs that the caller names
        [sys.executable, *command], cwd=place, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
