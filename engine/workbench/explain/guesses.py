"""Values that may make a comparison answer otherwise: what the rule itself names, what its tables list, and near them.

They are guesses: whoever uses one asks the comparison again.
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import timedelta
from decimal import Decimal
from enum import Enum
from itertools import islice

from engine.expression import Env
from engine.expression.environment import number_text
from engine.expression.syntax import Call, Compare, Constant, Invoke, Node, Piece, Read
from engine.hl7.path import Root
from engine.mapping.codes import FROM, CodeTable
from engine.workbench.explain.sampling import samples_of

_MOST_CODES = 200
_DAYS_PER_YEAR = 365.2425


class Origin(Enum):
    """Where a value comes from; one of the message's own is shown to nobody who did not ask."""

    RULES = "the rules"
    MESSAGE = "the message"


@dataclass(frozen=True, slots=True)
class Guess:
    """A text to write."""

    text: str
    origin: Origin = Origin.RULES


def nodes_in(node: Node) -> Iterator[Node]:
    """Yield *node* and all below it, but for what stands in brackets of paths."""
    yield node
    if isinstance(node, Read):
        return
    for each in fields(node):
        value = getattr(node, each.name)
        for child in value if isinstance(value, tuple) else (value,):
            if isinstance(child, Node):
                yield from nodes_in(child)


def reads_in(node: Node) -> list[Read | Piece]:
    """Return the paths of the message that *node* reads, and the parts of what a predicate is asked about."""
    found = [each for each in nodes_in(node) if isinstance(each, Read | Piece)]
    return [each for each in found if isinstance(each, Piece) or each.path.root is Root.MESSAGE]


def guesses(node: Node, env: Env, others: Iterator[str]) -> list[Guess]:
    """Return the texts worth a try, each once; *others* are texts of the message that it is compared with."""
    plain = ["", "X", "1", "0", "20000101"]
    rules = dict.fromkeys([*_named(node), *_listed(node, env), *plain, *_near(node), *_dates(node, env)])
    found = [Guess(text) for text in rules]
    return found + [Guess(text, Origin.MESSAGE) for text in dict.fromkeys(others) if text not in rules]


def _named(node: Node) -> Iterator[str]:
    for each in nodes_in(node):
        if isinstance(each, Compare) and each.sign == "matches" and isinstance(each.right, Constant):
            yield from samples_of(str(each.right.value))
        if not isinstance(each, Constant) or isinstance(each.value, bool):
            continue
        if each.value is None:
            yield '""'
        elif isinstance(each.value, str):
            yield each.value
        else:
            yield number_text(each.value)


def _near(node: Node) -> Iterator[str]:
    """Yield what is a little more, less or other than what the rule names, and texts as long as it says."""
    for each in nodes_in(node):
        value = each.value if isinstance(each, Constant) else None
        if isinstance(value, str):
            yield from (value.upper(), value.lower(), f"{value}0")
        elif isinstance(value, int | Decimal) and not isinstance(value, bool):
            yield from (number_text(value + step) for step in (1, -1, Decimal("0.1")))
            if 0 < value < 64 and value == int(value):
                yield "X" * int(value)
                yield "X" * (int(value) + 1)


def _listed(node: Node, env: Env) -> Iterator[str]:
    """Yield codes of the tables that *node* asks; first those whose row says what is asked for."""
    wanted = {str(each.value) for each in nodes_in(node) if isinstance(each, Constant)}
    for call in nodes_in(node):
        if not isinstance(call, Invoke | Call) or not isinstance(call, Invoke) or not call.arguments:
            continue
        first = call.arguments[0]
        table = env.tables.get(str(first.value)) if isinstance(first, Constant) else None
        if isinstance(table, CodeTable):
            rows = sorted(table.rows, key=lambda row: not wanted.intersection(row.cells.values()))
            yield from (row.cells[FROM] for row in islice(rows, _MOST_CODES))


def _dates(node: Node, env: Env) -> Iterator[str]:
    """Yield days as many years, and days, before the receipt as the rule names, and those around them."""
    received = env.moment.received_at
    for each in nodes_in(node):
        value = each.value if isinstance(each, Constant) else None
        if isinstance(value, int | Decimal) and not isinstance(value, bool) and 0 <= value < 200:
            for years in (value - 1, value, value + 1):
                yield f"{received - timedelta(days=float(years) * _DAYS_PER_YEAR + 1):%Y%m%d}"
            yield f"{received - timedelta(days=float(value)):%Y%m%d}"
