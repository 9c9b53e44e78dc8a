"""An export as a folder of files, CSV or JSON lines, and one that says what was done; for its owner's eyes alone."""

import csv
import os
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import Enum
from itertools import chain
from pathlib import Path
from typing import TextIO
from zoneinfo import ZoneInfo

import orjson
from sqlalchemy import Connection

from engine.errors import NotPossible
from engine.export.coding import Codes
from engine.export.files import FILES, Dates, Export, Line
from engine.export.people import people_of
from engine.export.safe import cell
from engine.export.secret import Secret


class Kind(Enum):
    """How the files are written."""

    CSV = "csv"
    JSONL = "jsonl"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody wants exported, and how."""

    folder: Path
    kind: Kind
    dates: Dates
    least: int
    """People who must share a code for it to be told."""
    zone: ZoneInfo
    today: date


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written, and what stayed behind; counts alone."""

    lines: dict[str, int]
    left_out: Counter[str]


def export(connection: Connection, secret: Secret, wanted: Wanted) -> Exported:
    """Write the files; NotPossible if the folder is not a new or an empty one."""
    _prepare(wanted.folder)
    people = people_of(connection, secret, wanted.today)
    codes = Codes(secret, wanted.least)
    codes.count(connection, people)
    made = Export(connection, secret, people, codes, wanted.zone, wanted.dates)
    lines = {name: _write(wanted, name, rows(made)) for name, rows in FILES.items()}
    told = {
        "method": "HIPAA Safe Harbor, 45 CFR 164.514(b)(2)" if wanted.dates is Dates.YEAR else _SHIFTED,
        "dates": wanted.dates.value,
        "people_who_share_a_code": wanted.least,
        "lines": lines,
        "left_out": dict(sorted(made.left_out.items())),
    }
    with _opened(wanted.folder / "export.json") as file:
        file.write(orjson.dumps(told, option=orjson.OPT_INDENT_2).decode() + "\n")
    return Exported(lines, made.left_out)


_SHIFTED = "the identifiers of HIPAA Safe Harbor removed; dates moved by 1 to 365 days, the same for all of a person's"


def _prepare(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise NotPossible("folder-in-use", f"the folder {folder} is not empty: name a new one")
    except OSError as error:
        raise NotPossible("folder-unusable", f"the folder {folder} cannot be used ({error.strerror})") from None


def _write(wanted: Wanted, name: str, rows: Iterator[Line]) -> int:
    first = next(rows, None)
    with _opened(wanted.folder / f"{name}.{wanted.kind.value}") as file:
        if first is None:
            return 0
        every = chain((first,), rows)
        return _csv(file, every, list(first)) if wanted.kind is Kind.CSV else _json_lines(file, every)


def _csv(file: TextIO, rows: Iterable[Line], columns: list[str]) -> int:
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow(columns)
    count = 0
    for row in rows:
        writer.writerow([cell(value) for value in row.values()])
        count += 1
    return count


def _json_lines(file: TextIO, rows: Iterable[Line]) -> int:
    count = 0
    for row in rows:
        file.write(orjson.dumps({name: value for name, value in row.items() if value}).decode() + "\n")
        count += 1
    return count


def _opened(path: Path) -> TextIO:
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8", newline="")
