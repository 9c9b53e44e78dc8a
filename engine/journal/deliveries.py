"""What can be asked about deliveries, and what lanes read when they start: read-only, one function per question."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, NamedTuple

import orjson
from sqlalchemy import ColumnElement, Connection, Row, RowMapping, bindparam, select, text, tuple_

from engine.journal.items import Queued
from engine.journal.queries import PAGE, checked
from engine.journal.tables import ATTEMPT, DELIVERY, MESSAGE, OPEN
from engine.statements import in_list, shares_any
from engine.states import DeliveryState

_PROTECTED = {"payload", "detail", "evidence"}
_HEAD = [column for column in DELIVERY.columns if column.name not in _PROTECTED]
_OPEN = text(f"delivery.{OPEN}")
_WAITING = text("delivery.state IN (1, 4)")
Place = tuple[int, int]
"""(message id, ordinal): a delivery's key, and its place in the order."""


@dataclass(frozen=True, slots=True)
class DeliveryFilter:
    """Which deliveries are wanted; what is None does not matter."""

    destination: str | None = None
    state: DeliveryState | None = None
    after: Place = (0, 0)
    limit: int = PAGE


class Waiting(NamedTuple):
    """A delivery as a lane reads it at start-up, without its bytes: they are read when its turn comes."""

    message_id: int
    ordinal: int
    destination: str
    state: DeliveryState
    lane_keys: tuple[str, ...]
    control_id: str
    attempts: int
    next_at: int
    updated_at: int


def deliveries(connection: Connection, wanted: DeliveryFilter) -> list[RowMapping]:
    """List deliveries in order, without their bytes."""
    query = select(*_HEAD).where(_after(wanted.after)).order_by(DELIVERY.c.message_id, DELIVERY.c.ordinal)
    if wanted.destination is not None:
        query = query.where(DELIVERY.c.destination == wanted.destination)
    if wanted.state is not None:
        query = query.where(DELIVERY.c.state == int(wanted.state))
        if wanted.state not in {DeliveryState.DELIVERED, DeliveryState.SKIPPED}:
            query = query.where(_OPEN)
    return list(connection.execute(query.limit(wanted.limit)).mappings())


def deliveries_of(connection: Connection, message_id: int) -> list[RowMapping]:
    """List one message's deliveries."""
    query = select(*_HEAD).where(DELIVERY.c.message_id == message_id).order_by(DELIVERY.c.ordinal)
    return list(connection.execute(query).mappings())


def delivery_head(connection: Connection, place: Place) -> RowMapping | None:
    """Return one delivery without its bytes."""
    return connection.execute(select(*_HEAD).where(*_at(place))).mappings().first()


def delivery_texts(connection: Connection, place: Place) -> RowMapping | None:
    """Return what may hold values: why it could not be made or was refused, and what the destination answered."""
    query = select(DELIVERY.c.detail, DELIVERY.c.evidence).where(*_at(place))
    return connection.execute(query).mappings().first()


def delivered_since(connection: Connection, place: Place) -> int | None:
    """Return the oldest newer message of the same patients that its destination has already, None if there is none."""
    query = select(DELIVERY.c.destination, DELIVERY.c.lane_keys).where(*_at(place))
    own = connection.execute(query).first()
    if own is None:
        return None
    keys = orjson.loads(own.lane_keys)
    later = select(DELIVERY.c.message_id).where(
        DELIVERY.c.message_id > place[0],
        DELIVERY.c.destination == own.destination,
        DELIVERY.c.state == int(DeliveryState.DELIVERED),
    )
    if keys:  # one without keys is in every lane, so it stands in an order with all others
        later = later.where(shares_any(DELIVERY.c.lane_keys, "keys") | (DELIVERY.c.lane_keys == "[]"))
    found = connection.execute(later.order_by(DELIVERY.c.message_id).limit(1), {"keys": keys} if keys else {}).scalar()
    return None if found is None else int(found)


def attempts_of(connection: Connection, place: Place) -> list[RowMapping]:
    """List a delivery's failed attempts, oldest first."""
    key = (ATTEMPT.c.message_id == place[0], ATTEMPT.c.ordinal == place[1])
    return list(connection.execute(select(ATTEMPT).where(*key).order_by(ATTEMPT.c.at)).mappings())


def delivery_payload(connection: Connection, place: Place) -> bytes | None:
    """Return the bytes to send, None where none could be made or they were pruned; HashMismatch if they changed."""
    query = select(DELIVERY.c.payload, DELIVERY.c.payload_hash, MESSAGE.c.payload.label("received"))
    row = connection.execute(query.join(MESSAGE, MESSAGE.c.id == DELIVERY.c.message_id).where(*_at(place))).first()
    if row is None or not row.payload_hash:
        return None
    return checked(place[0], row.received if row.payload is None else row.payload, row.payload_hash)


_BYTES = (
    select(
        DELIVERY.c.message_id,
        DELIVERY.c.ordinal,
        DELIVERY.c.payload,
        DELIVERY.c.payload_hash,
        MESSAGE.c.payload.label("received"),
    )
    .join(MESSAGE, MESSAGE.c.id == DELIVERY.c.message_id)
    .where(in_list(DELIVERY.c.message_id, "ids"), DELIVERY.c.destination == bindparam("destination"))
    .order_by(DELIVERY.c.message_id, DELIVERY.c.ordinal)
)


def payloads(connection: Connection, destination: str, places: Sequence[Place], most: int) -> dict[Place, bytes]:
    """Return the bytes of *places*, in order, up to *most* bytes and the one that passes it; sound ones only."""
    found: dict[Place, bytes] = {}
    size, wanted = 0, set(places)
    ids = sorted({place[0] for place in places})
    for row in connection.execute(_BYTES, {"ids": ids, "destination": destination}):
        place, payload = (row.message_id, row.ordinal), row.received if row.payload is None else row.payload
        if place in wanted and payload and sha256(payload).digest() == row.payload_hash:
            found[place] = payload
            size += len(payload)
            if size > most:
                break
    return found


def waiting(connection: Connection, destination: str, after: Place = (0, 0), limit: int = PAGE) -> list[Waiting]:
    """Return a page of what waits for *destination* (pending, held), in order; the last one's place begins the next."""
    query = (
        select(*_HEAD)
        .where(_OPEN, DELIVERY.c.destination == destination, _WAITING, _after(after))
        .order_by(DELIVERY.c.message_id, DELIVERY.c.ordinal)
        .limit(limit)
    )
    return [_waiting(row) for row in connection.execute(query)]


def with_bytes(connection: Connection, delivery: Waiting) -> Queued | None:
    """Return a waiting delivery with its bytes, None if it waits no more; HashMismatch if the bytes changed."""
    state = connection.execute(select(DELIVERY.c.state).where(*_at(delivery[:2]))).scalar()
    if state not in {DeliveryState.PENDING, DeliveryState.HELD}:
        return None
    payload = delivery_payload(connection, delivery[:2])
    head = (delivery.message_id, delivery.ordinal, delivery.destination, DeliveryState(state))
    return Queued(*head, delivery.lane_keys, delivery.control_id, payload or b"")


def destinations_with_work(connection: Connection) -> list[str]:
    """Name every destination for which something is pending, held or parked."""
    rows = connection.execute(select(DELIVERY.c.destination).where(_OPEN).distinct())
    return sorted(row[0] for row in rows)


def _at(place: Place) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return DELIVERY.c.message_id == place[0], DELIVERY.c.ordinal == place[1]


def _after(place: Place) -> ColumnElement[bool]:
    return tuple_(DELIVERY.c.message_id, DELIVERY.c.ordinal) > tuple_(*place)


def _waiting(row: Row[Any]) -> Waiting:
    keys = tuple(orjson.loads(row.lane_keys))
    head = (row.message_id, row.ordinal, row.destination, DeliveryState(row.state), keys)
    return Waiting(*head, row.control_id, row.attempts, row.next_at, row.updated_at)
