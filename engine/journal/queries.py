"""What can be asked about messages: one named function per question, for read-only connections."""

from dataclasses import dataclass
from hashlib import sha256

from sqlalchemy import Connection, RowMapping, func, select, text

from engine.errors import HashMismatch
from engine.journal.tables import AUDIT, MESSAGE, RULES_MEMBER, RULES_TEXT, RULES_USE, RULES_VERSION, TROUBLED
from engine.states import MessageState

PAGE = 100
_PROTECTED = {
    "payload",
    "context",
    "detail",
}  # opened only by `message_payload` and `message_texts`, which callers audit
_HEAD = [column for column in MESSAGE.columns if column.name not in _PROTECTED]
_TROUBLED_STATES = {MessageState.REJECTED, MessageState.QUARANTINED}


@dataclass(frozen=True, slots=True)
class MessageFilter:
    """Which messages are wanted; what is None does not matter."""

    state: MessageState | None = None
    listener: str | None = None
    message_type: str | None = None
    control_id: str | None = None
    since_us: int | None = None
    before_id: int | None = None
    """Only messages older than this one: the next page."""
    limit: int = PAGE


def messages(connection: Connection, wanted: MessageFilter) -> list[RowMapping]:
    """List messages, newest first, without their bytes."""
    query = select(*_HEAD).order_by(MESSAGE.c.id.desc()).limit(wanted.limit)
    if wanted.control_id is not None:
        first = f"{wanted.control_id} "  # the index's keys begin so; the next character after a space is '!'
        query = query.where(MESSAGE.c.resend_key >= first, MESSAGE.c.resend_key < f"{wanted.control_id}!")
    for name in ("listener", "message_type", "control_id"):
        value = getattr(wanted, name)
        if value is not None:
            query = query.where(MESSAGE.c[name] == value)
    if wanted.state is not None:
        query = query.where(MESSAGE.c.state == int(wanted.state))
        if wanted.state in _TROUBLED_STATES:
            query = query.where(text(f"message.{TROUBLED}"))
    if wanted.before_id is not None:
        query = query.where(MESSAGE.c.id < wanted.before_id)
    if wanted.since_us is not None:
        query = query.where(MESSAGE.c.id >= first_id_since(connection, wanted.since_us))
    return list(connection.execute(query).mappings())


def message_head(connection: Connection, message_id: int) -> RowMapping | None:
    """Return one message without its bytes."""
    return connection.execute(select(*_HEAD).where(MESSAGE.c.id == message_id)).mappings().first()


def message_texts(connection: Connection, message_id: int) -> RowMapping | None:
    """Return what a message's decision says with values in it, and the stored values it read."""
    query = select(MESSAGE.c.detail, MESSAGE.c.findings, MESSAGE.c.context).where(MESSAGE.c.id == message_id)
    return connection.execute(query).mappings().first()


def message_payload(connection: Connection, message_id: int) -> bytes | None:
    """Return a message's bytes, None if they were pruned or there is no such message; HashMismatch if they changed."""
    query = select(MESSAGE.c.payload, MESSAGE.c.payload_hash).where(MESSAGE.c.id == message_id)
    row = connection.execute(query).first()
    return None if row is None else checked(message_id, row.payload, row.payload_hash)


def last_message_id(connection: Connection) -> int:
    """Return the highest message number, 0 in an empty store."""
    return int(connection.execute(select(func.coalesce(func.max(MESSAGE.c.id), 0))).scalar_one())


def first_id_since(connection: Connection, moment_us: int) -> int:
    """Return the first message received at or after *moment_us*, by halving: numbers follow time closely enough."""
    low, high = 1, last_message_id(connection) + 1
    query = "SELECT id, received_at FROM message WHERE id >= :id ORDER BY id LIMIT 1"
    while low < high:
        middle = (low + high) // 2
        row = connection.execute(text(query), {"id": middle}).first()
        if row is None or row.received_at >= moment_us:
            high = middle
        else:
            low = row.id + 1
    return low


def rules_texts(connection: Connection, version_id: int) -> dict[str, str]:
    """Return the texts of a rules version by file name."""
    join = RULES_MEMBER.join(RULES_TEXT, RULES_TEXT.c.hash == RULES_MEMBER.c.text_hash)
    query = select(RULES_MEMBER.c.name, RULES_TEXT.c.text).select_from(join)
    rows = connection.execute(query.where(RULES_MEMBER.c.version_id == version_id).order_by(RULES_MEMBER.c.name))
    return {row.name: row.text for row in rows}


def rules_versions(connection: Connection, limit: int | None = None) -> list[RowMapping]:
    """List the versions that decided messages, newest first, with how many and when the last one."""
    used = RULES_VERSION.outerjoin(RULES_USE, RULES_USE.c.version_id == RULES_VERSION.c.id)
    query = select(RULES_VERSION, func.coalesce(RULES_USE.c.messages, 0).label("messages"), RULES_USE.c.last_at)
    newest = query.select_from(used).order_by(RULES_VERSION.c.id.desc()).limit(limit)
    return list(connection.execute(newest).mappings())


def rules_versions_like(connection: Connection, prefix: str) -> list[RowMapping]:
    """List the versions whose name begins with *prefix* (hexadecimal digits)."""
    query = select(RULES_VERSION).where(RULES_VERSION.c.hash >= prefix, RULES_VERSION.c.hash < f"{prefix}g")
    return list(connection.execute(query.order_by(RULES_VERSION.c.id)).mappings())


def holds_rules_text(connection: Connection, name: str, text: str) -> bool:
    """Tell whether some version had *text* as the file *name*."""
    query = select(func.count()).select_from(
        RULES_MEMBER.join(RULES_TEXT, RULES_TEXT.c.hash == RULES_MEMBER.c.text_hash)
    )
    found = connection.execute(query.where(RULES_MEMBER.c.name == name, RULES_TEXT.c.text == text)).scalar_one()
    return bool(found)


def audit_trail(connection: Connection, before_id: int | None = None, limit: int = PAGE) -> list[RowMapping]:
    """List who did what, newest first."""
    query = select(AUDIT).order_by(AUDIT.c.id.desc()).limit(limit)
    if before_id is not None:
        query = query.where(AUDIT.c.id < before_id)
    return list(connection.execute(query).mappings())


def checked(message_id: int, payload: bytes | None, payload_hash: bytes) -> bytes | None:
    """Return *payload* if it is what was written."""
    # A damaged file may even hand out another type than was stored.
    if payload is not None and (type(payload) is not bytes or sha256(payload).digest() != payload_hash):
        raise HashMismatch(message_id)
    return payload
