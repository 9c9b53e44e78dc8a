"""A message of the store, ready to be explained: its bytes, the rules of its time, and what became of its outputs."""

from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import Connection, RowMapping

from engine.config.recalled import Recalled, recall
from engine.decision import Receipt
from engine.journal.deliveries import attempts_of, deliveries_of, delivery_payload, delivery_texts
from engine.journal.queries import message_head, message_payload, message_texts, rules_texts, rules_versions
from engine.states import DeliveryState, MessageState


@dataclass(frozen=True, slots=True)
class Attempt:
    """One failed try."""

    number: int
    at_us: int
    reason: str
    detail: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Delivery:
    """One output, and what became of it."""

    ordinal: int
    destination: str
    state: str
    changed_us: int
    tries: int
    next_us: int
    control_id: str
    reason: str
    position: str
    detail: str = field(repr=False)
    answer: str = field(repr=False)
    """What the destination answered."""
    payload: bytes | None = field(repr=False)
    attempts: tuple[Attempt, ...]


@dataclass(frozen=True, slots=True)
class Stored:
    """One message of the store."""

    message_id: int
    receipt: Receipt
    state: str
    reason: str
    ack_code: str
    resends: int
    repeats: int | None
    rules: str
    """The version that decided."""
    recalled: Recalled | None
    """Those rules; None where their texts hold none."""
    deliveries: tuple[Delivery, ...]
    known: bytes | None = field(default=None, repr=False)
    """What its decision read of the record index."""


def stored(connection: Connection, message_id: int, config: Path) -> Stored | None:
    """Return message *message_id*; None if there is none, or its bytes are no longer kept."""
    head = message_head(connection, message_id)
    payload = None if head is None else message_payload(connection, message_id)
    if head is None or payload is None:
        return None
    texts = message_texts(connection, message_id)
    hashes = {each["id"]: each["hash"] for each in rules_versions(connection)}
    deliveries = tuple(_delivery(connection, row) for row in deliveries_of(connection, message_id))
    return Stored(
        message_id,
        Receipt(head["listener"], payload, head["received_at"] * 1_000, head["peer"]),
        MessageState(head["state"]).name.lower(),
        head["reason"],
        head["ack_code"],
        head["resends"],
        head["earlier_id"],
        hashes.get(head["rules_version"], ""),
        recall(rules_texts(connection, head["rules_version"]), config),
        deliveries,
        None if texts is None else texts["context"],
    )


def _delivery(connection: Connection, row: RowMapping) -> Delivery:
    place = (row["message_id"], row["ordinal"])
    texts = delivery_texts(connection, place)
    return Delivery(
        row["ordinal"],
        row["destination"],
        DeliveryState(row["state"]).name.lower(),
        row["updated_at"],
        row["attempts"],
        row["next_at"],
        row["control_id"],
        row["reason"],
        row["position"],
        "" if texts is None else texts["detail"],
        "" if texts is None else texts["evidence"],
        delivery_payload(connection, place),
        tuple(_attempt(each) for each in attempts_of(connection, place)),
    )


def _attempt(row: RowMapping) -> Attempt:
    return Attempt(row["number"], row["at"], row["reason"], row["detail"])
