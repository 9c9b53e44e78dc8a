"""Asks one MLLP peer and waits for its answer: one exchange at a time, and a socket in any doubt is closed.

It does not read the answer: whether it is the right one, and good, is for the caller to see.
"""

import asyncio
import contextlib
import select
import ssl as tls
from collections.abc import Sequence
from typing import Final, cast

from engine.errors import ClientBusy, PeerError
from engine.mllp.deadline import Deadline
from engine.mllp.framing import Broken, Event, FrameDecoder, wrap
from engine.mllp.sockets import tune

MAX_ANSWER_BYTES: Final = 2**20
_SILENCE_SECONDS: Final = 1.0


class MllpClient:
    """A peer. It connects when there is something to send, and again after any doubt."""

    def __init__(
        self, host: str, port: int, ssl: tls.SSLContext | None = None, *, connect_timeout: float, answer_timeout: float
    ) -> None:
        self._host = host
        self._port = port
        self._ssl = ssl
        self._connect_timeout = connect_timeout
        self._answer_timeout = answer_timeout
        self._link: _Link | None = None
        self._busy = False

    @property
    def connected(self) -> bool:
        """Whether the last exchange left a socket that can be used again."""
        return self._link is not None and not self._link.closed

    async def exchange(self, payload: bytes) -> bytes:
        """Send *payload* and return the payload of the answer; `PeerError` says why there is none."""
        frame = wrap(payload)
        if self._busy:
            raise ClientBusy("client-busy")
        self._busy = True
        try:
            link = self._link
            if link is None or not link.is_quiet():
                self.close()
                link = self._link = await self._connect()
            return await link.send(frame)
        except BaseException:
            # Cancelled, too: an answer may still come, and must not meet the next question.
            self.close()
            raise
        finally:
            self._busy = False

    def close(self) -> None:
        """Close the socket, if there is one; the next exchange opens another."""
        if self._link is not None:
            self._link.abort()
            self._link = None

    async def _connect(self) -> "_Link":
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self._connect_timeout):
                _, link = await loop.create_connection(
                    lambda: _Link(self._answer_timeout), self._host, self._port, ssl=self._ssl
                )
        except TimeoutError:
            raise PeerError("connect-timeout") from None
        except ConnectionRefusedError:
            raise PeerError("refused") from None
        except tls.SSLError:
            raise PeerError("tls") from None
        except OSError:
            raise PeerError("unreachable") from None
        return link


class _Link(asyncio.Protocol):
    """One socket to the peer."""

    __slots__ = ("_answer", "_decoder", "_loop", "_poll", "_silence", "_transport", "_waiter", "closed")

    def __init__(self, answer_timeout: float) -> None:
        self.closed = False
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._decoder = FrameDecoder(MAX_ANSWER_BYTES)
        self._waiter: asyncio.Future[bytes] | None = None
        self._answer = Deadline(answer_timeout, self._answer_expired)
        self._silence = Deadline(_SILENCE_SECONDS, self._silence_expired)
        self._poll: select.poll | None = None

    def is_quiet(self) -> bool:
        """Whether it is open and nothing has come unasked, not even what the loop has not seen yet."""
        if self.closed:
            return False
        return self._poll is None or not self._poll.poll(0)

    def send(self, frame: bytes) -> asyncio.Future[bytes]:
        """Return what will be the payload of the answer."""
        waiter = self._waiter = self._loop.create_future()
        if self._transport is None or self.closed:
            self._fail("closed")
        else:
            self._answer.start()
            self._transport.write(frame)
        return waiter

    def abort(self) -> None:
        """Close at once."""
        self.closed = True
        self._answer.cancel()
        self._silence.cancel()
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See `asyncio.Protocol`."""
        self._transport = cast("asyncio.Transport", transport)
        sock = transport.get_extra_info("socket")
        with contextlib.suppress(OSError):  # the peer is already gone; the exchange will find out
            tune(sock)
        if transport.get_extra_info("ssl_object") is None:
            # Under TLS 1.3 a peer may send tickets at any time, so bytes to read prove nothing.
            self._poll = select.poll()
            self._poll.register(sock.fileno(), select.POLLIN | select.POLLHUP)

    def data_received(self, data: bytes) -> None:
        """See `asyncio.Protocol`."""
        self._take(self._decoder.feed(data))

    def eof_received(self) -> None:
        """The end of the stream is as good as silence after FS."""
        self._take(self._decoder.silence())

    def connection_lost(self, exc: Exception | None) -> None:
        """See `asyncio.Protocol`."""
        self._fail("closed")

    def _take(self, events: Sequence[Event]) -> None:
        decoder = self._decoder
        waiter = self._waiter
        if waiter is None or waiter.done():
            if events or decoder.partial:
                self.abort()
        elif events:
            self._end(waiter, events)
        elif decoder.awaiting_cr:
            self._silence.start()
        else:
            self._silence.stop()

    def _end(self, waiter: asyncio.Future[bytes], events: Sequence[Event]) -> None:
        first = events[0]
        if not isinstance(first, bytes):
            too_big = isinstance(first, Broken) and first.code == "too-big"
            self._fail("too-big" if too_big else "garbage")
        elif len(events) > 1 or self._decoder.partial:
            self._fail("extra-bytes")
        else:
            self._answer.stop()
            self._silence.stop()
            waiter.set_result(first)

    def _answer_expired(self) -> None:
        self._fail("answer-timeout")

    def _silence_expired(self) -> None:
        self._take(self._decoder.silence())

    def _fail(self, code: str) -> None:
        self.abort()
        waiter = self._waiter
        if waiter is not None and not waiter.done():
            waiter.set_exception(PeerError(code))
