"""Batches and files (FHS, BHS, BTS, FTS): the messages inside as exact slices, and what the envelope says."""

import re
from dataclasses import dataclass
from itertools import pairwise

from engine.errors import NotHl7
from engine.hl7.delimiters import Delimiters
from engine.hl7.header import Header
from engine.hl7.message import Note, split_fields

_LEADING = re.compile(rb"(?:\xef\xbb\xbf)?[ \t\r\n\x00]*")
_TERMINATOR = re.compile(rb"[\r\n]")
_BREAKS = re.compile(rb"\r\n?")
_BREAKS_WITH_FEEDS = re.compile(rb"\r\n|\r|\n")
_MARK = rb"[!-/:-@\[-`{-~]"
_SITES = range(3, 7)
_PLAIN = re.compile(r"[A-Za-z0-9.]+")


@dataclass(frozen=True, slots=True)
class Batch:
    """What a batch holds, and what its acknowledgement needs."""

    messages: list[bytes]
    """Each from its MSH to before the next envelope segment or MSH, byte for byte."""
    control_id: bytes
    """BHS-11, else FHS-11, else empty: what MSA-2 answers."""
    notes: tuple[Note, ...]
    """``batch-count``, ``file-count`` where BTS-1 or FTS-1 differ, ``batch-without-messages``."""
    header: Header
    """To acknowledge: sites from the envelope; processing, version and character set from the first message."""


@dataclass(frozen=True, slots=True)
class _Line:
    name: bytes
    start: int
    end: int


def is_batch(payload: bytes) -> bool:
    """Return whether *payload* begins with an envelope."""
    if payload.startswith(b"MSH"):
        return False
    start = _start(payload)
    return payload.startswith((b"FHS", b"BHS"), start)


def several_headers(payload: bytes) -> bool:
    """Return whether *payload*, which has no envelope, holds a second message."""
    start = _start(payload)
    separator = payload[start + 3 : start + 4]
    if payload.find(b"MSH" + separator, start + 4) < 0:
        return False
    return len(_headers(payload, start)) > 1


def split_messages(payload: bytes) -> list[bytes]:
    """Return the messages of a payload without envelope, byte for byte; put together they are all of it."""
    starts = _headers(payload, _start(payload))
    return [payload[start:end] for start, end in pairwise([*starts, len(payload)])]


def split_batch(payload: bytes) -> Batch:
    """Return what is in a batch; raise NotHl7 if *payload* is none."""
    begin = _start(payload)
    envelope = Header.peek(payload[begin:]) if is_batch(payload) else None
    if envelope is None:
        raise NotHl7("no-batch-header")
    lines = _lines(payload, begin)
    starts = [line.start for line in lines] + [len(payload)]
    cuts = zip(lines, pairwise(starts), strict=True)
    messages = [payload[start:end] for line, (start, end) in cuts if line.name == b"MSH"]
    headers = {name: _first(payload, lines, name) for name in (b"FHS", b"BHS", b"MSH")}
    control_ids = [header.field(header.name, 11) for name in (b"BHS", b"FHS") if (header := headers[name])]
    return Batch(
        messages=messages,
        control_id=next(filter(None, control_ids), "").encode("latin-1"),
        notes=_counted(payload, lines, envelope.delimiters),
        header=_answerable(headers[b"BHS"] or envelope, headers[b"MSH"]),
    )


def _answerable(envelope: Header, message: Header | None) -> Header:
    """Return a header that an acknowledgement can be built from: no type, so that it is answered by a plain ACK."""
    fields = ["MSH", envelope.delimiters.field, envelope.delimiters.encoding_characters, *([""] * 16)]
    for number in _SITES:
        fields[number] = envelope.field(envelope.name, number)
    fields[11] = _plain(message, 11) or "P"
    fields[12] = _plain(message, 12) or "2.5.1"
    if message is not None and message.delimiters == envelope.delimiters:
        fields[18] = message.field("MSH", 18)
    return Header(fields, envelope.delimiters)


def _plain(message: Header | None, number: int) -> str:
    """Return the first component of a field if it can stand between any delimiters."""
    text = message.value("MSH", number) if message else ""
    return text if _PLAIN.fullmatch(text) else ""


def _counted(payload: bytes, lines: list[_Line], delimiters: Delimiters) -> tuple[Note, ...]:
    notes: list[Note] = []
    messages, in_batch, batches = 0, 0, 0
    for line in lines:
        if line.name == b"MSH":
            messages, in_batch = messages + 1, in_batch + 1
        elif line.name == b"BHS":
            batches, in_batch = batches + 1, 0
        elif line.name == b"BTS" and not _says(payload, line, delimiters, in_batch):
            notes.append(Note("batch-count", messages))
        elif line.name == b"FTS" and not _says(payload, line, delimiters, batches):
            notes.append(Note("file-count", messages))
    if not messages:
        notes.append(Note("batch-without-messages"))
    return tuple(notes)


def _says(payload: bytes, line: _Line, delimiters: Delimiters, count: int) -> bool:
    """Return whether a trailer counts *count*, or does not count."""
    fields = split_fields(payload[line.start : line.end].decode("latin-1"), delimiters.field)
    said = fields[1].strip() if len(fields) > 1 else ""
    return not said or (said.isdecimal() and said.isascii() and len(said) < 10 and int(said) == count)


def _first(payload: bytes, lines: list[_Line], name: bytes) -> Header | None:
    found = next((line for line in lines if line.name == name), None)
    return Header.peek(payload[found.start : found.end]) if found else None


def _start(payload: bytes) -> int:
    if payload.startswith((b"MSH", b"FHS", b"BHS")):
        return 0
    found = _LEADING.match(payload)
    return found.end() if found else 0


def _headers(payload: bytes, start: int) -> list[int]:
    """Return where lines begin with MSH and the first one's field separator."""
    wanted = b"MSH" + payload[start + 3 : start + 4]
    return [begin for begin in _beginnings(payload, start) if payload.startswith(wanted, begin)]


def _lines(payload: bytes, start: int) -> list[_Line]:
    """Return the envelope's lines and the messages' headers; a message may have delimiters of its own."""
    separator = re.escape(payload[start + 3 : start + 4])
    wanted = re.compile(rb"(?:(?:FHS|BHS|BTS|FTS)(?=" + separator + rb"|[\r\n]|\Z)|MSH(?=" + _MARK + _MARK + rb"))")
    found: list[_Line] = []
    for begin in _beginnings(payload, start):
        match = wanted.match(payload, begin)
        if match:
            end = _TERMINATOR.search(payload, begin)
            found.append(_Line(match[0], begin, end.start() if end else len(payload)))
    return found


def _beginnings(payload: bytes, start: int) -> list[int]:
    """Return where lines begin, LF ending one by the same rule as in a message."""
    breaks = _BREAKS_WITH_FEEDS if _feeds_end_lines(payload, start) else _BREAKS
    return [start, *(match.end() for match in breaks.finditer(payload, start))]


def _feeds_end_lines(payload: bytes, start: int) -> bool:
    first_feed, first_return = payload.find(b"\n", start), payload.find(b"\r", start)
    return first_feed >= 0 and (first_return < 0 or first_feed <= first_return + 1)
