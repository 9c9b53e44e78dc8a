"""The audit trail: in the same transaction as the deed, and only ever longer."""

from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from engine.journal.queries import audit_trail
from engine.journal.store import open_store
from engine.observe.audit import Deed, record


def test_a_deed_is_recorded_with_what_it_concerns(tmp_path: Path) -> None:
    """Who, what, which message, and when."""
    store = open_store(tmp_path / "journal.db")
    with store.connection.begin():
        record(store.connection, Deed("ana", "delivery-skipped", 7, 2))

    with store.readers.reading() as connection:
        (row,) = audit_trail(connection)

    assert (row["actor"], row["action"], row["message_id"], row["ordinal"]) == ("ana", "delivery-skipped", 7, 2)
    assert row["at"] > 1_700_000_000_000_000
    store.close()


def test_a_deed_goes_with_the_transaction_it_is_in(tmp_path: Path) -> None:
    """What was undone was not done, and is not in the trail."""
    store = open_store(tmp_path / "journal.db")
    transaction = store.connection.begin()
    record(store.connection, Deed("ana", "delivery-skipped"))

    transaction.rollback()

    with store.readers.reading() as connection:
        assert audit_trail(connection) == []
    store.close()


@pytest.mark.parametrize("change", ["UPDATE audit SET actor = 'bob'", "DELETE FROM audit"])
def test_nothing_in_the_trail_can_be_changed(tmp_path: Path, change: str) -> None:
    """The database itself refuses, whoever asks."""
    store = open_store(tmp_path / "journal.db")
    with store.connection.begin():
        record(store.connection, Deed("ana", "payload-opened", 1))

    with pytest.raises(IntegrityError, match="audit trail only grows"), store.connection.begin():
        store.connection.execute(text(change))

    store.close()
