"""A connection's deadlines and memory, on a transport that only remembers and a clock turned by hand."""

from collections.abc import Callable
from typing import TYPE_CHECKING, cast

import pytest

from engine.mllp.budget import MemoryBudget
from engine.mllp.connection import Connection, Terms
from engine.mllp.framing import STRICT, wrap
from engine.mllp.handler import Caller
from engine.mllp.options import Limits
from engine.mllp.tally import Tally

if TYPE_CHECKING:
    from asyncio import Transport as LoopTransport

Turn = Callable[[float], None]


class Transport:
    """Remembers what was asked of it."""

    def __init__(self) -> None:
        self.written = b""
        self.reading = True
        self.closed = False

    def set_write_buffer_limits(self, high: int) -> None:
        """Nothing is ever left unsent here."""

    def write(self, data: bytes) -> None:
        self.written += data

    def pause_reading(self) -> None:
        self.reading = False

    def resume_reading(self) -> None:
        self.reading = True

    def close(self) -> None:
        self.closed = True

    abort = close


class Keeping:
    """A handler that answers when the test says so."""

    def __init__(self) -> None:
        self.tickets: list[int] = []

    def on_frame(self, caller: Caller, payload: bytes, ticket: int) -> None:
        self.tickets.append(ticket)

    def on_too_big(self, caller: Caller, header: bytes, ticket: int) -> None:
        self.tickets.append(ticket)


@pytest.fixture
def budget() -> MemoryBudget:
    return MemoryBudget()


@pytest.fixture
def handler() -> Keeping:
    return Keeping()


@pytest.fixture
async def connection(turn: Turn, handler: Keeping, budget: MemoryBudget) -> Connection:
    limits = Limits(frame_seconds=30, unanswered_frames=1)
    terms = Terms(handler, limits, STRICT, budget, Tally("test"), is_encrypted=False, left=lambda _: None)
    return Connection(terms, "127.0.0.1")


@pytest.fixture
def transport(connection: Connection) -> Transport:
    fake = Transport()
    connection.connection_made(cast("LoopTransport", fake))
    return fake


async def test_each_frame_has_a_deadline_of_its_own(connection: Connection, transport: Transport, turn: Turn) -> None:
    """A pipelining sender whose reads always end inside a frame is not slow."""
    connection.data_received(b"\x0bfirst")
    turn(20)
    connection.data_received(b"\x1c\r\x0bsecond")
    connection.answer(0, b"ok")
    turn(20)
    in_time = transport.closed
    turn(11)

    assert not in_time
    assert transport.closed


async def test_bytes_do_not_move_the_deadline(connection: Connection, transport: Transport, turn: Turn) -> None:
    """Thirty seconds from VT, however busily the sender dribbles."""
    connection.data_received(b"\x0b")
    for _ in range(29):
        turn(1)
        connection.data_received(b"x")
    before = transport.closed
    turn(1.1)

    assert not before
    assert transport.closed


async def test_a_sender_we_do_not_read_from_is_not_slow(
    connection: Connection, transport: Transport, turn: Turn, handler: Keeping
) -> None:
    """While its frames wait for our handler, the frame that it is sending cannot be late."""
    connection.data_received(wrap(b"in hand") + wrap(b"waiting") + b"\x0bhalf")
    reading_then = transport.reading
    turn(100)
    connection.answer(0, b"ok")
    connection.answer(1, b"ok")
    open_after_the_wait = not transport.closed
    turn(29)
    open_in_time = not transport.closed
    turn(2)

    assert not reading_then
    assert transport.reading
    assert open_after_the_wait
    assert open_in_time
    assert handler.tickets == [0, 1]
    assert transport.closed
    assert transport.written == wrap(b"ok") * 2


@pytest.mark.parametrize("stream", [b"\x0bhalf", wrap(b"in hand"), wrap(b"in hand") + wrap(b"waiting") + b"\x0bhalf"])
async def test_a_lost_connection_gives_back_all_its_memory(
    connection: Connection, transport: Transport, budget: MemoryBudget, stream: bytes
) -> None:
    """Unfinished, waiting and unanswered bytes; an answer that comes later changes nothing."""
    connection.data_received(stream)
    held = budget.used

    connection.connection_lost(None)
    connection.answer(0, b"too late")

    assert held > 0
    assert budget.used == connection.held == 0
    assert transport.written == b""


async def test_what_is_answered_gives_back_its_memory(
    connection: Connection, transport: Transport, budget: MemoryBudget
) -> None:
    """The count does not drift, however the bytes came."""
    for _ in range(3):
        connection.data_received(b"\x0bin ")
        connection.data_received(b"pieces\x1c")
        connection.data_received(b"\r\n")
    held = budget.used
    for ticket in range(3):
        connection.answer(ticket, b"ok")

    assert held == 3 * len(b"in pieces")
    assert budget.used == connection.held == 0
    assert transport.written == wrap(b"ok") * 3
