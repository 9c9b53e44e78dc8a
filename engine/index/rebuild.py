"""The index folded again from its events, and its events held against the bodies that are still kept.

Both need no configuration: an event knows its origin. Rebuilding writes; it runs in the writer's transaction or in a
process that holds the store's lock.
"""

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, delete, select

from engine.hl7.message import Message
from engine.index import tables
from engine.index.decisions import is_decision
from engine.index.effects import FACTS_VERSION, Facts
from engine.index.events import facts_text, notes_text, origin_of, stored_facts
from engine.index.facts import facts_of
from engine.index.records import EventRecord
from engine.index.store import Index
from engine.statements import Prepared, cursor_of, in_list, listed

_CHUNK = 256
"""Messages that are folded with one load and one write."""

Batch = list[tuple[int, Facts]]


class Rebuilt(NamedTuple):
    """What came of folding again."""

    messages: int
    failed: tuple[int, ...]
    """Messages that the fold fails on: their events are kept, the rows are as if they had said nothing."""


class Mismatch(NamedTuple):
    """A message whose body says something else than its events: a code, no value."""

    message_id: int
    code: str


def rebuild(connection: Connection) -> Rebuilt:
    """Fold every event again, in the order of the messages; one that fails costs only its own."""
    for table in tables.FOLDED_TABLES:
        connection.execute(delete(table))
    again, count = _Again(connection), 0
    for batch in _batches(connection):
        if not again.folds(batch):
            for each in batch:
                if not again.folds([each]):
                    again.keep(*each)
        count += len(batch)
    return Rebuilt(count, tuple(again.failed))


class _Again:
    """One folding again."""

    def __init__(self, connection: Connection) -> None:
        self.failed: list[int] = []
        self._connection = connection
        self._index = Index()
        passing = tables.EVENT.c.message_id.between(bindparam("first"), bindparam("last"))
        self._forgotten = Prepared(delete(tables.EVENT).where(passing), ("first", "last"), connection.dialect)
        driver = connection.dialect.loaded_dbapi
        self._storage: type[Exception] = driver.OperationalError

    def folds(self, batch: Batch) -> bool:
        """Fold *batch* and write it; False, and nothing written, where the fold fails on something in it."""
        connection = self._connection
        first, last = batch[0][0], batch[-1][0]
        try:
            with connection.begin_nested():
                self._forgotten.many(cursor_of(connection), [(first, last)])
                working = self._index.load(connection, [facts for _, facts in batch], before=first)
                for message_id, facts in batch:
                    working.fold(message_id, facts)
                self._index.write(connection, working)
        except self._storage:
            raise
        except Exception:  # noqa: BLE001
            # Boundary: as for the writer, one message that the index fails on must not cost the others theirs.
            return False
        return True

    def keep(self, message_id: int, facts: Facts) -> None:
        """Leave a message's events tied to nothing: the rows that they were tied to have other numbers now."""
        self._forgotten.many(cursor_of(self._connection), [(message_id, message_id)])
        self._index.remember(self._connection, message_id, facts)
        self.failed.append(message_id)


def remembered(connection: Connection, message_ids: Iterable[int]) -> list[int]:
    """Return those of the messages whose events are kept."""
    dialect = connection.dialect
    kept = select(tables.EVENT.c.message_id).where(in_list(tables.EVENT.c.message_id, "keys")).distinct()
    statement = Prepared(kept, ("keys",), dialect)
    return [row[0] for row in statement.rows(cursor_of(connection), (listed(list(message_ids), dialect),))]


def verify(connection: Connection, bodies: Iterable[tuple[int, Message]]) -> Iterator[Mismatch]:
    """Derive the facts of each body anew and yield every message whose events say something else.

    *bodies* are messages of the journal with their numbers. One without events is fine if it says nothing of a patient
    or if its index update had failed: the caller knows which those are.
    """
    event = tables.EVENT.c
    own = select(tables.EVENT).where(event.message_id == bindparam("message_id")).order_by(event.ordinal)
    statement = Prepared(own, ("message_id",), connection.dialect)
    cursor = cursor_of(connection)
    for message_id, message in bodies:
        rows = [EventRecord(*row) for row in statement.rows(cursor, (message_id,))]
        events = [event for event in rows if not is_decision(event.kind)]
        if events and (code := _difference(events, message)):
            yield Mismatch(message_id, code)


def _difference(events: list[EventRecord], message: Message) -> str:
    first = events[0]
    if any(event.version != FACTS_VERSION for event in events):
        return "older-facts"
    facts = facts_of(message, origin_of(first.origin, first.received_at))
    if len(facts.effects) != len(events) or notes_text(facts.notes) != first.notes:
        return "other-events"
    for event, effect in zip(events, facts.effects, strict=True):
        moment = (event.effective_at, event.recorded_at, event.sent_at)
        if (event.kind, moment, event.facts) != (effect.kind, effect.moment, facts_text(effect)):
            return "other-facts"
    return ""


def _batches(connection: Connection) -> Iterator[Batch]:
    """Yield the events by message, a chunk of messages at a time; each chunk is read before it is written again."""
    event = tables.EVENT.c
    last = 0
    while True:
        ids = select(event.message_id).where(event.message_id > last).distinct()
        chosen = [row[0] for row in connection.execute(ids.order_by(event.message_id).limit(_CHUNK))]
        if not chosen:
            return
        first, last = chosen[0], chosen[-1]
        whole = select(tables.EVENT).where(event.message_id.between(first, last))
        rows = connection.execute(whole.order_by(event.message_id, event.ordinal))
        events = [EventRecord(*row) for row in rows]
        grouped = groupby(events, key=lambda event: event.message_id)
        yield [(number, stored_facts(list(each))) for number, each in grouped]
