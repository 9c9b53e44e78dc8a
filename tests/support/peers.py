"""Senders and receivers that share no code with the engine: they cut and frame MLLP themselves, on plain sockets."""

import asyncio
import re
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from tests.support.running import LONG

Reply = Callable[[bytes], bytes | None]
"""What a receiver writes back for a payload, raw bytes with their frame; None: nothing, for ever."""


def framed(payload: bytes) -> bytes:
    """Return *payload* in a frame."""
    return b"\x0b" + payload + b"\x1c\r"


def narrow(payload: bytes) -> bytes:
    """Return UTF-16 as UTF-8, anything else as it is: then all that tests ask can be asked of bytes."""
    if payload[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return payload.decode("utf-16").encode()
    if payload[:2] == b"M\x00":
        return payload.decode("utf-16-le").encode()
    return payload.decode("utf-16-be").encode() if payload[:2] == b"\x00M" else payload


def lines_of(payload: bytes) -> list[bytes]:
    """Return its lines, whatever ends them, and without what may stand before the first."""
    return re.split(rb"[\r\n]+", narrow(payload).lstrip(b"\xef\xbb\xbf \t\r\n\x00"))


def field_of(payload: bytes, segment: bytes, number: int) -> bytes:
    """Return a field of the first such segment byte for byte; MSH-1 is the separator, so MSH-10 is number 10."""
    lines = lines_of(payload)
    separator = lines[0][3:4]
    for line in lines:
        if line.startswith(segment + separator):
            fields = line.split(separator)
            index = number - 1 if segment == b"MSH" else number
            return fields[index] if index < len(fields) else b""
    return b""


def control_id(payload: bytes) -> bytes:
    """Return MSH-10."""
    return field_of(payload, b"MSH", 10)


def answer(payload: bytes, code: bytes = b"AA", answers: bytes | None = None) -> bytes:
    """Return a framed acknowledgement of *payload*."""
    wanted = control_id(payload) if answers is None else answers
    return framed(b"MSH|^~\\&|R|R|S|S|20260101||ACK|A1|P|2.5.1\rMSA|%b|%b\r" % (code, wanted))


@dataclass(slots=True)
class Destination:
    """A receiver: what came, in order, with a condition that tells of news. *reply* may be changed at any time."""

    reply: Reply
    port: int = 0
    frames: list[bytes] = field(default_factory=list)
    news: asyncio.Condition = field(default_factory=asyncio.Condition)
    connections: int = 0

    async def until(self, count: int) -> None:
        """Wait until so many frames have come."""
        await self.until_true(lambda: len(self.frames) >= count)

    async def until_true(self, is_so: Callable[[], bool]) -> None:
        """Wait until something about what has come is so."""
        async with asyncio.timeout(LONG), self.news:
            await self.news.wait_for(is_so)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take one connection's frames and reply to each."""
        self.connections += 1
        try:
            while True:
                raw = await reader.readuntil(b"\x1c\r")
                payload = raw[raw.index(b"\x0b") + 1 : -2]
                self.frames.append(payload)
                async with self.news:
                    self.news.notify_all()
                reply = self.reply(payload)
                if reply is not None:
                    writer.write(reply)
                    await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # the engine has closed: nothing more comes
        finally:
            writer.close()


@asynccontextmanager
async def receiving(reply: Reply = answer, port: int = 0) -> AsyncIterator[Destination]:
    """Run a receiver on *port*, 0: a free one."""
    destination = Destination(reply)
    server = await asyncio.start_server(destination.serve, "127.0.0.1", port, limit=2**25)
    destination.port = server.sockets[0].getsockname()[1]
    try:
        yield destination
    finally:
        server.close()


def free_port() -> int:
    """Return a port that nobody listens on just now."""
    with socket.socket() as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


class SenderSocket:
    """One sender's connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def ask(self, payload: bytes) -> bytes:
        """Send *payload* as one frame and return the answer's payload."""
        self.writer.write(framed(payload))
        await self.writer.drain()
        return await self.answer()

    async def answer(self) -> bytes:
        """Return the payload of the next answer; IncompleteReadError or ConnectionError: there is none."""
        async with asyncio.timeout(LONG):
            raw = await self.reader.readuntil(b"\x1c\r")
        if raw[:1] != b"\x0b" or b"\x0b" in raw[1:]:
            raise AssertionError("the engine's answer is no frame")
        return raw[1:-2]

    async def rest(self) -> bytes:
        """Send no more, and return whatever still comes until the engine closes, politely or not."""
        try:
            if self.writer.can_write_eof():
                self.writer.write_eof()
            async with asyncio.timeout(LONG):
                return await self.reader.read()
        except ConnectionError:
            return b""

    def close(self) -> None:
        """Close at once."""
        self.writer.close()


@asynccontextmanager
async def sending_to(port: int) -> AsyncIterator[SenderSocket]:
    """Connect as a sender."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**25)
    try:
        yield SenderSocket(reader, writer)
    finally:
        writer.close()


async def send(port: int, payload: bytes) -> bytes:
    """Send one message on a connection of its own and return the answer."""
    async with sending_to(port) as sender:
        return await sender.ask(payload)
