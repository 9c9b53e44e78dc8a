"""Every problem of every file of a site at once, and what is there when there is none."""

from dataclasses import dataclass
from pathlib import Path

from engine.config import Settings, survey
from engine.config.memory import Memory
from engine.problems import Problem
from engine.states import Severity
from engine.workbench.cases import Case, load_cases
from engine.workbench.message_files import MessageFiles


@dataclass(frozen=True, slots=True)
class Report:
    """What a check found."""

    problems: tuple[Problem, ...]
    """In the order of files, lines and columns; warnings and notes among them."""
    summary: str
    """One sentence for people."""
    version: str
    """The rules' version, or '' where problems keep them from having one."""

    @property
    def errors(self) -> int:
        """How many keep the engine from starting."""
        return _count(self.problems, Severity.ERROR)

    @property
    def warnings(self) -> int:
        """How many only ask to be looked at."""
        return _count(self.problems, Severity.WARNING)


@dataclass(frozen=True, slots=True)
class Site:
    """A site with its cases, and what a check found in both."""

    report: Report
    settings: Settings | None
    """None where there are errors in the site itself."""
    cases: tuple[Case, ...]
    files: tuple[Path, ...] = ()
    """Every file that was read or should have been, for whoever waits for one to change."""


def check_site(config: Path) -> Report:
    """Read everything that *config* (config.yaml or its folder) names."""
    return read_site(config).report


def read_site(config: Path, memory: Memory | None = None) -> Site:
    """Return the site that *config* (config.yaml or its folder) names, with the cases of its routes and mappings."""
    found = survey(config, memory=memory)
    messages = MessageFiles(found.folder, found.problems)
    cases = () if found.rules is None else load_cases(found.rules, messages, found.problems, found.cases)
    files = (*found.files, *found.cases, *messages.asked)
    problems, settings = tuple(found.problems.sorted()), found.settings
    if settings is None or found.problems.errors:
        return Site(Report(problems, _plural(found.problems.errors, "problem"), ""), settings, cases, files)
    report = Report(problems, f"no problems: {_contents(settings)}", settings.rules.version)
    return Site(report, settings, cases, files)


def _contents(settings: Settings) -> str:
    rules = settings.rules
    counts = {
        "listener": len(rules.listeners),
        "destination": len(rules.destinations),
        "route": len(rules.routes),
        "mapping": len(rules.mappings),
        "table": len(rules.tables),
    }
    return f"{', '.join(_plural(count, name) for name, count in counts.items())}; rules {rules.version}"


def _plural(count: int, name: str) -> str:
    return f"{count} {name}" if count == 1 else f"{count} {name}s"


def _count(problems: tuple[Problem, ...], severity: Severity) -> int:
    return sum(1 for problem in problems if problem.severity is severity)
