"""What a destination says to our message, read with every tolerance: it decides only whether we may stop sending."""

from dataclasses import dataclass, field

from engine.hl7.charset import narrowed
from engine.hl7.delimiters import Delimiters
from engine.hl7.header import Header


@dataclass(frozen=True, slots=True)
class Answer:
    """An acknowledgement that we received."""

    code: str
    """MSA-1."""
    control_id: bytes
    """MSA-2, byte for byte."""
    error_codes: tuple[str, ...]
    """ERR-3.1, or ERR-1.4 and MSA-6.1 of the older forms."""
    text: str = field(repr=False)
    """MSA-3, else ERR-8 or ERR-7. A peer may put anything here: keep it with the message, never in a log."""


def read_ack(payload: bytes) -> Answer | None:
    """Return what an acknowledgement says, or None if *payload* is none. Never fails."""
    payload = narrowed(payload)
    header = Header.peek(payload)
    if header is None:
        return None
    lines = [line.lstrip() for line in payload.decode("latin-1").replace("\n", "\r").split("\r")]
    acknowledgement = next(iter(_segments(lines, "MSA", header)), None)
    if acknowledgement is None or not _field(acknowledgement, 1).strip():
        return None
    errors = _segments(lines, "ERR", header)
    codes = [code for fields in errors for code in _codes(fields, header.delimiters)]
    older = _field(acknowledgement, 6).partition(header.delimiters.component)[0].strip()
    words = [_field(acknowledgement, 3), *(_field(fields, number) for fields in errors for number in (8, 7))]
    return Answer(
        code=acknowledgement[1].strip(),
        control_id=_field(acknowledgement, 2).encode("latin-1"),
        error_codes=tuple(codes) or ((older,) if older else ()),
        text=_text(next(filter(None, words), "")),
    )


def _segments(lines: list[str], name: str, header: Header) -> list[list[str]]:
    separator = header.delimiters.field
    return [line.split(separator) for line in lines if line.startswith(name + separator)]


def _codes(error: list[str], delimiters: Delimiters) -> list[str]:
    """Return the codes of one ERR: ERR-3.1 of each repetition, or ERR-1.4.1."""
    newer = _field(error, 3).split(delimiters.repetition)
    found = [part.partition(delimiters.component)[0].strip() for part in newer]
    if not any(found):
        located = [part.split(delimiters.component) for part in _field(error, 1).split(delimiters.repetition)]
        coded = [parts[3] for parts in located if len(parts) > 3]
        inside = delimiters.subcomponent
        found = [(part.partition(inside)[0] if inside else part).strip() for part in coded]
    return [code for code in found if code]


def _field(fields: list[str], number: int) -> str:
    return fields[number] if number < len(fields) else ""


def _text(latin: str) -> str:
    raw = latin.encode("latin-1")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return latin
