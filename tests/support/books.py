"""Reads a store beside the engine or after it, on a connection of the test's own, and checks that the books balance."""

import sqlite3
from pathlib import Path
from typing import Any

from engine.journal import balance
from engine.journal.store import open_readers, quick_check


def rows(store: Path, query: str) -> list[tuple[Any, ...]]:
    """Return what a query finds."""
    database = sqlite3.connect(f"{store.absolute().as_uri()}?mode=ro", uri=True, timeout=5)
    try:
        return database.execute(query).fetchall()
    finally:
        database.close()


def counts(store: Path) -> balance.Counts:
    """Return the store's counts, which must be what its rows come to; the file must be sound."""
    readers = open_readers(store)
    with readers.reading(30) as connection:
        found = balance.counts(connection)
        assert balance.differences(found, balance.recount(connection)) == []
        assert quick_check(connection) == []
    readers.close()
    return found
