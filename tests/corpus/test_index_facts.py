"""Every message of the shared corpus gives facts, folds, and folds again to the same rows."""

import os
import sys
from pathlib import Path

import pytest

from engine.errors import Hl7Error
from engine.hl7.message import Message
from engine.index.rebuild import rebuild, verify

sys.path.append(str(Path(__file__).parents[1] / "unit" / "index"))

from tests.unit.index.records_office import Office

CORPUS = os.environ.get("HL7_CORPUS", "")


@pytest.mark.skipif(not CORPUS, reason="HL7_CORPUS is not set")
def test_messages_of_real_systems_are_taken_in_and_folded_again() -> None:
    """Nothing that other engines and their tests have seen raises, and events agree with the bodies they came from."""
    office = Office()
    bodies: list[tuple[int, Message]] = []
    for path in sorted(Path(CORPUS).rglob("*")):
        if not path.is_file():
            continue
        payload = path.read_bytes()
        try:
            message = Message.parse(payload)
        except Hl7Error:
            continue
        bodies.append((office.messages + 1, message))
        office.take(payload)
    assert len(bodies) > 1_000
    before = office.dump()

    rebuild(office.connection)

    assert office.dump() == before
    assert list(verify(office.connection, bodies)) == []
    office.close()
