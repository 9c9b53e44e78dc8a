"""What people and the start-up change, in the writer's transaction: every change names the state it expects."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from sqlalchemy import Connection, select, update

from engine.clock import now_us
from engine.journal.deliveries import Place
from engine.journal.statements import cursor_of
from engine.journal.tables import DELIVERY
from engine.journal.writes import Writes
from engine.states import DeliveryState


@dataclass(frozen=True, slots=True)
class Change:
    """From which state to which, and why."""

    expected: DeliveryState
    wanted: DeliveryState
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Remade:
    """New bytes for a parked or held delivery, and the number of the rules version that made them."""

    payload: bytes
    control_id: str
    made_from: int | None


def change_state(connection: Connection, place: Place, change: Change) -> bool:
    """Move one delivery (retry, skip, park); False if it was not in the expected state any more."""
    values = {"state": int(change.wanted), "reason": change.reason, "next_at": 0, "updated_at": now_us()}
    return _set(connection, place, change, values)


def release(connection: Connection, place: Place, change: Change, remade: Remade) -> bool:
    """Make a parked or held delivery pending with new bytes; False if it was not in the expected state any more."""
    values = {
        "state": int(change.wanted),
        "reason": change.reason,
        "detail": "",
        "attempts": 0,
        "next_at": 0,
        "updated_at": now_us(),
        "payload": remade.payload,
        "payload_hash": sha256(remade.payload).digest(),
        "control_id": remade.control_id,
        "made_from": remade.made_from,
    }
    return _set(connection, place, change, values)


def flag_possible_duplicates(connection: Connection, places: Sequence[Place]) -> None:
    """Mark the deliveries that may have left before a crash: the oldest of each lane."""
    for place in places:
        query = update(DELIVERY).where(DELIVERY.c.message_id == place[0], DELIVERY.c.ordinal == place[1])
        connection.execute(query.values(possible_duplicate=1))


def _set(connection: Connection, place: Place, change: Change, values: dict[str, object]) -> bool:
    key = (DELIVERY.c.message_id == place[0], DELIVERY.c.ordinal == place[1])
    destination = connection.execute(select(DELIVERY.c.destination).where(*key)).scalar()
    query = update(DELIVERY).where(*key, DELIVERY.c.state == int(change.expected)).values(**values)
    if not connection.execute(query).rowcount:
        return False
    moved = [(destination, int(change.expected), -1), (destination, int(change.wanted), 1)]
    Writes(connection.dialect).tally.many(cursor_of(connection), moved)
    return True
