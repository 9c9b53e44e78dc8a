"""The balance: every message that was received is accounted for, and every output that was due.

messages with an output + filtered = received - rejected - quarantined, for each destination;
due = delivered + pending + parked + held + skipped.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from engine.journal.balance import Counts
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

    @property
    def is_true(self) -> bool:
        """Whether the books add up."""
        return all(
            account.due == account.delivered + account.pending + account.parked + account.held + account.skipped
            and account.filtered >= 0
            for account in self.destinations.values()
        )


def balance(counts: Counts, with_output: dict[str, int], names: Iterable[str]) -> Balance:
    """Return the balance for the destinations called *names*.

    *with_output* says, per destination, how many messages have at least one output for it.
    """
    rejected = counts.messages.get(MessageState.REJECTED, 0)
    quarantined = counts.messages.get(MessageState.QUARANTINED, 0)
    routed = counts.received - rejected - quarantined
    accounts = {}
    for name in names:
        states = counts.destinations.get(name, {})
        accounts[name] = Account(
            due=counts.due(name),
            delivered=states.get(DeliveryState.DELIVERED, 0),
            filtered=routed - with_output.get(name, 0),
            parked=states.get(DeliveryState.PARKED, 0),
            held=states.get(DeliveryState.HELD, 0),
            pending=states.get(DeliveryState.PENDING, 0),
            skipped=states.get(DeliveryState.SKIPPED, 0),
        )
    return Balance(counts.received, rejected, quarantined, accounts)
