"""Children of the fault tests: scripts beside this file, run with the recorder preloaded."""

import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[1]


def run_recorded(recorder: Path, script: str, arguments: list[str], told: dict[str, str]) -> str:
    """Run *script* to its end and return what it printed; *told* is the recorder's part of the environment."""
    places = f"{ROOT}:{ROOT / 'tests/unit/journal'}"
    environment = {**os.environ, "PYTHONPATH": places, "LD_PRELOAD": str(recorder), **told}
    command = [sys.executable, str(HERE / script), *arguments]
    ended = subprocess.run(command, check=True, env=environment, timeout=60, stdout=subprocess.PIPE)  # noqa: S603
    return ended.stdout.decode()
