"""The journal's hot statements, built once per dialect, and the rows that they take."""

from hashlib import sha256
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Dialect, Select, Table, bindparam, literal_column, select, update

from engine.journal.items import DecisionLike, Outcome, OutputLike, PlanLike, Queued
from engine.journal.statements import bound, insert_into
from engine.journal.tables import ATTEMPT, DELIVERY, MESSAGE, RULES_MEMBER, RULES_TEXT, RULES_USE, RULES_VERSION, TALLY
from engine.statements import Prepared, Row, in_list
from engine.states import DeliveryState, MessageState

_EARLIER: Select[Any] = (
    select(MESSAGE.c.id, MESSAGE.c.digest, MESSAGE.c.state, MESSAGE.c.ack_code, MESSAGE.c.received_at)
    .where(in_list(MESSAGE.c.resend_key, "keys"), MESSAGE.c.received_at >= bindparam("since"))
    .order_by(MESSAGE.c.id)
)
"""Earlier copies by resend key; the caller compares the whole digest."""

_OUTCOME = (
    "new_state",
    "new_attempts",
    "new_next_at",
    "new_updated_at",
    "new_duplicate",
    "new_reason",
    "new_detail",
    "new_evidence",
    "of_message",
    "of_ordinal",
)
_PENDING: ColumnElement[Any] = literal_column(str(int(DeliveryState.PENDING)))


Own = tuple[int, int, str, int | None, str]


class Writes:
    """Every statement of the hot path."""

    def __init__(self, dialect: Dialect) -> None:
        self.message = _insert(MESSAGE, dialect)
        self.delivery = _insert(DELIVERY, dialect)
        self.attempt = _insert_once(ATTEMPT, dialect)
        self.version = _insert(RULES_VERSION, dialect)
        self.member = _insert_once(RULES_MEMBER, dialect)
        self.text = _insert_once(RULES_TEXT, dialect)
        self.use = Prepared(_use(dialect), ("version_id", "messages", "last_at"), dialect)
        self.earlier = Prepared(_EARLIER, ("keys", "since"), dialect)
        self.tally = Prepared(_tally(dialect), ("scope", "state", "count"), dialect)
        again = update(MESSAGE).where(MESSAGE.c.id == bindparam("of_message"))
        again = again.values(resends=MESSAGE.c.resends + literal_column("1"))
        self.resend = Prepared(again, ("of_message",), dialect)
        self.forced = Prepared(_outcome(), _OUTCOME, dialect)
        self.outcome = Prepared(_outcome().where(DELIVERY.c.state == _PENDING), _OUTCOME, dialect)


def _insert(table: Table, dialect: Dialect) -> Prepared:
    names = tuple(table.columns.keys())
    return Prepared(insert_into(table, dialect).values(bound(*names)), names, dialect)


def _insert_once(table: Table, dialect: Dialect) -> Prepared:
    names = tuple(table.columns.keys())
    return Prepared(insert_into(table, dialect).values(bound(*names)).on_conflict_do_nothing(), names, dialect)


def _tally(dialect: Dialect) -> Any:
    statement = insert_into(TALLY, dialect).values(bound("scope", "state", "count"))
    return statement.on_conflict_do_update(
        index_elements=["scope", "state"], set_={"count": TALLY.c.count + statement.excluded["count"]}
    )


def _use(dialect: Dialect) -> Any:
    statement = insert_into(RULES_USE, dialect).values(bound("version_id", "messages", "last_at"))
    return statement.on_conflict_do_update(
        index_elements=["version_id"],
        set_={"messages": RULES_USE.c.messages + statement.excluded.messages, "last_at": statement.excluded.last_at},
    )


def _outcome() -> Any:
    key = (DELIVERY.c.message_id == bindparam("of_message"), DELIVERY.c.ordinal == bindparam("of_ordinal"))
    return (
        update(DELIVERY)
        .where(*key)
        .values(
            state=bindparam("new_state"),
            attempts=bindparam("new_attempts"),
            next_at=bindparam("new_next_at"),
            updated_at=bindparam("new_updated_at"),
            # Only ever set: that it was then delivered does not undo that it may have come twice.
            possible_duplicate=DELIVERY.c.possible_duplicate.bitwise_or(bindparam("new_duplicate")),
            reason=bindparam("new_reason"),
            detail=bindparam("new_detail"),
            evidence=bindparam("new_evidence"),
        )
    )


def resend_key(plan: PlanLike) -> str | None:
    """Return what the index knows a message by; None where there is neither a control id nor a digest."""
    if not (plan.digest or plan.control_id):
        return None
    return f"{_storable(plan.control_id)} {plan.digest[:8].hex()}"


def message_row(plan: PlanLike, made: DecisionLike, own: Own, checksum: bytes) -> Row:
    """Return one message's row, in the table's order; *own* = (id, rules version, reason, earlier id, index code)."""
    receipt, digest = plan.receipt, plan.digest
    message_id, version, reason, earlier_id, index_failed = own
    return (
        message_id,
        receipt.listener,
        receipt.peer,
        receipt.received_ns // 1_000,
        made.control_id,
        made.message_type,
        int(made.state),
        made.ack_code,
        reason,
        made.detail,
        resend_key(plan),
        digest or None,
        version,
        0,
        earlier_id,
        index_failed,
        made.findings,
        made.context,
        checksum,
        receipt.payload,
    )


def quarantined_row(plan: PlanLike, own: Own) -> Row:
    """Return the row of a message that the engine failed on: its bytes, and what they are called."""
    receipt, digest = plan.receipt, plan.digest
    message_id, version, reason, earlier_id, _ = own
    state, seen = int(MessageState.QUARANTINED), receipt.received_ns // 1_000
    checksum = sha256(receipt.payload).digest()
    named = (_storable(plan.control_id), _storable(plan.message_type))
    head = (message_id, receipt.listener, receipt.peer, seen, *named, state, "AA", reason, "")
    return (*head, resend_key(plan), digest or None, version, 0, earlier_id, "", b"[]", None, checksum, receipt.payload)


def _storable(text: str) -> str:
    return text.encode("utf-8", "replace").decode()


def delivery_row(message_id: int, output: OutputLike, received: tuple[bytes, bytes, int]) -> Row:
    """Return the row of one output; *received* = (the message's payload, its hash, now)."""
    payload, (same, same_hash, now) = output.payload, received
    if payload == same:
        stored, checksum = None, same_hash
    elif payload:
        stored, checksum = payload, sha256(payload).digest()
    else:
        stored, checksum = None, b""
    return (
        message_id,
        output.ordinal,
        output.destination,
        output.route,
        int(output.state),
        output.control_id,
        orjson.dumps(output.lane_keys).decode(),
        0,
        0,
        now,
        0,
        output.reason,
        output.detail,
        output.position,
        "",
        None,
        checksum,
        stored,
    )


def outcome_row(outcome: Outcome) -> Row:
    """Return the parameters of the outcome's update."""
    return (
        int(outcome.state),
        outcome.attempts,
        outcome.next_at,
        outcome.at,
        int(outcome.possible_duplicate),
        outcome.reason,
        outcome.detail,
        outcome.evidence,
        outcome.message_id,
        outcome.ordinal,
    )


def attempt_row(outcome: Outcome) -> Row:
    """Return the row of a failed attempt."""
    return (outcome.message_id, outcome.ordinal, outcome.attempts, outcome.at, outcome.reason, outcome.detail)


def queued(message_id: int, output: OutputLike) -> Queued:
    """Return the output as the lanes take it."""
    return Queued(
        message_id,
        output.ordinal,
        output.destination,
        output.state,
        output.lane_keys,
        output.control_id,
        output.payload,
    )
