"""Whatever a sender sends: a clear answer or a closed connection, and nobody else notices."""

import asyncio
from asyncio import IncompleteReadError
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.support.books import counts, rows
from tests.support.messages import adt
from tests.support.peers import Destination, SenderSocket, control_id, field_of, framed, receiving, send, sending_to
from tests.support.running import LONG, RunningEngine, running_engine
from tests.support.sites import store_of, write_site

CRASHES = {"engine.crashed", "handler.crashed", "message.crashed", "library.warned", "store.failed"}
MAX = 16 * 2**20


def site(folder: Path, archive: int) -> Path:
    """Write a site: `inbound` takes everything, `split` glued messages too, `picky` production admissions only."""
    config = f"""\
site: bad
time_zone: UTC
listeners:
  inbound: {{mllp: 127.0.0.1:0}}
  split: {{mllp: 127.0.0.1:0, several: split}}
  picky: {{mllp: 127.0.0.1:0, sender: {{processing: [P]}}}}
destinations:
  archive: {{mllp: 127.0.0.1:{archive}, lanes: 4, timeout: 30s}}
"""
    everything = "route: all\nfrom: [inbound, split]\nto:\n  archive: {when: MSH-9.1 != 'nothing is called so'}\n"
    picky = "route: picky\nfrom: picky\naccept: MSH-9 == 'ADT^A01^ADT_A01'\nto:\n  archive: {when: exists(PID)}\n"
    return write_site(folder, {"config.yaml": config, "routes/all.yaml": everything, "routes/picky.yaml": picky})


@asynccontextmanager
async def engine_and_archive(folder: Path) -> AsyncIterator[tuple[RunningEngine, Destination]]:
    """Run the site; at the end nothing may have crashed, and the books must balance."""
    async with receiving() as archive, running_engine(site(folder, archive.port)) as engine:
        yield engine, archive
        assert engine.process.returncode is None
        assert [event for event in engine.events if event["event"] in CRASHES] == []
    assert "Traceback" not in engine.said
    counts(store_of(engine.config))


def said(answer: bytes) -> tuple[bytes, bytes, bytes]:
    """Return MSA-1, MSA-2 and ERR-3.1 (or ERR-1.4.1 before 2.5)."""
    code = field_of(answer, b"ERR", 3).split(b"^")[0] or field_of(answer, b"ERR", 1).partition(b"&")[0].split(b"^")[-1]
    return field_of(answer, b"MSA", 1), field_of(answer, b"MSA", 2), code


async def closed_without_a_word(port: int, raw: bytes) -> bool:
    """Whether the engine closes a connection on which *raw* comes, and says nothing before."""
    async with sending_to(port) as sender:
        try:
            sender.writer.write(raw)
            async with asyncio.timeout(LONG):
                return await sender.reader.read() == b""
        except ConnectionError:
            return True


async def is_well(neighbour: SenderSocket, number: int) -> None:
    """Another sender, connected all the time, is answered as if nothing had happened."""
    assert said(await neighbour.ask(adt(f"WELL{number}", "NEIGHBOUR"))) == (b"AA", b"WELL%d" % number, b"")


NO_FRAMES = {
    "junk": b"hello, is anybody there?\r\n",
    "http": b"POST /hl7 HTTP/1.1\r\nHost: engine\r\n\r\n" + framed(adt("SMUGGLED")),
    "tls": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    "ssh": b"SSH-2.0-OpenSSH_9.6\r\n",
    "vt-inside": framed(adt("HALF1")[:60] + b"\x0b" + adt("HALF2")),
}
NO_MESSAGES = {
    "garbage": bytes(range(32, 128)) * 3,
    "binary": bytes(set(range(256)) - {0x0B, 0x1C}),
    "no MSH": b"PID|1||P1^^^HOSP^MR\rPV1|1|I\r",
    "half an MSH": b"MSH",
    "MSH without delimiters": b"MSH\r",
    "two messages": adt("FIRST") + adt("SECOND"),
}


async def test_what_is_no_frame_is_closed_and_what_is_no_message_is_refused_and_kept(tmp_path: Path) -> None:
    """Junk on the port: closed, journal untouched, told once. In a frame: AR 100, kept byte for byte as quarantined."""
    async with engine_and_archive(tmp_path) as (engine, _), sending_to(engine.ports["inbound"]) as neighbour:
        for number, (code, raw) in enumerate(NO_FRAMES.items()):
            assert await closed_without_a_word(engine.ports["inbound"], raw), code
            await engine.logged("connection.dropped", code=code, listener="inbound")
            await is_well(neighbour, number)
        refused = {name: said(await send(engine.ports["inbound"], payload)) for name, payload in NO_MESSAGES.items()}
        await is_well(neighbour, 100)

    numbers = {"two messages": b"FIRST"}
    assert refused == {name: (b"AR", numbers.get(name, b""), b"100") for name in NO_MESSAGES}
    kept = rows(store_of(engine.config), "SELECT payload FROM message WHERE state = 4 ORDER BY id")
    assert [payload for (payload,) in kept] == list(NO_MESSAGES.values())
    stored = {name for (name,) in rows(store_of(engine.config), "SELECT control_id FROM message")}
    assert stored & {"SMUGGLED", "HALF1", "HALF2", "SECOND"} == set()


async def test_an_empty_frame_gets_no_answer_and_harms_nothing(tmp_path: Path) -> None:
    """Some senders use it to keep the connection open; a frame without its CR is ended by the next one's VT."""
    async with engine_and_archive(tmp_path) as (engine, archive), sending_to(engine.ports["inbound"]) as sender:
        sender.writer.write(b"\x0b\x1c\r" + b"\r\n\x00 " + framed(adt("M1")) + b"\x0b\x1c\r")
        sender.writer.write(b"\x0b" + adt("M2") + b"\x1c" + framed(adt("M3")))

        answered = [said(await sender.answer()) for _ in range(3)]
        rest = await sender.rest()
        await archive.until(3)

    assert answered == [(b"AA", b"M%d" % number, b"") for number in (1, 2, 3)]
    assert rest == b""


async def test_glued_messages_are_answered_each_where_the_listener_says_split(tmp_path: Path) -> None:
    """One frame, three messages, three answers in their order, the bad one among them with its own."""
    glued = adt("G1", "A") + adt("G2", "B").replace(b"PID|1", b"PID|\xff1").replace(
        b"2.5.1\r", b"2.5.1||||||UNICODE UTF-8\r"
    )
    async with engine_and_archive(tmp_path) as (engine, archive), sending_to(engine.ports["split"]) as sender:
        sender.writer.write(framed(glued + adt("G3", "C")) + framed(adt("G4", "D")))

        answered = [said(await sender.answer()) for _ in range(4)]
        rest = await sender.rest()
        await archive.until(3)

    assert answered == [(b"AA", b"G1", b""), (b"AE", b"G2", b"102"), (b"AA", b"G3", b""), (b"AA", b"G4", b"")]
    assert rest == b""
    assert sorted(control_id(frame) for frame in archive.frames) == [b"G1", b"G3", b"G4"]


def header(old: bytes, new: bytes) -> bytes:
    """Return a message whose header is changed."""
    message = adt("ODD", event="A01")
    assert old in message
    return message.replace(old, new)


ODD = {
    "an unknown character set is noted": ("inbound", header(b"|2.5.1\r", b"|2.5.1||||||KLINGON\r"), b"AA", b""),
    "an unknown version is read as the nearest": ("inbound", header(b"|2.5.1\r", b"|9.9\r"), b"AA", b""),
    "no version": ("inbound", header(b"|2.5.1\r", b"|\r"), b"AA", b""),
    "an unknown event is no reason where all are taken": ("inbound", header(b"ADT^A01", b"ADT^A99"), b"AA", b""),
    "an unknown event is refused where none takes it": (
        "picky",
        header(b"ADT^A01^ADT_A01", b"ADT^Z77^ADT_Z77"),
        b"AR",
        b"201",
    ),
    "an unknown type is refused where none takes it": ("picky", header(b"ADT^A01^ADT_A01", b"XYZ^Z77"), b"AR", b"200"),
    "a test message at a production listener": ("picky", header(b"|P|", b"|T|"), b"AR", b"202"),
    "bytes that are not in the declared set": (
        "inbound",
        header(b"|2.5.1\r", b"|2.5.1||||||UNICODE UTF-8\r").replace(b"NOBODY", b"N\xc3\xc3Y"),
        b"AE",
        b"102",
    ),
    "a header of fifty components": ("inbound", header(b"|HOSP|", b"|" + b"^" * 50 + b"|"), b"AA", b""),
}


async def test_odd_messages_are_answered_by_the_house_rules(tmp_path: Path) -> None:
    """Unknown words of the standard are noted and cost nothing; what cannot be read or is not wanted is refused."""
    answers: dict[str, tuple[bytes, bytes, bytes]] = {}
    async with engine_and_archive(tmp_path) as (engine, archive):
        for name, (listener, payload, _, _) in ODD.items():
            answers[name] = said(await send(engine.ports[listener], payload))
        nameless = await send(engine.ports["inbound"], header(b"|ODD|", b"||"))
        taken = sum(code == b"AA" for code, _, _ in answers.values()) + 1
        await archive.until(taken)

    assert answers == {name: (code, b"ODD", error) for name, (_, _, code, error) in ODD.items()}
    assert said(nameless) == (b"AA", b"", b"")
    states = rows(store_of(engine.config), "SELECT state, count(*) FROM message GROUP BY state ORDER BY state")
    assert states == [(1, taken), (3, 3), (4, 1)]


@pytest.mark.timeout(180)
async def test_the_longest_messages_pass_and_a_longer_one_is_refused_by_name(tmp_path: Path) -> None:
    """100,000 segments and exactly 16 MiB arrive whole; one byte more: AR that names the message, and closed."""
    notes = "".join(f"NTE|{number}|L|x\r" for number in range(1, 100_001))
    many, start = adt("MANY", "LONG", more=notes), adt("FULL", "LONG", more="NTE|1|L|")
    full = start + b"x" * (MAX - len(start) - 1) + b"\r"
    over = start.replace(b"FULL", b"OVER") + b"x" * (MAX - len(start)) + b"\r"
    async with engine_and_archive(tmp_path) as (engine, archive), sending_to(engine.ports["inbound"]) as neighbour:
        asked = [asyncio.create_task(send(engine.ports["inbound"], payload)) for payload in (many, full)]
        for number in range(20):
            await is_well(neighbour, number)
        async with sending_to(engine.ports["inbound"]) as sender:
            sender.writer.write(framed(over))
            refusal = await sender.answer()
            rest = await sender.rest()
        accepted = [said(await task) for task in asked]
        await archive.until(22)

    assert (len(full), len(over)) == (MAX, MAX + 1)
    assert accepted == [(b"AA", b"MANY", b""), (b"AA", b"FULL", b"")]
    assert said(refusal)[:2] == (b"AR", b"OVER")
    assert rest == b""
    assert {many, full} <= set(archive.frames)
    assert engine.find("message.refused", reason="too-long") != []
    assert rows(store_of(engine.config), "SELECT 1 FROM message WHERE control_id = 'OVER'") == []


async def test_a_sender_that_dies_in_mid_frame_leaves_nothing_behind(tmp_path: Path) -> None:
    """Half a message is no message: it is not kept, and its resend is taken once."""
    whole = framed(adt("TORN"))
    async with engine_and_archive(tmp_path) as (engine, archive):
        async with sending_to(engine.ports["inbound"]) as sender:
            sender.writer.write(whole[: len(whole) // 2])
            sender.writer.write_eof()
            with pytest.raises(IncompleteReadError):
                await sender.answer()
        await engine.logged("frame.dropped", code="partial-frame")
        again = await send(engine.ports["inbound"], adt("TORN"))
        await archive.until(1)

    assert said(again) == (b"AA", b"TORN", b"")
    assert rows(store_of(engine.config), "SELECT control_id, resends FROM message") == [("TORN", 0)]
