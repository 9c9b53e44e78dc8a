"""The rules are switched again and again while sixteen connections send: nobody is cut off, nothing is lost or mixed.

HL7_RELOADS=200 is the whole proof (`make reloads`); without it a shorter form runs.
"""

import asyncio
import os
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter

from engine.journal.queries import rules_texts, rules_versions
from engine.journal.store import open_readers
from tests.support.decisions import ADT
from tests.support.peers import field_of, receiving, sending_to
from tests.support.reloads import reload
from tests.support.running import LONG, running_engine
from tests.support.sites import store_of, write_site

RELOADS = int(os.environ.get("HL7_RELOADS", "30"))
CONNECTIONS = 16
BETWEEN = 50
"""Answers between two reloads: a tenth of a second, or less."""

CONFIG = """\
site: busy
time_zone: UTC
listeners: {{inbound: {{mllp: 127.0.0.1:0}}}}
destinations: {{billing: {{mllp: 127.0.0.1:{port}, lanes: 8}}}}
"""
ROUTE = "route: all\nfrom: inbound\nto:\n  billing: {{map: {name}}}\n"
MAPPING = "mapping: {name}\noutput: {{start: copy}}\nsteps:\n  - set: {{MSH-5: {word}}}\n"
FAULTS = {
    "routes/all.yaml": "route: all\nfrom: inbound\nto:\n  billing: {map: nowhere}\n",
    "mappings/odd.yaml": "mapping: odd\noutput: {start: copy}\nsteps:\n  - set: {MSH-5: '=nothing('}\n",
    "mappings/even.yaml": "mapping: even\n\toutput: {start: copy}\n",
}
"""Each is refused: an unknown name, a formula that cannot be read, a tab."""


@dataclass
class Load:
    """What the senders saw."""

    answered: int = 0
    accepted: int = 0
    cut_off: int = 0
    waits: list[float] = field(default_factory=list)
    news: asyncio.Condition = field(default_factory=asyncio.Condition)

    def slowest(self, share: float) -> float:
        """Return the wait that all but *share* of the answers were below, in milliseconds."""
        return sorted(self.waits)[min(len(self.waits) - 1, int(len(self.waits) * (1 - share)))] * 1_000

    async def more(self, count: int) -> None:
        """Wait until so many more answers have come."""
        wanted = self.answered + count
        async with asyncio.timeout(LONG), self.news:
            await self.news.wait_for(lambda: self.answered >= wanted or self.cut_off)


def _save(file: Path, text: str) -> None:
    """Save a file as editors do: as a whole."""
    beside = file.with_suffix(".saving")
    beside.write_text(text, "utf-8")
    beside.replace(file)


def _site(folder: Path, port: int) -> Path:
    files = {f"mappings/{name}.yaml": MAPPING.format(name=name, word="W0") for name in ("odd", "even")}
    files |= {"config.yaml": CONFIG.format(port=port), "routes/all.yaml": ROUTE.format(name="even")}
    return write_site(folder, files)


def _change(folder: Path, number: int) -> None:
    """Save the *number*-th version: another word in one mapping, then a route that uses it."""
    name = "odd" if number % 2 else "even"
    _save(folder / f"mappings/{name}.yaml", MAPPING.format(name=name, word=f"W{number}"))
    _save(folder / "routes/all.yaml", ROUTE.format(name=name))


@asynccontextmanager
async def _senders(port: int) -> AsyncIterator[Load]:
    """Send on sixteen connections, each as fast as it is answered, until the body ends."""
    load, end = Load(), asyncio.Event()

    async def send(connection: int) -> None:
        async with sending_to(port) as sender:
            number = 0
            while not end.is_set():
                number += 1
                message = ADT.replace(b"MSG1", b"C%dN%d" % (connection, number))
                message = message.replace(b"PID|1||", b"PID|1||%d" % connection)
                begun = perf_counter()
                try:
                    told = await sender.ask(message)
                except (asyncio.IncompleteReadError, ConnectionError):
                    load.cut_off += 1
                    return
                load.waits.append(perf_counter() - begun)
                load.answered += 1
                load.accepted += b"MSA|AA|" in told
                async with load.news:
                    load.news.notify_all()

    async with asyncio.TaskGroup() as group:
        for connection in range(CONNECTIONS):
            group.create_task(send(connection))
        yield load
        end.set()


def _decided(config: Path) -> tuple[int, list[str], list[tuple[str, str]]]:
    """Return how many messages are kept, the versions' words, and for each delivery: the word it must have and has."""
    readers = open_readers(store_of(config))
    try:
        with readers.reading(60.0) as connection:
            words: dict[int, str] = {}
            for row in rules_versions(connection):
                texts = rules_texts(connection, row["id"])
                used = re.search(r"map: (\w+)", texts["routes/all.yaml"])
                assert used is not None
                word = re.search(r"MSH-5: (\w+)", texts[f"mappings/{used[1]}.yaml"])
                assert word is not None
                words[row["id"]] = word[1]
            count = connection.exec_driver_sql("SELECT count(*) FROM message").scalar_one()
            query = "SELECT m.rules_version, d.payload FROM message m JOIN delivery d ON d.message_id = m.id"
            pairs = [(words[row[0]], field_of(row[1], b"MSH", 5).decode()) for row in connection.exec_driver_sql(query)]
            return int(count), list(words.values()), pairs
    finally:
        readers.close()


async def test_reloads_under_load_cut_nobody_off_and_lose_and_mix_nothing(tmp_path: Path) -> None:
    """Every message is decided by one version, which is recorded with it and explains its output."""
    async with receiving() as billing:
        config = _site(tmp_path, billing.port)
        async with running_engine(config) as engine:
            async with _senders(engine.ports["inbound"]) as load:
                results = []
                for number in range(1, RELOADS + 1):
                    _change(tmp_path, number)
                    results.append((await reload(config))["result"])
                    await load.more(BETWEEN)
            await billing.until(load.answered)
        kept, words, pairs = _decided(config)

    print(f"\n{RELOADS} reloads, {load.answered} messages, {len(words)} versions decided", end="; ")  # noqa: T201
    print(f"answers: p50 {load.slowest(0.5):.1f} ms, p99 {load.slowest(0.01):.1f} ms, {load.slowest(0):.0f} ms")  # noqa: T201
    assert set(results) <= {"switched", "unchanged"}
    assert load.cut_off == 0
    assert load.answered == load.accepted == kept == len(pairs) == len(billing.frames)
    assert [pair for pair in pairs if pair[0] != pair[1]] == []
    assert len(set(words)) > RELOADS // 2


async def test_good_and_bad_files_in_quick_turns_harm_nothing(tmp_path: Path) -> None:
    """A faulty version never decides; the good ones around it do."""
    async with receiving() as billing:
        config = _site(tmp_path, billing.port)
        async with running_engine(config) as engine:
            async with _senders(engine.ports["inbound"]) as load:
                good, bad = [], []
                for number in range(1, RELOADS // 2 + 1):
                    file, fault = list(FAULTS.items())[number % len(FAULTS)]
                    _save(tmp_path / file, fault)
                    bad.append(await reload(config))
                    for name in ("odd", "even"):
                        _save(tmp_path / f"mappings/{name}.yaml", MAPPING.format(name=name, word=f"W{number}"))
                    _change(tmp_path, number)
                    good.append(await reload(config))
                    await load.more(BETWEEN)
            await billing.until(load.answered)
        kept, words, pairs = _decided(config)

    assert {each["result"] for each in bad} == {"refused"}
    assert all(each["problems"] for each in bad)
    assert {each["result"] for each in good} <= {"switched", "unchanged"}
    assert load.cut_off == 0
    assert load.answered == load.accepted == kept == len(pairs) == len(billing.frames)
    assert [pair for pair in pairs if pair[0] != pair[1]] == []
    assert len(set(words)) > 1
