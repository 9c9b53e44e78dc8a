"""A whole explanation, in the order in which a message goes through the engine."""

from collections.abc import Iterator, Sequence

from engine.workbench.explain.answers_text import answer_lines
from engine.workbench.explain.lines import DOUBT, EMPTY, Line, Piece, line
from engine.workbench.explain.negative import WhyNot
from engine.workbench.explain.text import fact_lines, finding_lines, output_lines, route_lines, verdict_lines
from engine.workbench.explain.told import Explanation
from engine.workbench.explain.values import Values


def whole_lines(told: Explanation, notes: Sequence[str], values: Values) -> Iterator[Line]:
    """Yield all that is to be said of a message."""
    yield from verdict_lines(told, values)
    yield from _notes(notes)
    yield EMPTY
    yield from finding_lines(told)
    yield EMPTY
    yield from route_lines(told, values)
    yield from output_lines(told)
    yield EMPTY
    yield from fact_lines(told, values)


def why_lines(told: Explanation, why: WhyNot, notes: Sequence[str], values: Values) -> Iterator[Line]:
    """Yield what is to be said of one destination."""
    yield from verdict_lines(told, values)
    yield from _notes(notes)
    yield EMPTY
    yield from answer_lines(why, told, values)


def _notes(notes: Sequence[str]) -> Iterator[Line]:
    yield from (line(Piece("note: ", DOUBT), each) for each in notes)
