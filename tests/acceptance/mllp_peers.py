"""Handlers, senders and waits that the MLLP tests share: all on loopback, none sleeps."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from engine.mllp.budget import MemoryBudget
from engine.mllp.framing import wrap
from engine.mllp.handler import Caller
from engine.mllp.listener import Listener
from engine.mllp.options import Limits, ListenerOptions

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
