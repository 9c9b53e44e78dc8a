"""One sender's connection: bytes to frames to the handler, and its answers back in the order of the frames.

It decides nothing about messages. Everything runs on the loop; no task is born here.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, cast

import structlog

from engine.errors import FrameError
from engine.mllp.budget import MemoryBudget
from engine.mllp.deadline import Deadline
from engine.mllp.framing import Broken, Event, FrameDecoder, Tolerances, wrap
from engine.mllp.handler import Handler
from engine.mllp.options import Limits
from engine.mllp.tally import Tally

_BACKLOG, _MEMORY, _WRITING = 1, 2, 4
"""Reasons not to read, as bits."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Terms:
    """What all connections of one listener share."""

    handler: Handler
    limits: Limits
    tolerances: Tolerances
    budget: MemoryBudget
    tally: Tally
    is_encrypted: bool
    left: Callable[["Connection"], None]
    """Called once when the connection is gone."""


class Connection(asyncio.Protocol):
    """A sender. Handlers call `answer` and `close_without_answer`, from the loop's thread."""

    def __init__(self, terms: Terms, peer: str) -> None:
        limits = terms.limits
        self.peer: Final = peer
        self.held = 0
        """Bytes of frames that are unfinished, waiting or unanswered."""
        self._terms = terms
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._decoder = FrameDecoder(limits.frame_bytes, terms.tolerances)
        self._frame = Deadline(limits.frame_seconds, self._frame_expired)
        self._silence = Deadline(limits.silence_seconds, self._silence_expired)
        self._write = Deadline(limits.write_seconds, self._write_expired)
        self._linger = Deadline(limits.linger_seconds, self.abort)
        self._idle = None if limits.idle_seconds is None else Deadline(limits.idle_seconds, self._idle_expired)
        self._waiting: deque[bytes] = deque()  # decoded, not yet with the handler
        self._sizes: deque[int] = deque()  # of the frames with the handler
        self._in_hand_bytes = 0
        self._given = self._answered = 0  # tickets
        self._early: dict[int, Sequence[bytes]] = {}
        self._out: list[bytes] = []
        self._kept = 0  # bytes of the unfinished frame that `held` counts
        self._holds = 0
        self._broken: Broken | None = None
        self._flush_due = self._handing = False
        self._deaf = self._ending = self._closed = self._at_eof = False

    # What handlers call.

    def answer(self, ticket: int, payload: bytes | None) -> None:
        """See `Caller.answer`."""
        self.answer_all(ticket, () if payload is None else (payload,))

    def answer_all(self, ticket: int, payloads: Sequence[bytes]) -> None:
        """See `Caller.answer_all`."""
        if self._closed:
            self._terms.tally.count("answer-undelivered")
            return
        if ticket != self._answered:
            if ticket > self._answered:
                self._early[ticket] = payloads
            return
        self._settle(payloads)
        while self._early and self._answered in self._early:
            self._settle(self._early.pop(self._answered))
        if self._answered == self._given:
            self._flush()
        elif self._out and not self._flush_due:
            # More answers of a pipelining sender are on their way: let them share one write.
            self._flush_due = True
            self._loop.call_soon(self._flush)
        if self._waiting or self._ending:
            self._hand_over()

    def close_without_answer(self) -> None:
        """See `Caller.close_without_answer`."""
        if self._closed:
            return
        self._flush()
        self._closed = self._deaf = True
        self._waiting.clear()
        if self._transport is not None:
            self._transport.close()

    # What the listener calls.

    def finish(self) -> None:
        """Read no more, answer what was read, close."""
        self._deaf = self._ending = True
        self._hand_over()

    def abort(self) -> None:
        """Close at once, and throw away what the peer has not taken."""
        self._closed = self._deaf = True
        if self._transport is not None:
            self._transport.abort()

    # What the loop calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See `asyncio.Protocol`."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is one in all but name
        # Nothing may stay unsent unnoticed: the write deadline runs from the first byte that the peer does not take.
        # (At 0, asyncio's TLS would call an empty buffer full.)
        self._transport.set_write_buffer_limits(high=1)
        if self._idle is not None:
            self._idle.start()
        if self._closed or self._ending:
            self.abort()

    def data_received(self, data: bytes) -> None:
        """See `asyncio.Protocol`."""
        if self._deaf:
            return
        if self._idle is not None:
            self._idle.start()
        self._take(self._decoder.feed(data))

    def eof_received(self) -> bool:
        """The sender sends no more, but may well wait for its answers."""
        if self._at_eof:
            return not self._closed
        self._at_eof = True
        if self._linger.running:
            return False
        if not self._deaf:
            self._take(self._decoder.silence())
            self._drop_partial()
        self._deaf = self._ending = True
        self._hand_over()
        # asyncio cannot half-close TLS.
        return not self._closed and not self._terms.is_encrypted

    def connection_lost(self, exc: Exception | None) -> None:
        """See `asyncio.Protocol`."""
        self._closed = self._deaf = True
        for deadline in (self._frame, self._silence, self._write, self._linger, self._idle):
            if deadline is not None:
                deadline.cancel()
        self._drop_partial()
        self._waiting.clear()
        self._terms.budget.leave(self)
        self._report()
        self._terms.left(self)

    def pause_writing(self) -> None:
        """The peer does not take its answers: read no more from it, and not for long."""
        if not self._answered:
            return  # the end of a TLS handshake, which is not sent at all while reading is paused
        self._write.start()
        self._hold(_WRITING)

    def resume_writing(self) -> None:
        """See `asyncio.Protocol`."""
        self._write.stop()
        self._free(_WRITING)

    # What the memory budget calls.

    def pause_for_memory(self) -> None:
        """Read no more, until there is memory again."""
        self._hold(_MEMORY)

    def resume_from_memory(self) -> None:
        """Read again."""
        self._free(_MEMORY)

    # From bytes to the handler.

    def _take(self, events: Sequence[Event]) -> None:
        budget = self._terms.budget
        for event in events:
            if isinstance(event, bytes):
                self._waiting.append(event)
                self.held += len(event)
                budget.used += len(event)
            elif isinstance(event, Broken):
                self._broken = event
                self._deaf = self._ending = True
                self._terms.tally.warn("connection.dropped", event.code, self.peer)
            # An empty frame gets no answer; the decoder has counted it.
        if self._kept or self._decoder.partial or self._frame.running:
            if events:
                self._frame.stop()
            self._follow_partial()
        if budget.used > budget.limit:
            budget.press(self)
        if self._waiting or self._ending:
            self._hand_over()

    def _follow_partial(self) -> None:
        """Count what the unfinished frame holds, and keep its deadlines."""
        decoder = self._decoder
        grown = decoder.held_bytes - self._kept
        self._kept += grown
        self.held += grown
        self._terms.budget.used += grown
        if not decoder.partial:
            self._frame.stop()
        elif not self._frame.running:
            self._frame.start()
        if decoder.awaiting_cr:
            self._silence.start()
        else:
            self._silence.stop()

    def _hand_over(self) -> None:
        """Give the handler as many frames as it may have in hand at once."""
        if self._handing or self._closed:
            return
        self._handing = True
        turns = self._terms.limits.unanswered_frames
        try:
            while self._waiting and turns and self._has_room():
                turns -= 1
                self._give(self._waiting.popleft())
        except Exception as error:  # noqa: BLE001  boundary: a handler's mistake costs its sender the connection, no more
            self._handler_crashed(error)
        finally:
            self._handing = False
        if not self._waiting:
            self._free(_BACKLOG)
            self._end_if_done()
            return
        self._hold(_BACKLOG)
        if self._has_room():  # answered on the spot: go on, but let others have the loop first
            self._loop.call_soon(self._hand_over)

    def _has_room(self) -> bool:
        limits = self._terms.limits
        unanswered = self._given - self._answered
        return not unanswered or (
            unanswered < limits.unanswered_frames and self._in_hand_bytes < limits.unanswered_bytes
        )

    def _give(self, payload: bytes) -> None:
        ticket = self._next_ticket(len(payload))
        self._terms.handler.on_frame(self, payload, ticket)

    def _next_ticket(self, size: int) -> int:
        ticket = self._given
        self._given += 1
        self._sizes.append(size)
        self._in_hand_bytes += size
        return ticket

    # From the handler to bytes.

    def _settle(self, payloads: Sequence[bytes]) -> None:
        size = self._sizes.popleft()
        self._answered += 1
        self._in_hand_bytes -= size
        self.held -= size
        self._terms.budget.release(self, size)
        try:
            for payload in payloads:
                self._out.append(wrap(payload))
        except FrameError as error:
            log.error("answer.refused", code=error.code)
            self.close_without_answer()

    def _flush(self) -> None:
        self._flush_due = False
        if self._out and self._transport is not None and not self._closed:
            data = self._out[0] if len(self._out) == 1 else b"".join(self._out)
            self._out.clear()
            self._transport.write(data)

    # Reasons to stop reading.

    def _hold(self, reason: int) -> None:
        if not self._holds and self._transport is not None and not self._at_eof:
            self._transport.pause_reading()
            self._frame.suspend()
            self._silence.suspend()
        self._holds |= reason

    def _free(self, reason: int) -> None:
        if not self._holds & reason:
            return
        self._holds &= ~reason
        # After the peer's FIN asyncio has nothing to read, and resuming would make it read the FIN again.
        if not self._holds and self._transport is not None and not self._at_eof and not self._closed:
            self._transport.resume_reading()
            self._frame.resume()
            self._silence.resume()

    # Deadlines.

    def _frame_expired(self) -> None:
        self._terms.tally.warn("connection.dropped", "frame-timeout", self.peer)
        self._decoder.close()
        self._follow_partial()
        self.finish()

    def _silence_expired(self) -> None:
        self._take(self._decoder.silence())

    def _write_expired(self) -> None:
        self._terms.tally.warn("connection.dropped", "write-timeout", self.peer)
        self.abort()

    def _idle_expired(self) -> None:
        if self._idle is not None and (self.held or self._given != self._answered):
            self._idle.start()
            return
        self._terms.tally.count("idle-timeout")
        self.finish()

    # The end.

    def _end_if_done(self) -> None:
        """Once everything is answered: refuse the frame that is too big, if that is why, and close."""
        if not self._ending or self._closed or self._waiting or self._answered != self._given:
            return
        broken, self._broken = self._broken, None
        if broken is not None and broken.code == "too-big" and broken.saw_msh:
            self._refuse(broken.header)
        elif not self._linger.running and self._transport is not None:
            self._flush()
            self._closed = True
            self._transport.close()

    def _refuse(self, header: bytes) -> None:
        # Closing with bytes unread resets the connection, and a reset can overtake the answer: so go on reading, and
        # throw away what comes, until the sender has had time to look.
        self._linger.start()
        try:
            self._terms.handler.on_too_big(self, header, self._next_ticket(0))
        except Exception as error:  # noqa: BLE001  boundary, as in _hand_over
            self._handler_crashed(error)

    def _handler_crashed(self, error: Exception) -> None:
        # Type and place only: the text of an error may hold a message's values.
        log.error("handler.crashed", error=type(error).__name__, place=_place_of(error.__traceback__))
        self._terms.tally.count("handler-crashed")
        self.close_without_answer()

    def _drop_partial(self) -> None:
        if self._decoder.close():
            self._terms.tally.warn("frame.dropped", "partial-frame", self.peer)
        self._follow_partial()

    def _report(self) -> None:
        tally, counters = self._terms.tally, self._decoder.counters
        tally.count("frames", self._given)
        tally.count("empty", counters.empty)
        tally.count("missing-cr", counters.missing_cr)
        tally.count("lf-after", counters.lf_after)
        tally.count("skipped", counters.skipped)
        log.debug("connection.closed", peer=self.peer, frames=self._given, unanswered=self._given - self._answered)


def _place_of(traceback: TracebackType | None) -> str:
    while traceback is not None and traceback.tb_next is not None:
        traceback = traceback.tb_next
    if traceback is None:
        return ""
    return f"{Path(traceback.tb_frame.f_code.co_filename).name}:{traceback.tb_lineno}"
