"""Code tables: CSV text to exact look-ups, with effective dates, and a policy for unknown codes."""

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal, Protocol

from engine.errors import Miss, RuleFailed
from engine.problems import Place, Problems, did_you_mean

FROM, TO = "from", "to"
SINCE, UNTIL = "effective_from", "effective_to"
MOST_TOLD = 100
"""Mistakes of one file that are told one by one: of a table exported with every key twice nobody reads them all."""
_KNOWN = (FROM, TO, "display", SINCE, UNTIL)
_DATE = re.compile(r"([0-9]{4})-?([0-9]{2})-?([0-9]{2})")


class Unknown(Protocol):
    """What ``translate`` does with a code that the table does not list."""

    @property
    def policy(self) -> Literal["error", "keep", "default"]: ...
    @property
    def default(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table."""

    line: int
    cells: Mapping[str, str]
    since: date = date.min
    until: date = date.max

    def covers(self, day: date) -> bool:
        """Whether the row is effective on *day*; both ends belong to it."""
        return self.since <= day <= self.until


@dataclass(frozen=True, slots=True)
class CodeTable:
    """One table. Keys are exact after trimming; ``|`` joins the parts of a key."""

    name: str
    columns: tuple[str, ...] = ()
    policy: Literal["error", "keep", "default"] = "error"
    default: str = ""
    _rows: Mapping[str, Sequence[Row]] = field(default_factory=dict, repr=False)
    _always: Mapping[str, str] = field(default_factory=dict, repr=False)
    """``to`` by key, for a table without dates: nearly all of them."""
    _dated: bool = False
    file: str = ""

    @classmethod
    def empty(cls, name: str) -> "CodeTable":
        """Return a table without rows or columns, standing for one that could not be read."""
        return cls(name)

    def __len__(self) -> int:
        return sum(map(len, self._rows.values()))

    @property
    def rows(self) -> list[Row]:
        """Every row, in the order of the file."""
        return sorted((row for rows in self._rows.values() for row in rows), key=lambda row: row.line)

    def translate(self, value: str, as_of: date, missed: list[Miss] | None = None) -> str:
        """Return ``to`` for *value*; of an unknown code what the policy says, raising RuleFailed under ``error``.

        An unknown code is added to *missed*, unless the table says that all it does not list is nothing
        (``unknown: {default: ''}``): a list of what matters misses nearly everything, and nobody shall map it.
        """
        found = self._always.get(value)
        if found is not None:
            return found
        row = self._row(value, as_of)
        if row is not None:
            return row.cells[TO]
        key = _trimmed(value)
        if not key:
            return ""
        self._note(key, missed)
        if self.policy == "error":
            raise self._unknown(value, as_of)
        return value if self.policy == "keep" else self.default

    def lookup(self, value: str, column: str, as_of: date, missed: list[Miss] | None = None) -> str:
        """Return *column* of the row for *value*; of an unknown code '' unless the policy is ``error``."""
        row = self._row(value, as_of)
        if row is not None:
            return row.cells.get(column, "")
        key = _trimmed(value)
        if key:
            self._note(key, missed)
            if self.policy == "error":
                raise self._unknown(value, as_of)
        return ""

    def has(self, value: str) -> bool:
        """Whether the table has *value* on any day."""
        return bool(self._rows.get(_trimmed(value)))

    def listed(self, value: str, as_of: date) -> bool:
        """Whether the table has *value* on that day."""
        return self._row(value, as_of) is not None

    def line_of(self, value: str, as_of: date) -> int:
        """Return the line of the file that has *value* on that day, 0 if none has."""
        row = self._row(value, as_of)
        return 0 if row is None else row.line

    def _row(self, value: str, as_of: date) -> Row | None:
        rows = self._rows.get(value) or self._rows.get(_trimmed(value), ())
        if not self._dated:
            return rows[0] if rows else None
        return next((row for row in rows if row.covers(as_of)), None)

    def _unknown(self, value: str, as_of: date) -> RuleFailed:
        when = f" on {as_of.isoformat()}" if self._dated else ""
        detail = f"table {self.name} has no code {value!r}{when}"
        return RuleFailed("unknown-code", detail, miss=Miss(self.name, _trimmed(value)))

    def _note(self, key: str, missed: list[Miss] | None) -> None:
        if missed is not None and (self.policy != "default" or self.default):
            missed.append(Miss(self.name, key))


def load_table(name: str, file: str, text: str, unknown: Unknown, problems: Problems) -> CodeTable:
    """Return the table in *text*; every mistake goes to *problems*, and what can be read is there."""
    reading = _Reading(file, problems)
    rows = reading.rows(text.removeprefix("\ufeff"))
    by_key: dict[str, list[Row]] = {}
    for row in rows:
        reading.add(by_key.setdefault(row.cells[FROM], []), row)
    reading.tell_rest()
    dated = any((row.since, row.until) != (date.min, date.max) for row in rows)
    always = {} if dated else {key: found[0].cells[TO] for key, found in by_key.items()}
    return CodeTable(name, reading.columns, unknown.policy, unknown.default, by_key, always, dated, file)


class _Reading:
    """One file being read."""

    def __init__(self, file: str, problems: Problems) -> None:
        self._file = file
        self._problems = problems
        self._texts: list[str] = []
        self._broken = False
        self._told = 0
        self._first_untold = 0
        self.columns: tuple[str, ...] = ()

    def rows(self, text: str) -> list[Row]:
        """Return the rows that can be used."""
        lines = self._lines(text)
        header = next(lines, None)
        if header is None:
            self._tell(1, 1, "table-empty", "the table is empty", f"its first line is {','.join(_KNOWN)}")
            return []
        if not self._header(*header):
            return []
        found = [self._row(line, cells) for line, cells in lines]
        if not found and not self._broken:
            self._problems.warn(Place(self._file), "table-empty", "the table has no rows")
        return [row for row in found if row is not None]

    def add(self, earlier: list[Row], row: Row) -> None:
        """Keep *row* beside those of the same key, if it does not overlap them in time."""
        for other in earlier:
            if row.since <= other.until and other.since <= row.until:
                code, more = "code-twice", ""
                if (row.since, row.until, other.since, other.until) != (date.min, date.max) * 2:
                    code, more = "code-overlap", " for some of the same days"
                self._tell(row.line, 1, code, f"line {other.line} has this code too{more}")
                return
        earlier.append(row)

    def _lines(self, text: str) -> Iterator[tuple[int, list[str]]]:
        """Yield the lines that are not blank, each with its number and its trimmed cells."""
        self._texts = list(io.StringIO(text, newline=""))
        reader = csv.reader(self._texts, strict=True)
        line = 1
        try:
            for cells in reader:
                if any(cell.strip() for cell in cells):
                    yield line, [cell.strip() for cell in cells]
                line = reader.line_num + 1
        except csv.Error as error:
            self._broken = True
            hint = 'a quoted value ends with a quote, and a quote inside it is written ""'
            self._tell(line, 1, "table-syntax", f"this line is no CSV: {error}", hint)

    def _header(self, line: int, cells: list[str]) -> bool:
        columns = [cell.lower() if cell.lower() in _KNOWN else cell for cell in cells]
        missing = [name for name in (FROM, TO) if name not in columns]
        for index, name in enumerate(columns):
            if name and name in columns[:index]:
                self._tell(line, self._column(line, index), "table-header", f"the column {name!r} is there twice")
                return False
        if missing:
            parted = any(mark in cells[0] for mark in ";\t")
            hint = (
                "cells are parted by ','"
                if parted
                else did_you_mean(missing[0], columns) or f"write {','.join(_KNOWN)}"
            )
            self._tell(line, 1, "table-header", f"there is no column {missing[0]!r}", hint)
            return False
        self.columns = tuple(columns)
        return True

    def _row(self, line: int, cells: list[str]) -> Row | None:
        if len(cells) > len(self.columns) and any(cells[len(self.columns) :]):
            column = self._column(line, len(self.columns))
            self._tell(
                line, column, "table-cells", "there are more cells than columns", 'a value with a comma stands in "..."'
            )
            return None
        if len(cells) <= self.columns.index(TO):
            hint = f"cells are parted by ','; '{FROM},' gives nothing for a code"
            self._tell(line, 1, "table-cells", "the row ends before the column 'to'", hint)
            return None
        by_column = dict.fromkeys(self.columns, "") | dict(zip(self.columns, cells, strict=False))
        by_column[FROM] = _trimmed(by_column[FROM])
        if not by_column[FROM]:
            self._tell(line, 1, "table-key", "the code in 'from' is empty", "'' gives '' without a row")
            return None
        since, until = self._day(line, cells, SINCE, date.min), self._day(line, cells, UNTIL, date.max)
        if since is None or until is None:
            return None
        if until < since:
            self._tell(line, self._column(line, self.columns.index(UNTIL)), "table-date", "it ends before it begins")
            return None
        return Row(line, by_column, since, until)

    def _day(self, line: int, cells: list[str], column: str, open_end: date) -> date | None:
        index = self.columns.index(column) if column in self.columns else len(cells)
        text = cells[index] if index < len(cells) else ""
        if not text:
            return open_end
        found = _DATE.fullmatch(text)
        try:
            if found:
                return date(int(found[1]), int(found[2]), int(found[3]))
        except ValueError:
            pass  # a day that the calendar does not have is told like any other text that is no date
        self._tell(
            line, self._column(line, index), "table-date", f"{text!r} is no date", "write 20240131 or 2024-01-31"
        )
        return None

    def _column(self, line: int, index: int) -> int:
        """Return the column in the file where cell *index* of the line begins."""
        inside, cell = False, 0
        for at, character in enumerate(self._texts[line - 1]):
            if cell == index:
                return at + 1
            inside = inside is not (character == '"')
            cell += character == "," and not inside
        return 1

    def tell_rest(self) -> None:
        """Say how much more is wrong than was told one by one."""
        if self._told > MOST_TOLD:
            text = f"{self._told - MOST_TOLD} more mistakes in this file, from here on"
            self._problems.add(
                Place(self._file, self._first_untold), "table-mistakes", text, "mend the first ones first"
            )

    def _tell(self, line: int, column: int, code: str, text: str, hint: str = "") -> None:
        self._told += 1
        if self._told <= MOST_TOLD:
            self._problems.add(Place(self._file, line, column), code, text, hint)
        elif not self._first_untold:
            self._first_untold = line


def _trimmed(key: str) -> str:
    """Return *key* with each part trimmed; a key of several empty parts is no key."""
    if "|" not in key:
        return key.strip()
    parts = [part.strip() for part in key.split("|")]
    return "|".join(parts) if any(parts) else ""
