"""A segment in other delimiters or another character set: parse, unescape, escape and join, leaf by leaf."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from engine.errors import Unencodable, UnsafeValue
from engine.hl7.delimiters import HEADERS, Delimiters
from engine.hl7.escapes import delimiter_for, escape, sequence_pattern, unescape

_ASCII_ONLY = re.compile(r"(?:[0-7][0-9A-Fa-f])*")
_CHARACTERS = frozenset("FSTREP")


@dataclass(frozen=True, slots=True)
class Style:
    """How a message is written."""

    delimiters: Delimiters
    codec: str


@lru_cache(maxsize=128)
def rewriter(old: Style, new: Style) -> Callable[[str], str]:
    """Return a function that turns a segment written in the *old* style into the *new* one."""
    return _Transcoder(old, new).segment if old.delimiters == new.delimiters else _Rewriter(old, new).segment


class _Transcoder:
    """The same delimiters in another character set: only hexadecimal sequences mean something else there."""

    def __init__(self, old: Style, new: Style) -> None:
        self._old, self._new = old, new
        mark = old.delimiters.escape
        self._mark = f"{mark}X" if mark else "\r"

    def segment(self, text: str) -> str:
        """Return the segment *text* in the new style."""
        if self._mark not in text:
            return text
        return sequence_pattern(self._old.delimiters.escape).sub(self._sequence, text)

    def _sequence(self, match: re.Match[str]) -> str:
        if match[1][0] != "X" or _ASCII_ONLY.fullmatch(match[1], 1):
            return match[0]
        decoded = unescape(match[0], self._old.delimiters, self._old.codec)
        return match[0] if decoded == match[0] else escape(decoded, self._new.delimiters)


class _Rewriter:
    def __init__(self, old: Style, new: Style) -> None:
        self._old, self._new = old, new
        before, after = old.delimiters, new.delimiters
        self._structure = {
            before.field: after.field,
            before.repetition: after.repetition,
            before.component: after.component,
        }
        if before.subcomponent:
            self._structure[before.subcomponent] = after.subcomponent
        structural = "".join(self._structure)
        self._taken = frozenset(self._structure.values())
        self._leaves = re.compile(f"([{re.escape(structural)}])")
        self._table = str.maketrans(self._structure) if after.subcomponent or not before.subcomponent else None
        self._same_structure = all(was == becomes for was, becomes in self._structure.items())
        # Without one of these in it, a segment only has structure to translate.
        marks = before.escape + after.escape + before.truncation + after.truncation + "\n"
        others = after.field + after.repetition + after.component + after.subcomponent
        hazards = marks + "".join(character for character in others if character not in structural)
        self._hazard = re.compile(f"[{re.escape(hazards)}]")

    def segment(self, text: str) -> str:
        """Return the segment *text* in the new style."""
        before, after = self._old.delimiters, self._new.delimiters
        if text[:3] not in HEADERS:
            return self._fields(text)
        fields = text.split(before.field, 2)
        head = text[:3] + after.field + after.encoding_characters
        return head if len(fields) < 3 else head + after.field + self._fields(fields[2])

    def _fields(self, text: str) -> str:
        if self._table is not None and self._hazard.search(text) is None:
            return text if self._same_structure else text.translate(self._table)
        parts = self._leaves.split(text)
        parts[::2] = [self._leaf(part) if part else part for part in parts[::2]]
        parts[1::2] = [self._delimiter(part) for part in parts[1::2]]
        return "".join(parts)

    def _delimiter(self, character: str) -> str:
        found = self._structure[character]
        if not found:
            raise Unencodable("no-subcomponent-delimiter")
        return found

    def _leaf(self, text: str) -> str:
        old, new = self._old.delimiters, self._new.delimiters
        # A truncation mark stays one where both sides know it; anywhere else its character is data.
        cut = bool(old.truncation and new.truncation and text.endswith(old.truncation))
        body = text[:-1] if cut else text
        pieces = sequence_pattern(old.escape).split(body) if old.escape else [body]
        try:
            pieces[::2] = [escape(piece, new) for piece in pieces[::2]]
            pieces[1::2] = [self._sequence(inside) for inside in pieces[1::2]]
        except UnsafeValue as error:
            raise Unencodable(error.code) from None
        return "".join(pieces) + (new.truncation if cut else "")

    def _sequence(self, inside: str) -> str:
        old, new = self._old.delimiters, self._new.delimiters
        if inside in _CHARACTERS:
            return escape(delimiter_for(inside, old), new)
        if inside[0] == "X" and self._old.codec != self._new.codec and not _ASCII_ONLY.fullmatch(inside, 1):
            whole = f"{old.escape}{inside}{old.escape}"
            text = unescape(whole, old, self._old.codec)
            if text != whole:
                return escape(text, new)
        if not new.escape or self._taken.intersection(inside):
            raise UnsafeValue("not-escapable")
        return f"{new.escape}{inside}{new.escape}"
