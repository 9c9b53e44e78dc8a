"""The wire view of one message: what came, read-only, split no further than somebody looks."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import Protocol

from engine.errors import NotHl7, UnsafeValue
from engine.hl7.charset import DEFAULT, codec_of, declared_codec, decode_payload
from engine.hl7.delimiters import HEADERS, Delimiters, read_delimiters
from engine.hl7.escapes import escape, unescape

_LEADING = " \t\r\n\x00\ufeff"
_NONE: tuple[int, ...] = ()


class Continuation(Enum):
    """What a line means that does not begin with a segment name and the field separator."""

    JOIN = "join"
    REJECT = "reject"


@dataclass(frozen=True, slots=True)
class Reading:
    """How a listener reads what the message itself leaves open."""

    charset: str = ""
    """A name of table 0211 or a codec, for messages that declare none and are not UTF-8. Empty means cp1252."""
    continuation: Continuation = Continuation.JOIN


DEFAULT_READING = Reading()


@dataclass(frozen=True, slots=True)
class Note:
    """Something odd that was read anyway: a stable code and the index of the segment; never a value."""

    code: str
    segment: int = 0


class Encoded(Protocol):
    """How a text is written: what it takes to decode a leaf of it."""

    @property
    def delimiters(self) -> Delimiters: ...
    @property
    def codec(self) -> str: ...


class View(Encoded, Protocol):
    """What a path can be read from: the message that came and the message being built."""

    @property
    def segments(self) -> Sequence[str]: ...
    @property
    def names(self) -> Sequence[str]: ...
    def positions(self, name: str) -> Sequence[int]: ...
    def fields(self, position: int) -> list[str]: ...


class Message:
    """One received message. Nothing here changes it; ``encode`` gives the payload itself."""

    __slots__ = ("_codec", "_fields", "_header", "_positions", "delimiters", "names", "notes", "payload", "segments")

    def __init__(self, payload: bytes, text: str, codec: str, codes: tuple[str, ...], reading: Reading) -> None:
        """Use ``parse``."""
        if not text.startswith("MSH"):
            text, codes = text.lstrip(_LEADING), (*codes, "leading-whitespace")
            if not text.startswith("MSH"):
                raise NotHl7("no-header")
        self.payload = payload
        self.delimiters = delimiters = read_delimiters(text)
        segments, odd = split_segments(text, delimiters, reading)
        self.segments = segments
        self.names = [segment[:3] for segment in segments]
        self._codec = codec
        self._fields: list[list[str] | None] = [None] * len(segments)
        self._header: dict[tuple[int, int, int], str] = {}
        self._positions: dict[str, list[int]] | None = None
        if delimiters.repaired:
            codes = (*codes, "msh2-repaired")
        self.notes: tuple[Note, ...] = (*map(Note, codes), *odd) if codes or odd else ()

    @classmethod
    def parse(cls, payload: bytes, reading: Reading = DEFAULT_READING) -> "Message":
        """Return *payload* as a message; raise NotHl7 without a usable MSH, Undecodable against its character set."""
        if payload.isascii() and b"\x1b" not in payload and payload.startswith(b"MSH"):
            # MSH-18 is looked up only when somebody asks for the codec: nothing here needs decoding.
            return cls(payload, payload.decode("ascii"), "", (), reading)
        decoded = decode_payload(payload, codec_of(reading.charset) or DEFAULT)
        return cls(payload, decoded.text, decoded.codec, decoded.notes, reading)

    def __repr__(self) -> str:
        return f"<Message of {len(self.payload)} bytes, {len(self.segments)} segments>"

    @property
    def codec(self) -> str:
        """The codec that the payload was decoded with; for plain ASCII the one it declares."""
        if not self._codec:
            header = self.fields(0)
            declared = header[18] if len(header) > 18 else ""
            self._codec = declared_codec(declared.split(self.delimiters.repetition)) if declared else "ascii"
        return self._codec

    def fields_so_far(self) -> list[list[str] | None]:
        """Return what has been split, for a builder to start from; the lists in it stay this message's."""
        return self._fields[:]

    def positions(self, name: str) -> Sequence[int]:
        """Return the indexes of the segments called *name*, in order; none when there are none."""
        if self._positions is None:
            self._positions = index_names(self.names)
        return self._positions.get(name, _NONE)

    def fields(self, position: int) -> list[str]:
        """Return the raw fields of a segment, the index being the field's number. Not to be changed."""
        fields = self._fields[position]
        if fields is None:
            fields = self._fields[position] = split_fields(self.segments[position], self.delimiters.field)
        return fields

    def field(self, name: str, number: int) -> str:
        """Return the raw text of a field of the first segment called *name*, '' when absent."""
        positions = self._positions
        if positions is None:
            positions = self._positions = index_names(self.names)
        found = positions.get(name)
        if found is None:
            return ""
        fields = self._fields[found[0]]
        if fields is None:
            fields = self.fields(found[0])
        return fields[number] if number < len(fields) else ""

    def value(self, name: str, number: int, component: int = 1, subcomponent: int = 1) -> str:
        """Return a leaf of the first repetition of a field of the first segment called *name*, decoded."""
        if name == "MSH":
            return self.header_value((number, component, subcomponent))
        raw = self.field(name, number)
        return leaf(raw, self, 1, component, subcomponent) if raw else ""

    def header_value(self, place: tuple[int, int, int]) -> str:
        """Return a leaf of the MSH by field, component and subcomponent: everybody asks for the same few."""
        found = self._header.get(place)
        if found is None:
            raw = self.field("MSH", place[0])
            found = self._header[place] = leaf(raw, self, 1, place[1], place[2]) if raw else ""
        return found

    def encode(self) -> bytes:
        """Return the payload itself."""
        return self.payload


def leaf(raw_field: str, view: Encoded, repetition: int, component: int, subcomponent: int) -> str:
    """Return one leaf of a raw field, decoded; '' where there is none. Counted from 1."""
    if repetition == component == subcomponent == 1 and raw_field.isalnum():
        return raw_field
    delimiters = view.delimiters
    if raw_field == delimiters.encoding_characters:
        # MSH-2 is never structure: its characters only say what structure is.
        return raw_field if repetition == component == subcomponent == 1 else ""
    # Written out for the first of each, which nearly every path asks for.
    mark = delimiters.repetition
    raw = raw_field.partition(mark)[0] if repetition == 1 else _part(raw_field, mark, repetition)
    mark = delimiters.component
    raw = raw.partition(mark)[0] if component == 1 else _part(raw, mark, component)
    mark = delimiters.subcomponent
    if subcomponent > 1:
        raw = _part(raw, mark, subcomponent) if mark else ""
    elif mark and mark in raw:
        raw = raw.partition(mark)[0]
    mark = delimiters.escape
    return unescape(raw, delimiters, view.codec) if mark and mark in raw else raw


def index_names(names: Sequence[str]) -> dict[str, list[int]]:
    """Return where each segment name stands."""
    found: dict[str, list[int]] = {}
    for position, name in enumerate(names):
        if name in found:
            found[name].append(position)
        else:
            found[name] = [position]
    return found


def split_fields(segment: str, separator: str) -> list[str]:
    """Return the raw fields of a segment; in MSH, FHS and BHS the separator itself is field 1."""
    fields = segment.split(separator)
    if fields[0] in HEADERS:
        fields.insert(1, separator)
    return fields


def join_fields(fields: list[str], separator: str) -> str:
    """Return the segment that ``split_fields`` took apart."""
    if fields[0] in HEADERS:
        return separator.join([fields[0], *fields[2:]])
    return separator.join(fields)


def split_segments(text: str, delimiters: Delimiters, reading: Reading) -> tuple[list[str], list[Note]]:
    """Return the segments of *text*, which begins with its header, and what was odd about them."""
    body = text[:-1] if text.endswith("\r") else text
    if "\n" in body or _irregular(delimiters.field).search(body) is not None:
        return _regular_segments(body, delimiters, reading)
    return body.split("\r"), []


def _regular_segments(text: str, delimiters: Delimiters, reading: Reading) -> tuple[list[str], list[Note]]:
    lines, codes = split_lines(text)
    if not lines[-1]:
        lines.pop()
    notes = [Note(code) for code in codes]
    segments: list[list[str]] = []
    head = _head(delimiters.field)
    for line in lines:
        bare = line.lstrip(_LEADING)
        if not bare or bare.isspace():
            notes.append(Note("blank-segment", len(segments)))
        elif head.match(bare) is not None:
            if bare is not line:
                notes.append(Note("leading-blanks", len(segments)))
            segments.append([bare])
        elif reading.continuation is Continuation.REJECT or (len(segments) == 1 and head.match(bare.upper())):
            # Joined to the header, a patient (``pid|``) would vanish in its last field and never be missed.
            raise NotHl7("continuation-line")
        else:
            segments[-1].append(line)
            notes.append(Note("continuation-line", len(segments) - 1))
    try:
        new_line = escape("\n", delimiters)
    except UnsafeValue:
        new_line = "\n"  # no escape character: as data, which a line feed between carriage returns is
    return [new_line.join(parts) for parts in segments], notes


def split_lines(text: str) -> tuple[list[str], list[str]]:
    """Return the lines of *text* and what was odd: LF ends a line only where the first terminator is LF or CRLF."""
    first_feed, first_return = text.find("\n"), text.find("\r")
    if first_feed >= 0 and (first_return < 0 or first_feed <= first_return + 1):
        return text.replace("\r\n", "\n").replace("\r", "\n").split("\n"), ["lf-terminated"]
    if "\r\n" in text:
        # No segment begins with LF, so this one belongs to the terminator; any other LF is data.
        return text.replace("\r\n", "\r").split("\r"), ["mixed-terminators"]
    return text.split("\r"), []


def _part(raw: str, delimiter: str, number: int) -> str:
    parts = raw.split(delimiter, number)
    return parts[number - 1] if number <= len(parts) else ""


@lru_cache(maxsize=64)
def _head(separator: str) -> re.Pattern[str]:
    return re.compile(rf"[A-Z][A-Z0-9]{{2}}(?:{re.escape(separator)}|\Z)")


@lru_cache(maxsize=64)
def _irregular(separator: str) -> re.Pattern[str]:
    return re.compile(rf"\r(?![A-Z][A-Z0-9]{{2}}(?:{re.escape(separator)}|\r|\Z))")
