"""Every file of a site to one frozen Settings, or all problems. Reads; decides nothing about messages."""

import os
from collections.abc import Mapping as Names
from dataclasses import dataclass
from pathlib import Path

from engine.config.bind import bind_configuration
from engine.config.crosschecks import check_addresses, check_draining, check_names, check_unused
from engine.config.later import leave_out_later
from engine.config.memory import Memory
from engine.config.references import Surroundings, resolve_references
from engine.config.rulebook import Rulebook
from engine.config.settings import Configuration, DestinationSettings, ListenerSettings
from engine.config.sources import Sources
from engine.config.store import read_store
from engine.config.targets import check_targets
from engine.documents import Entries, kind_of
from engine.errors import ConfigurationProblems
from engine.problems import Problems
from engine.routing import Rules
from engine.states import Severity

CONFIG = "config.yaml"


@dataclass(frozen=True, slots=True)
class Settings:
    """All that is configured: the rules for decisions, and what the processes around them need."""

    folder: Path
    """Of config.yaml; relative paths begin here."""
    file: Path
    """config.yaml itself."""
    site: str
    store: Path
    """The SQLite file."""
    listeners: Names[str, ListenerSettings]
    destinations: Names[str, DestinationSettings]
    rules: Rules


def load(path: Path, memory: Memory | None = None) -> Settings:
    """Return the settings of config.yaml (or its folder) at *path*; raise ConfigurationProblems with all of them."""
    found = survey(path, memory=memory)
    if found.settings is None:
        raise ConfigurationProblems(tuple(found.problems.sorted()))
    return found.settings


def examine(path: Path, environment: Names[str, str] = os.environ) -> tuple[Settings | None, Problems]:
    """Return the settings, or None where there are errors, and every problem, warnings included."""
    found = survey(path, environment)
    return found.settings, found.problems


@dataclass(frozen=True, slots=True)
class Survey:
    """A site as far as it could be read."""

    settings: Settings | None
    """None where there are errors."""
    rules: Rules | None
    """What could be read of the rules; not for deciding where there are errors."""
    folder: Path
    problems: Problems
    files: tuple[Path, ...] = ()
    """Every file that was read or should have been."""
    cases: tuple[Path, ...] = ()
    """The ``*.cases.yaml`` beside routes and mappings; nobody has read them yet."""


def survey(path: Path, environment: Names[str, str] = os.environ, memory: Memory | None = None) -> Survey:
    """Return all that can be said of the site at *path*, for tools that go on looking where there are errors.

    Who reads it again and again hands in a *memory*, so that only changed files are compiled.
    """
    file = path / CONFIG if path.is_dir() else path
    problems = Problems()
    sources = Sources(file.parent, problems, memory=memory or Memory())
    sources.memory.begin()
    entries = read_entries(sources, file, environment)
    if entries is None:
        return Survey(None, None, sources.folder, problems, tuple(sources.asked))
    configuration = bind_configuration(entries, sources.folder, problems)
    if entries.get("time_zone") is None and "time_zone" not in entries.left_out:
        text, hint = "times without an offset are taken for UTC", "say 'time_zone: America/New_York' or the like"
        problems.add(entries.place, "default-time-zone", text, hint, Severity.NOTE)
    store = read_store(configuration.store, entries, sources)
    check_names(entries, problems)
    check_addresses(entries, problems)
    rules = Rulebook(configuration, entries, sources).read()
    draining = frozenset(name for name, each in configuration.destinations.items() if each.drain)
    check_draining(rules, draining, problems)
    check_unused(rules, entries, sources, draining)
    check_targets(configuration.tables, rules.tables, entries, problems)
    settings = None
    if not problems.errors and store is not None:
        settings = _settings(sources, file, store, configuration, rules)
    return Survey(settings, rules, sources.folder, problems, tuple(sources.asked), tuple(sources.cases))


def _settings(sources: Sources, file: Path, store: Path, configuration: Configuration, rules: Rules) -> Settings:
    return Settings(
        folder=sources.folder,
        file=file,
        site=configuration.site,
        store=store,
        listeners=configuration.listeners,
        destinations=configuration.destinations,
        rules=rules,
    )


def read_entries(sources: Sources, file: Path, environment: Names[str, str]) -> Entries | None:
    """Return config.yaml's map with its references resolved and without what a later release will know."""
    node = sources.document(file)
    if node is None:
        return None
    if not isinstance(node, Entries):
        text = f"config.yaml holds a map, not {kind_of(node)}"
        sources.problems.add(node.place, "wrong-kind", text, "listeners, destinations, routes, mappings")
        return None
    around = Surroundings(sources.folder, environment)
    resolved = resolve_references(node, around, sources.problems)
    return leave_out_later(resolved, sources.problems) if isinstance(resolved, Entries) else None
