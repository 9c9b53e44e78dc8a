"""Messages in which every field holds a word that occurs nowhere else in the world, and where such words turn up."""

import base64
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

KEPT = frozenset({1, 2, 9, 11, 12, 18})
"""Fields of MSH that decide how a message is read and where it goes."""


@dataclass(slots=True)
class Canary:
    """A word of its own for every place; all begin with the same letters, so that one search finds any."""

    prefix: str = field(default_factory=lambda: "".join(chr(97 + secrets.randbelow(26)) for _ in range(10)))
    issued: list[str] = field(default_factory=list)

    def word(self) -> str:
        """Return a new word."""
        self.issued.append(f"{self.prefix}{len(self.issued):04d}")
        return self.issued[-1]

    def field(self) -> str:
        """Return a field of two components and two subcomponents, each a new word."""
        return f"{self.word()}^{self.word()}&{self.word()}"

    def found_in(self, text: bytes) -> bool:
        """Whether any of the words is there: plain, in capitals, as hexadecimal, as UTF-16 or in base64."""
        lower, word = text.lower(), self.prefix.encode()
        wide = self.prefix.encode("utf-16-le")
        # In base64 the outer characters depend on the neighbours: the inner ones, for each of the three alignments.
        coded = [base64.b64encode(b"x" * shift + self.prefix.encode())[4:-4] for shift in range(3)]
        numbers = (word.hex().encode(), word.upper().hex().encode())
        return word in lower or wide in text or any(each in lower for each in numbers) or any(c in text for c in coded)


@dataclass(frozen=True, slots=True)
class Canaries:
    """*names* stand in MSH-9 and MSH-10, by which people call a message; *values* everywhere else."""

    names: Canary = field(default_factory=Canary)
    values: Canary = field(default_factory=Canary)

    def everywhere(self, payload: bytes) -> bytes:
        """Return a message of the same segments in which every field is a canary, dates and codes as well."""
        return _changed(payload, self, lambda _segment, _number: True)

    def in_names(self, payload: bytes) -> bytes:
        """Return a message that rules can still use: canaries in names, addresses, telephones, sites and comments."""
        places = {"PID": {5, 6, 9, 13}, "NK1": {2, 4, 5}, "PV1": {7, 8}, "GT1": {3}, "NTE": {3}, "OBX": {23, 24}}
        return _changed(payload, self, lambda segment, number: number in places.get(segment, set()))

    def in_codes(self, payload: bytes) -> bytes:
        """Return a message that routes take and mappings fail on: canaries in codes, units and dates."""
        places = {"OBR": {4, 7, 14, 22}, "OBX": {3, 5, 6, 14}, "PID": {7, 8}, "PV1": {2, 44, 45}, "DG1": {3, 5}}
        return _changed(payload, self, lambda segment, number: number in places.get(segment, set()))

    def header(self, *, code: str = "ADT^A01^ADT_A01", processing: str = "P", charset: str = "") -> str:
        """Return an MSH with canaries wherever one can stand."""
        sites = "|".join(self.values.field() for _ in range(4))
        tail = f"|{'|'.join(self.values.word() for _ in range(5))}|{charset}" if charset else ""
        time, security = self.values.word(), self.values.word()
        return f"MSH|^~\\&|{sites}|{time}|{security}|{code}|{self.names.word()}|{processing}|2.5.1{tail}"

    def segments(self) -> str:
        """Return some segments full of canaries, one of them of a kind that nobody knows."""
        return "".join(f"{name}|{'|'.join(self.values.field() for _ in range(20))}\r" for name in ("PID", "PV1", "ZZQ"))


def _changed(payload: bytes, canaries: Canaries, wanted: Callable[[str, int], bool]) -> bytes:
    lines = []
    for line in payload.decode().split("\r"):
        fields = line.split("|")
        is_header = fields[0] == "MSH"
        for index in range(1, len(fields)):
            number = index + 1 if is_header else index
            if is_header and number == 10:
                fields[index] = canaries.names.word()
            elif is_header and number in KEPT:
                continue
            elif fields[index] and (is_header or wanted(fields[0], number)):
                fields[index] = canaries.values.field()
        lines.append("|".join(fields))
    return "\r".join(lines).encode()


def leaks(folder: Path, but_not: frozenset[str], *canaries: Canary) -> list[str]:
    """Return the files below *folder* that hold a canary, those called *but_not* left out."""
    files = [path for path in folder.rglob("*") if path.is_file() and path.name not in but_not]
    return [str(path) for path in files if any(canary.found_in(path.read_bytes()) for canary in canaries)]
