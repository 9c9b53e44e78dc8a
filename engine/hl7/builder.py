"""The message being built, copy on write: what nobody changes leaves byte for byte as it came."""

from collections.abc import Sequence
from dataclasses import dataclass

from engine.errors import Unencodable, UnsafeValue
from engine.hl7.charset import is_reversible
from engine.hl7.delimiters import HEADERS, Delimiters
from engine.hl7.message import Message, index_names, join_fields, split_fields
from engine.hl7.received import received_segments
from engine.hl7.rewriting import Style, rewriter

_NONE: tuple[int, ...] = ()
_EDITED = -1


@dataclass(frozen=True, slots=True)
class Target:
    """How a destination wants its messages written; None keeps what the message came with."""

    delimiters: Delimiters | None = None
    codec: str | None = None


class Builder:
    """A message under construction, read like one and edited by raw (already escaped) text."""

    __slots__ = ("_fields", "_origins", "_positions", "_source", "_texts", "delimiters", "names")

    def __init__(self, source: Message, texts: list[str], fields: list[list[str] | None], names: list[str]) -> None:
        """Use ``copying`` or ``empty``."""
        self.delimiters = source.delimiters
        self.names = names
        self._source = source
        self._texts: list[str | None] = [*texts]
        """None: the fields have been written since, and are this builder's own."""
        self._fields = fields
        self._origins = list(range(len(texts)))
        self._positions: dict[str, list[int]] | None = None

    @classmethod
    def copying(cls, message: Message) -> "Builder":
        """Return a builder that begins as *message*, byte for byte."""
        return cls(message, message.segments, message.fields_so_far(), message.names[:])

    @classmethod
    def empty(cls, message: Message) -> "Builder":
        """Return a builder without segments, with the delimiters and the codec of *message*."""
        return cls(message, [], [], [])

    def __repr__(self) -> str:
        return f"<Builder of {len(self.names)} segments>"

    @property
    def codec(self) -> str:
        """The codec of the message that this one is built from."""
        return self._source.codec

    @property
    def segments(self) -> Sequence[str]:
        """The text of each segment as it stands now."""
        texts, separator = self._texts, self.delimiters.field
        whole: list[str] = []
        for position, text in enumerate(texts):
            if text is None:
                text = texts[position] = join_fields(self.fields(position), separator)  # noqa: PLW2901 (filled in)
            whole.append(text)
        return whole

    def positions(self, name: str) -> Sequence[int]:
        """Return the indexes of the segments called *name*, in order; none when there are none."""
        if self._positions is None:
            self._positions = index_names(self.names)
        return self._positions.get(name, _NONE)

    def fields(self, position: int) -> list[str]:
        """Return the raw fields of a segment, the index being the field's number. Not to be changed."""
        fields = self._fields[position]
        if fields is None:
            origin = self._origins[position]
            if origin != _EDITED:  # untouched: the message splits it once for all its outputs
                fields = self._source.fields(origin)
            else:
                fields = split_fields(self._texts[position] or "", self.delimiters.field)
            self._fields[position] = fields
        return fields

    def append_segment(self, text: str | list[str]) -> int:
        """Add a segment, given as raw text or as its raw fields, at the end; return its position."""
        self.insert_segment(len(self.names), text)
        return len(self.names) - 1

    def insert_segment(self, position: int, text: str | list[str]) -> None:
        """Put a segment before the one at *position*."""
        raw = text if isinstance(text, str) else join_fields(text, self.delimiters.field)
        refuse_terminators(raw)
        self._insert(position, raw, _EDITED)

    def copy_segment(self, message: Message, position: int) -> int:
        """Add a segment of *message* at the end, byte for byte where both share delimiters; return its position."""
        text, own = message.segments[position], message is self._source
        if not own and message.delimiters != self.delimiters:
            text = rewriter(Style(message.delimiters, message.codec), Style(self.delimiters, message.codec))(text)
        self._insert(len(self.names), text, position if own else _EDITED)
        return len(self.names) - 1

    def copy_own(self, positions: Sequence[int]) -> None:
        """Add segments of the message that this one is built from at the end, byte for byte."""
        source = self._source
        texts, names = source.segments, source.names
        self._texts += [texts[position] for position in positions]
        self.names += [names[position] for position in positions]
        self._fields += [None] * len(positions)
        self._origins += positions
        self._positions = None

    def remove_segments(self, positions: Sequence[int]) -> None:
        """Take out the segments at *positions*, all counted before anything is removed."""
        for position in sorted(set(positions), reverse=True):
            del self._texts[position], self._fields[position], self.names[position], self._origins[position]
        self._positions = None

    def set_field(self, position: int, number: int, raw: str) -> None:
        """Write a whole field with all its repetitions, already escaped; '' clears it."""
        if raw and not raw.isalnum():
            refuse_terminators(raw)
            if self.delimiters.field in raw:
                raise UnsafeValue("structure-above-target")
        if number < 3 and (number < 1 or self.names[position] in HEADERS):
            raise UnsafeValue("field-not-writable")
        fields = self._fields[position] or self.fields(position)
        present = len(fields)
        if (fields[number] == raw) if number < present else not raw:
            return  # nothing changes: untouched segments leave byte for byte
        if self._texts[position] is not None:
            fields = self._own_fields(position)
        if number < present:
            fields[number] = raw
        else:
            if number > present:
                fields += [""] * (number - present)
            fields.append(raw)

    def set_leaf(  # noqa: PLR0913, PLR0917 (a place in a message has five coordinates)
        self, position: int, number: int, repetition: int, component: int | None, subcomponent: int | None, raw: str
    ) -> None:
        """Write one repetition, component or subcomponent, already escaped; what is missing up to it is created."""
        delimiters, fields = self.delimiters, self.fields(position)
        steps = [(delimiters.repetition, repetition)]
        if component is not None:
            steps.append((delimiters.component, component))
        if component is not None and subcomponent is not None:
            if delimiters.subcomponent:
                steps.append((delimiters.subcomponent, subcomponent))
            elif subcomponent > 1:
                raise UnsafeValue("no-subcomponent-delimiter")
        if raw and not raw.isalnum():
            for delimiter, _ in steps:
                if delimiter in raw:
                    raise UnsafeValue("structure-above-target")
        self.set_field(position, number, spliced(fields[number] if number < len(fields) else "", steps, raw))

    def encode(self, target: Target | None = None) -> bytes:
        """Return the message as bytes, each segment ended by CR; raise Unencodable where it cannot be written so."""
        texts = self.segments
        if target is not None:
            delimiters, codec = target.delimiters or self.delimiters, target.codec or self.codec
            if delimiters != self.delimiters or codec != self.codec:
                rewrite = rewriter(Style(self.delimiters, self.codec), Style(delimiters, codec))
                return _encoded([rewrite(text) for text in texts], codec)
        if is_reversible(self.codec):
            return _encoded(texts, self.codec)
        return self._as_received(texts)

    def _as_received(self, texts: Sequence[str]) -> bytes:
        # Several byte forms of one character exist in this codec: only the received bytes are the received bytes.
        received = received_segments(self._source)
        return b"".join(
            received[origin] + b"\r" if origin != _EDITED and received else _encoded([text], self.codec)
            for text, origin in zip(texts, self._origins, strict=True)
        )

    def _insert(self, position: int, text: str, origin: int) -> None:
        self._texts.insert(position, text)
        self._fields.insert(position, None)
        self.names.insert(position, text[:3])
        self._origins.insert(position, origin)
        self._positions = None

    def _own_fields(self, position: int) -> list[str]:
        """Return fields that may be changed: the message's own lists never are."""
        fields = self.fields(position)
        if self._texts[position] is not None:
            fields = self._fields[position] = fields[:]
            self._texts[position] = None
            self._origins[position] = _EDITED
        return fields


def spliced(whole: str, steps: list[tuple[str, int]], raw: str) -> str:
    """Return *whole* with *raw* at the place that *steps* lead to, everything beside it unchanged."""
    if not steps:
        return raw
    (delimiter, number), *deeper = steps
    parts = whole.split(delimiter)
    if number > len(parts):
        parts.extend([""] * (number - len(parts)))
    parts[number - 1] = spliced(parts[number - 1], deeper, raw)
    return delimiter.join(parts)


def refuse_terminators(raw: str) -> None:
    if "\r" in raw or "\x0b" in raw or "\x1c" in raw:
        raise UnsafeValue("control-character")


def _encoded(texts: Sequence[str], codec: str) -> bytes:
    whole = "\r".join(texts) + "\r" if texts else ""
    try:
        return whole.encode(codec)
    except UnicodeEncodeError:
        raise Unencodable("charset") from None
