"""Adding a row to a code table's file: checked whole before and after, every other byte kept, replaced in one go."""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from engine.config.tables import TableSource
from engine.errors import NotPossible
from engine.mapping.codes import FROM, TO
from engine.problems import Problems, did_you_mean
from engine.states import Severity
from engine.workbench.saving import alone, replace_file


@dataclass(frozen=True, slots=True)
class NewRow:
    """What somebody wants a table to know."""

    code: str
    target: str
    others: Mapping[str, str] = field(default_factory=dict)
    """Further cells by column; those that are empty say nothing."""

    @property
    def cells(self) -> Mapping[str, str]:
        """Every cell by its column."""
        return {**{name: text for name, text in self.others.items() if text}, FROM: self.code, TO: self.target}


@dataclass(frozen=True, slots=True)
class Added:
    """What became of a row."""

    line: int
    rows: int
    """In the table now."""


def add_row(source: TableSource, row: NewRow) -> Added:
    """Write *row* behind the others of a table's file; NotPossible, the file untouched, where that would be wrong."""
    path = source.path.resolve()
    with alone(path.parent):
        before = _read(path, source)
        after = before + _line(before, source, row)
        rows = _checked(source, after)
        replace_file(path, after)
    return Added(after.count(b"\n") + (not after.endswith(b"\n")), rows)


def _read(path: Path, source: TableSource) -> bytes:
    try:
        content = path.read_bytes()
        content.decode("utf-8-sig")
    except OSError as error:
        raise NotPossible("unreadable-file", f"{source.file} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise NotPossible("not-utf-8", f"{source.file} is not UTF-8: save it as UTF-8 first") from None
    problems = Problems()
    source.load(content.decode("utf-8-sig"), problems)
    _refuse(problems, "mend the table first")
    return content


def _line(content: bytes, source: TableSource, row: NewRow) -> bytes:
    """Return the new line as bytes, with an end for the last one where that has none."""
    columns = source.load(content.decode("utf-8-sig"), Problems()).columns
    cells = row.cells
    for name, text in cells.items():
        if name not in columns:
            hint = did_you_mean(name, columns) or f"its columns are {', '.join(columns)}"
            raise NotPossible("unknown-column", f"{source.file} has no column '{name}' ({hint})")
        if not text.isprintable():
            raise NotPossible("unsafe-cell", f"a cell is one line of printable text: '{name}' is not")
    end = "\r\n" if b"\r\n" in content else "\n"
    written = io.StringIO()
    csv.writer(written, lineterminator=end).writerow([cells.get(name, "") for name in columns])
    return (b"" if content.endswith(b"\n") else end.encode()) + written.getvalue().encode()


def _checked(source: TableSource, content: bytes) -> int:
    """Return how many rows the table has with the new one; refuse what is wrong with it."""
    problems = Problems()
    table = source.load(content.decode("utf-8-sig"), problems)
    _refuse(problems, "nothing was written")
    return len(table)


def _refuse(problems: Problems, what: str) -> None:
    wrong = [str(problem) for problem in problems.sorted() if problem.severity is Severity.ERROR]
    if wrong:
        raise NotPossible("table-problems", "\n".join([*wrong[:20], what]))
