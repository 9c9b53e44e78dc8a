"""What one sender may cost the others: every bound of the listener, reached on real sockets."""

import asyncio
import socket
import time
from ipaddress import ip_network

from structlog.testing import capture_logs

from engine.mllp.budget import MemoryBudget
from engine.mllp.framing import wrap
from engine.mllp.options import Limits
from tests.acceptance.mllp_peers import (
    LONG,
    Echo,
    Slow,
    Stream,
    connect,
    listening,
    read_frame,
    read_to_end,
    refused,
    until_gone,
)


async def test_a_sender_that_pipelines_without_end_is_slowed_by_tcp() -> None:
    """Only so many frames are in hand; the rest stays with the sender, and comes when there is room."""
    handler = Slow()
    body = b"x" * 50_000
    async with listening(handler, Limits(unanswered_frames=4)) as listener:
        reader, writer = await connect(listener)
        writer.transport.set_write_buffer_limits(high=0)
        sending = asyncio.ensure_future(send_many(writer, [body] * 600))

        await handler.wait_for(4)
        in_hand = len(handler.pending)
        held = listener._terms.budget.used
        stuck = not sending.done()
        for _ in range(600 - 4):
            caller, ticket, _ = handler.pending.pop(0)
            caller.answer(ticket, b"ok")
            await handler.wait_for(1)
        handler.answer_all()
        await asyncio.wait_for(sending, LONG)
        answers = [await read_frame(reader) for _ in range(600)]

        assert in_hand == 4
        assert held < 2 * 2**20
        assert stuck
        assert len(answers) == len(handler.frames) == 600
        assert listener._terms.budget.used == 0
        writer.close()


async def send_many(writer: asyncio.StreamWriter, bodies: list[bytes]) -> None:
    for body in bodies:
        writer.write(wrap(body))
        await writer.drain()


async def test_thousands_of_frames_in_one_read_do_not_keep_the_loop() -> None:
    """A handler that answers on the spot gets them in turns, and all are answered."""
    handler = Echo()
    async with listening(handler, Limits(unanswered_frames=8)) as listener:
        reader, writer = await connect(listener)

        writer.write(wrap(b"a") * 5_000)
        for _ in range(5_000):
            await read_frame(reader)

        assert len(handler.frames) == 5_000
        writer.close()


async def test_a_frame_that_dribbles_is_cut_off_at_its_deadline() -> None:
    """Slowloris: bytes keep coming, the deadline from VT does not move."""
    handler = Echo()
    async with listening(handler, Limits(frame_seconds=0.3)) as listener:
        reader, writer = await connect(listener)
        pace = await connect(listener)
        writer.write(b"\x0bMSH|")
        is_over = asyncio.Event()
        dribbling = asyncio.ensure_future(dribble(writer, pace, is_over))

        rest = await read_to_end(reader)
        is_over.set()
        dribbled = await asyncio.wait_for(dribbling, LONG)

        assert rest == b""
        assert dribbled > 10
        assert set(handler.frames) == {b"tick"}
        assert listener.tally.counts["frame-timeout"] == 1
        writer.close()
        pace[1].close()


async def dribble(writer: asyncio.StreamWriter, pace: Stream, is_over: asyncio.Event) -> int:
    """Send a byte after each exchange on another connection; return how many."""
    sent = 0
    while not is_over.is_set():
        writer.write(b"x")
        sent += 1
        pace[1].write(wrap(b"tick"))
        await read_frame(pace[0])
    return sent


async def test_a_silent_connection_is_never_cut_off_by_default() -> None:
    """Between frames a hospital may be silent all night: the frame deadline does not run."""
    handler = Echo()
    async with listening(handler, Limits(frame_seconds=0.05)) as listener:
        quiet_reader, quiet = await connect(listener)
        reader, writer = await connect(listener)
        writer.write(b"\x0bMSH|")
        await read_to_end(reader)

        quiet.write(wrap(b"still here"))

        assert await read_frame(quiet_reader) == b"ack:still here"
        quiet.close()
        writer.close()


async def test_an_idle_deadline_closes_what_is_silent() -> None:
    """For sites whose firewalls forget connections."""
    async with listening(Echo(), Limits(idle_seconds=0.05)) as listener:
        reader, writer = await connect(listener)

        rest = await read_to_end(reader)

        assert rest == b""
        assert listener.tally.counts["idle-timeout"] == 1
        writer.close()


async def test_a_peer_that_does_not_read_its_answers_is_closed() -> None:
    """Its window stays shut: after the write deadline the connection is gone."""
    handler = Slow()
    async with listening(handler, Limits(write_seconds=0.2)) as listener:
        sock = socket.socket()
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        sock.setblocking(False)
        await asyncio.get_running_loop().sock_connect(sock, ("127.0.0.1", listener.port))
        await asyncio.get_running_loop().sock_sendall(sock, wrap(b"a"))
        await handler.wait_for(1)

        caller, ticket, _ = handler.pending[0]
        caller.answer(ticket, b"y" * 20_000_000)
        await until_gone(listener)

        assert listener.tally.counts["write-timeout"] == 1
        sock.close()


async def test_the_cap_on_connections_refuses_the_next_and_spares_the_others() -> None:
    """Accepted and reset at once, not left waiting; logged once."""
    handler = Echo()
    async with listening(handler, Limits(connections=3)) as listener:
        kept = [await connect(listener) for _ in range(3)]
        for reader, writer in kept:
            writer.write(wrap(b"a"))
            await read_frame(reader)

        with capture_logs() as logs:
            for _ in range(5):
                assert await refused(listener)
        kept[0][1].write(wrap(b"b"))

        assert await read_frame(kept[0][0]) == b"ack:b"
        assert [(entry["event"], entry["code"]) for entry in logs] == [("connection.refused", "too-many")]
        assert listener.tally.counts["too-many"] == 5
        for _, writer in kept:
            writer.close()


async def test_the_cap_per_peer_leaves_room_for_other_peers() -> None:
    """One sender gone mad cannot lock the others out; a place given back can be taken again."""
    async with listening(Echo(), Limits(connections_per_peer=1)) as listener:
        reader, writer = await connect(listener)
        writer.write(wrap(b"a"))
        await read_frame(reader)

        same = await refused(listener)
        other_reader, other = await asyncio.open_connection("127.0.0.1", listener.port, local_addr=("127.0.0.2", 0))
        other.write(wrap(b"b"))
        other_answer = await read_frame(other_reader)
        writer.close()
        other.close()
        await until_gone(listener)
        again_reader, again = await connect(listener)
        again.write(wrap(b"c"))

        assert same
        assert other_answer == b"ack:b"
        assert await read_frame(again_reader) == b"ack:c"
        again.close()


async def test_only_allowed_networks_get_in() -> None:
    """Others are reset before a byte is read."""
    handler = Echo()
    async with listening(handler, allow=(ip_network("127.0.0.1/32"), ip_network("10.0.0.0/8"))) as listener:
        reader, writer = await connect(listener)
        writer.write(wrap(b"a"))
        answer = await read_frame(reader)

        was_refused = await refused(listener, "127.0.0.3")

        assert answer == b"ack:a"
        assert was_refused
        assert handler.frames == [b"a"]
        assert listener.tally.counts["not-allowed"] == 1
        writer.close()


async def test_a_frame_too_big_is_refused_while_the_sender_still_sends() -> None:
    """The sender gets its AR, although it sends megabytes more before it looks; the memory is given back."""
    handler = Echo()
    async with listening(handler, Limits(frame_bytes=100_000)) as listener:
        reader, writer = await connect(listener)

        writer.write(wrap(b"MSH|header\rOBX|" + b"x" * 5_000_000))
        await asyncio.wait_for(writer.drain(), LONG)
        answer = await read_frame(reader)
        held = listener._terms.budget.used
        writer.close()
        await until_gone(listener)

        assert answer == b"reject:MSH|header"
        assert handler.headers == [b"MSH|header"]
        assert handler.frames == []
        assert held == 0


async def test_a_frame_too_big_that_is_no_hl7_is_closed_without_an_answer() -> None:
    """Without a header there is nobody to answer."""
    handler = Echo()
    async with listening(handler, Limits(frame_bytes=1_000)) as listener:
        reader, writer = await connect(listener)

        writer.write(b"\x0b" + b"x" * 1_001)

        assert await read_to_end(reader) == b""
        assert handler.headers == []
        writer.close()


async def test_a_spent_memory_budget_lets_everyone_finish_in_turn() -> None:
    """Six senders of 2 MB with memory for two: all are answered, and the budget is whole again."""
    handler = Echo()
    budget = MemoryBudget(limit=4 * 2**20)
    async with listening(handler, budget=budget) as listener:
        streams = [await connect(listener) for _ in range(6)]

        for _, writer in streams:
            writer.write(wrap(b"big" + b"x" * 2 * 2**20))
        answers = [await read_frame(reader) for reader, _ in streams]

        assert answers == [b"ack:big" + b"x" * 17] * 6
        assert budget.used == 0
        for _, writer in streams:
            writer.close()


async def test_small_messages_stay_quick_beside_big_frames() -> None:
    """Four senders push frames of 10 MB; the others' answers do not wait for them."""
    handler = Echo()
    frame = wrap(b"MSH|" + b"x" * 10_000_000)
    async with listening(handler) as listener:
        big = [await connect(listener) for _ in range(4)]
        reader, writer = await connect(listener)
        pushing = [asyncio.ensure_future(push(stream, frame, 2)) for stream in big]
        waits: list[float] = []

        while not all(task.done() for task in pushing) or len(waits) < 100:
            began = time.perf_counter()
            writer.write(wrap(b"MSH|small"))
            await read_frame(reader)
            waits.append(time.perf_counter() - began)

        waits.sort()
        assert waits[int(len(waits) * 0.99)] < 0.25
        assert sum(len(frame) > 1_000 for frame in handler.frames) == 8
        for _, closing in [*big, (reader, writer)]:
            closing.close()


async def push(stream: Stream, frame: bytes, times: int) -> None:
    reader, writer = stream
    for _ in range(times):
        writer.write(frame)
        await writer.drain()
        await read_frame(reader)
