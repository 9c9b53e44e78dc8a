"""Markdown that shows any text as it stands: cells, code and tables."""

from collections.abc import Iterable, Sequence


def code(text: str) -> str:
    """Return *text* as code inside a line or a cell, whatever it holds."""
    if not text:
        return ""
    line = " ".join(text.split()).replace("|", "\\|")
    mark = "``" if "`" in line else "`"
    space = " " if line.startswith("`") or line.endswith("`") else ""
    return f"{mark}{space}{line}{space}{mark}"


def cell(text: str) -> str:
    """Return *text* as words in a cell."""
    return " ".join(text.split()).replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;")


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Return a table; cells are given as they are to stand there."""
    return [_row(columns), _row(["---"] * len(columns)), *(_row(row) for row in rows), ""]


def block(lines: Iterable[str]) -> list[str]:
    """Return lines as they are, between fences that none of them closes."""
    written, fence = list(lines), "```"
    while any(fence in line for line in written):
        fence += "`"
    return [f"{fence}text", *written, fence, ""]


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
