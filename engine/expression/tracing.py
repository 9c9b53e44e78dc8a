"""What ``explain`` shows of conditions: each clause that was asked, what it answered, and the values it saw."""

from dataclasses import dataclass, field

from engine.problems import Place


@dataclass(frozen=True, slots=True)
class Seen:
    """A value that a clause looked at: the words in the rule, and what they stood for."""

    words: str
    found: str | tuple[str, ...]

    def __repr__(self) -> str:
        return f"Seen({self.words!r})"


@dataclass(frozen=True, slots=True)
class Clause:
    """One comparison or question inside a condition. What a decided ``and`` or ``or`` skipped is not there."""

    words: str
    place: Place
    holds: bool
    seen: tuple[Seen, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """One condition, as it was asked once."""

    words: str
    place: Place
    holds: bool
    clauses: tuple[Clause, ...]


@dataclass(slots=True)
class Trace:
    """Collects while conditions are asked; handed in through Env, None on the hot path."""

    asked: list[Asked] = field(default_factory=list)
    clauses: list[Clause] = field(default_factory=list)
    """Those of the condition being asked."""
    seen: list[Seen] = field(default_factory=list)
    """Those of the clause being asked."""
