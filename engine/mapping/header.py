"""How an output begins: its MSH, from the message that came, the destination and the mapping."""

from functools import lru_cache

from engine.hl7.builder import Builder
from engine.hl7.delimiters import Delimiters
from engine.hl7.message import Message
from engine.hl7.path import Number, Path
from engine.hl7.timestamps import format_second
from engine.mapping.identity import new_control_id
from engine.mapping.job import Job
from engine.mapping.literals import Literal, read_literal

_INHERITED = (3, 4, 5, 6, 11, 18)
_OWN = frozenset({7, 9, 12})
"""What the output itself says, whatever a destination's header has."""
_LAST = 18

literal_of = lru_cache(maxsize=256)(read_literal)
"""Texts of headers come from the configuration: there are few, and each is taken apart once."""


def begin_empty(builder: Builder, job: Job, message_type: Literal, version: str) -> None:
    """Write the MSH of a message that begins empty."""
    inbound, delimiters = job.message.fields(0), builder.delimiters
    header = [""] * (_LAST + 1)
    header[:3] = ["MSH", delimiters.field, delimiters.encoding_characters]
    for number in _INHERITED:
        if number < len(inbound):
            header[number] = inbound[number]
    parts = _write_fields(header, job, delimiters) if job.destination.header else ()
    header[7] = format_second(job.moment.second, job.moment.zone)
    header[9] = message_type.raw(delimiters)
    header[12] = version
    while not header[-1]:
        header.pop()
    builder.append_segment(header)
    for path, literal in parts:
        if path.field not in _OWN:
            write_header_field(builder, path, literal)


def _write_fields(header: list[str], job: Job, delimiters: Delimiters) -> list[tuple[Path, Literal]]:
    """Write the whole fields of the destination's header; return what goes into parts of fields."""
    parts: list[tuple[Path, Literal]] = []
    for compiled, text in job.destination.header:
        path, literal = compiled.path, literal_of(text)
        if path.component is None and path.field is not None and path.field < len(header):
            header[path.field] = literal.raw(delimiters)
        else:
            parts.append((path, literal))
    return parts


def begin_copied(builder: Builder, job: Job, message_type: Literal | None, version: str) -> None:
    """Change what a destination and a mapping ask for in the MSH of a message that begins as the one that came."""
    if job.destination.header:
        write_destination_header(builder, job)
    if message_type is not None:
        builder.set_field(0, 9, message_type.raw(builder.delimiters))
    if version:
        builder.set_field(0, 12, version)


def write_destination_header(builder: Builder, job: Job) -> None:
    """Write what the destination's ``header`` says, before any step runs."""
    for compiled, text in job.destination.header:
        write_header_field(builder, compiled.path, literal_of(text))


def write_header_field(builder: Builder, path: Path, literal: Literal) -> None:
    """Write one literal into the MSH."""
    raw, number = literal.raw(builder.delimiters), path.field
    if number is None or path.segment != "MSH":
        return
    repetition = path.repetition.number if isinstance(path.repetition, Number) else 1
    if path.component is None and not isinstance(path.repetition, Number):
        builder.set_field(0, number, raw)
    else:
        builder.set_leaf(0, number, repetition, path.component, path.subcomponent, raw)


def renew_control_id(builder: Builder, job: Job, ordinal: int) -> None:
    """Give the output an MSH-10 of its own."""
    identity = new_control_id(job.listener, job.message.payload, job.moment.ns, job.destination.name, ordinal)
    builder.set_field(0, 10, identity)


def control_id_of(message: Message | Builder) -> str:
    """Return the MSH-10 that an answer will name, exactly as it is written."""
    fields = message.fields(0)
    return fields[10] if len(fields) > 10 else ""
