"""What the record index knows now of a message that is decided again, and what is recorded once it is sent."""

from collections.abc import Callable, Sequence

from sqlalchemy import Connection

from engine.context import Charge, Knowledge
from engine.decision import Plan
from engine.errors import NotPossible
from engine.index.knowing import knowledge_of, order_keys, visit_keys
from engine.index.load import Wanted
from engine.index.store import Index
from engine.journal.store import Readers
from engine.operations.remaking import KnownNow


def by_readers(readers: Readers) -> KnownNow:
    """Return what asks through a read-only connection of its own."""

    def known_now(planned: Plan) -> Knowledge:
        with readers.reading() as connection:
            return by_connection(connection)(planned)

    return known_now


def by_connection(connection: Connection) -> Callable[[Plan], Knowledge]:
    """Return what asks inside a transaction."""

    def known_now(planned: Plan) -> Knowledge:
        if planned.facts is None or planned.unfinished is None:
            return Knowledge()
        working = Index().load(connection, [planned.facts], wanted=_wanted(planned))
        if working.failure is not None:
            raise NotPossible("index-unavailable", "the record index cannot be read: rebuild it, then release again")
        return knowledge_of(working.states, planned.facts, planned.unfinished.needs)

    return known_now


def record(connection: Connection, message_id: int, charges: Sequence[Charge]) -> None:
    """Write what becomes of charges, in the transaction that queues what is sent."""
    if charges:
        index = Index()
        working = index.load(connection, ())
        working.record(message_id, charges)
        index.keep(connection, working)


def _wanted(planned: Plan) -> Wanted:
    facts = planned.facts
    return Wanted(frozenset(), frozenset()) if facts is None else Wanted(visit_keys(facts), order_keys(facts))
