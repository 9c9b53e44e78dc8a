"""Who a message is about: identifiers as (assigning authority, number), and the lanes that they lead to. Pure."""

from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING

from engine.context import Context, Identifier
from engine.hl7.delimiters import STANDARD
from engine.hl7.escapes import unescape

if TYPE_CHECKING:
    from engine.index.effects import Facts

_ATTRIBUTES = frozenset({"SS", "SSN", "NH", "NI"})
_LONGEST = 200

EXTERNAL = {2: "external", 4: "alternate"}
"""The authority, behind the sender's own, of numbers in PID-2 and PID-4 that name none: not the one of PID-3."""


def founding_key(identifier: Identifier) -> str:
    """Return the identifier as one text; an authority holds no bar, so that the text has one reading."""
    return f"{identifier[0]}|{identifier[1]}"


def lane_keys(facts: "Facts", context: Context) -> tuple[str, ...]:
    """Return the lanes of every patient that the message names: where it is known its own, else the one it founds."""
    keys: set[str] = set()
    for group in facts.subjects:
        known = [key for identifier in group for key in context.lanes.get(identifier, ())]
        keys.update(known or (founding_key(group[0]),))
    return tuple(sorted(keys))


@lru_cache(maxsize=2048)  # somebody who is spoken of is spoken of again
def identifiers_of(raw: str, default: str) -> tuple[tuple[Identifier, ...], int]:
    """Return the usable keys in the raw PID-3 or MRG-1, and how many of its numbers cannot be used.

    Social security and national numbers are attributes of a person and never keys: they are left out, uncounted.
    """
    found: dict[Identifier, None] = {}
    unusable = 0
    for repetition in raw.split("~"):
        parts = repetition.split("^")
        number = decoded(parts[0])
        if not number or number == '""':
            continue
        if len(parts) > 4 and is_attribute(parts[4]):
            continue
        authority = authority_of(parts[3]) if len(parts) > 3 else ""
        if not authority:
            authority = default
        if is_usable(number) and is_usable(authority) and "|" not in authority:
            found[Identifier(authority, number)] = None
        else:
            unusable += 1
    return tuple(found), unusable


def types_of(raw: str, default: str) -> dict[Identifier, str]:
    """Return the type code of each usable key in the raw field: an attribute, for people to read."""
    types: dict[Identifier, str] = {}
    for repetition in raw.split("~"):
        code = [*repetition.split("^"), "", "", "", ""][4]
        for identifier in identifiers_of(repetition, default)[0]:
            types[identifier] = decoded(code)
    return types


def is_attribute(code: str) -> bool:
    """Tell whether numbers of that type (table 0203) describe a person without being a key: NNxxx is a nation's own."""
    return code in _ATTRIBUTES or code.startswith("NN")


def authority_of(raw: str) -> str:
    """Return what an HD is known by: its namespace if it has one, else its universal id."""
    if "&" not in raw:
        return decoded(raw)
    namespace, universal = raw.split("&")[:2]
    return decoded(namespace) or decoded(universal)


def entity_key(raw: str, default: str) -> str:
    """Return an EI (a filler's or placer's number) as a key, '' where it cannot be one."""
    parts = raw.partition("~")[0].split("^")
    number = decoded(parts[0].partition("&")[0])
    authority = decoded(parts[1]) if len(parts) > 1 else ""
    if not authority and len(parts) > 2:
        authority = decoded(parts[2])
    return _key(number, authority or default)


def visit_number(raw: str, default: str) -> str:
    """Return a CX (a visit's number) as a key, '' where it cannot be one."""
    parts = raw.partition("~")[0].split("^")
    authority = authority_of(parts[3]) if len(parts) > 3 else ""
    return _key(decoded(parts[0]), authority or default)


def decoded(raw: str) -> str:
    """Return one leaf of standard text as it reads, without blanks around it."""
    if "\\" in raw:
        raw = unescape(raw, STANDARD, "utf-8")
    return raw.strip()


def is_usable(text: str) -> bool:
    """Tell whether a text may be a key: of a sane length, and without characters that do not show."""
    return len(text) <= _LONGEST and text.isprintable()


def first_usable(candidates: Iterable[str]) -> str:
    """Return the first text that may be an authority, '' if there is none."""
    for text in candidates:
        if text and is_usable(text) and "|" not in text:
            return text
    return ""


def _key(number: str, authority: str) -> str:
    if not number or number == '""' or not is_usable(number) or not is_usable(authority) or "|" in authority:
        return ""
    return f"{authority}|{number}"
