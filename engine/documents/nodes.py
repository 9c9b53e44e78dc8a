"""The three kinds of values a document holds, and where each of a scalar's characters stands in the file."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from engine.problems import Place

_BLANK = " \t\r\n\x85\u2028\u2029"
_DOUBLE_QUOTED = re.compile(r"\\(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|\r\n|[\s\S])|[\s\S]")
_SINGLE_QUOTED = re.compile(r"''|[\s\S]")
_ANY = re.compile(r"[\s\S]")
_BLANK_ESCAPES = frozenset({"\\n", "\\t", "\\r", "\\ ", "\\\t", "\\\n", "\\\r", "\\\r\n", "\\N", "\\L", "\\P"})
_LINE_BREAK = re.compile(r"\r\n|[\n\r]")


@dataclass(frozen=True, slots=True)
class Scalar:
    """A single value: always text, whatever it looks like (``NO``, ``012`` and ``1:30`` survive)."""

    text: str
    place: Place
    """Where it begins in the file: for a quoted value its quote, for a block its ``|`` or ``>``."""
    plain: bool = True
    """Written without quotes and not as a block."""
    source: str = ""
    """The value exactly as the file has it, quotes, indentation and all; '' means: the text itself."""
    comment_behind: Place | None = None
    """Where a comment begins behind a plain value on its last line: perhaps meant as part of the value."""

    def place_of(self, offset: int) -> Place:
        """Return where the character at *offset* of the text stands in the file, also through quotes and folding."""
        source = self.source or self.text
        ink = [position for position, character in enumerate(self.text) if character not in _BLANK]
        places = list(_ink_of(source))
        if len(ink) != len(places):  # an escape we do not know: better the beginning than a wrong column
            return self.place
        before = sum(1 for position in ink if position < offset)
        if before < len(ink) and ink[before] == offset:
            return _advance(self.place, source, places[before][0])
        if before == 0:
            return self.place
        start, length = places[before - 1]
        return _advance(self.place, source, start + length + offset - ink[before - 1] - 1)


@dataclass(frozen=True, slots=True)
class Items:
    """A list."""

    place: Place
    values: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Entries:
    """A map, in the order of the file; duplicate keys are reported and left out."""

    place: Place
    pairs: tuple[tuple[Scalar, "Node"], ...]
    left_out: frozenset[str] = frozenset()
    """Keys whose value was reported as damaged: present, but not to be read."""

    def get(self, key: str) -> "Node | None":
        """Return the value of *key*, or None."""
        return next((node for name, node in self.pairs if name.text == key), None)

    def key(self, key: str) -> Scalar | None:
        """Return *key* itself, for its place."""
        return next((name for name, _ in self.pairs if name.text == key), None)


Node = Scalar | Items | Entries


def kind_of(node: Node) -> str:
    """Return what *node* is, in a reader's words."""
    match node:
        case Scalar():
            return "a value"
        case Items():
            return "a list"
        case Entries():
            return "a map"


def _ink_of(source: str) -> Iterator[tuple[int, int]]:
    """Yield start and length in *source* of what stands for each visible character of the text."""
    start, end, pattern = 0, len(source), _ANY
    if source[:1] == '"':
        start, end, pattern = 1, len(source) - 1, _DOUBLE_QUOTED
    elif source[:1] == "'":
        start, end, pattern = 1, len(source) - 1, _SINGLE_QUOTED
    elif source[:1] in ("|", ">"):
        broken = _LINE_BREAK.search(source)
        start = broken.end() if broken else end
    for unit in pattern.finditer(source, start, end):
        if unit.group() not in _BLANK_ESCAPES and unit.group() not in _BLANK:
            yield unit.start(), unit.end() - unit.start()


def _advance(place: Place, source: str, offset: int) -> Place:
    """Return the place *offset* characters into *source*, which begins at *place*."""
    breaks = list(_LINE_BREAK.finditer(source, 0, offset))
    if not breaks:
        return Place(place.file, place.line, place.column + offset)
    return Place(place.file, place.line + len(breaks), offset - breaks[-1].end() + 1)
