"""The words of the rules at a place, as their files have them: what is quoted is always what was written."""

from collections.abc import Mapping as Names
from dataclasses import dataclass

from engine.problems import Place
from engine.routing import Rules

_BELOW = (" >-", " >", " |", " |-")
"""How a line ends whose value stands in the lines below it."""


@dataclass(frozen=True, slots=True)
class Quotes:
    """The lines of all files of the rules."""

    lines: Names[str, list[str]]

    @classmethod
    def of(cls, rules: Rules) -> "Quotes":
        """Return the quotes of *rules*."""
        return cls({name: text.splitlines() for name, text in rules.texts.values()})

    def behind(self, place: Place) -> str:
        """Return what stands in the line from *place* on; '' where that cannot be told."""
        return self._line(place)[place.column - 1 :].strip()

    def line(self, place: Place) -> str:
        """Return the whole line without its indentation and the dash of a list; of a text below it the beginning."""
        line = self._line(place).strip().removeprefix("- ")
        if not line.endswith(_BELOW):
            return line
        following = self._line(Place(place.file, place.line + 1)).strip()
        return f"{line.rpartition(' ')[0]} {following} ..."

    def _line(self, place: Place) -> str:
        lines = self.lines.get(place.file, [])
        return lines[place.line - 1] if place.line <= len(lines) else ""
