"""A place in messages, as lineage compares them: a segment, a field of it, or a component; repetitions do not count."""

from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase

from engine.expression.compiled import children_of
from engine.expression.syntax import Invoke, Kind, Node, Piece, Read
from engine.hl7.path import EVERY, Path, Root


@dataclass(frozen=True, slots=True, order=True)
class Field:
    """``PID``, ``PID-3`` or ``PID-5.1``."""

    segment: str
    """Also a pattern, as ``Z*``."""
    number: int = 0
    """0: the segment as a whole."""
    component: int = 0
    """0: the field as a whole."""

    def __str__(self) -> str:
        number = f"-{self.number}" if self.number else ""
        return f"{self.segment}{number}{f'.{self.component}' if self.component else ''}"

    def meets(self, other: "Field") -> bool:
        """Tell whether a change of the one can be a change of the other."""
        if not (fnmatchcase(self.segment, other.segment) or fnmatchcase(other.segment, self.segment)):
            return False
        return _meet(self.number, other.number) and (
            not self.number or not other.number or _meet(self.component, other.component)
        )

    def holds(self, other: "Field") -> bool:
        """Tell whether all of *other* lies in it."""
        if not fnmatchcase(other.segment, self.segment):
            return False
        return not self.number or (self.number == other.number and self.component in (0, other.component))


def _meet(one: int, other: int) -> bool:
    return not one or not other or one == other


def field_of(path: Path) -> Field:
    """Return the place that a path names."""
    number = 0 if path.field in (None, EVERY) else path.field or 0
    return Field(path.segment, number, path.component or 0 if number else 0)


@dataclass(frozen=True, slots=True)
class Look:
    """What an expression looks at: a place, in the message that came or in the one being built."""

    root: Root
    field: Field
    presence: bool = False
    """Only whether, and how often, the segment is there."""


def looks_of(node: Node) -> Iterator[Look]:
    """Yield everything in messages that an expression looks at, also in brackets."""
    if isinstance(node, Read):
        yield Look(node.path.root, field_of(node.path), presence=node.kind is Kind.SEGMENT)
        yield from looks_in_brackets(node)
        return
    for child in children_of(node):
        yield from looks_of(child)


def looks_in_brackets(read: Read) -> Iterator[Look]:
    """Yield what the questions in the brackets of a path look at: parts of the thing chosen."""
    inside = [each for each in (read.which_segment, read.which_repetition) if each is not None]
    for piece in (found for each in inside for found in _pieces(each)):
        first, *rest = piece.numbers
        if piece.of_segment:
            yield Look(read.path.root, Field(read.path.segment, first, rest[0] if rest else 0))
        else:
            yield Look(read.path.root, Field(read.path.segment, read.path.field or 0, first))
    for each in inside:
        yield from looks_of(each)


def _pieces(node: Node) -> Iterator[Piece]:
    if isinstance(node, Piece):
        yield node
    for child in children_of(node):
        yield from _pieces(child)


def calls_in(node: Node) -> Iterator[Invoke]:
    """Yield every call of a function in an expression, also in brackets."""
    if isinstance(node, Invoke):
        yield node
    for child in children_of(node):
        yield from calls_in(child)
