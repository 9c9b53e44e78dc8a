"""The bench itself: it runs, prints its tables, and everything that it sent has arrived."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.timeout(120)
def test_the_bench_prints_its_tables_and_loses_nothing(tmp_path: Path) -> None:
    """A figure counts only if every message was answered and every output received, once; else the bench fails."""
    command = [sys.executable, "-m", "tests.bench", "--quick", "--disk", str(tmp_path)]

    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=100, check=False)  # noqa: S603  our own program

    assert ended.returncode == 0, ended.stdout + ended.stderr
    for line in ("framing + ACK", "plan + finish", "index", "journal", "delivery, first", "sum", "engine / limit"):
        assert line in ended.stdout
    assert "NOT IN ORDER" not in ended.stdout
