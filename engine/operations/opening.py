"""Opening what may hold a patient's data: nobody reads it before the audit trail says so."""

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection

from engine.control.callers import ourselves
from engine.errors import NotPossible, StoreUnwritable
from engine.journal.migrations import REVISIONS, revision_of
from engine.journal.store import open_readers, open_store
from engine.observe.audit import Deed, record


@dataclass(frozen=True, slots=True)
class Opened:
    """Somebody wants to read a message, or one of its deliveries."""

    message_id: int
    ordinal: int | None = None

    def deed_of(self, actor: str) -> Deed:
        """Return the line of the audit trail."""
        action = "message-opened" if self.ordinal is None else "delivery-opened"
        return Deed(actor, action, self.message_id, self.ordinal)


def opened_in(arguments: object) -> Opened:
    """Return what a request wants to open."""
    if isinstance(arguments, dict):
        message_id, ordinal = arguments.get("message"), arguments.get("ordinal")
        if isinstance(message_id, int) and (ordinal is None or isinstance(ordinal, int)):
            return Opened(message_id, ordinal)
    raise NotPossible("bad-request", "'message' is a number, 'ordinal' is one or null")


def open_without_engine(store: Path, opened: Opened) -> None:
    """Write the line of the trail while no engine runs: takes the store for a moment, but never migrates it."""
    readers = open_readers(store)
    try:
        with readers.reading() as connection:
            revision = revision_of(connection)
    finally:
        readers.close()
    if revision != REVISIONS[-1]:
        raise StoreUnwritable("store-too-old", "the store is an older release's: start the engine once, then ask again")
    taken = open_store(store)
    try:
        with taken.connection.begin():
            note(taken.connection, opened, ourselves().name)
    finally:
        taken.close()


def note(connection: Connection, opened: Opened, actor: str) -> None:
    """Write who opened what."""
    record(connection, opened.deed_of(actor))
