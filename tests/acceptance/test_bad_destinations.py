"""Destinations that are down, refuse, lie or fall silent: their messages wait in order, everybody else's go on."""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path

from tests.support.books import counts, rows
from tests.support.messages import adt
from tests.support.peers import (
    Destination,
    Reply,
    answer,
    control_id,
    field_of,
    framed,
    free_port,
    receiving,
    sending_to,
)
from tests.support.running import running_engine
from tests.support.sites import small_site, store_of


def refusing(code: bytes, error: bytes = b"") -> Reply:
    """Return how a destination refuses: MSA-1, and ERR-3 where it says why."""

    def reply(payload: bytes) -> bytes:
        words = b"ERR|||%b|E\r" % error if error else b""
        return framed(answer(payload, code)[1:-2] + words)

    return reply


def nothing(_payload: bytes) -> None:
    """Never answer."""


BEHAVIOURS: dict[str, tuple[Reply, str]] = {
    "good": (answer, ""),
    "ae": (refusing(b"AE"), "AE"),
    "cr": (refusing(b"CR"), "CR"),
    "version": (refusing(b"AR", b"203^Unsupported version id^HL70357"), "AR-203"),
    "busy": (refusing(b"AR"), "AR"),
    "ce": (refusing(b"CE"), "CE"),
    "rubbish": (lambda _payload: framed(b"I do not speak HL7"), "garbage"),
    "noise": (lambda _payload: b"HTTP/1.1 400 Bad Request\r\n\r\n", "garbage"),
    "codeless": (refusing(b"OK"), "garbage"),
    "other": (lambda payload: answer(payload, answers=b"SOMEBODY-ELSE"), "ack-mismatch"),
    "nameless": (lambda payload: answer(payload, answers=b""), "ack-mismatch"),
    "double": (lambda payload: answer(payload) + answer(payload), "extra-bytes"),
    "silent": (nothing, "answer-timeout"),
}
"""What each does at first, and the reason that the engine gives."""
PENDING = "SELECT destination, count(*) FROM delivery WHERE state = 1 GROUP BY destination"


async def test_a_bad_destination_keeps_only_its_own_messages_waiting(tmp_path: Path) -> None:
    """While the others misbehave the good one gets all; once they are mended each gets all, in order, by itself."""
    destinations: dict[str, Destination] = {}
    async with AsyncExitStack() as stack:
        for name, (reply, _) in BEHAVIOURS.items():
            destinations[name] = await stack.enter_async_context(receiving(reply))
        down = free_port()
        ports = {**{name: each.port for name, each in destinations.items()}, "down": down}
        told = "lanes: 2, timeout: 400ms, retry: {first: 50ms, longest: 200ms}"
        config = small_site(tmp_path, {name: f"mllp: 127.0.0.1:{port}, {told}" for name, port in ports.items()})
        async with running_engine(config) as engine, sending_to(engine.ports["inbound"]) as sender:
            for number in range(1, 7):
                assert field_of(await sender.ask(adt(f"M{number}", f"P{number % 2}")), b"MSA", 1) == b"AA"
            await destinations["good"].until(6)
            for name, reason in {
                **{name: why for name, (_, why) in BEHAVIOURS.items() if why},
                "down": "refused",
            }.items():
                await engine.logged("delivery.failed", destination=name, reason=reason)
            waiting = dict(
                rows(store_of(config), "SELECT destination, count(*) FROM delivery WHERE state = 1 GROUP BY 1")
            )
            seen = {name: {control_id(frame) for frame in each.frames} for name, each in destinations.items()}

            for each in destinations.values():
                each.reply = answer
            destinations["down"] = await stack.enter_async_context(receiving(port=down))
            for each in destinations.values():
                await each.until_true(has_got(each, 6))

    assert waiting == dict.fromkeys(set(ports) - {"good"}, 6)
    oldest = {f"M{number}".encode() for number in (1, 2)}
    assert {name: numbers for name, numbers in seen.items() if numbers - oldest and name != "good"} == {}
    for each in destinations.values():
        for patient in (0, 1):
            numbers = [control_id(f) for f in each.frames if field_of(f, b"PID", 3).startswith(b"P%d" % patient)]
            assert numbers == sorted(numbers)
    assert rows(store_of(config), "SELECT state, count(*) FROM delivery GROUP BY 1") == [(2, 6 * len(ports))]
    assert counts(store_of(config)).received == 6


def has_got(destination: Destination, count: int) -> Callable[[], bool]:
    """Return whether so many different messages have come."""
    return lambda: len({control_id(frame) for frame in destination.frames}) == count


async def test_a_late_answer_is_never_taken_for_the_next_message(tmp_path: Path) -> None:
    """After a timeout the socket is closed: the answer that comes late meets nobody, and the message is sent again."""
    late = asyncio.Event()

    async def slow_at_first(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            try:
                frame = (await reader.readuntil(b"\x1c\r"))[1:-2]
            except (asyncio.IncompleteReadError, ConnectionError):
                writer.close()
                return
            frames.append(frame)
            if len(frames) == 1:
                await reader.read()  # until the engine gives up and closes
                late.set()
            writer.write(answer(frame))
            if len({control_id(each) for each in frames}) == 3:
                done.set()

    frames: list[bytes] = []
    done = asyncio.Event()
    server = await asyncio.start_server(slow_at_first, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    config = small_site(
        tmp_path, {"slow": f"mllp: 127.0.0.1:{port}, timeout: 200ms, retry: {{first: 20ms, longest: 50ms}}"}
    )
    async with running_engine(config) as engine, sending_to(engine.ports["inbound"]) as sender:
        for number in (1, 2, 3):
            await sender.ask(adt(f"M{number}"))
        async with asyncio.timeout(30):
            await late.wait()
            await done.wait()
    server.close()

    assert [control_id(frame) for frame in frames] == [b"M1", b"M1", b"M2", b"M3"]
    assert frames[0] == frames[1]
    assert rows(store_of(config), "SELECT DISTINCT state FROM delivery") == [(2,)]
