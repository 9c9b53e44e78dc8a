"""Lines of an explanation for people: pieces with a style each, aligned; what draws them decides about colour."""

from collections.abc import Sequence
from dataclasses import dataclass

from engine.workbench.explain.told import Truth

HEADING, GOOD, BAD, DIM, PLAIN, DOUBT = "bold", "green", "red", "dim", "", "yellow"
STYLES = {Truth.TRUE: GOOD, Truth.FALSE: BAD, Truth.FAILED: DOUBT, Truth.NOT_ASKED: DIM}
_WIDEST = (64,)
"""Columns up to which words are aligned; what is longer pushes what follows to the right."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a line."""

    text: str
    style: str = PLAIN


Line = tuple[Piece, ...]
EMPTY: Line = ()


def line(*pieces: Piece | str) -> Line:
    """Return a line of *pieces*."""
    return tuple(Piece(each) if isinstance(each, str) else each for each in pieces)


def heading(text: str, place: object = "") -> Line:
    """Return the line above a block, with where its rule stands."""
    return line(Piece(text, HEADING), Piece(f"   {place}", DIM)) if place else line(Piece(text, HEADING))


def truth(answer: Truth) -> Piece:
    """Return an answer in its colour."""
    return Piece(answer.value, STYLES[answer])


def aligned(rows: Sequence[Line], indent: int, widest: Sequence[int] = _WIDEST) -> list[Line]:
    """Return *rows* with their pieces under each other; *widest* is per column, the last for all that follow."""
    columns = max((len(row) for row in rows), default=0)
    limits = [widest[min(at, len(widest) - 1)] for at in range(columns)]
    widths = [
        max((len(row[at].text) for row in rows if at < len(row) and len(row[at].text) <= limits[at]), default=0)
        for at in range(columns)
    ]
    return [(Piece(" " * indent), *_padded(row, widths)) for row in rows]


def _padded(row: Line, widths: Sequence[int]) -> list[Piece]:
    last = max((at for at, piece in enumerate(row) if piece.text), default=0)
    return [
        Piece(piece.text if at == last else f"{piece.text:<{widths[at]}}  ", piece.style)
        for at, piece in enumerate(row[: last + 1])
    ]
