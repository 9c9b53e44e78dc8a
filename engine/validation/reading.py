"""What was odd about reading a message's bytes, as findings."""

import re

from engine.hl7.message import Message
from engine.validation.finding import Finding

MOST_NOTES = 100
_NAME = re.compile(r"[A-Z][A-Z0-9]{2}")


def note_findings(message: Message) -> list[Finding]:
    """Return the notes of *message* as far as a person would read on; a line that names no segment is not quoted."""
    names, found = message.names, list[Finding]()
    for note in message.notes[:MOST_NOTES]:
        name = names[note.segment] if note.segment < len(names) else ""
        found.append(Finding(note.code, name if _NAME.fullmatch(name) else "", note.segment + 1))
    return found
