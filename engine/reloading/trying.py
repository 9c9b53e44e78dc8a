"""Runs the cases of a site that is to be switched to."""

from collections.abc import Iterable

from engine.routing import Rules
from engine.workbench.cases import Case
from engine.workbench.trials import passes


def failures(cases: Iterable[Case], rules: Rules) -> tuple[str, ...]:
    """Return a line for each case that fails; what it expected and found, ``engine test`` tells."""
    failed = (case for case in cases if not passes(case, rules))
    return tuple(f"{case.place}: case-failed: {case.owner}: {case.name} (see `engine test`)" for case in failed)
