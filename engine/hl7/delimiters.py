"""The characters that give one message its structure, read from its own MSH-1 and MSH-2 (FHS and BHS alike)."""

import string
from dataclasses import dataclass
from functools import lru_cache

from engine.errors import NotHl7

_ALLOWED = frozenset(string.punctuation)
HEADERS = frozenset({"MSH", "FHS", "BHS"})
"""Segments whose field 1 is the separator itself and whose field 2 is never unescaped."""


@dataclass(frozen=True, slots=True)
class Delimiters:
    """One message's delimiters; made by ``read_delimiters`` or ``delimiters_of`` only, so that the parts agree."""

    field: str
    component: str
    repetition: str
    escape: str
    """Empty when MSH-2 has two characters: then nothing is escaped or unescaped."""
    subcomponent: str
    """Empty when MSH-2 has two or three characters."""
    truncation: str
    """Empty, or the fifth character."""
    encoding_characters: str
    """MSH-2 exactly as sent."""
    repaired: bool = False
    """Whether MSH-2 had to be read against the letter, as with a doubled backslash."""


def read_delimiters(header: str) -> Delimiters:
    """Return the delimiters of *header*, a text that begins with MSH, FHS or BHS; raise NotHl7 if it has none."""
    if header[:3] not in HEADERS:
        raise NotHl7("no-header")
    field = header[3:4]
    if field not in _ALLOWED:
        raise NotHl7("bad-field-separator")
    end = header.find(field, 4, 16)
    found = header[4:end] if end > 0 else header[4:16]
    if "\r" in found or "\n" in found:
        found = found.partition("\r")[0].partition("\n")[0]
    return delimiters_of(field, found)


@lru_cache(maxsize=256)
def delimiters_of(field: str, encoding_characters: str) -> Delimiters:
    """Return the delimiters for MSH-1 *field* and MSH-2 *encoding_characters*; raise NotHl7 if they cannot be used."""
    found = encoding_characters.rstrip(" ")
    if len(found) < 2:
        raise NotHl7("too-few-encoding-characters")
    if len(found) > 8 or not _ALLOWED.issuperset(found) or field not in _ALLOWED:
        raise NotHl7("bad-encoding-characters")
    roles = found[:3]
    if len(set(field + roles)) != len(roles) + 1:
        raise NotHl7("ambiguous-delimiters")
    # A doubled escape character comes from a bad unescape on the way: the next new character is the one meant.
    rest = "".join(dict.fromkeys(character for character in found[3:] if character not in field + roles))
    return Delimiters(
        field=field,
        component=found[0],
        repetition=found[1],
        escape=found[2:3],
        subcomponent=rest[:1],
        truncation=rest[1:2],
        encoding_characters=encoding_characters,
        repaired=roles + rest[:2] != encoding_characters,
    )


STANDARD = delimiters_of("|", "^~\\&")
