"""Cuts a stream of bytes into MLLP payloads and puts payloads into frames: no sockets, no clock, no HL7 fields.

DESIGN.md 6 is the rule. What is found depends on the stream alone, never on how the network cut it; every byte is
searched a fixed number of times, so a frame costs the same in one piece or in a million.
"""

from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

from engine.errors import FrameError

Fault: TypeAlias = Literal["vt-inside", "too-big", "junk", "http", "tls", "ssh"]

MAX_BYTES: Final = 16 * 2**20
_VT, _FS, _CR, _LF = 0x0B, 0x1C, 0x0D, 0x0A
_START, _FS_BYTE, _END, _END_LF = b"\x0b", b"\x1c", b"\x1c\r", b"\x1c\n"
_BLANK: Final = b"\r\n \x00"
_MAX_BLANK: Final = 4096
_MAX_HEADER: Final = 4096
_BETWEEN, _OPENING, _INSIDE, _ENDING, _BROKEN = range(5)

_HTTP_VERBS: Final = "GET POST PUT HEAD OPTIONS DELETE PATCH CONNECT TRACE PRI"
_OPENINGS: Final[dict[bytes, Fault]] = {
    **{verb.encode() + b" ": "http" for verb in _HTTP_VERBS.split()},
    b"\x16\x03": "tls",
    b"SSH-": "ssh",
}
_BARE_START: Final = b"MSH"


@dataclass(frozen=True, slots=True)
class Tolerances:
    """What a listener puts up with from a sender that cannot be repaired; all off by default."""

    missing_vt: bool = False
    """A frame may begin with ``MSH`` instead of VT, after the end of another frame or of nothing."""
    fs_only: bool = False
    """FS alone ends a frame, at once: FS can then not occur inside one."""
    lf_ended: bool = False
    """FS LF ends a frame, as FS CR does."""


STRICT: Final = Tolerances()


@dataclass(frozen=True, slots=True)
class Empty:
    """A frame without a payload: some senders use it to keep a connection open. It gets no answer."""


@dataclass(frozen=True, slots=True)
class Broken:
    """The stream cannot be followed any further: close the connection. Always the last event."""

    code: Fault
    header: bytes = field(default=b"", repr=False)
    """Of a frame that is ``too-big``: its first segment, at most 4 kB, for the answer's sake."""

    @property
    def saw_msh(self) -> bool:
        """Whether the header can be answered."""
        return self.header.startswith(_BARE_START)


Event: TypeAlias = bytes | Empty | Broken
"""A frame is its payload; the two other things that a stream can bring have classes of their own."""

_EMPTY: Final = Empty()


@dataclass(slots=True)
class Counters:
    """What a connection's stream held besides clean frames."""

    empty: int = 0
    missing_cr: int = 0
    lf_after: int = 0
    """Line feeds between frames."""
    skipped: int = 0
    """Blank bytes between frames, line feeds among them."""


def wrap(payload: bytes) -> bytes:
    """Return *payload* as a frame; one that holds VT or FS cannot be framed, since MLLP knows no escape."""
    if _START in payload or _FS_BYTE in payload:
        raise FrameError("not-frameable")
    return b"\x0b%b\x1c\r" % payload


class FrameDecoder:
    """One connection's reader: give it what arrived, it gives back what that completed."""

    __slots__ = ("_buffer", "_gap", "_markers", "_max", "_opening", "_state", "_strict", "_tolerances", "counters")

    def __init__(self, max_bytes: int = MAX_BYTES, tolerances: Tolerances = STRICT) -> None:
        self.counters = Counters()
        self._max = max_bytes
        self._tolerances = tolerances
        self._strict = tolerances == STRICT
        self._markers = (*_OPENINGS, _BARE_START) if tolerances.missing_vt else tuple(_OPENINGS)
        self._state = _BETWEEN
        self._gap = 0
        self._opening = b""
        self._buffer = bytearray()

    @property
    def awaiting_cr(self) -> bool:
        """Whether the last byte was an FS that one second of silence would make the end of a frame."""
        return self._state == _ENDING

    @property
    def partial(self) -> bool:
        """Whether something has begun that is not complete: the frame deadline runs."""
        return _BETWEEN < self._state < _BROKEN

    @property
    def held_bytes(self) -> int:
        """How much of an unfinished frame is in memory."""
        return len(self._buffer)

    def feed(self, data: bytes) -> list[Event]:
        """Return what *data* completed; after a `Broken` nothing more comes."""
        if self._state == _BETWEEN and self._strict and data[:1] == _START:
            # The common case, one whole frame in one read: three searches and one copy.
            end = len(data) - 2
            if 1 < end <= self._max + 1 and data.find(_END) == end and data.find(_START, 1) < 0:
                self._gap = 0
                return [data[1:end]]
        return self._walk(data)

    def silence(self) -> list[Event]:
        """End a frame whose FS was followed by one second of nothing, or by the end of the stream."""
        events: list[Event] = []
        if self._state == _ENDING:
            self.counters.missing_cr += 1
            self._emit(b"", events)
        return events

    def close(self) -> bool:
        """Forget everything, take no more, and tell whether that dropped part of a frame."""
        dropped = self._state in (_INSIDE, _ENDING)
        self._state = _BROKEN
        self._buffer = bytearray()
        return dropped

    def _walk(self, data: bytes) -> list[Event]:
        events: list[Event] = []
        at, size = 0, len(data)
        while at < size and self._state != _BROKEN:
            if self._state == _INSIDE:
                at = self._inside(data, at, events)
            elif self._state == _BETWEEN:
                at = self._between(data, at, events)
            elif self._state == _ENDING:
                at = self._ending(data, at, events)
            else:
                at = self._open(data, at, events)
        return events

    def _between(self, data: bytes, at: int, events: list[Event]) -> int:
        """Skip what is blank, up to the next VT or to the first byte that has no business here."""
        if data[at] == _VT:
            self._state = _INSIDE
            return at + 1
        stop = min(len(data), at + _MAX_BLANK - self._gap + 1)
        start = data.find(_START, at, stop)
        gap = data[at : start if start >= 0 else stop]
        blanks = len(gap) - len(gap.lstrip(_BLANK))
        self._gap += blanks
        self.counters.skipped += blanks
        self.counters.lf_after += gap.count(b"\n", 0, blanks)
        if self._gap > _MAX_BLANK:
            self._break("junk", events)
        elif blanks < len(gap):
            self._state = _OPENING
            self._opening = b""
        return at + blanks

    def _open(self, data: bytes, at: int, events: list[Event]) -> int:
        """Name the protocol that a stray byte opens: a few bytes decide, however they are cut."""
        self._opening += data[at : at + 1]
        if self._opening in self._markers:
            fault = _OPENINGS.get(self._opening)
            if fault is None:
                self._state = _INSIDE
                self._keep(_BARE_START, events)
            else:
                self._break(fault, events)
        elif not any(marker.startswith(self._opening) for marker in self._markers):
            self._break("junk", events)
        return at + 1

    def _inside(self, data: bytes, at: int, events: list[Event]) -> int:
        """Look for the end of the frame, no further than the next VT and the limit allow."""
        room = at + self._max - len(self._buffer) + 2  # the largest payload allowed, and its FS CR
        stop = min(len(data), room)
        start = data.find(_START, at, stop)
        end = self._find_end(data, at, stop if start < 0 else start)
        if end >= 0:
            self._emit(data[at:end], events)
            return end + (1 if self._tolerances.fs_only else 2)
        if start >= 0:
            return self._at_start(data, at, start, events)
        ends_in_fs = data[stop - 1] == _FS
        if self._keep(data[at : stop - 1] if ends_in_fs else data[at:stop], events) and ends_in_fs:
            self._state = _ENDING
        return stop

    def _find_end(self, data: bytes, at: int, stop: int) -> int:
        if self._strict:
            return data.find(_END, at, stop)
        if self._tolerances.fs_only:
            return data.find(_FS_BYTE, at, stop)
        end = data.find(_END, at, stop)
        if not self._tolerances.lf_ended:
            return end
        early = data.find(_END_LF, at, stop if end < 0 else end)
        return end if early < 0 else early

    def _at_start(self, data: bytes, at: int, start: int, events: list[Event]) -> int:
        """A VT before the end: fine right after FS, else two messages glued together, which nobody may pull apart."""
        if start > at and data[start - 1] == _FS:
            self.counters.missing_cr += 1
            self._emit(data[at : start - 1], events)
        elif self._keep(data[at:start], events):
            self._break("vt-inside", events)
        return start

    def _ending(self, data: bytes, at: int, events: list[Event]) -> int:
        """The byte after an FS that was the last of its chunk decides what that FS was."""
        byte = data[at]
        if byte == _CR or (byte == _LF and self._tolerances.lf_ended):
            self._emit(b"", events)
            return at + 1
        if byte == _VT:
            self.counters.missing_cr += 1
            self._emit(b"", events)
        elif self._keep(_FS_BYTE, events):
            self._state = _INSIDE
        return at

    def _keep(self, piece: bytes, events: list[Event]) -> bool:
        """Add to the unfinished frame; False, and the end of the stream, if that is more than it may hold."""
        if len(self._buffer) + len(piece) > self._max:
            captured = min(_MAX_HEADER, self._max)
            prefix = bytes(self._buffer[:captured]) + piece[:captured]
            self._break("too-big", events, _first_segment(prefix[:captured]))
            return False
        self._buffer += piece
        return True

    def _emit(self, last: bytes, events: list[Event]) -> None:
        if self._buffer:
            if not self._keep(last, events):
                return
            payload = bytes(self._buffer)
            self._buffer = bytearray()
        elif len(last) <= self._max:
            payload = last
        else:
            self._keep(last, events)
            return
        self._state = _BETWEEN
        self._gap = 0
        if payload:
            events.append(payload)
        else:
            self.counters.empty += 1
            events.append(_EMPTY)

    def _break(self, code: Fault, events: list[Event], header: bytes = b"") -> None:
        events.append(Broken(code, header))
        self._state = _BROKEN
        self._buffer = bytearray()


def _first_segment(prefix: bytes) -> bytes:
    """Return what stands before the first line end, without the blanks and byte order mark some senders begin with."""
    text = prefix.lstrip(_BLANK + b"\xef\xbb\xbf")
    return text.replace(b"\n", b"\r").partition(b"\r")[0]
