"""Stopping and starting the real process: what was acknowledged stays, and goes on in order with the same bytes."""

import asyncio
from asyncio import IncompleteReadError
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.support.books import counts, rows
from tests.support.messages import adt
from tests.support.peers import Reply, answer, control_id, field_of, free_port, receiving, send, sending_to
from tests.support.running import running_engine
from tests.support.sites import small_site, store_of

RETRY = "retry: {first: 20ms, longest: 100ms}"
MAPPING = """\
mapping: mapped
output: {message: ADT^A08^ADT_A01, version: 2.5.1, start: empty}
steps:
  - copy: [EVN, PID, PV1]
"""


def by_patient(frames: Iterable[bytes]) -> dict[bytes, list[bytes]]:
    """Return the PV1-19 (our running number) of each patient's frames, in their order."""
    found = defaultdict(list)
    for frame in frames:
        found[field_of(frame, b"PID", 3)].append(control_id(frame))
    return dict(found)


def in_order(numbers: list[bytes]) -> bool:
    """Whether MSH-10s that end in numbers rise; one may come twice in a row."""
    values = [int(number[1:]) for number in numbers]
    return values == sorted(values)


async def fill(port: int, first: int, last: int, patients: int = 4) -> None:
    """Send messages M<first> to M<last> about some patients on one connection; each must be accepted."""
    async with sending_to(port) as sender:
        for number in range(first, last + 1):
            reply = await sender.ask(adt(f"M{number}", f"P{number % patients}"))
            assert field_of(reply, b"MSA", 1) == b"AA"


async def test_an_ordered_stop_answers_what_it_keeps_and_keeps_what_it_answers(tmp_path: Path) -> None:
    """SIGTERM under load: exit code 0, and the store holds exactly the messages whose senders were told so."""
    acknowledged: set[str] = set()

    async def press(port: int, name: str) -> None:
        async with sending_to(port) as sender:
            for number in range(100_000):
                try:
                    reply = await sender.ask(adt(f"{name}-{number}", name))
                except (IncompleteReadError, ConnectionError):
                    return
                assert field_of(reply, b"MSA", 1) == b"AA"
                acknowledged.add(f"{name}-{number}")
                many.release()

    many = asyncio.Semaphore(0)
    async with receiving() as billing:
        config = small_site(tmp_path, {"billing": f"mllp: 127.0.0.1:{billing.port}, lanes: 4"})
        async with running_engine(config) as engine, asyncio.timeout(60), asyncio.TaskGroup() as senders:
            for number in range(8):
                senders.create_task(press(engine.ports["inbound"], f"S{number}"))
            for _ in range(200):
                await many.acquire()
            code = await engine.stop()

    assert code == 0
    assert {name for (name,) in rows(store_of(config), "SELECT control_id FROM message")} == acknowledged
    assert [event["event"] for event in engine.events[-2:]] == ["engine.stopping", "engine.stopped"]
    delivered = {name for (name,) in rows(store_of(config), "SELECT control_id FROM delivery WHERE state = 2")}
    assert delivered == {control_id(frame).decode() for frame in billing.frames}
    assert counts(store_of(config)).received == len(acknowledged) >= 200


async def test_a_backlog_drains_in_order_when_the_destination_comes_back(tmp_path: Path) -> None:
    """Nothing is lost, doubled or overtaken while it is down, and nobody has to restart anything."""
    port = free_port()
    config = small_site(tmp_path, {"billing": f"mllp: 127.0.0.1:{port}, lanes: 4, {RETRY}"})
    async with running_engine(config) as engine:
        await fill(engine.ports["inbound"], 1, 200)
        await engine.logged("delivery.failed", destination="billing", reason="refused")

        async with receiving(port=port) as billing:
            await billing.until(200)
            await engine.stop()

    assert sorted(control_id(frame) for frame in billing.frames) == sorted(b"M%d" % n for n in range(1, 201))
    assert all(in_order(numbers) for numbers in by_patient(billing.frames).values())
    assert rows(store_of(config), "SELECT state, count(*) FROM delivery GROUP BY state") == [(2, 200)]


@pytest.mark.parametrize("ending", ["stop", "kill"])
async def test_a_restart_goes_on_where_it_was_with_the_same_bytes(ending: str, tmp_path: Path) -> None:
    """MSH-10 and every other byte of an output are made once: what was tried before the restart is what comes after."""
    port = free_port()
    site = {"billing": f"mllp: 127.0.0.1:{port}, lanes: 4, {RETRY}"}
    config = small_site(tmp_path, site, mapping=MAPPING)
    async with running_engine(config) as engine:
        await fill(engine.ports["inbound"], 1, 40)
        if ending == "kill":
            await engine.kill()
    frozen = rows(store_of(config), "SELECT control_id, payload FROM delivery ORDER BY message_id")

    async with receiving(port=port) as billing, running_engine(config) as engine:
        await billing.until(40)

    assert len({name for name, _ in frozen}) == 40
    assert sorted(billing.frames) == sorted(payload for _, payload in frozen)
    order = {name.encode(): place for place, (name, _) in enumerate(frozen)}
    for numbers in by_patient(billing.frames).values():
        assert sorted(numbers, key=order.__getitem__) == numbers


async def test_what_may_have_been_sent_before_a_crash_comes_again_flagged(tmp_path: Path) -> None:
    """The destination got it and its answer did not arrive: the same bytes again, and the record says so for good."""
    async with receiving(lambda _payload: None) as billing:
        config = small_site(tmp_path, {"billing": f"mllp: 127.0.0.1:{billing.port}"})
        async with running_engine(config) as engine:
            await fill(engine.ports["inbound"], 1, 3)
            await billing.until(1)
            await engine.kill()
        billing.reply = answer

        async with running_engine(config):
            await billing.until(4)

    assert [control_id(frame) for frame in billing.frames] == [b"M1", b"M1", b"M2", b"M3"]
    assert billing.frames[0] == billing.frames[1]
    flags = rows(store_of(config), "SELECT control_id, state, possible_duplicate FROM delivery ORDER BY message_id")
    assert flags == [("M1", 2, 1), ("M2", 2, 0), ("M3", 2, 0)]


def answering_so_many(most: int) -> Reply:
    """Accept the first frames and be silent from then on."""
    left = iter(range(most))
    return lambda payload: answer(payload) if next(left, None) is not None else None


async def test_the_number_of_lanes_may_change_between_two_starts(tmp_path: Path) -> None:
    """Lane numbers are never stored: a backlog made with eight lanes drains through one, then through three."""
    came = []
    async with receiving() as billing:
        for lanes, most in ((8, 30), (1, 30), (3, 200)):
            billing.reply = answering_so_many(most)
            before = len(billing.frames)
            config = small_site(tmp_path, {"billing": f"mllp: 127.0.0.1:{billing.port}, lanes: {lanes}"})
            async with running_engine(config) as engine:
                if lanes == 8:
                    await fill(engine.ports["inbound"], 1, 100, patients=20)
                await billing.until_true(lambda: len(billing.frames) > before + most or len(set(billing.frames)) == 100)  # noqa: B023
                await engine.kill()
            came.append(len(billing.frames) - before)

    assert came[0] in range(31, 39)
    assert came[1] == 31
    assert {control_id(frame) for frame in billing.frames} == {b"M%d" % number for number in range(1, 101)}
    assert all(in_order(numbers) for numbers in by_patient(billing.frames).values())
    assert len(billing.frames) <= 100 + 8 + 1


async def test_a_resend_after_the_restart_is_answered_and_not_sent_on(tmp_path: Path) -> None:
    """Its answer was lost with the process: the sender asks again, hears AA, and the destination hears nothing."""
    async with receiving() as billing:
        config = small_site(tmp_path, {"billing": f"mllp: 127.0.0.1:{billing.port}"})
        async with running_engine(config) as engine:
            await fill(engine.ports["inbound"], 1, 2)
            await billing.until(2)
            await engine.kill()

        async with running_engine(config) as engine:
            again = await send(engine.ports["inbound"], adt("M1", "P1"))
            await fill(engine.ports["inbound"], 3, 3)
            await billing.until_true(lambda: control_id(billing.frames[-1]) == b"M3")

    assert (field_of(again, b"MSA", 1), field_of(again, b"MSA", 2)) == (b"AA", b"M1")
    assert counts(store_of(config)).resends == 1
    # The last one before the kill may come once more, if its outcome was not yet on disk; a resend never does.
    assert [control_id(frame) for frame in billing.frames] in ([b"M1", b"M2", b"M3"], [b"M1", b"M2", b"M2", b"M3"])
