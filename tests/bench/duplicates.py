"""Seeded duplicates in a store: how many `engine duplicates find` finds, how many of its pairs are true, at what cost.

    python -m tests.bench.duplicates [PATIENTS]

The command runs as its own process, without an engine; what it takes is measured from outside.
"""

import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import insert, select

from engine.index.tables import PATIENT
from engine.journal.store import open_readers, open_store
from engine.quality.tables import PAIR
from tests.support.populations import Population, population

LEAST_RECALL, LEAST_PRECISION = 0.95, 0.9
MOST_SECONDS, MOST_MEGABYTES = 60.0, 1_000.0
_COMMAND = "from engine.cli import main; main()"


@dataclass(frozen=True, slots=True)
class Measured:
    """What a search came to."""

    recall: float
    precision: float
    seconds: float
    megabytes: float


def measured(folder: Path, people: Population) -> Measured:
    """Search *people* in a store of their own in *folder*."""
    config = folder / "config.yaml"
    config.write_text("site: s\nstore: sqlite:///engine.db\n", "utf-8")
    store = open_store(folder / "engine.db")
    with store.connection.begin():
        store.connection.execute(insert(PATIENT), [_row(*each) for each in people.patients])
    store.close()
    began = time.monotonic()
    command = (sys.executable, "-c", _COMMAND, "duplicates", "find", "--config", str(config))
    child = subprocess.Popen(command)  # noqa: S603  our own program
    _, status, used = os.wait4(child.pid, 0)
    seconds = time.monotonic() - began
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise SystemExit(f"the search ended with {child.returncode}")
    found = _found(folder / "engine.db")
    true = len(found & people.duplicates)
    return Measured(true / len(people.duplicates), true / max(1, len(found)), seconds, used.ru_maxrss / 1_024)


def _found(path: Path) -> set[tuple[int, int]]:
    readers = open_readers(path)
    try:
        with readers.reading(60.0) as connection:
            rows = connection.execute(select(PAIR.c.first_id, PAIR.c.second_id))
            return {(row.first_id, row.second_id) for row in rows}
    finally:
        readers.close()


def _row(patient_id: int, pid: str) -> dict[str, object]:
    empty = {column.name: None if column.nullable else column.type.python_type() for column in PATIENT.columns.values()}
    return {**empty, "id": patient_id, "lane_key": f"STMARY|{patient_id:08}", "pid": pid}


def main() -> None:
    """Measure, print, and exit with 1 where a goal is missed."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 200_000
    with tempfile.TemporaryDirectory() as folder:
        got = measured(Path(folder), population(count))
    print(f"{count} patients: recall {got.recall:.4f}, precision {got.precision:.4f}")  # noqa: T201  it is for people
    print(f"{got.seconds:.1f} s, {got.megabytes:.0f} MB")  # noqa: T201
    is_good = got.recall >= LEAST_RECALL and got.precision >= LEAST_PRECISION
    raise SystemExit(not (is_good and got.seconds <= MOST_SECONDS and got.megabytes <= MOST_MEGABYTES))


if __name__ == "__main__":
    main()
