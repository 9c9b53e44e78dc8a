"""What hl7apy's own validator finds in a message, in our words: run on a copy without what makes it stumble."""

import re
from collections.abc import Iterator
from pathlib import Path

import hl7apy.exceptions
from hl7apy.parser import parse_message

from engine.grammar import Structure
from engine.hl7.message import Message

Told = tuple[str, str, str]
"""Kind (``required``, ``often``, ``parts``), the element around, and the element."""

_REQUIRED = re.compile(r"Error: Missing required child (\S+)\.(\S+)")
_OFTEN = re.compile(r"Error: Child limit exceeded (\S+)\.(\S+)")
_PARTS = re.compile(r"Error: Datatype \S+ is not correct for (\S+)\.(\S+) \(")


def cleaned(message: Message, structure: Structure, version: str) -> str:
    """Return the message with four delimiters, a version hl7apy has, its structure named, and placed segments only.

    hl7apy refuses five delimiters below 2.7 and unknown versions, has no map from events to structures, and begins the
    group anew behind each segment that it does not know (HL7.md 5.2).
    """
    marks = message.delimiters
    header = list(message.fields(0))
    header += [""] * (13 - len(header))
    header[2] = (marks.component + marks.repetition + (marks.escape or "\\") + (marks.subcomponent or "&"))[:4]
    parts = [*header[9].split(marks.component), "", ""]
    header[9] = marks.component.join([parts[0], parts[1], structure.name])
    header[12] = version
    slots = structure.place(message.names).slots
    body = [text for index, text in enumerate(message.segments) if index and slots[index] >= 0]
    return "\r".join(["MSH" + marks.field + marks.field.join(header[2:]), *body]) + "\r"


def theirs(text: str, folder: Path) -> set[Told] | None:
    """Return what hl7apy reports, None where it cannot read or validate the message at all."""
    report = folder / "report"
    try:
        parsed = parse_message(text)
        parsed.validate(report_file=str(report))
    except (hl7apy.exceptions.ValidationError, hl7apy.exceptions.ValidationWarning):
        pass  # they are in the report
    except Exception:  # noqa: BLE001 whatever it stumbles over: it has no say on this message
        return None
    return set(_told(report.read_text("utf-8", errors="replace").split("\n")))


def _told(lines: list[str]) -> Iterator[Told]:
    for line in lines:
        for kind, pattern in (("required", _REQUIRED), ("often", _OFTEN), ("parts", _PARTS)):
            found = pattern.match(line)
            if found:
                yield kind, "" if kind == "parts" else found[1], found[2]
