"""What can be said of a raw text without taking it apart: whether anything stands in it, and how long it is."""

from engine.hl7.delimiters import Delimiters

NULL = '""'
"""Delete what you have: something is sent, and it has no value."""


def is_blank(raw: str, delimiters: Delimiters) -> bool:
    """Whether nothing but separators and blanks stand in *raw*."""
    if not raw or raw[0].isalnum():
        return not raw
    return not raw.strip(f"{delimiters.component}{delimiters.repetition}{delimiters.subcomponent} ")


def length_of(raw: str, delimiters: Delimiters) -> int:
    """Return how many characters *raw* has; an escape counts as one."""
    escape = delimiters.escape
    if not escape or escape not in raw:
        return len(raw)
    pieces = raw.split(escape)  # text, sequence, text, ...
    return sum(len(each) for each in pieces[::2]) + len(pieces) // 2
