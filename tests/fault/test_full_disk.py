"""A full disk costs answers and time, never a message: real ENOSPC from the system calls of a real writer."""

import json
import sqlite3
from pathlib import Path

from tests.fault.children import run_recorded

pytest_plugins = ("tests.fault.fault_fixtures",)


def test_a_full_disk_answers_nobody_keeps_outcomes_and_resumes_alone(recorder: Path, folder: Path) -> None:
    """No AE and no AR either: the senders resend. The outcome waits in memory, and no one has to restart anything."""
    data, marker = folder / "data", folder / "full"
    data.mkdir()
    told = {"IOLOG_UNDER": str(data), "IOLOG_TO": str(folder / "recording"), "IOLOG_FULL": str(marker)}

    story = json.loads(run_recorded(recorder, "starved_journal.py", [str(data), str(marker)], told))

    assert story["answered"] == [1, 2]
    assert story["refused"] == ["sqlite-full"] * 4
    assert story["outcome"] == [True, "applied"]
    assert story["alerts"] == ["storage-busy", "storage-resumed"]
    with sqlite3.connect(data / "store" / "journal.db") as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert database.execute("SELECT control_id FROM message ORDER BY id").fetchall() == [("M1",), ("M2",)]
    database.close()
