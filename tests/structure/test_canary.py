"""No value of a message leaves the store: not in logs, answers to operators, errors, or any other file.

Words that occur nowhere else stand in every field of messages that are taken, refused, parked, quarantined, too long,
torn and glued, and in what destinations answer; then everything that the engine ever said is searched for them.
"""

import asyncio
import base64
import signal
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import chain, repeat
from pathlib import Path

import pytest

from engine.journeys import mixed
from tests.support.canaries import Canaries, Canary, leaks
from tests.support.peers import answer, field_of, framed, receiving, sending_to
from tests.support.running import ENGINE, RunningEngine, own_environment, running_engine
from tests.support.sites import own_site, store_of

STORE = frozenset({"engine.db", "engine.db-wal", "engine.db-shm"})
ALLOWED = {"payload", "detail", "evidence", "context", "lane_keys", "control_id", "message_type", "resend_key"}
"""Columns of the journal that may hold values: opened only by those who may see them, or names of messages."""


@dataclass(slots=True)
class Heard:
    """Everything that was said outside the store."""

    texts: dict[str, bytes] = field(default_factory=dict)

    def of(self, engine: RunningEngine, when: str) -> None:
        """Note what an ended engine wrote."""
        self.texts[f"standard error {when}"] = engine.said.encode()
        self.texts[f"standard output {when}"] = engine.output

    def holding(self, canary: Canary) -> list[str]:
        """Return where one of a canary's words was heard."""
        return [name for name, text in self.texts.items() if canary.found_in(text)]


def kept_messages(canaries: Canaries) -> dict[str, tuple[str, bytes]]:
    """Return messages that are kept, by what becomes of them: (listener, payload)."""
    events = list(mixed(5, 400))
    first = {event.kind: event.payload for event in reversed(events)}
    final = next(event.payload for event in events if field_of(event.payload, b"OBR", 25) == b"F")
    unreadable = (
        canaries.header(charset="UNICODE UTF-8").encode() + b"\r" + canaries.segments().encode() + b"ZZZ|\xff\r"
    )
    batch = f"FHS|^~\\&|{canaries.values.field()}|{canaries.values.field()}\rBHS|^~\\&|{canaries.values.field()}\r"
    batched = canaries.everywhere(first["ADT^A01"]).decode() + canaries.header(code="ADT^Q99") + "\r"
    return {
        "usable admission": ("admissions", canaries.in_names(first["ADT^A01"])),
        "usable discharge": ("admissions", canaries.in_names(first["ADT^A03"])),
        "usable result": ("lab", canaries.in_names(first["ORU^R01"])),
        "admission with unknown codes": ("admissions", canaries.in_codes(first["ADT^A04"])),
        "discharge with unknown codes": ("admissions", canaries.in_codes(first["ADT^A03"])),
        "result with unknown codes": ("lab", canaries.in_codes(final)),
        "admission of canaries only": ("admissions", canaries.everywhere(first["ADT^A01"])),
        "merge of canaries only": ("admissions", canaries.everywhere(first["ADT^A40"])),
        "result of canaries only": ("lab", canaries.everywhere(first["ORU^R01"])),
        "another admission of canaries": (
            "admissions",
            canaries.header().encode() + b"\r" + canaries.segments().encode(),
        ),
        "type of canaries": ("admissions", canaries.header(code=canaries.names.word()).encode() + b"\r"),
        "processing of canaries": ("admissions", canaries.header(processing=canaries.values.word()).encode() + b"\r"),
        "charset of canaries": ("admissions", canaries.header(charset=canaries.values.word()).encode() + b"\r"),
        "unreadable": ("admissions", unreadable),
        "no message": ("admissions", canaries.segments().encode()),
        "two messages": ("lab", canaries.everywhere(first["ORU^R01"]) * 2),
        "batch": ("admissions", f"{batch}{batched}BTS|2|{canaries.values.field()}\rFTS|1\r".encode()),
    }


def broken_streams(canaries: Canaries) -> dict[str, bytes]:
    """Return what never becomes a message."""
    message = canaries.header().encode() + b"\r" + canaries.segments().encode()
    return {
        "torn": framed(message)[:-40],
        "VT inside": framed(message[:50] + b"\x0b" + message[50:]),
        "no frame": message,
        "HTTP": f"GET /{canaries.values.word()} HTTP/1.1\r\nX: {canaries.values.word()}\r\n\r\n".encode(),
        "too long": b"\x0b" + message + canaries.values.word().encode() * (2**24 // 14 + 1) + b"\x1c\r",
    }


def hostile_replies(canaries: Canaries) -> Callable[[bytes], bytes]:
    """Return a destination that answers with canaries in every wrong way, and in the end refuses with them."""

    def saying(code: str, number: str | None = None) -> Callable[[bytes], bytes]:
        def reply(payload: bytes) -> bytes:
            words = f"{canaries.values.word()}\rERR|||207^{canaries.values.field()}|E||||{canaries.values.field()}\r"
            plain = answer(payload, code.encode(), number.encode() if number else None)
            return framed(plain[1:-3] + b"|" + words.encode())

        return reply

    replies: Iterator[Callable[[bytes], bytes]] = chain(
        [
            saying("AA", canaries.values.word()),
            saying(canaries.values.word()),
            lambda _payload: framed(canaries.values.field().encode()),
            lambda _payload: canaries.values.field().encode(),
            lambda payload: answer(payload) + framed(canaries.header().encode()),
            saying("AR"),
            saying("CE"),
        ],
        repeat(saying("AE")),
    )

    def reply(payload: bytes) -> bytes:
        return next(replies)(payload)

    return reply


async def send_everything(engine: RunningEngine, canaries: Canaries, kept: dict[str, tuple[str, bytes]]) -> None:
    """Send all kinds of bad streams, then the messages, each answered."""
    for raw in broken_streams(canaries).values():
        async with sending_to(engine.ports["lab"]) as sender:
            sender.writer.write(raw)
            await sender.rest()
    for listener, payload in kept.values():
        async with sending_to(engine.ports[listener]) as sender:
            await sender.ask(payload)


def titles_of(engine: RunningEngine) -> dict[str, bytes]:
    """Return what a list of processes shows of it."""
    return {name: Path(f"/proc/{engine.process.pid}/{name}").read_bytes() for name in ("cmdline", "comm", "wchan")}


async def command(config: Path, *arguments: str) -> bytes:
    """Run a command of the engine's in the site's folder; return all it printed."""
    running = await asyncio.create_subprocess_exec(
        str(ENGINE),
        *arguments,
        cwd=config.parent,
        env=own_environment(),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    return (await running.communicate())[0]


async def ask_as_operators_do(config: Path, heard: Heard) -> None:
    """Run the commands that tell of messages and deliveries, and those that act, on one of each kind."""
    found = dict(ask(config, "SELECT state, min(message_id || '/' || ordinal) FROM delivery GROUP BY state"))
    parked, pending = found[3], found[1]
    commands = [
        ("messages", "list", "--limit", "100"),
        ("messages", "show", parked.split("/")[0]),
        ("explain", parked.split("/")[0]),
        ("explain", pending.split("/")[0], "--format", "json"),
        ("rules", "list"),
        ("deliveries", "list"),
        ("deliveries", "show", parked, "--format", "json"),
        ("deliveries", "release", parked),
        ("deliveries", "skip", pending, "--reason", "because"),
        ("check",),
    ]
    for each in commands:
        heard.texts[" ".join(each)] = await command(config, *each)


def ask(config: Path, query: str) -> list[tuple[object, str]]:
    """Ask the store."""
    database = sqlite3.connect(f"{store_of(config).as_uri()}?mode=ro", uri=True)
    try:
        return database.execute(query).fetchall()
    finally:
        database.close()


def columns_holding(config: Path, canary: Canary) -> set[str]:
    """Return the columns of the journal's tables in which one of a canary's words stands."""
    database = sqlite3.connect(f"{store_of(config).as_uri()}?mode=ro", uri=True)
    found = set()
    for table in ("message", "delivery", "attempt", "audit", "rules_text", "rules_version", "rules_member", "tally"):
        rows = database.execute(f"SELECT * FROM {table}")  # noqa: S608  names of ours
        names = [each[0] for each in rows.description]
        for row in rows:
            values = {
                name: value.encode() if isinstance(value, str) else value
                for name, value in zip(names, row, strict=True)
            }
            found |= {name for name, value in values.items() if isinstance(value, bytes) and canary.found_in(value)}
    database.close()
    return found


@pytest.mark.timeout(180)
async def test_no_value_of_a_message_leaves_the_store(tmp_path: Path) -> None:
    """Two lives of an engine, one of them killed, and everything an operator can ask without `--show-values`."""
    canaries, heard = Canaries(), Heard()
    async with receiving(hostile_replies(canaries)) as billing, receiving() as registry:
        edits = {"127.0.0.1:2601": f"127.0.0.1:{billing.port}", "127.0.0.1:2602": f"127.0.0.1:{registry.port}"}
        config = own_site(tmp_path / "site", {**edits, "{first: 1s, longest: 5m}": "{first: 20ms, longest: 40ms}"})
        scratch = tmp_path / "site" / "scratch"
        scratch.mkdir()
        kept = kept_messages(canaries)
        async with running_engine(config, environment={"TMPDIR": str(scratch)}) as engine:
            await send_everything(engine, canaries, kept)
            await engine.logged("delivery.failed", destination="billing", reason="AE")
            heard.texts |= titles_of(engine)
            await ask_as_operators_do(config, heard)
            shown = await command(config, "messages", "show", "1", "--show-values")
            engine.signal(signal.SIGKILL)
            await engine.ended()
        heard.of(engine, "of the first life")
        async with running_engine(config, environment={"TMPDIR": str(scratch)}) as again:
            pass
        heard.of(again, "of the second life")

    # It was all there to be leaked:
    stored = b"".join(payload for _, payload in ask(config, "SELECT id, payload FROM message"))  # type: ignore[misc]
    assert all(payload in stored for name, (_, payload) in kept.items() if name != "batch")
    assert {state for state, _ in ask(config, "SELECT state, '' FROM message")} >= {1, 3, 4}
    assert canaries.values.found_in(shown)
    assert {"payload", "detail"} <= columns_holding(config, canaries.values)
    assert canaries.names.found_in(heard.texts["messages list --limit 100"])
    reasons = {event["reason"] for event in engine.find("delivery.failed")}
    assert reasons >= {"ack-mismatch", "garbage", "extra-bytes", "AR", "CE", "AE"}
    assert len(heard.texts["standard error of the first life"]) > 1_000
    # And it was not:
    assert heard.holding(canaries.values) == []
    assert [name for name in heard.holding(canaries.names) if name.startswith("standard")] == []
    assert leaks(config.parent, STORE, canaries.names, canaries.values) == []
    assert columns_holding(config, canaries.values) - ALLOWED == set()


def test_the_search_finds_what_it_looks_for(tmp_path: Path) -> None:
    """In capitals, hexadecimal, UTF-16, base64 at any offset, and in files."""
    canary = Canary()
    word = canary.word()
    coded = [base64.b64encode(b"y" * shift + word.encode()).decode() for shift in range(5)]
    hidden = [word.upper(), word.encode().hex(), word.upper().encode().hex(), repr(word), *coded]
    (tmp_path / "core").write_text(hidden[0])

    assert [text for text in hidden if not canary.found_in(text.encode())] == []
    assert canary.found_in(word.encode("utf-16"))
    assert not canary.found_in(Canary().word().encode())
    assert leaks(tmp_path, frozenset(), canary) == [str(tmp_path / "core")]
    assert leaks(tmp_path, frozenset({"core"}), canary) == []
