"""What came of a reading of the site's files while the engine runs, for whoever asked and for the log."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from engine.reloading.differences import Difference, summary


class Result(Enum):
    """How a reading ended."""

    SWITCHED = "switched"
    UNCHANGED = "unchanged"
    """The files say what the engine does already."""
    REFUSED = "refused"
    """The engine goes on as before."""


@dataclass(frozen=True, slots=True)
class Report:
    """One reading."""

    result: Result
    rules: str
    """The version in force now."""
    before: str
    differences: tuple[Difference, ...] = ()
    code: str = ""
    """Why it was refused: ``problems``, ``cases``, ``restart``, ``queued``, ``address``, ``tls`` or ``store``."""
    problems: tuple[str, ...] = ()
    """A line each, with file, line and column where there is one."""
    queued: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    """How many are pending and how many held, by destination."""
    cases: int = 0
    """How many of the site's cases were run."""

    @property
    def summary(self) -> str:
        """What changed, in one line."""
        return summary(self.differences)

    def as_json(self) -> dict[str, object]:
        """Return what the command line is sent."""
        return {
            "result": self.result.value,
            "rules": self.rules,
            "before": self.before,
            "summary": self.summary,
            "differences": [
                {"kind": each.kind, "name": each.name, "fate": each.fate.value, "details": list(each.details)}
                for each in self.differences
            ],
            "code": self.code,
            "problems": list(self.problems),
            "queued": {name: {"pending": pending, "held": held} for name, (pending, held) in self.queued.items()},
            "cases": self.cases,
        }
