"""Folding again gives the same rows; bodies and events are held against each other; a failure costs no delivery."""

from pathlib import Path

import pytest
from sqlalchemy import Connection, text, update

from engine.context import EMPTY_CONTEXT, Identifier
from engine.hl7.message import Message
from engine.index import fold as folding
from engine.index import tables
from engine.index.events import origin_of, origin_text, stored_facts, zone_called
from engine.index.facts import Origin
from engine.index.rebuild import Mismatch, rebuild, verify
from engine.index.records import EventRecord
from engine.journal.store import open_store
from tests.unit.index.records_office import RECEIVED_US, Adt, Office, merge, obx, oru

pytest_plugins = ("tests.unit.index.index_fixtures",)

HISTORY = (
    Adt("A01", 10, place="MED^1", more=("DG1|1||A00^^I10", "IN1|1|P1|C1|Company")).payload,
    oru(15, "P", obx("A", "1", "P")),
    Adt("A03", 60, place="MED^1", pv1={36: "01"}).payload,
    oru(12, "I", obx("A", "", "I")),
    Adt("A13", 70, occurred=60, place="MED^2").payload,
    Adt("A28", 20, patient="2^^^HOSP^MR", has_visit=False).payload,
    merge(80, "2^^^HOSP^MR", "1^^^HOSP^MR"),
    oru(90, "C", obx("A", "2", "F"), patient="1^^^HOSP^MR"),
    Adt("A08", 65, pid={3: "1^^^HOSP^MR~5^^^CLINIC^MR"}).payload,
    Adt("A31", 5, patient="", has_visit=False).payload,
)


@pytest.fixture
def full(office: Office) -> Office:
    """Return an index with a bit of everything in it."""
    office.take(*HISTORY)
    return office


def bodies() -> list[tuple[int, Message]]:
    return [(number, Message.parse(payload)) for number, payload in enumerate(HISTORY, 1)]


def test_folding_again_gives_the_same_rows(full: Office) -> None:
    """Every table, every column, every number, with or without the bodies."""
    before = full.dump()

    rebuilt = rebuild(full.connection)

    assert rebuilt == (len(HISTORY), ())
    assert full.dump() == before


def test_folding_again_mends_what_was_damaged(full: Office) -> None:
    """The folded tables are not the only copy of anything."""
    before = full.dump()
    for table in tables.FOLDED_TABLES:
        full.connection.execute(table.delete())
    full.connection.execute(update(tables.EVENT).values(encounter_id=99, order_id=None, patient_id=7))

    rebuild(full.connection)

    assert full.dump() == before


def test_events_agree_with_the_bodies_they_came_from(full: Office) -> None:
    """Nothing to report for a sound store."""
    assert list(verify(full.connection, bodies())) == []


def test_an_event_that_says_something_else_than_its_body_is_named(full: Office) -> None:
    """Changed facts, lost events and facts of an older version: a number and a code each."""
    full.connection.execute(text("UPDATE event SET facts = replace(facts, 'Doe', 'Roe') WHERE message_id = 1"))
    full.connection.execute(text("UPDATE event SET version = 0 WHERE message_id = 2"))
    full.connection.execute(text("UPDATE event SET notes = 'x:1' WHERE message_id = 3"))

    found = list(verify(full.connection, bodies()))

    assert found == [Mismatch(1, "other-facts"), Mismatch(2, "older-facts"), Mismatch(3, "other-events")]


def test_stored_facts_are_the_facts(full: Office) -> None:
    """An event holds all that the fold reads of a message."""
    events = [EventRecord(**row) for row in full.rows(tables.EVENT)]
    for message_id, payload in enumerate(HISTORY, 1):
        own = [event for event in events if event.message_id == message_id]
        again = Office()
        again.messages = message_id - 1

        made = again.facts(payload)

        assert stored_facts(own) == made
        again.close()


@pytest.mark.parametrize("zone", ["America/New_York", "UTC", "UTC-05:00", "UTC+05:30", "UTC+09:00"])
def test_an_origin_survives_being_stored(zone: str) -> None:
    """Zones of the database and plain offsets, listeners and authorities of any name."""
    origin = Origin("a|b", "HOSP", zone_called(zone), RECEIVED_US, "full", "snapshot")

    assert str(zone_called(zone)) == zone
    assert origin_of(origin_text(origin), RECEIVED_US) == origin


def test_an_unknown_zone_is_utc() -> None:
    """A database of zones may lose one; the index must still fold."""
    assert str(zone_called("Nowhere/Land")) == "UTC"


def test_a_failing_fold_is_told_by_the_write_and_not_before(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """The decision goes on with nothing known; the savepoint around the write hears what went wrong."""
    facts = office.facts(HISTORY[0])
    working = office.index.load(office.connection, [facts])
    monkeypatch.setattr(folding, "fold_visit", _fail)

    working.fold(1, facts)

    assert working.context_for(facts) == EMPTY_CONTEXT
    with pytest.raises(ZeroDivisionError):
        office.index.write(office.connection, working)
    assert office.rows(tables.EVENT) == []


def test_a_failing_load_is_told_by_the_write_too(office: Office) -> None:
    """Facts that the driver cannot take: nothing is known, and only the index hears of it."""
    facts = office.facts(HISTORY[0])
    odd = facts._replace(identifiers=(Identifier("HOSP", "\ud800"),))

    working = office.index.load(office.connection, [odd])
    working.fold(1, odd)

    assert working.context_for(odd) == EMPTY_CONTEXT
    with pytest.raises(TypeError):
        office.index.write(office.connection, working)


def test_an_index_that_failed_once_takes_the_next_batch(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of the failed batch lingers, not even numbers."""
    with monkeypatch.context() as broken:
        broken.setattr(folding, "fold_visit", _fail)
        with pytest.raises(ZeroDivisionError):
            office.take(HISTORY[0])

    office.take(HISTORY[0])

    assert office.only(tables.PATIENT)["id"] == 1


def test_the_migration_makes_the_tables_of_the_models(tmp_path: Path) -> None:
    """Columns, keys and indexes of a migrated store are those that the code works with."""
    store = open_store(tmp_path / "journal.db")
    made = Office()

    migrated, modelled = _schema(store.connection), _schema(made.connection)

    assert migrated == modelled
    assert len(modelled) > 20
    store.close()
    made.close()


def _schema(connection: Connection) -> dict[str, str]:
    names = tuple(table.name for table in tables.INDEX_TABLES)
    found = connection.execute(text("SELECT name, tbl_name, sql FROM sqlite_master WHERE sql IS NOT NULL"))
    return {row.name: " ".join(row.sql.split()) for row in found if row.tbl_name in names}


def _fail(*_: object) -> None:
    raise ZeroDivisionError
