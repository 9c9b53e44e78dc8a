"""Runs cases: the engine's own decision about each message, held against what the case expects. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from engine.context import EMPTY_CONTEXT
from engine.decision import Receipt, finish, moment_of, plan
from engine.mapping import Mapping
from engine.mapping.job import MappingTrace, Outcome
from engine.routing import Entry, Route, Rules
from engine.routing.tracing import Tracing
from engine.workbench.cases import Case
from engine.workbench.judging import Difference, Judge


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one case."""

    case: Case
    differences: tuple[Difference, ...]
    """Empty: it passed."""

    @property
    def passed(self) -> bool:
        """Whether everything is as expected."""
        return not self.differences


@dataclass(frozen=True, slots=True)
class Trials:
    """What became of all cases that were run."""

    results: tuple[Result, ...]
    unreached: tuple[tuple[Route, Entry], ...]
    """Entries of the routes that were looked at and that no case chose."""

    @property
    def failed(self) -> int:
        """How many cases did not pass."""
        return sum(1 for each in self.results if not each.passed)


@dataclass(frozen=True, slots=True)
class Alone:
    """One run of a mapping by a case of its own, without a route."""

    mapping: Mapping
    trace: MappingTrace = field(repr=False)
    outcomes: Sequence[Outcome]


@dataclass(slots=True)
class Sightings:
    """Collects what the rules were seen doing while cases ran; recording changes no result."""

    decided: list[Tracing] = field(default_factory=list)
    """One for each message of a route's case."""
    alone: list[Alone] = field(default_factory=list)
    """One for each mapping's case."""


def noon(zone: ZoneInfo) -> int:
    """Return when a case's first message is received, in ns: noon of 15 January 2026 by the site's clock."""
    return int(datetime(2026, 1, 15, 12, tzinfo=zone).timestamp()) * 1_000_000_000


def run_cases(
    cases: Iterable[Case], rules: Rules, routes: Iterable[Route] = (), sightings: Sightings | None = None
) -> Trials:
    """Run *cases* under *rules* and tell which entries of *routes* none of them chose."""
    watched = tuple(routes)
    seen = Sightings() if sightings is None and watched else sightings
    results = tuple([run_case(case, rules, seen) for case in cases])
    return Trials(results, unreached(watched, seen or Sightings()))


def run_case(case: Case, rules: Rules, sightings: Sightings | None = None) -> Result:
    """Run one case under *rules*, which need not be those it was read with."""
    return Result(case, tuple(_differences(case, rules, sightings)))


def passes(case: Case, rules: Rules) -> bool:
    """Tell whether *case* passes under *rules*; stops at the first difference."""
    return next(iter(_differences(case, rules, None)), None) is None


def unreached(routes: Iterable[Route], sightings: Sightings) -> tuple[tuple[Route, Entry], ...]:
    """Return the entries of *routes* that were never chosen."""
    reached = {id(made.chosen.entry) for tracing in sightings.decided for made in tracing.made}
    return tuple((each, entry) for each in routes for entry in each.entries if id(entry) not in reached)


def _differences(case: Case, rules: Rules, sightings: Sightings | None) -> Iterator[Difference]:
    tracing = None if sightings is None else Tracing()
    receipt = Receipt(case.listener, case.payload, noon(rules.zone))
    planned = plan(receipt, rules, tracing)
    if sightings is not None and tracing is not None:
        sightings.decided.append(tracing)
    judge = Judge(finish(planned, EMPTY_CONTEXT), planned.facts, rules, moment_of(receipt, rules))
    yield from judge.differences(case.expect)
