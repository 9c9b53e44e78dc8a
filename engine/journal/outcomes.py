"""Outcomes of attempts, written with compare-and-set: a lane reports, a person may have decided meanwhile."""

from collections.abc import Sequence

from sqlalchemy import Connection, select
from sqlalchemy.engine.interfaces import DBAPICursor

from engine.journal.items import Outcome, Results, Settled
from engine.journal.tables import DELIVERY
from engine.journal.writes import Writes, attempt_row, outcome_row
from engine.states import DeliveryState


def settle(
    connection: Connection, cursor: DBAPICursor, writes: Writes, outcomes: Sequence[Outcome], results: Results
) -> None:
    """Apply *outcomes* in order and note in *results* what became of each."""
    for outcome in outcomes:
        if writes.outcome.one(cursor, outcome_row(outcome)):
            _moved(results, outcome, DeliveryState.PENDING)
            results.settled.append((outcome, Settled.APPLIED))
        else:
            _overtaken(connection, cursor, writes, outcome, results)
    failed = [attempt_row(outcome) for outcome in outcomes if outcome.state != DeliveryState.DELIVERED]
    if failed:
        writes.attempt.many(cursor, failed)


def _overtaken(connection: Connection, cursor: DBAPICursor, writes: Writes, outcome: Outcome, results: Results) -> None:
    results.settled.append((outcome, Settled.OVERTAKEN))
    if outcome.state != DeliveryState.DELIVERED:
        return  # the person's decision stands
    key = (DELIVERY.c.message_id == outcome.message_id, DELIVERY.c.ordinal == outcome.ordinal)
    before = connection.execute(select(DELIVERY.c.state).where(*key)).scalar()
    if before is not None and writes.forced.one(cursor, outcome_row(outcome)):
        _moved(results, outcome, before)  # the destination has it: that is a fact, whatever was decided


def _moved(results: Results, outcome: Outcome, before: int) -> None:
    if outcome.state != before:
        results.count(outcome.destination, before, -1)
        results.count(outcome.destination, outcome.state, 1)
