"""Durability: whatever a power cut leaves of the disk, every acknowledged message is on it.

kill -9 cannot show this (the page cache survives it), so the child's writes and fsyncs are recorded, and the images a
power cut could leave are rebuilt and opened one by one. With synchronous=NORMAL the same method finds losses.
"""

import random
import shutil
import sqlite3
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from engine.journal import balance
from engine.journal.store import open_store
from tests.fault.children import run_recorded
from tests.fault.replay import Image, crash_images, operations

pytest_plugins = ("tests.fault.fault_fixtures",)

MESSAGES = 150


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one image showed."""

    acknowledged: int
    lost: int
    sound: bool


def recorded(recorder: Path, folder: Path, synchronous: str) -> Path:
    """Run the child under the recorder and return the recording."""
    recording, data = folder / "recording", folder / "data"
    data.mkdir()
    told = {"IOLOG_UNDER": str(data), "IOLOG_TO": str(recording)}
    run_recorded(recorder, "recorded_journal.py", [str(data), synchronous, str(MESSAGES)], told)
    return recording


def lay_out(image: Image, folder: Path) -> Path:
    """Write an image's files and return the store's path."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for name, content in image.files.items():
        (folder / name).write_bytes(content)
    return folder / "journal.db"


def judged(image: Image, folder: Path) -> Verdict:
    """Open an image as a restarted engine's SQLite would, and look for everything that was acknowledged."""
    wanted = [line.split(" ") for line in image.acknowledged]
    with sqlite3.connect(lay_out(image, folder)) as database:
        try:
            sound = database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            messages = dict(database.execute("SELECT id, payload FROM message"))
            delivered = set(database.execute("SELECT message_id, ordinal FROM delivery WHERE state = 2"))
        except sqlite3.DatabaseError as error:
            sound, messages, delivered = "no such table" in str(error), {}, set()
    database.close()
    lost = 0
    for kind, number, proof in wanted:
        if kind == "message":
            lost += sha256(messages.get(int(number), b"")).hexdigest() != proof
        else:
            lost += (int(number), int(proof)) not in delivered
    return Verdict(len(wanted), lost, sound)


def test_no_power_cut_loses_an_acknowledged_message(recorder: Path, folder: Path) -> None:
    """In every image: the file is sound, acknowledged messages are there with their bytes, deliveries are marked."""
    trail = operations(recorded(recorder, folder, "FULL"))

    verdicts = [judged(image, folder / "image") for image in crash_images(trail, moments=180, seed=20261122)]

    assert sum(operation.kind == "S" for operation in trail) > 100, "the recording shows no fsyncs"
    assert len(verdicts) >= 600
    assert sum(verdict.acknowledged > 100 for verdict in verdicts) > 200, "too few images after acknowledgements"
    assert [verdict for verdict in verdicts if verdict.lost or not verdict.sound] == []


def test_the_method_finds_the_losses_of_a_lazy_setting(recorder: Path, folder: Path) -> None:
    """With synchronous=NORMAL acknowledged messages do get lost; a test that cannot see that proves nothing."""
    trail = operations(recorded(recorder, folder, "NORMAL"))

    verdicts = [judged(image, folder / "image") for image in crash_images(trail, moments=40, seed=20261122)]

    assert sum(verdict.lost > 0 for verdict in verdicts) > 0


def test_a_restarted_engine_opens_what_a_power_cut_left(recorder: Path, folder: Path) -> None:
    """Our own opening (lock, pragmas, migrations) takes the images too, and the kept counts are the rows' counts."""
    trail = operations(recorded(recorder, folder, "FULL"))
    dice = random.Random(7)
    images = [image for image in crash_images(trail, moments=60, seed=7) if dice.random() < 0.1]

    for image in images:
        store = open_store(lay_out(image, folder / "image"))
        with store.readers.reading() as connection:
            assert balance.differences(balance.counts(connection), balance.recount(connection)) == []
        store.close()

    assert len(images) > 10
