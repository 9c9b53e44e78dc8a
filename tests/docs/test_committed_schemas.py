"""The JSON Schemas that the shipped files name in their first lines are the program's own."""

from pathlib import Path

import orjson
import pytest

from engine.workbench.schema import SCHEMAS

FOLDER = Path(__file__).parents[2] / "docs" / "schemas"


@pytest.mark.parametrize("kind", list(SCHEMAS))
def test_the_committed_schema_is_what_the_program_writes(kind: str) -> None:
    """After a change: ``engine schema --folder docs/schemas``."""
    committed = orjson.loads((FOLDER / f"{kind}.json").read_bytes())

    assert committed == SCHEMAS[kind]()
