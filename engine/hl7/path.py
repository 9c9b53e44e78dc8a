"""Paths by number, as in PID-3[2].1: names are left for the grammar to resolve, predicates for expressions."""

import re
from dataclasses import dataclass
from enum import Enum

from engine.errors import InvalidPath

EVERY = -1
"""The field number of ``PID-*``: every filled leaf."""


class Root(Enum):
    """Which message a path reads."""

    MESSAGE = ""
    OUT = "out"
    KNOWN = "known"


@dataclass(frozen=True, slots=True)
class First:
    """Nothing is written: the first."""


@dataclass(frozen=True, slots=True)
class All:
    """``[*]``: all, in message order."""


@dataclass(frozen=True, slots=True)
class Number:
    """``[2]``: the second."""

    number: int


@dataclass(frozen=True, slots=True)
class Where:
    """``[5 == 'MR']``: those for which the predicate holds; *offset* is where its text begins in the scanned text."""

    text: str
    offset: int


Selector = First | All | Number | Where
FIRST = First()
ALL = All()


@dataclass(frozen=True, slots=True)
class Path:
    """A place, or places, by number. What follows the last number written is None: the whole of it is meant."""

    text: str
    root: Root
    segment: str
    occurrence: Selector
    field: int | None
    repetition: Selector
    component: int | None
    subcomponent: int | None


@dataclass(frozen=True, slots=True)
class NamedPath:
    """A place by hl7apy's names, ``PID.patient_name.family_name``; each name with the selector behind it."""

    text: str
    root: Root
    segment: str
    occurrence: Selector
    parts: tuple[tuple[str, Selector], ...]


_ROOT = re.compile(r"(out|known)\.(?=[A-Z][A-Z0-9]{2}(?![A-Za-z0-9_]))")
_SEGMENT = re.compile(r"[A-Z][A-Z0-9]{2}(?![A-Za-z0-9_])")
_FIELD = re.compile(r"-(?:(\*)|([0-9]{1,4})(?![0-9A-Za-z_]))")
_PART = re.compile(r"\.([0-9]{1,4})(?![0-9A-Za-z_])")
_NAME = re.compile(r"\.([a-z][a-z0-9_]*)")
_INDEX = re.compile(r"\s*(?:(\*)|([0-9]{1,9}))\s*\]")


def scan_path(text: str, start: int = 0) -> tuple[Path | NamedPath, int] | None:
    """Return the longest path that begins at *start* and where it ends, or None if none begins there.

    Raise InvalidPath where a path is begun but holds an index 0 or a bracket that is empty or never closed.
    """
    rooted = _ROOT.match(text, start)
    root = Root(rooted[1]) if rooted else Root.MESSAGE
    segment = _SEGMENT.match(text, rooted.end() if rooted else start)
    if segment is None:
        return None
    occurrence, end = _selector(text, segment.end())
    if _NAME.match(text, end):
        parts, end = _names(text, end)
        return NamedPath(text[start:end], root, segment[0], occurrence, parts), end
    field, repetition, component, subcomponent, end = _numbers(text, end)
    return Path(text[start:end], root, segment[0], occurrence, field, repetition, component, subcomponent), end


def parse_path(text: str) -> Path | NamedPath:
    """Return the path that *text* is, as a whole; raise InvalidPath if it is none or something follows it."""
    found = scan_path(text)
    if found is None:
        raise InvalidPath("not-a-path", 0)
    path, end = found
    if end != len(text):
        raise InvalidPath("text-after-path", end)
    return path


def _numbers(text: str, at: int) -> tuple[int | None, Selector, int | None, int | None, int]:
    written = _FIELD.match(text, at)
    if written is None:
        return None, FIRST, None, None, at
    if written[1]:
        return EVERY, FIRST, None, None, written.end()
    field = _from_one(written[2], written.start(2))
    repetition, end = _selector(text, written.end())
    component, end = _part(text, end)
    if component is None:
        return field, repetition, None, None, end
    subcomponent, end = _part(text, end)
    return field, repetition, component, subcomponent, end


def _part(text: str, at: int) -> tuple[int | None, int]:
    written = _PART.match(text, at)
    return (None, at) if written is None else (_from_one(written[1], written.start(1)), written.end())


def _names(text: str, at: int) -> tuple[tuple[tuple[str, Selector], ...], int]:
    parts: list[tuple[str, Selector]] = []
    while name := _NAME.match(text, at):
        selector, at = _selector(text, name.end())
        parts.append((name[1], selector))
    return tuple(parts), at


def _selector(text: str, at: int) -> tuple[Selector, int]:
    if not text.startswith("[", at):
        return FIRST, at
    index = _INDEX.match(text, at + 1)
    if index is not None:
        return (ALL if index[1] else Number(_from_one(index[2], index.start(2)))), index.end()
    end = _closing(text, at)
    inside = text[at + 1 : end]
    if not inside.strip():
        raise InvalidPath("empty-bracket", at)
    return Where(inside, at + 1), end + 1


def _closing(text: str, at: int) -> int:
    """Return where the bracket that opens at *at* closes: brackets nest, and none counts inside quotes."""
    depth, quote = 0, ""
    for position in range(at, len(text)):
        character = text[position]
        if quote:
            # A doubled quote inside closes and opens again, which comes to the same.
            quote = "" if character == quote else quote
        elif character in "'\"":
            quote = character
        elif character == "[":
            depth += 1
        elif character == "]":
            depth -= 1
            if depth == 0:
                return position
    raise InvalidPath("unclosed-bracket", at)


def _from_one(digits: str, at: int) -> int:
    number = int(digits)
    if number == 0:
        raise InvalidPath("index-from-one", at)
    return number
