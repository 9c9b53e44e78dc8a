"""Fixtures of the journal's tests, as a pytest plugin: a store, and a running writer with all that it tells."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from engine.journal.store import Store, open_store
from tests.unit.journal.journals import Desk, desk_at


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Yield an open store."""
    opened = open_store(tmp_path / "data" / "journal.db")
    yield opened
    opened.close()


@pytest.fixture
async def desk(store: Store) -> AsyncIterator[Desk]:
    """Yield a running writer over the store; it is stopped, with all that is queued written, at the end."""
    made = desk_at(store)
    made.writer.start(asyncio.get_running_loop())
    yield made
    await asyncio.to_thread(made.writer.stop)
