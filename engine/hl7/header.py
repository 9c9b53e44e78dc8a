"""The header segment alone, read from bytes: for answering what cannot be parsed or was never read to its end."""

import re

from engine.errors import NotHl7
from engine.hl7.charset import BOM
from engine.hl7.delimiters import HEADERS, Delimiters, delimiters_of, read_delimiters
from engine.hl7.message import leaf, split_fields

_LEADING = b" \t\r\n\x00"
_END = re.compile(rb"[\r\n\x1c]")
_LONGEST = 65_536


class Header:
    """An MSH, FHS or BHS read as latin-1, so that every byte of it can be written back as it came."""

    __slots__ = ("_fields", "delimiters", "name")

    codec = "latin-1"

    def __init__(self, fields: list[str], delimiters: Delimiters) -> None:
        """Use ``peek``; *fields* by number, as ``split_fields`` gives them."""
        self._fields = fields
        self.delimiters = delimiters
        self.name = fields[0]

    @classmethod
    def peek(cls, payload: bytes) -> "Header | None":
        """Return the header that *payload*, whole or cut off, begins with; None if nothing in it can be trusted."""
        start = payload if payload.startswith(b"MSH") else payload[:_LONGEST].removeprefix(BOM).lstrip(_LEADING)
        end = _END.search(start)
        text = start[: end.start() if end else _LONGEST].decode("latin-1")
        if text[:3] not in HEADERS:
            return None
        try:
            delimiters = read_delimiters(text)
        except NotHl7:
            separator = text[3:4]
            try:
                # MSH-1 still tells the fields apart; what MSH-2 should have been, the answer says in its own words.
                delimiters = delimiters_of(separator, "^~\\&".replace(separator, "|") if separator else "")
            except NotHl7:
                return None
        return cls(split_fields(text, delimiters.field), delimiters)

    def __repr__(self) -> str:
        return f"<Header {self.name} of {len(self._fields)} fields>"

    def fields(self, position: int) -> list[str]:
        """Return the raw fields, the index being the field's number; a header is always the segment 0."""
        if position != 0:
            raise IndexError(position)
        return self._fields

    def field(self, name: str, number: int) -> str:
        """Return the raw text of a field, '' when absent or when another segment is asked for."""
        return self._fields[number] if name == self.name and number < len(self._fields) else ""

    def value(self, name: str, number: int, component: int = 1, subcomponent: int = 1) -> str:
        """Return a leaf of the first repetition of a field, as ``Message.value`` does."""
        return leaf(self.field(name, number), self, 1, component, subcomponent)
