"""One run of a site's cases, as ``engine test`` does it: read, choose, run, measure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from engine.errors import NotPossible
from engine.problems import did_you_mean
from engine.workbench.case_reading import Case
from engine.workbench.check import Site, read_site
from engine.workbench.coverage import Coverage, coverage_of
from engine.workbench.junit import Timed
from engine.workbench.trials import Sightings, Trials, run_case, unreached
from engine.workbench.watching import watch


@dataclass(frozen=True, slots=True)
class Wish:
    """Which cases are to be run."""

    names: Sequence[str] = ()
    """Routes and mappings; none: all."""
    chosen: Callable[[Case], bool] | None = None
    """What ``-k`` chooses; None: all."""
    stops: bool = False
    """Whether the first case that fails is the last one."""


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of one run."""

    site: Site
    trials: Trials | None
    """None: problems of the site kept every case from running."""
    timed: Sequence[Timed] = ()
    not_run: int = 0
    """Cases that were left after one had failed."""
    coverage: Coverage | None = None
    """None where only some of the cases were run."""

    @property
    def failed(self) -> bool:
        """Whether somebody has to do something."""
        return self.trials is None or bool(self.trials.failed)


def try_cases(config: Path, wish: Wish) -> Tried:
    """Read the site at *config* and run the cases wished for; raise NotPossible where the wish names nothing."""
    site = read_site(config)
    if site.settings is None or site.report.errors:
        return Tried(site, None)
    rules = site.settings.rules
    _refuse_unknown(wish.names, {route.name for route in rules.routes} | set(rules.mappings))
    named = [case for case in site.cases if not wish.names or case.owner in wish.names]
    cases = named if wish.chosen is None else [case for case in named if wish.chosen(case)]
    if named and not cases:
        raise NotPossible("nothing-chosen", f"-k chooses none of {len(named)} cases")
    watched, sightings, timed = watch(rules), Sightings(), list[Timed]()
    for case in cases:
        begun = perf_counter()
        timed.append(Timed(run_case(case, watched.rules, sightings), perf_counter() - begun))
        if wish.stops and not timed[-1].result.passed:
            break
    # Who runs some cases only does not ask what the others reach.
    whole = wish.chosen is None and len(timed) == len(cases)
    seen = watched.rules.routes if whole else ()
    routes = [route for route in seen if not wish.names or route.name in wish.names]
    coverage = coverage_of(rules, watched.notes, wish.names) if whole else None
    results = tuple(each.result for each in timed)
    return Tried(site, Trials(results, unreached(routes, sightings)), timed, len(cases) - len(timed), coverage)


def _refuse_unknown(wanted: Sequence[str], known: set[str]) -> None:
    for name in wanted:
        if name not in known:
            hint = did_you_mean(name, known)
            text = f"no route or mapping is called '{name}'" + (f" ({hint})" if hint else "")
            raise NotPossible("unknown-name", text)
