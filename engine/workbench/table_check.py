"""What is odd about a site's code tables: problems in their files, targets that are none, rows that no case uses."""

from dataclasses import dataclass
from pathlib import Path

from engine.config.tables import read_tables
from engine.mapping.codes import CodeTable
from engine.problems import Place, Problem
from engine.workbench.check import read_site
from engine.workbench.trials import run_cases
from engine.workbench.watching import Notes, watch

_OF_TABLES = frozenset({"unused-table", "unknown-targets"})
"""Problems of config.yaml that are about tables."""


@dataclass(frozen=True, slots=True)
class Unused:
    """A row that no case has used."""

    table: str
    place: Place
    code: str


@dataclass(frozen=True, slots=True)
class TableCheck:
    """What was found in tables."""

    problems: tuple[Problem, ...]
    unused: tuple[Unused, ...]
    rows: int
    """How many there are in all."""
    is_tried: bool
    """Whether the cases could be run; otherwise nobody knows which rows they use."""


def check_tables(config: Path, names: frozenset[str]) -> TableCheck:
    """Return what is odd about the tables *names* (all of them if empty) of the site at *config*."""
    site = read_site(config)
    sources = {name: each for name, each in read_tables(config).items() if not names or name in names}
    files = {each.file for each in sources.values()}
    problems = tuple(each for each in site.report.problems if each.place.file in files or each.code in _OF_TABLES)
    if site.settings is None or site.report.errors:
        return TableCheck(problems, (), 0, is_tried=False)
    watched = watch(site.settings.rules)
    run_cases(site.cases, watched.rules)
    tables = [site.settings.rules.tables[name] for name in sources]
    unused = tuple(each for table in tables for each in _unused(table, watched.notes))
    return TableCheck(problems, unused, sum(map(len, tables)), is_tried=True)


def _unused(table: CodeTable, notes: Notes) -> list[Unused]:
    return [
        Unused(table.name, Place(table.file, row.line), row.cells["from"])
        for row in table.rows
        if not notes.rows[table.name, row.line]
    ]
