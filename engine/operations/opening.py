"""Opening what may hold a patient's data: nobody reads it before the audit trail says so."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from sqlalchemy import Connection

from engine.control.callers import ourselves
from engine.errors import NotPossible, StoreUnwritable
from engine.journal.migrations import REVISIONS, revision_of
from engine.journal.store import open_readers, open_store
from engine.observe.audit import Deed, record

LONGEST_NAME = 64


class Noted(Protocol):
    """Something that the trail must know of before it is done."""

    def deed_of(self, actor: str) -> Deed:
        """Return the line of the audit trail."""
        ...

    def as_arguments(self) -> dict[str, object]:
        """Return what a running engine is asked."""
        ...


@dataclass(frozen=True, slots=True)
class Opened:
    """Somebody wants to read a message, or one of its deliveries."""

    message_id: int
    ordinal: int | None = None

    def deed_of(self, actor: str) -> Deed:
        """Return the line of the audit trail."""
        action = "message-opened" if self.ordinal is None else "delivery-opened"
        return Deed(actor, action, self.message_id, self.ordinal)

    def as_arguments(self) -> dict[str, object]:
        """Return what a running engine is asked."""
        return {"message": self.message_id, "ordinal": self.ordinal}


@dataclass(frozen=True, slots=True)
class OpenedCodes:
    """Somebody wants to read the codes that no table lists: they are values of messages."""

    table: str = ""
    """Those that one table was asked for; '' for all."""

    def deed_of(self, actor: str) -> Deed:
        """Return the line of the audit trail."""
        return Deed(actor, "unknown-codes-opened", detail=f"table {self.table}" if self.table else "all tables")

    def as_arguments(self) -> dict[str, object]:
        """Return what a running engine is asked."""
        return {"codes": self.table}


def opened_in(arguments: object) -> Opened | OpenedCodes:
    """Return what a request wants to open."""
    if isinstance(arguments, dict) and is_name(codes := arguments.get("codes")):
        return OpenedCodes(str(codes))
    if isinstance(arguments, dict):
        message_id, ordinal = arguments.get("message"), arguments.get("ordinal")
        if isinstance(message_id, int) and (ordinal is None or isinstance(ordinal, int)):
            return Opened(message_id, ordinal)
    raise NotPossible("bad-request", "'message' is a number, 'ordinal' is one or null")


def is_name(found: object) -> bool:
    """Tell whether *found* can be the name of a table, '' among them: nothing else goes into the trail."""
    return isinstance(found, str) and len(found) <= LONGEST_NAME and found.isprintable()


def open_without_engine(store: Path, opened: Noted) -> None:
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


def note(connection: Connection, opened: Noted, actor: str) -> None:
    """Write who did what."""
    record(connection, opened.deed_of(actor))
