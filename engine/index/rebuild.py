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
from engine.index.effects import FACTS_VERSION
from engine.index.events import facts_text, notes_text, origin_of, stored_facts
from engine.index.facts import facts_of
from engine.index.records import EventRecord
from engine.index.statements import Statement, cursor_of
from engine.index.store import Index

_CHUNK = 256
"""Messages that are folded with one load and one write."""

Batch = list[tuple[int, list[EventRecord]]]


class Mismatch(NamedTuple):
    """A message whose body says something else than its events: a code, no value."""

    message_id: int
    code: str


def rebuild(connection: Connection) -> int:
    """Fold every event again, in the order of the messages, and return how many messages there were."""
    for table in tables.FOLDED_TABLES:
        connection.execute(delete(table))
    event = tables.EVENT.c
    passing = event.message_id.between(bindparam("first"), bindparam("last"))
    forgotten = Statement(delete(tables.EVENT).where(passing), ("first", "last"), connection.dialect)
    index, count = Index(), 0
    for batch in _batches(connection):
        first, last = batch[0][0], batch[-1][0]
        facts = [(message_id, stored_facts(events)) for message_id, events in batch]
        forgotten.many(cursor_of(connection), [(first, last)])
        working = index.load(connection, [each for _, each in facts], before=first)
        for message_id, each in facts:
            working.fold(message_id, each)
        index.write(connection, working)
        count += len(batch)
    return count


def verify(connection: Connection, bodies: Iterable[tuple[int, Message]]) -> Iterator[Mismatch]:
    """Derive the facts of each body anew and yield every message whose events say something else.

    *bodies* are messages of the journal with their numbers. One without events is fine if it says nothing of a patient
    or if its index update had failed: the caller knows which those are.
    """
    event = tables.EVENT.c
    own = select(tables.EVENT).where(event.message_id == bindparam("message_id")).order_by(event.ordinal)
    statement = Statement(own, ("message_id",), connection.dialect)
    cursor = cursor_of(connection)
    for message_id, message in bodies:
        events = [EventRecord(*row) for row in statement.rows(cursor, (message_id,))]
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
        yield [(number, list(each)) for number, each in groupby(events, key=lambda event: event.message_id)]
