"""What a release reads from the store: the message as it came, all its deliveries, and what has overtaken it."""

import asyncio

import orjson
from sqlalchemy import RowMapping

from engine.decision import Receipt
from engine.delivery import DeliveryId
from engine.errors import NotPossible, StorageBusy
from engine.journal.deliveries import Place, delivered_since, deliveries_of
from engine.journal.queries import message_head, message_payload, message_texts
from engine.journal.store import Readers
from engine.operations.places import name_of
from engine.operations.remaking import Case, Stored
from engine.operations.running import Running
from engine.states import DeliveryState

SCAN_SECONDS = 5.0
"""For the search for newer messages: with a backlog of millions it would read them all."""


def read_case(readers: Readers, place: Place) -> Case:
    """Return the delivery at *place* with its message; HashMismatch if the stored bytes changed."""
    with readers.reading() as connection:
        head = message_head(connection, place[0])
        payload = message_payload(connection, place[0])
        rows = deliveries_of(connection, place[0])
        texts = message_texts(connection, place[0])
    stored = tuple(map(_stored, rows))
    wanted = next((each for each in stored if each.ordinal == place[1]), None)
    if head is None or wanted is None:
        raise NotPossible("no-such-delivery", f"there is no delivery {name_of(place)}")
    if payload is None:
        text = f"the bytes of message {place[0]} are no longer kept: skip {name_of(place)}"
        raise NotPossible("pruned", text)
    # Receipts are whole microseconds, so that what is made from their time comes out the same again.
    receipt = Receipt(head["listener"], payload, head["received_at"] * 1_000, head["peer"])
    return Case(place[0], receipt, stored, wanted, None if texts is None else texts["context"])


def keys_of(head: RowMapping) -> tuple[str, ...]:
    """Return the lane keys that were stored with a delivery."""
    return tuple(orjson.loads(head["lane_keys"]))


async def warnings_about(running: Running, head: RowMapping) -> tuple[str, ...]:
    """Say what a delivery would come after, though it is older: people may have to put that right over there."""
    place, destination = (head["message_id"], head["ordinal"]), head["destination"]
    found: list[str] = []
    try:
        newer = await asyncio.to_thread(_delivered_since, running.readers, place)
    except StorageBusy:
        found.append(f"it took too long to see whether newer messages of the same patient have reached {destination}")
    else:
        if newer is not None:
            found.append(
                f"newer messages of the same patient have reached {destination} before it, the first is {newer}"
            )
    dispatcher = running.dispatchers.get(destination)
    is_parked = head["state"] == DeliveryState.PARKED
    if is_parked and dispatcher is not None and dispatcher.newer_than(DeliveryId(*place), keys_of(head)):
        found.append(f"newer messages of the same patient wait for {destination} and go first")
    return tuple(found)


def _delivered_since(readers: Readers, place: Place) -> int | None:
    with readers.reading(SCAN_SECONDS) as connection:
        return delivered_since(connection, place)


def _stored(row: RowMapping) -> Stored:
    return Stored(
        row["ordinal"],
        row["destination"],
        row["route"],
        DeliveryState(row["state"]),
        row["control_id"],
        row["reason"],
        bool(row["payload_hash"]),
    )
