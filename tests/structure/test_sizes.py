"""One idea per file: none is longer than 400 lines, and each says in its first line what it is for."""

import ast
from pathlib import Path

ROOT = Path(__file__).parents[2]
LONGEST = 400
FORBIDDEN = ("utils", "util", "base", "manager", "types", "helpers", "common", "misc")


def _files() -> list[Path]:
    files = [path for folder in ("engine", "tests") for path in sorted((ROOT / folder).rglob("*.py"))]
    assert len(files) > 20
    return files


def test_no_file_is_longer_than_four_hundred_lines() -> None:
    """A longer one holds two ideas."""
    lengths = {str(path.relative_to(ROOT)): len(path.read_text("utf-8").split("\n")) - 1 for path in _files()}

    assert {name: length for name, length in lengths.items() if length > LONGEST} == {}


def test_every_file_begins_with_a_sentence() -> None:
    """Someone new opens any file and knows what it is for."""
    silent = [
        str(path.relative_to(ROOT)) for path in _files() if not ast.get_docstring(ast.parse(path.read_text("utf-8")))
    ]

    assert silent == []


def test_no_file_is_named_after_nothing() -> None:
    """A file called utils holds whatever had no home."""
    vague = [str(path.relative_to(ROOT)) for path in _files() if path.stem in FORBIDDEN]

    assert vague == []
