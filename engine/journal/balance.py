"""Counts: cheap ones from the tally, and the same counted again from the rows, so that the books can be checked."""

from dataclasses import dataclass, field

from sqlalchemy import Connection, func, select

from engine.journal.tables import DELIVERY, MESSAGE, TALLY
from engine.states import DeliveryState, MessageState


@dataclass(frozen=True, slots=True)
class Counts:
    """How many messages and deliveries are in which state."""

    messages: dict[MessageState, int] = field(default_factory=dict)
    resends: int = 0
    """Suppressed resends: they are no messages of their own."""
    destinations: dict[str, dict[DeliveryState, int]] = field(default_factory=dict)

    @property
    def received(self) -> int:
        """Messages kept, without suppressed resends."""
        return sum(self.messages.values())

    def due(self, destination: str) -> int:
        """Return how many deliveries were decided for *destination*."""
        return sum(self.destinations.get(destination, {}).values())


def counts(connection: Connection) -> Counts:
    """Return the counts as kept with every transaction: as cheap with a million rows as with one."""
    found = Counts()
    resends = 0
    for row in connection.execute(select(TALLY.c.scope, TALLY.c.state, TALLY.c["count"])):
        scope, state, number = row
        if scope:
            found.destinations.setdefault(scope, {})[DeliveryState(state)] = number
        elif state:
            found.messages[MessageState(state)] = number
        else:
            resends = number
    return Counts(found.messages, resends, found.destinations)


def recount(connection: Connection) -> Counts:
    """Count the rows themselves: reads the whole store, for checks only."""
    messages = connection.execute(select(MESSAGE.c.state, func.count()).group_by(MESSAGE.c.state)).all()
    resends = connection.execute(select(func.coalesce(func.sum(MESSAGE.c.resends), 0))).scalar_one()
    query = select(DELIVERY.c.destination, DELIVERY.c.state, func.count())
    destinations: dict[str, dict[DeliveryState, int]] = {}
    for destination, state, number in connection.execute(query.group_by(DELIVERY.c.destination, DELIVERY.c.state)):
        destinations.setdefault(destination, {})[DeliveryState(state)] = number
    return Counts({MessageState(state): number for state, number in messages}, int(resends), destinations)


def differences(kept: Counts, counted: Counts) -> list[str]:
    """Name what the two counts do not agree on; empty when the books are right."""
    found = [] if kept.resends == counted.resends else ["resends"]
    for state in MessageState:
        if kept.messages.get(state, 0) != counted.messages.get(state, 0):
            found.append(f"messages {state.name.lower()}")
    for destination in sorted({*kept.destinations, *counted.destinations}):
        ours, theirs = kept.destinations.get(destination, {}), counted.destinations.get(destination, {})
        for fate in DeliveryState:
            if ours.get(fate, 0) != theirs.get(fate, 0):
                found.append(f"{destination} {fate.name.lower()}")
    return found


def messages_with_output(connection: Connection) -> dict[str, int]:
    """Count, for each destination, the messages that have at least one output for it: reads all deliveries."""
    number = func.count(DELIVERY.c.message_id.distinct())
    query = select(DELIVERY.c.destination, number).group_by(DELIVERY.c.destination)
    return {destination: int(found) for destination, found in connection.execute(query)}


def received_control_ids(connection: Connection) -> set[str]:
    """Return the MSH-10 of every message that is kept: for ledgers kept outside, to be held against this one."""
    return set(connection.scalars(select(MESSAGE.c.control_id)))


def delivered_control_ids(connection: Connection) -> list[tuple[str, str]]:
    """Return destination and MSH-10 of every delivery that is marked as done."""
    query = select(DELIVERY.c.destination, DELIVERY.c.control_id)
    rows = connection.execute(query.where(DELIVERY.c.state == int(DeliveryState.DELIVERED)))
    return [(row.destination, row.control_id) for row in rows]
