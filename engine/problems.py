"""What is wrong in the files that people write: where, what and what to do; collected, so that all are told at once."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from difflib import get_close_matches

from engine.states import Severity


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A position in a file, as a terminal or an editor jumps to it."""

    file: str
    """Relative to the folder of config.yaml."""
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One mistake, at its place. An error keeps the engine from starting; a warning is only told."""

    place: Place
    code: str
    text: str
    hint: str = ""
    severity: Severity = Severity.ERROR

    def __str__(self) -> str:
        kind = "" if self.severity is Severity.ERROR else f"{self.severity.name.lower()}: "
        hint = f" ({self.hint})" if self.hint else ""
        return f"{self.place}: {kind}{self.code}: {self.text}{hint}"


@dataclass(slots=True)
class Problems:
    """Handed down to everything that loads; nobody stops at the first mistake."""

    items: list[Problem] = field(default_factory=list)

    def add(self, place: Place, code: str, text: str, hint: str = "", severity: Severity = Severity.ERROR) -> None:
        """Keep a problem; the same one found twice is told once."""
        problem = Problem(place, code, text, hint, severity)
        if problem not in self.items:
            self.items.append(problem)

    def warn(self, place: Place, code: str, text: str, hint: str = "") -> None:
        """Keep something that works but is probably not meant."""
        self.add(place, code, text, hint, Severity.WARNING)

    @property
    def errors(self) -> int:
        """How many of them keep the engine from starting."""
        return sum(1 for problem in self.items if problem.severity is Severity.ERROR)

    def sorted(self) -> list[Problem]:
        """Return them in the order of files, lines and columns."""
        return sorted(self.items)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return ``did you mean 'x'?`` for the nearest known word (case ignored), or ''."""
    by_lower = {each.lower(): each for each in known}
    near = get_close_matches(word.lower(), by_lower, n=1, cutoff=0.6)
    return f"did you mean '{by_lower[near[0]]}'?" if near else ""
