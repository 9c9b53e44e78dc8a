"""Text on a terminal: aligned tables, times in the site's zone, and nothing that a terminal would obey."""

import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from enum import Enum
from zoneinfo import ZoneInfo

import orjson
import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from engine.clock import at_us

_WIDEST = 1_000
"""Columns where nobody looks: a table that is piped is never folded."""


class Format(Enum):
    """How a command answers."""

    TEXT = "text"
    JSON = "json"


FORMAT = typer.Option("--format", help="text for people, json for programs.")
"""The option of every command that shows something."""


def print_table(columns: Sequence[str], rows: Sequence[Sequence[object]], none: str = "nothing found") -> None:
    """Print *rows* under *columns*, aligned; without any, say so to whoever looks."""
    if not rows:
        typer.echo(none, err=True)
        return
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(Text(printable(str(cell))) for cell in row))
    _console().print(table)


def print_pairs(pairs: Sequence[tuple[str, object]]) -> None:
    """Print names and what they stand for, aligned; what is empty is left out."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=False)
    for name, value in pairs:
        if str(value):
            table.add_row(Text(name, style="bold"), Text(printable(str(value))))
    _console().print(table)


def print_lines(lines: Sequence[str]) -> None:
    """Print lines as they are, but for what a terminal would obey."""
    for line in lines:
        typer.echo(printable(line))


def print_json(value: object) -> None:
    """Print *value* for programs."""
    typer.echo(orjson.dumps(value, option=orjson.OPT_INDENT_2).decode())


def printable(text: str) -> str:
    r"""Return *text* with control characters written as ``\x1b``: a message must not write on an operator's screen."""
    if text.isprintable():
        return text
    return "".join([each if each.isprintable() else _written(ord(each)) for each in text])


def shown_time(moment_us: int, zone: ZoneInfo) -> str:
    """Return a stored time as people of the site read it."""
    local = at_us(moment_us).astimezone(zone)
    return f"{local:%Y-%m-%d %H:%M:%S}.{local.microsecond // 1000:03d} {local:%Z}"


def written_time(moment_us: int, zone: ZoneInfo) -> str:
    """Return a stored time for programs, with its offset."""
    return at_us(moment_us).astimezone(zone).isoformat()


def us_of(moment: datetime) -> int:
    """Return an aware time as the store counts it."""
    since = moment.astimezone(UTC) - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def _written(code: int) -> str:
    return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}"


def _console() -> Console:
    return Console(highlight=False) if sys.stdout.isatty() else Console(width=_WIDEST, highlight=False)
