"""Folding the stored events again gives the rows that folding message by message gave."""

from datetime import UTC
from random import Random
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.hl7.message import Message
from engine.index import tables
from engine.index.events import stored_facts
from engine.index.facts import Facts, Origin, facts_of
from engine.index.rebuild import rebuild, verify
from engine.index.records import EventRecord
from engine.journeys import Event, mixed
from tests.unit.index.records_office import Office

ZONE = ZoneInfo("America/New_York")


def facts_from(event: Event) -> tuple[Message, Facts]:
    message = Message.parse(event.payload)
    received = int(event.at.astimezone(UTC).timestamp()) * 1_000_000
    return message, facts_of(message, Origin("adt", "", ZONE, received, "delta", "delta"))


@given(st.integers(0, 999), st.randoms(use_true_random=False), st.integers(1, 64))
@settings(max_examples=8, deadline=None)
def test_folding_again_gives_the_same_rows(seed: int, chance: Random, size: int) -> None:
    """Random patients' journeys, shuffled a little and cut into batches: every row of every table."""
    events = mixed(seed, 250)
    events.sort(key=lambda event: event.at.timestamp() + chance.random() * 7_200)
    made = [facts_from(event) for event in events]
    office = Office()
    for start in range(0, len(made), size):
        batch = [facts for _, facts in made[start : start + size]]
        working = office.index.load(office.connection, batch)
        for number, facts in enumerate(batch, start + 1):
            working.fold(number, facts)
        office.index.write(office.connection, working)
    before = office.dump()

    rebuild(office.connection)

    assert office.dump() == before
    assert list(verify(office.connection, [(place, message) for place, (message, _) in enumerate(made, 1)])) == []
    assert _stored(office) == [facts for _, facts in made]
    office.close()


def _stored(office: Office) -> list[Facts]:
    events = [EventRecord(**row) for row in office.rows(tables.EVENT)]
    numbers = dict.fromkeys(event.message_id for event in events)
    return [stored_facts([event for event in events if event.message_id == number]) for number in numbers]


@given(st.binary(max_size=300))
@settings(max_examples=200, deadline=None)
def test_facts_are_made_of_anything(tail: bytes) -> None:
    """Bad data becomes notes, never an exception, and what it gives can be folded."""
    office = Office()
    for kind in (b"ADT^A01", b"ADT^A40", b"ORU^R01", b"SIU^S12", b"^"):
        head = b"MSH|^~\\&|A|B|||1||" + kind + b"|1|P|2.5.1||||||8859/1\rPID|||1^^^" + tail
        payload = head + b"\rPV1||I|||||" + tail + b"\rMRG|" + tail + b"\rOBR|1|" + tail + b"\rOBX|1|NM|" + tail
        made = office.facts(payload)
        working = office.index.load(office.connection, [made])
        working.fold(office.messages, made)
        office.index.write(office.connection, working)
    office.close()
