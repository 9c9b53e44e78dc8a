"""What people and the start-up change, in the writer's transaction: every change names the state it expects."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from sqlalchemy import Connection, select, update

from engine.clock import now_us
from engine.journal.deliveries import Place
from engine.journal.items import OutputLike
from engine.journal.tables import DELIVERY, MESSAGE
from engine.journal.writes import Writes, delivery_row
from engine.statements import cursor_of
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


@dataclass(frozen=True, slots=True)
class Unmade:
    """Why no bytes could be made: a code, words that may hold values, and the rule's position."""

    reason: str
    detail: str = field(repr=False)
    position: str


def index_failures(connection: Connection) -> list[int]:
    """Return the messages whose index rows could not be written."""
    return list(connection.execute(select(MESSAGE.c.id).where(MESSAGE.c.index_failed != "")).scalars())


def clear_index_failures(connection: Connection, message_ids: Sequence[int]) -> None:
    """Note that the index rows of these messages are there now."""
    for message_id in message_ids:
        connection.execute(update(MESSAGE).where(MESSAGE.c.id == message_id).values(index_failed=""))


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
        "position": "",
        "attempts": 0,
        "next_at": 0,
        "updated_at": now_us(),
        "payload": remade.payload,
        "payload_hash": sha256(remade.payload).digest(),
        "control_id": remade.control_id,
        "made_from": remade.made_from,
    }
    return _set(connection, place, change, values)


def explain(connection: Connection, place: Place, expected: DeliveryState, unmade: Unmade) -> bool:
    """Note why today's rules cannot make a delivery either; False if it was not in the expected state any more."""
    key = (DELIVERY.c.message_id == place[0], DELIVERY.c.ordinal == place[1])
    query = update(DELIVERY).where(*key, DELIVERY.c.state == int(expected))
    told = {"reason": unmade.reason, "detail": unmade.detail, "position": unmade.position, "updated_at": now_us()}
    return bool(connection.execute(query.values(**told)).rowcount)


def add(connection: Connection, message_id: int, outputs: Sequence[OutputLike], made_from: int) -> None:
    """Add *outputs* to a message that was decided again; their ordinals are the caller's, the bytes frozen as ever."""
    received = connection.execute(
        select(MESSAGE.c.payload, MESSAGE.c.payload_hash).where(MESSAGE.c.id == message_id)
    ).one()
    writes, cursor, now = Writes(connection.dialect), cursor_of(connection), now_us()
    known = (received.payload or b"", received.payload_hash, now)
    writes.delivery.many(cursor, [delivery_row(message_id, output, known) for output in outputs])
    writes.tally.many(cursor, [(output.destination, int(output.state), 1) for output in outputs])
    first = min(output.ordinal for output in outputs)
    query = update(DELIVERY).where(DELIVERY.c.message_id == message_id, DELIVERY.c.ordinal >= first)
    connection.execute(query.values(made_from=made_from))


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
