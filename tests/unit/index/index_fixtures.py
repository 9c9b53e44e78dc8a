"""Fixtures of the index's tests, as a pytest plugin."""

from collections.abc import Iterator

import pytest

from tests.unit.index.records_office import Office


@pytest.fixture
def office() -> Iterator[Office]:
    """Yield an empty index."""
    made = Office()
    yield made
    made.close()
