"""The balance: every message that was received is accounted for, and every output that was due.

messages with an output + filtered = received - rejected - quarantined, for each destination;
due = delivered + pending + parked + held + skipped.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from engine.journal.balance import Counts, counts, differences, recount
from engine.journal.tables import DELIVERY, MESSAGE
from engine.states import DeliveryState, MessageState


@dataclass(frozen=True, slots=True)
class Account:
    """One destination's column of the balance."""

    due: int
    delivered: int
    filtered: int
    """Accepted messages of which this destination gets nothing, because the rules say so."""
    parked: int
    held: int
    pending: int
    skipped: int


@dataclass(frozen=True, slots=True)
class Balance:
    """The whole of it. Suppressed resends are no messages of their own."""

    received: int
    rejected: int
    quarantined: int
    destinations: dict[str, Account]


def discrepancies(connection: Connection) -> list[str]:
    """Return what does not agree when everything is counted again from the rows; reads the whole store, for checks."""
    kept, counted = counts(connection), recount(connection)
    found = differences(kept, counted)
    if connection.execute(_WITH_OUTPUT).scalar_one() < counted.messages.get(MessageState.ACCEPTED, 0):
        found.append("messages accepted without an output")
    return found


_WITH_OUTPUT = select(func.count(DELIVERY.c.message_id.distinct())).where(
    DELIVERY.c.message_id == MESSAGE.c.id, MESSAGE.c.state == int(MessageState.ACCEPTED)
)


def balance(kept: Counts, with_output: dict[str, int], names: Iterable[str]) -> Balance:
    """Return the balance for the destinations called *names*.

    *with_output* says, per destination, how many messages have at least one output for it.
    """
    rejected = kept.messages.get(MessageState.REJECTED, 0)
    quarantined = kept.messages.get(MessageState.QUARANTINED, 0)
    routed = kept.received - rejected - quarantined
    accounts = {}
    for name in names:
        states = kept.destinations.get(name, {})
        accounts[name] = Account(
            due=kept.due(name),
            delivered=states.get(DeliveryState.DELIVERED, 0),
            filtered=routed - with_output.get(name, 0),
            parked=states.get(DeliveryState.PARKED, 0),
            held=states.get(DeliveryState.HELD, 0),
            pending=states.get(DeliveryState.PENDING, 0),
            skipped=states.get(DeliveryState.SKIPPED, 0),
        )
    return Balance(kept.received, rejected, quarantined, accounts)
