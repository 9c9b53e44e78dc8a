"""The store's URL to the path of its file."""

from pathlib import Path

from engine.config.sources import Sources
from engine.documents import Entries, Scalar

_SQLITE = "sqlite:///"


def read_store(url: str, entries: Entries, sources: Sources) -> Path | None:
    """Return the path of the SQLite file that *url* names, or None (reported)."""
    node = entries.get("store")
    place = node.place if isinstance(node, Scalar) else entries.place
    if url.partition(":")[0].partition("+")[0] in ("postgresql", "postgres"):
        text = (
            "PostgreSQL follows in a later release: today nothing acknowledged is lost only on SQLite, "
            "in write-ahead mode with synchronous=FULL"
        )
        sources.problems.add(place, "postgresql-not-yet", text, "write sqlite:///var/engine.db")
        return None
    path = url.removeprefix(_SQLITE)
    if not url.startswith(_SQLITE) or not path or "?" in path or path.endswith("/") or path == ":memory:":
        hint = "write sqlite:///var/engine.db; a path from the root has four slashes"
        sources.problems.add(place, "bad-store", "this is no URL of a store", hint)
        return None
    return sources.folder / path
