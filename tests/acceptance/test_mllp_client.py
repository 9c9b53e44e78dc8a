"""The client against peers that answer well, badly, late or never."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import trustme

from engine.errors import ClientBusy, FrameError, PeerError
from engine.mllp.client import MllpClient
from engine.mllp.framing import wrap
from engine.mllp.tls import client_context, server_context

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
LONG = 20.0


class Peer:
    """A server that answers the n-th frame it gets with the n-th of its answers, on as many connections as it takes."""

    def __init__(self, *answers: bytes) -> None:
        self.answers = list(answers)
        self.frames: list[bytes] = []
        self.asked = asyncio.Event()
        self.connections = 0
        self.port = 0
        self.writers: list[asyncio.StreamWriter] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.writers.append(writer)
        try:
            while True:
                self.frames.append((await reader.readuntil(b"\x1c\r"))[1:-2])
                self.asked.set()
                writer.write(self.answers.pop(0) if self.answers else b"")
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()


@asynccontextmanager
async def serving(peer: Peer, serve: Serve | None = None, **options: object) -> AsyncIterator[Peer]:
    server = await asyncio.start_server(serve or peer.serve, "127.0.0.1", 0, **options)  # type: ignore[arg-type]
    peer.port = server.sockets[0].getsockname()[1]
    try:
        yield peer
    finally:
        server.close()
        for writer in peer.writers:
            writer.close()


def client_of(peer: Peer, answer_timeout: float = LONG) -> MllpClient:
    return MllpClient("127.0.0.1", peer.port, connect_timeout=LONG, answer_timeout=answer_timeout)


async def failure(client: MllpClient, payload: bytes = b"MSH|q") -> str:
    """Return the code of the `PeerError` that an exchange ends with."""
    with pytest.raises(PeerError) as caught:
        await client.exchange(payload)
    assert not client.connected
    return caught.value.code


async def test_exchanges_share_one_connection() -> None:
    """Connecting costs; a peer that answers well is asked again on the same socket."""
    async with serving(Peer(*[wrap(b"ok%d" % n) for n in range(5)])) as peer:
        client = client_of(peer)

        answers = [await client.exchange(b"q%d" % n) for n in range(5)]

        assert answers == [b"ok0", b"ok1", b"ok2", b"ok3", b"ok4"]
        assert peer.frames == [b"q0", b"q1", b"q2", b"q3", b"q4"]
        assert peer.connections == 1
        assert client.connected
        client.close()


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "garbage"),
        (b"MSA|AA|1\r\x1c\r", "garbage"),
        (b"\x0b\x1c\r", "garbage"),
        (b"\x0bMSH|a\x0bMSH|b\x1c\r", "garbage"),
        (wrap(b"one") + wrap(b"two"), "extra-bytes"),
        (wrap(b"one") + b"rest", "extra-bytes"),
        (wrap(b"one") + b"\x0btw", "extra-bytes"),
        (b"\x0b" + b"x" * 2_000_000 + b"\x1c\r", "too-big"),
    ],
)
async def test_an_answer_in_doubt_is_refused_and_the_socket_never_used_again(answer: bytes, code: str) -> None:
    """The next exchange has a socket of its own, and gets its own answer."""
    async with serving(Peer(answer, wrap(b"fine"))) as peer:
        client = client_of(peer)

        got = await failure(client)
        again = await client.exchange(b"MSH|again")

        assert got == code
        assert again == b"fine"
        assert peer.connections == 2
        client.close()


async def test_no_answer_in_time_closes_the_socket() -> None:
    """A late answer can then not be taken for the next one's."""
    async with serving(Peer(b"", wrap(b"fine"))) as peer:
        client = client_of(peer, answer_timeout=0.1)

        code = await failure(client)
        peer.writers[0].write(wrap(b"late"))
        again = await client.exchange(b"MSH|again")

        assert code == "answer-timeout"
        assert again == b"fine"
        client.close()


async def test_half_an_answer_is_no_answer() -> None:
    """It times out like silence does."""
    async with serving(Peer(b"\x0bMSA|AA")) as peer:
        code = await failure(client_of(peer, answer_timeout=0.1))

        assert code == "answer-timeout"


@pytest.mark.parametrize("said", [b"", b"\x0bMSA|A"])
async def test_a_peer_that_closes_instead_of_answering_is_told_apart(said: bytes) -> None:
    """Closed is not refused: it may have taken the message."""

    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\x1c\r")
        writer.write(said)
        writer.close()

    async with serving(Peer(), hang_up) as peer:
        code = await failure(client_of(peer))

        assert code == "closed"


async def test_nobody_listening_is_refused() -> None:
    """Nothing was sent."""
    async with serving(Peer()) as peer:
        pass

    code = await failure(client_of(peer))

    assert code == "refused"


async def test_an_unknown_host_is_unreachable() -> None:
    """RFC 6761: no name under .invalid exists."""
    client = MllpClient("nowhere.invalid", 2575, connect_timeout=LONG, answer_timeout=LONG)

    code = await failure(client)

    assert code == "unreachable"


async def test_an_answer_that_comes_unasked_costs_the_socket() -> None:
    """Nobody knows what it answers; the next exchange must not take it for its own."""
    async with serving(Peer(wrap(b"one"), wrap(b"two"))) as peer:
        client = client_of(peer)
        await client.exchange(b"q1")

        # Written, and not yet seen by the client's loop, which has no turn in between.
        peer.writers[0].write(wrap(b"stray"))
        answer = await client.exchange(b"q2")

        assert answer == b"two"
        assert peer.connections == 2
        client.close()


async def test_a_connection_the_peer_has_closed_is_replaced_before_sending() -> None:
    """A peer that closes after each answer costs no doubtful delivery."""
    async with serving(Peer(wrap(b"one"), wrap(b"two"))) as peer:
        client = client_of(peer)
        await client.exchange(b"q1")

        peer.writers[0].close()
        await asyncio.wait_for(peer.writers[0].wait_closed(), LONG)
        answer = await client.exchange(b"q2")

        assert answer == b"two"
        assert peer.frames == [b"q1", b"q2"]
        client.close()


async def test_a_line_feed_after_the_answer_is_no_doubt() -> None:
    """DESIGN.md 6: blanks between frames are skipped."""
    async with serving(Peer(wrap(b"one") + b"\n", wrap(b"two"))) as peer:
        client = client_of(peer)

        answers = [await client.exchange(b"q1"), await client.exchange(b"q2")]

        assert answers == [b"one", b"two"]
        assert peer.connections == 1
        client.close()


async def test_an_answer_without_cr_counts_after_a_second_of_silence() -> None:
    """Some peers forget it; waiting for ever would hold the lane."""
    async with serving(Peer(b"\x0bone\x1c")) as peer:
        client = client_of(peer)

        answer = await client.exchange(b"q1")

        assert answer == b"one"
        client.close()


async def test_a_cancelled_exchange_closes_the_socket() -> None:
    """Its answer may still come, and would meet the next question."""
    async with serving(Peer(b"", wrap(b"fine"))) as peer:
        client = client_of(peer)
        exchange = asyncio.ensure_future(client.exchange(b"q1"))
        await asyncio.wait_for(peer.asked.wait(), LONG)

        exchange.cancel()
        with pytest.raises(asyncio.CancelledError):
            await exchange
        connected = client.connected
        again = await client.exchange(b"q2")

        assert not connected
        assert again == b"fine"
        client.close()


async def test_a_second_exchange_at_the_same_time_is_a_mistake() -> None:
    """One in flight: a lane that asks twice is told, and the first is not disturbed."""
    async with serving(Peer(b"")) as peer:
        client = client_of(peer)
        first = asyncio.ensure_future(client.exchange(b"q1"))
        await asyncio.wait_for(peer.asked.wait(), LONG)

        with pytest.raises(ClientBusy):
            await client.exchange(b"q2")
        peer.writers[0].write(wrap(b"one"))

        assert await first == b"one"
        client.close()


async def test_a_payload_that_cannot_be_framed_is_refused_before_connecting() -> None:
    """MLLP knows no escape."""
    async with serving(Peer()) as peer:
        with pytest.raises(FrameError):
            await client_of(peer).exchange(b"a\x0bb")

        assert peer.connections == 0


@pytest.fixture
def certificates(tmp_path: Path) -> Path:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    trustme.CA().cert_pem.write_to_path(str(tmp_path / "other.pem"))
    issued = authority.issue_cert("127.0.0.1")
    issued.cert_chain_pems[0].write_to_path(str(tmp_path / "cert.pem"))
    issued.private_key_pem.write_to_path(str(tmp_path / "key.pem"))
    (tmp_path / "key.pem").chmod(0o600)
    return tmp_path


async def test_exchanges_over_tls(certificates: Path) -> None:
    """The same, encrypted; TLS's own bytes between answers are no doubt."""
    tls = server_context(certificates / "cert.pem", certificates / "key.pem")
    async with serving(Peer(wrap(b"one"), wrap(b"two")), ssl=tls) as peer:
        client = MllpClient(
            "127.0.0.1",
            peer.port,
            client_context(certificates / "ca.pem"),
            connect_timeout=LONG,
            answer_timeout=LONG,
        )

        answers = [await client.exchange(b"q1"), await client.exchange(b"q2")]

        assert answers == [b"one", b"two"]
        assert peer.connections == 1
        client.close()


async def test_a_peer_of_another_authority_gets_nothing(certificates: Path) -> None:
    """The code says that it is the certificate."""
    tls = server_context(certificates / "cert.pem", certificates / "key.pem")
    async with serving(Peer(wrap(b"one")), ssl=tls) as peer:
        stranger = client_context(certificates / "other.pem")
        client = MllpClient("127.0.0.1", peer.port, stranger, connect_timeout=LONG, answer_timeout=LONG)

        code = await failure(client)

        assert code == "tls"
        assert peer.frames == []


async def test_a_host_that_swallows_packets_is_given_up_in_time() -> None:
    """A full accept queue behaves like a firewall that drops: connecting ends at its own deadline."""
    began = time.monotonic()

    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(0)
        port = deaf.getsockname()[1]
        fillers = [socket.socket() for _ in range(8)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(("127.0.0.1", port))
        client = MllpClient("127.0.0.1", port, connect_timeout=0.2, answer_timeout=0.2)

        code = await failure(client)
        for filler in fillers:
            filler.close()

    assert code == "connect-timeout"
    assert time.monotonic() - began < LONG
