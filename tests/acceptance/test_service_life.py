"""A service's life in this process, with failures that only a test can order: every end is told, and none hangs."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from engine.config import load
from engine.errors import CouldNotListen, StorageFailed, StoreLocked
from engine.journal.store import open_store
from engine.journal.writer import Limits
from engine.service import Hooks, Service
from tests.support.decisions import ADT
from tests.support.peers import answer, receiving, sending_to
from tests.support.sites import write_site

CONFIG = """\
time_zone: UTC
store: sqlite:///engine.db
listeners:
  adt: {mllp: 127.0.0.1:0}
destinations:
  billing: {mllp: 127.0.0.1:PORT, retry: {first: 10ms, longest: 20ms}}
"""
ROUTE = "route: all\nfrom: adt\nto: {billing: {}}\n"


@dataclass
class Disk:
    """Fails at a named place of the writer, once it has been told to."""

    fails_at: str = ""

    def __call__(self, name: str) -> None:
        if name == self.fails_at:
            error = sqlite3.OperationalError("disk I/O error")
            error.sqlite_errorcode, error.sqlite_errorname = sqlite3.SQLITE_IOERR, "SQLITE_IOERR_FSYNC"
            raise error


def _service(folder: Path, port: int, disk: Disk | None = None, config: str = CONFIG) -> Service:
    settings = load(write_site(folder, {"config.yaml": config.replace("PORT", str(port)), "routes/all.yaml": ROUTE}))
    hooks = Hooks() if disk is None else Hooks(limits=Limits(max_bytes=1 << 30, failpoint=disk))
    return Service(settings, hooks)


@asynccontextmanager
async def _running(service: Service) -> AsyncIterator[asyncio.Task[None]]:
    """Run a service that is ready; the body ends it."""
    ready = asyncio.Event()
    running = asyncio.create_task(service.run(ready.set))
    async with asyncio.timeout(30):
        await ready.wait()
        yield running
        await asyncio.wait({running})


async def test_what_was_acknowledged_is_delivered_before_an_ordered_stop_ends(tmp_path: Path) -> None:
    """One message on its way is finished; nothing is cut off."""
    async with receiving() as billing:
        service = _service(tmp_path, billing.port)
        async with _running(service) as running:
            async with sending_to(service.listeners["adt"].port) as sender:
                told = await sender.ask(ADT)
            await billing.until(1)
            service.stop()
        await running

    assert b"MSA|AA|MSG1" in told
    assert billing.frames == [ADT]


async def test_a_failed_disk_ends_the_service_without_an_answer(tmp_path: Path) -> None:
    """The sender is closed, not answered; the failure is what `run` raises, so that the process ends with a word."""
    disk = Disk()
    async with receiving() as billing:
        service = _service(tmp_path, billing.port, disk)
        async with _running(service) as running, sending_to(service.listeners["adt"].port) as sender:
            disk.fails_at = "commit.before"
            with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
                await sender.ask(ADT)

    with pytest.raises(StorageFailed, match="sqlite-ioerr-fsync"):
        await running
    assert billing.frames == []


async def test_a_disk_that_fails_while_it_stops_hangs_nobody(tmp_path: Path) -> None:
    """The lane wants to record what it has sent; nobody will ever record it."""
    disk = Disk()

    def slow(payload: bytes) -> bytes:
        disk.fails_at = "outcome.before"
        service.stop()
        return answer(payload)

    async with receiving(slow) as billing:
        service = _service(tmp_path, billing.port, disk)
        async with _running(service) as running, sending_to(service.listeners["adt"].port) as sender:
            await sender.ask(ADT)

    with pytest.raises(StorageFailed):
        await running
    assert billing.frames == [ADT]


async def test_a_destination_that_never_answers_does_not_hold_up_a_stop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the grace its attempt is cut off, and the next start flags what may be a second copy."""
    monkeypatch.setattr("engine.service.life.GRACE_SECONDS", 0.05)
    config = CONFIG.replace("retry:", "timeout: 10m, retry:")
    async with receiving(lambda _payload: None) as billing:
        service = _service(tmp_path, billing.port, config=config)
        with capture_logs() as logs:
            async with _running(service) as running:
                async with sending_to(service.listeners["adt"].port) as sender:
                    await sender.ask(ADT)
                await billing.until(1)
                service.stop()
            await running

    with sqlite3.connect(tmp_path / "engine.db") as store:
        left = store.execute("SELECT state FROM delivery").fetchall()
    assert [event["destination"] for event in logs if event["event"] == "destination.cut_off"] == ["billing"]
    assert left == [(1,)]


async def test_a_port_in_use_is_told_and_leaves_nothing_open(tmp_path: Path) -> None:
    """No lane has begun, and the store is free for whoever starts next."""
    async with receiving() as other, receiving() as billing:
        config = CONFIG.replace("adt: {mllp: 127.0.0.1:0}", f"adt: {{mllp: 127.0.0.1:{other.port}}}")
        service = _service(tmp_path, billing.port, config=config)
        async with asyncio.timeout(20):
            with pytest.raises(CouldNotListen, match="another program uses this port"):
                await service.run()

    open_store(service.settings.store).close()
    assert not [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]


async def test_a_store_in_use_is_told(tmp_path: Path) -> None:
    """Two engines on one store would each think that it alone decides."""
    service = _service(tmp_path, 1)
    held = open_store(service.settings.store)

    try:
        with pytest.raises(StoreLocked):
            await service.run()
    finally:
        held.close()


async def test_what_waits_for_a_destination_that_is_gone_is_told_at_start(tmp_path: Path) -> None:
    """It stays in the store; somebody must say what becomes of it."""
    first = _service(tmp_path, 1)
    async with _running(first) as running:
        async with sending_to(first.listeners["adt"].port) as sender:
            await sender.ask(ADT)
        first.stop()
    await running
    renamed = write_site(
        tmp_path,
        {
            "config.yaml": CONFIG.replace("billing:", "accounts:").replace("PORT", "1"),
            "routes/all.yaml": ROUTE.replace("billing", "accounts"),
        },
    )

    second = Service(load(renamed))
    with capture_logs() as logs:
        async with _running(second) as running:
            second.stop()
        await running

    told = [event for event in logs if event["event"] == "destination.unknown"]
    assert [(each["destination"], each["pending"], each["held"]) for each in told] == [("billing", 1, 0)]
    assert told[0]["log_level"] == "error"


async def test_a_fault_in_a_lane_ends_the_whole_service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Service loops share their fate: half an engine would look like a quiet night."""

    async def broken() -> None:
        raise ZeroDivisionError

    service = _service(tmp_path, 1)
    async with _running(service) as running:
        dispatcher = service.dispatchers["billing"]
        monkeypatch.setattr(dispatcher, "_refill", broken)
        dispatcher._more.set()

    with pytest.raises(BaseExceptionGroup) as caught:
        await running
    assert caught.group_contains(ZeroDivisionError)
