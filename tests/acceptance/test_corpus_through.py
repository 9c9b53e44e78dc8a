"""Every entry of the corpus as one frame through a running engine: one well-formed answer each, and nothing is missing.

The corpus lies in the folder that HL7_CORPUS names; without it nothing of this was tested, and the run says so.
"""

import asyncio
import os
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from engine.journal import balance
from engine.journal.store import open_readers
from engine.journeys import mixed
from engine.states import MessageState
from tests.support.peers import Destination, control_id, field_of, lines_of, narrow, receiving, sending_to
from tests.support.running import LONG, RunningEngine, running_engine
from tests.support.sites import own_site

CORPUS = os.environ.get("HL7_CORPUS")
SENDERS = 8
EVERYTHING = """\
route: everything
from: anyone
to:
  archive:
    when: MSH-9.1 != 'nothing is called so'
"""
EDITS = {
    "listeners:\n": "listeners:\n  anyone: {mllp: 127.0.0.1:0}\n",
    "destinations:\n": "destinations:\n  archive: {mllp: 127.0.0.1:ARCHIVE, lanes: 8}\n",
}


@dataclass(slots=True)
class Told:
    """What one listener's frames were answered."""

    wrong: list[str] = field(default_factory=list)
    codes: Counter[bytes] = field(default_factory=Counter)
    """Of the frames that are no batches."""
    accepted: set[bytes] = field(default_factory=set)
    """Of these the ones that were answered AA."""
    messages: int = 0
    """Messages in the frames: more than frames, for batches."""


def entries() -> dict[str, bytes]:
    """Return every file of the corpus by its path there."""
    if not CORPUS:
        pytest.skip("HL7_CORPUS is unset: that every corpus entry is answered was NOT tested")
    folder = Path(CORPUS)
    found = {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}
    assert len(found) >= 1_500, "HL7_CORPUS names another folder"
    return found


def is_batch(payload: bytes) -> bool:
    """Whether the frame begins with an envelope."""
    return lines_of(payload)[0][:3] in (b"FHS", b"BHS")


def timeless(payloads: Iterable[bytes]) -> set[bytes]:
    """Return payloads without MSH-7: one that differs from another in nothing else is its resend, and not sent on."""
    return {b"|".join(fields[:6] + fields[7:]) for fields in (payload.split(b"|") for payload in payloads)}


def number_due(payload: bytes) -> bytes:
    """Return what MSA-2 must be: BHS-11, else FHS-11, else the first MSH-10, byte for byte; none without a header."""
    lines = lines_of(payload)
    for name in (b"BHS", b"FHS", b"MSH") if is_batch(payload) else (b"MSH",):
        line = next((line for line in lines if line.startswith(name)), b"")
        fields = line.split(line[3:4]) if line else []
        place = 9 if name == b"MSH" else 10
        if len(fields) > place and fields[place]:
            return fields[place]
    return b""


def faults_of(payload: bytes, received: bytes, rest: bytes) -> list[str]:
    """Say what is wrong with an answer."""
    answer, lines = narrow(received), lines_of(received)
    number, due = field_of(answer, b"MSA", 2), number_due(payload)
    checks = {
        "is no message": answer.startswith(b"MSH") and answer.endswith(b"\r"),
        "does not say MSA once": sum(line.startswith(b"MSA" + answer[3:4]) for line in lines) == 1,
        "says something else than AA, AE or AR": field_of(answer, b"MSA", 1) in (b"AA", b"AE", b"AR"),
        "has no number of its own": control_id(answer) != b"",
        "is not one": rest == b"",
        f"answers {number!r} instead of {due!r}": number == due,
    }
    return [fault for fault, is_fine in checks.items() if not is_fine]


async def exchange_all(port: int, frames: dict[str, bytes]) -> Told:
    """Send each frame on a connection of its own, several at a time; half-close, so that all that comes is seen."""
    told, names = Told(), iter(frames)

    async def work() -> None:
        for name in names:
            frame = frames[name]
            async with asyncio.timeout(LONG), sending_to(port) as sender:
                try:
                    answer = await sender.ask(frame)
                    rest = await sender.rest()
                except (asyncio.IncompleteReadError, ConnectionError):
                    told.wrong.append(f"{name}: no answer")
                    continue
            told.wrong += [f"{name}: the answer {fault}" for fault in faults_of(frame, answer, rest)]
            if is_batch(frame):
                told.messages += sum(line.startswith(b"MSH") for line in lines_of(frame))
            else:
                code = field_of(answer, b"MSA", 1)
                told.codes[code] += 1
                told.messages += 1
                told.accepted |= {frame} if code == b"AA" else set()

    async with asyncio.TaskGroup() as group:
        for _ in range(SENDERS):
            group.create_task(work())
    return told


async def a_good_message_still_gets_through(engine: RunningEngine, billing: Destination) -> None:
    """Admit somebody, and see billing get the account."""
    known = next(event for event in mixed(3, 50) if event.kind == "ADT^A01")
    patient = field_of(known.payload, b"PID", 3).split(b"^")[0]

    async with sending_to(engine.ports["admissions"]) as sender:
        answer = await sender.ask(known.payload)

    assert (field_of(answer, b"MSA", 1), field_of(answer, b"MSA", 2)) == (b"AA", known.control_id.encode())
    await billing.until_true(lambda: any(b"BAR^P01" in frame and patient in frame for frame in billing.frames))


def counts_of(engine: RunningEngine) -> balance.Counts:
    """Return the store's counts, which must be the rows' counts."""
    readers = open_readers(engine.config.parent / "var" / "engine.db")
    with readers.reading(30) as connection:
        counts = balance.counts(connection)
        assert balance.differences(counts, balance.recount(connection)) == []
    readers.close()
    return counts


@pytest.mark.parametrize("listener", ["anyone", "admissions"])
async def test_every_corpus_entry_is_answered_once_and_kept(listener: str, tmp_path: Path) -> None:
    """By rules that take everything and by the repository's own; afterwards the engine still works as it should."""
    found = entries()
    unframeable = [name for name, payload in found.items() if b"\x0b" in payload or b"\x1c\r" in payload]
    frames = {name: payload for name, payload in found.items() if name not in unframeable}
    print(f"\n{len(frames)} sent; {len(unframeable)} cannot stand in a frame: {unframeable}")  # noqa: T201
    async with receiving() as archive, receiving() as billing, receiving() as registry:
        edits = {old: new.replace("ARCHIVE", str(archive.port)) for old, new in EDITS.items()}
        ports = {"127.0.0.1:2601": f"127.0.0.1:{billing.port}", "127.0.0.1:2602": f"127.0.0.1:{registry.port}"}
        config = own_site(tmp_path / "site", {**edits, **ports})
        (config.parent / "routes" / "everything.yaml").write_text(EVERYTHING)
        async with running_engine(config) as engine:
            told = await exchange_all(engine.ports[listener], frames)
            await a_good_message_still_gets_through(engine, billing)
            due = counts_of(engine).due("archive")
            await archive.until(due)

        assert told.wrong == []
        assert len(unframeable) <= 4, "entries that hold VT or FS CR: has the corpus changed?"
        counts = counts_of(engine)
        assert counts.received + counts.resends == told.messages + 1
        if listener == "anyone":
            assert timeless(told.accepted) - timeless(archive.frames) == set(), "accepted, and not sent on as it came"
        refused = [counts.messages.get(state, 0) for state in (MessageState.REJECTED, MessageState.QUARANTINED)]
        assert sum(refused) >= told.codes[b"AE"] + told.codes[b"AR"]
        unexpected = {"handler.crashed", "message.crashed", "journal.alerted", "library.warned"}
        assert [event for event in engine.events if event["event"] in unexpected] == []
