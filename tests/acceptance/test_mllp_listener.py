"""The listener on real sockets: senders of every manner, and bounds that hold."""

import asyncio
import socket
import ssl
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from ipaddress import ip_network
from pathlib import Path

import pytest
import trustme
from structlog.testing import capture_logs

from engine.errors import CouldNotListen
from engine.mllp.budget import MemoryBudget
from engine.mllp.framing import Tolerances, wrap
from engine.mllp.handler import Caller
from engine.mllp.listener import Listener
from engine.mllp.options import Limits, ListenerOptions
from engine.mllp.tls import client_context, server_context

Stream = tuple[asyncio.StreamReader, asyncio.StreamWriter]
LONG = 20.0
"""Seconds after which a test has failed; nothing waits that long when all is well."""


class Echo:
    """Answers each frame at once with ``ack:`` and its first bytes, and remembers what came."""

    def __init__(self) -> None:
        self.frames: list[bytes] = []
        self.headers: list[bytes] = []
        self.came = asyncio.Condition()

    def on_frame(self, caller: Caller, payload: bytes, ticket: int) -> None:
        self.frames.append(payload)
        caller.answer(ticket, b"ack:" + payload[:20])

    def on_too_big(self, caller: Caller, header: bytes, ticket: int) -> None:
        self.headers.append(header)
        caller.answer(ticket, b"reject:" + header[:20])


class Slow(Echo):
    """Keeps every frame until it is told to answer; `arrivals` has a token per frame."""

    def __init__(self) -> None:
        super().__init__()
        self.pending: list[tuple[Caller, int, bytes]] = []
        self.arrivals: asyncio.Queue[int] = asyncio.Queue()

    def on_frame(self, caller: Caller, payload: bytes, ticket: int) -> None:
        self.frames.append(payload)
        self.pending.append((caller, ticket, payload))
        self.arrivals.put_nowait(ticket)

    async def wait_for(self, count: int) -> None:
        for _ in range(count):
            await asyncio.wait_for(self.arrivals.get(), LONG)

    def answer_all(self) -> None:
        pending, self.pending = self.pending, []
        for caller, ticket, payload in pending:
            caller.answer(ticket, b"ack:" + payload[:20])


@asynccontextmanager
async def listening(
    handler: Echo, limits: Limits | None = None, budget: MemoryBudget | None = None, **options: object
) -> AsyncIterator[Listener]:
    """A listener on a free port."""
    chosen = ListenerOptions("test", port=0, limits=limits or Limits(), **options)  # type: ignore[arg-type]
    async with Listener(chosen, handler, budget) as listener:
        yield listener


async def connect(listener: Listener, tls: ssl.SSLContext | None = None) -> Stream:
    return await asyncio.open_connection("127.0.0.1", listener.port, ssl=tls, limit=2**20)


async def read_frame(reader: asyncio.StreamReader) -> bytes:
    raw = await asyncio.wait_for(reader.readuntil(b"\x1c\r"), LONG)
    assert raw[:1] == b"\x0b"
    return raw[1:-2]


async def read_to_end(reader: asyncio.StreamReader) -> bytes:
    """Return what the listener still sends, and wait until it has closed, politely or not."""
    got = b""
    try:
        while piece := await asyncio.wait_for(reader.read(65_536), LONG):
            got += piece
    except ConnectionResetError:
        pass
    return got


async def until_gone(listener: Listener) -> None:
    """Wait until the listener has noticed that everyone has left."""
    await asyncio.wait_for(listener._none_left.wait(), LONG)


async def test_pipelined_frames_are_answered_in_their_order() -> None:
    """Ten frames in one segment: ten answers, in order."""
    handler = Slow()
    async with listening(handler) as listener:
        reader, writer = await connect(listener)

        writer.write(b"".join(wrap(b"%d" % n) for n in range(10)))
        await handler.wait_for(10)
        handler.pending.reverse()
        handler.answer_all()
        answers = [await read_frame(reader) for _ in range(10)]

        assert answers == [b"ack:%d" % n for n in range(10)]
        writer.close()


async def test_a_frame_may_go_without_an_answer() -> None:
    """Enhanced mode may want none; the next frame is not held up."""
    handler = Slow()
    async with listening(handler) as listener:
        reader, writer = await connect(listener)
        writer.write(wrap(b"silent") + wrap(b"loud"))
        await handler.wait_for(2)

        (caller, first, _), (_, second, _) = handler.pending
        caller.answer(second, b"heard")
        caller.answer(first, None)

        assert await read_frame(reader) == b"heard"
        writer.close()


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


async def test_a_missing_cr_is_made_up_for_by_silence() -> None:
    """FS, then nothing: answered all the same, and counted."""
    async with listening(Echo(), Limits(silence_seconds=0.05)) as listener:
        reader, writer = await connect(listener)

        writer.write(b"\x0ba\x1c")
        answer = await read_frame(reader)
        writer.close()
        await until_gone(listener)

        assert answer == b"ack:a"
        assert listener.tally.counts["missing-cr"] == 1


async def test_a_sender_that_half_closes_is_still_answered() -> None:
    """FIN after the message, as senders do that connect for each one; also without the last CR."""
    handler = Slow()
    async with listening(handler) as listener:
        reader, writer = await connect(listener)

        writer.write(wrap(b"one") + b"\x0btwo\x1c")
        writer.write_eof()
        await handler.wait_for(2)
        handler.answer_all()
        rest = await read_to_end(reader)

        assert rest == wrap(b"ack:one") + wrap(b"ack:two")
        writer.close()


async def test_a_sender_that_dies_inside_a_frame_leaves_nothing() -> None:
    """The half is dropped and counted, and the next connection is clean."""
    handler = Echo()
    async with listening(handler) as listener:
        _, dying = await connect(listener)
        dying.write(b"\x0bMSH|half")
        dying.close()
        await until_gone(listener)

        reader, writer = await connect(listener)
        writer.write(wrap(b"whole"))
        answer = await read_frame(reader)

        assert answer == b"ack:whole"
        assert handler.frames == [b"whole"]
        assert listener.tally.counts["partial-frame"] == 1
        writer.close()


@pytest.mark.parametrize(
    ("stream", "code"),
    [
        (b"GET / HTTP/1.1\r\n\r\n" + wrap(b"MSH|a"), "http"),
        (b"\x16\x03\x01\x00\xa5\x01\x00", "tls"),
        (b"SSH-2.0-client\r\n", "ssh"),
        (b"hello\r\n", "junk"),
        (b"\x0bMSH|a\r\x0bMSH|b\r\x1c\r", "vt-inside"),
    ],
)
async def test_what_is_not_mllp_is_closed_and_nothing_delivered(stream: bytes, code: str) -> None:
    """Browsers, scanners and glued messages reach nobody."""
    handler = Echo()
    async with listening(handler) as listener:
        reader, writer = await connect(listener)

        writer.write(stream)
        rest = await read_to_end(reader)

        assert rest == b""
        assert handler.frames == []
        assert listener.tally.counts[code] == 1
        writer.close()


async def test_what_was_complete_before_a_fault_is_answered() -> None:
    """The fault ends the connection, not the message before it."""
    handler = Slow()
    async with listening(handler) as listener:
        reader, writer = await connect(listener)

        writer.write(wrap(b"good") + b"junk")
        await handler.wait_for(1)
        handler.answer_all()

        assert await read_to_end(reader) == wrap(b"ack:good")
        writer.close()


async def test_connecting_and_closing_is_no_event() -> None:
    """A load balancer's probe: nothing is logged above debug, nothing counted but itself."""
    async with listening(Echo()) as listener:
        with capture_logs() as logs:
            _, writer = await connect(listener)
            writer.close()
            await until_gone(listener)

        assert [entry for entry in logs if entry["log_level"] != "debug"] == []
        assert +listener.tally.counts == {}


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


async def refused(listener: Listener, source: str = "127.0.0.1") -> bool:
    """Whether a new connection is closed before a byte is exchanged."""
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", listener.port, local_addr=(source, 0))
    except ConnectionError:
        return True
    writer.write(wrap(b"let me in"))
    rest = await read_to_end(reader)
    writer.close()
    return rest == b""


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


async def test_an_ordered_stop_answers_what_was_read() -> None:
    """No new connections; frames in hand are answered, halves are dropped, then everyone is closed."""
    handler = Slow()
    async with listening(handler) as listener:
        port = listener.port
        reader, writer = await connect(listener)
        idle_reader, idle = await connect(listener)
        writer.write(wrap(b"one") + wrap(b"two") + b"\x0bhalf")
        await handler.wait_for(2)

        listener.stop_accepting()
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", port)
        finishing = asyncio.ensure_future(listener.finish(LONG))
        idle_rest = await read_to_end(idle_reader)
        still_open = not finishing.done()
        handler.answer_all()
        rest = await read_to_end(reader)
        cut_off = await finishing

        assert still_open
        assert rest == wrap(b"ack:one") + wrap(b"ack:two")
        assert idle_rest == b""
        assert cut_off == 0
        writer.close()
        idle.close()


async def test_an_ordered_stop_does_not_wait_for_ever() -> None:
    """A handler that never answers is cut off at the deadline, and no answer is made up."""
    handler = Slow()
    async with listening(handler) as listener:
        reader, writer = await connect(listener)
        writer.write(wrap(b"one"))
        await handler.wait_for(1)

        listener.stop_accepting()
        cut_off = await listener.finish(0.05)
        rest = await read_to_end(reader)

        assert cut_off == 1
        assert rest == b""
        writer.close()


async def test_closing_without_answer_leaves_the_sender_to_resend() -> None:
    """Trouble with the store: earlier answers have left, later ones are never made."""
    handler = Slow()
    async with listening(handler) as listener:
        reader, writer = await connect(listener)
        writer.write(wrap(b"one") + wrap(b"two"))
        await handler.wait_for(2)

        (caller, first, _), (_, second, _) = handler.pending
        caller.answer(first, b"stored")
        caller.close_without_answer()
        caller.answer(second, b"too late")

        assert await read_to_end(reader) == wrap(b"stored")
        assert listener.tally.counts["answer-undelivered"] == 1
        writer.close()


async def test_a_handler_that_raises_costs_only_its_sender() -> None:
    """The log names type and place, never the text: it may hold a patient's name."""

    class Failing(Echo):
        def on_frame(self, caller: Caller, payload: bytes, ticket: int) -> None:
            if payload == b"bad":
                raise ValueError("SECRET")
            super().on_frame(caller, payload, ticket)

    async with listening(Failing()) as listener:
        reader, writer = await connect(listener)
        good_reader, good = await connect(listener)
        with capture_logs() as logs:
            writer.write(wrap(b"bad"))
            rest = await read_to_end(reader)
        good.write(wrap(b"good"))

        assert rest == b""
        assert await read_frame(good_reader) == b"ack:good"
        assert "SECRET" not in repr(logs)
        assert [entry["error"] for entry in logs if entry["event"] == "handler.crashed"] == ["ValueError"]
        writer.close()
        good.close()


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


async def test_tolerances_reach_the_wire() -> None:
    """A listener told to tolerate LF-ended frames does."""
    async with listening(Echo(), tolerances=Tolerances(lf_ended=True)) as listener:
        reader, writer = await connect(listener)

        writer.write(b"\x0ba\x1c\n")

        assert await read_frame(reader) == b"ack:a"
        writer.close()


async def test_a_port_in_use_is_said_in_a_sentence() -> None:
    """The operator learns which listener, where, and what to do."""
    async with listening(Echo()) as listener:
        taken = replace(listener.options, name="second", port=listener.port)

        with pytest.raises(CouldNotListen) as caught:
            async with Listener(taken, Echo()):
                pass

    assert caught.value.code == "port-in-use"
    assert "listener 'second' cannot listen on 127.0.0.1:" in str(caught.value)
    assert "choose another port" in str(caught.value)


async def test_an_address_of_another_machine_is_said_in_a_sentence() -> None:
    """TEST-NET addresses are nobody's."""
    with pytest.raises(CouldNotListen) as caught:
        async with Listener(ListenerOptions("lab", host="192.0.2.1", port=0), Echo()):
            pass

    assert caught.value.code == "no-such-address"


@pytest.fixture
def certificates(tmp_path: Path) -> Path:
    """A server's and a client's certificate, and their authority."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    for name in ("127.0.0.1", "client"):
        issued = authority.issue_cert(name)
        issued.cert_chain_pems[0].write_to_path(str(tmp_path / f"{name}.pem"))
        issued.private_key_pem.write_to_path(str(tmp_path / f"{name}.key"))
        (tmp_path / f"{name}.key").chmod(0o600)
    return tmp_path


async def test_messages_travel_over_tls(certificates: Path) -> None:
    """The same frames, encrypted; big ones, too."""
    handler = Echo()
    tls = server_context(certificates / "127.0.0.1.pem", certificates / "127.0.0.1.key")
    async with listening(handler, tls=tls) as listener:
        reader, writer = await connect(listener, client_context(certificates / "ca.pem"))

        writer.write(wrap(b"a") + wrap(b"x" * 3_000_000))

        assert [await read_frame(reader) for _ in range(2)] == [b"ack:a", b"ack:" + b"x" * 20]
        assert [len(frame) for frame in handler.frames] == [1, 3_000_000]
        writer.close()


async def test_mutual_tls_lets_in_only_who_has_a_certificate(certificates: Path) -> None:
    """Without one nothing is delivered."""
    handler = Echo()
    ca = certificates / "ca.pem"
    tls = server_context(certificates / "127.0.0.1.pem", certificates / "127.0.0.1.key", ca)
    async with listening(handler, tls=tls) as listener:
        known = client_context(ca, certificates / "client.pem", certificates / "client.key")
        reader, writer = await connect(listener, known)
        writer.write(wrap(b"a"))
        answer = await read_frame(reader)
        writer.close()

        was_refused = await refused_over_tls(listener, client_context(ca))
        await until_gone(listener)

        assert answer == b"ack:a"
        assert was_refused
        assert handler.frames == [b"a"]
        assert listener.tally.counts["tls-handshake"] == 1


async def refused_over_tls(listener: Listener, tls: ssl.SSLContext) -> bool:
    """Whether no answer comes: with TLS 1.3 the refusal may arrive after the client's own handshake."""
    try:
        reader, writer = await connect(listener, tls)
        writer.write(wrap(b"let me in"))
        return await read_to_end(reader) == b""
    except OSError:
        return True


async def test_a_stalled_handshake_is_cut_off(certificates: Path) -> None:
    """A peer that connects to a TLS port and says nothing gives its place back; so does one that speaks plainly."""
    tls = server_context(certificates / "127.0.0.1.pem", certificates / "127.0.0.1.key")
    async with listening(Echo(), Limits(handshake_seconds=0.1), tls=tls) as listener:
        reader, writer = await connect(listener)
        plain_reader, plain = await connect(listener)
        plain.write(wrap(b"MSH|plain"))

        rest = await read_to_end(reader)
        await read_to_end(plain_reader)
        await until_gone(listener)

        assert rest == b""
        assert listener.tally.counts["tls-handshake"] == 2
        writer.close()
        plain.close()


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
