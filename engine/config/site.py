"""Where a site keeps its messages and what its clocks show: all that looking at them needs of config.yaml.

Routes, mappings and addresses are not read: a mistake in one of them keeps nobody from looking.
"""

import os
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from engine.config.references import Surroundings, resolve_references
from engine.config.settings import Configuration
from engine.config.sources import Sources
from engine.config.store import read_store
from engine.config.values import Wrong, read_zone
from engine.documents import Entries, Scalar
from engine.problems import Problems


@dataclass(frozen=True, slots=True)
class Site:
    """Where a site keeps its messages, and what its clocks show."""

    file: Path
    """config.yaml."""
    store: Path
    zone: ZoneInfo


def read_site(file: Path) -> Site | None:
    """Return the site whose config.yaml is *file*; None where it cannot be told where the store is."""
    problems = Problems()
    sources = Sources(file.parent, problems)
    node = sources.document(file)
    # What a reference elsewhere in the file leads to is of no concern here, nor that it leads nowhere.
    entries = resolve_references(node, Surroundings(sources.folder, os.environ), Problems()) if node else None
    if not isinstance(entries, Entries) or "store" in entries.left_out:
        return None
    store = read_store(_text(entries, "store") or Configuration().store, entries, sources)
    return None if store is None else Site(file, store, _zone(_text(entries, "time_zone")))


def _text(entries: Entries, key: str) -> str:
    node = entries.get(key)
    return node.text if isinstance(node, Scalar) else ""


def _zone(name: str) -> ZoneInfo:
    try:
        return read_zone(name or "UTC")
    except Wrong:
        return ZoneInfo("UTC")
