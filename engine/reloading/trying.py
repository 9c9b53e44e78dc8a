"""Runs the cases of a site that is to be switched to; one whose whole way is as it was need not be run again."""

from collections.abc import Iterable
from dataclasses import dataclass

from engine.routing import Rules
from engine.workbench.cases import Case
from engine.workbench.trials import run_case


@dataclass(slots=True)
class Tried:
    """Remembers which rules every case has passed."""

    _rules: Rules | None = None

    def failures(self, cases: Iterable[Case], rules: Rules) -> tuple[str, ...]:
        """Return a line for each case that fails, with the first thing that is not as it should be."""
        found: list[str] = []
        for case in cases:
            result = run_case(case, rules)
            if not result.passed:
                found.append(f"{case.place}: case-failed: {case.owner}: {case.name}")
        return tuple(found)
