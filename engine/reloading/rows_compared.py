"""Two texts of a code table held against each other, row by row. Pure."""

import csv
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice

_MOST_NAMED = 5

Rows = Counter[tuple[str, ...]]


def row_changes(before: str, after: str) -> Iterator[str]:
    """Tell how many rows came, went and changed, with the codes of the first few; a row's code is its first cell."""
    old_header, old = _rows(before)
    new_header, new = _rows(after)
    if old_header and old_header != new_header:
        yield f"columns: {','.join(old_header)} -> {','.join(new_header)}"
    gone, come = old - new, new - old
    left, came = Counter(_codes(gone)), Counter(_codes(come))
    changed = left & came
    for sign, codes in (("+", came - changed), ("-", left - changed), ("~", changed)):
        if codes:
            yield f"{sign}{codes.total()} row{'s' * (codes.total() > 1)}: {_named(codes)}"


def _rows(text: str) -> tuple[tuple[str, ...], Rows]:
    lines = csv.reader(text.removeprefix("\ufeff").splitlines(keepends=True))
    try:
        rows = [tuple(cell.strip() for cell in row) for row in lines if any(row)]
    except csv.Error:
        return (), Counter({(line,): 1 for line in text.split("\n")})
    return (rows[0], Counter(rows[1:])) if rows else ((), Counter())


def _codes(rows: Rows) -> list[str]:
    return [row[0] for row in rows.elements()]


def _named(codes: Counter[str]) -> str:
    names: Sequence[str] = list(islice(codes, _MOST_NAMED))
    more = len(codes) - len(names)
    return ", ".join(names) + (f" and {more} more" if more else "")
