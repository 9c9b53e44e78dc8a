"""The journal's tables: integers for time (UTC microseconds) and for states, so that PostgreSQL can follow."""

from typing import ClassVar

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, SmallInteger, Table, Text, text
from sqlmodel import Field, SQLModel

BIG = BigInteger().with_variant(Integer, "sqlite")  # only INTEGER PRIMARY KEY is the row's own number in SQLite

OPEN = "state IN (1, 3, 4)"
"""Pending, parked and held. Queries repeat it word for word, so that SQLite takes the partial index."""
TROUBLED = "state IN (3, 4)"
"""Rejected and quarantined messages."""


class Message(SQLModel, table=True):
    """One received message: its bytes, what was decided, and what was answered."""

    __tablename__: ClassVar[str] = "message"
    __table_args__ = (
        Index("ix_message_resend", "resend_key"),
        Index("ix_message_troubled", "id", sqlite_where=text(TROUBLED), postgresql_where=text(TROUBLED)),
    )

    id: int = Field(sa_column=Column(BIG, primary_key=True, autoincrement=False))
    listener: str = Field(sa_column=Column(Text, nullable=False))
    peer: str = Field(sa_column=Column(Text, nullable=False))
    received_at: int = Field(sa_column=Column(BIG, nullable=False))
    control_id: str = Field(sa_column=Column(Text, nullable=False))
    message_type: str = Field(sa_column=Column(Text, nullable=False))
    state: int = Field(sa_column=Column(SmallInteger, nullable=False))
    ack_code: str = Field(sa_column=Column(Text, nullable=False))
    reason: str = Field(sa_column=Column(Text, nullable=False))
    detail: str = Field(sa_column=Column(Text, nullable=False))
    resend_key: str | None = Field(sa_column=Column(Text))
    """The control id, a space, and the digest's first eight bytes as hex. The control id leads because it rises:
    an index on the bare digest touches a random page for every message, which cost 30 us each at 300,000 rows."""
    digest: bytes | None = Field(sa_column=Column(LargeBinary))
    rules_version: int = Field(sa_column=Column(BIG, nullable=False))
    resends: int = Field(sa_column=Column(Integer, nullable=False))
    earlier_id: int | None = Field(sa_column=Column(BIG))
    """The refused copy that this one repeats; it was decided afresh."""
    index_failed: str = Field(sa_column=Column(Text, nullable=False))
    findings: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    context: bytes | None = Field(sa_column=Column(LargeBinary))
    """The stored values that the decision read, so that deciding again is exact; as protected as the payload."""
    payload_hash: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    payload: bytes | None = Field(sa_column=Column(LargeBinary))
    """Last, so that reading the other columns of a long message stays cheap. Null once pruned."""


class Delivery(SQLModel, table=True):
    """One output of a message for one destination, bytes frozen."""

    __tablename__: ClassVar[str] = "delivery"
    __table_args__ = (
        Index(
            "ix_delivery_open",
            "destination",
            "message_id",
            "ordinal",
            "state",
            sqlite_where=text(OPEN),
            postgresql_where=text(OPEN),
        ),
    )

    message_id: int = Field(sa_column=Column(BIG, primary_key=True, autoincrement=False))
    ordinal: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    destination: str = Field(sa_column=Column(Text, nullable=False))
    route: str = Field(sa_column=Column(Text, nullable=False))
    state: int = Field(sa_column=Column(SmallInteger, nullable=False))
    control_id: str = Field(sa_column=Column(Text, nullable=False))
    lane_keys: str = Field(sa_column=Column(Text, nullable=False))
    """A JSON list as text; lane numbers are never stored."""
    attempts: int = Field(sa_column=Column(Integer, nullable=False))
    next_at: int = Field(sa_column=Column(BIG, nullable=False))
    updated_at: int = Field(sa_column=Column(BIG, nullable=False))
    possible_duplicate: int = Field(sa_column=Column(SmallInteger, nullable=False))
    reason: str = Field(sa_column=Column(Text, nullable=False))
    detail: str = Field(sa_column=Column(Text, nullable=False))
    position: str = Field(sa_column=Column(Text, nullable=False))
    evidence: str = Field(sa_column=Column(Text, nullable=False))
    made_from: int | None = Field(sa_column=Column(BIG))
    """The rules version that made the bytes, when a person released it again; null: the message's own."""
    payload_hash: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    payload: bytes | None = Field(sa_column=Column(LargeBinary))
    """Null where it equals the message's payload, or where no bytes could be made (then the hash is empty)."""


class Attempt(SQLModel, table=True):
    """One failed try of a delivery; a success is the delivery's own evidence."""

    __tablename__: ClassVar[str] = "attempt"

    message_id: int = Field(sa_column=Column(BIG, primary_key=True, autoincrement=False))
    ordinal: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    number: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    at: int = Field(sa_column=Column(BIG, primary_key=True, autoincrement=False))
    reason: str = Field(sa_column=Column(Text, nullable=False))
    detail: str = Field(sa_column=Column(Text, nullable=False))


class RulesVersion(SQLModel, table=True):
    """One version of the rules that decided at least one message."""

    __tablename__: ClassVar[str] = "rules_version"

    id: int = Field(sa_column=Column(BIG, primary_key=True, autoincrement=False))
    hash: str = Field(sa_column=Column(Text, nullable=False, unique=True))
    first_used_at: int = Field(sa_column=Column(BIG, nullable=False))


class RulesText(SQLModel, table=True):
    """One text of the rules, kept once by the hash of its content."""

    __tablename__: ClassVar[str] = "rules_text"

    hash: str = Field(sa_column=Column(Text, primary_key=True))
    text: str = Field(sa_column=Column(Text, nullable=False))


class RulesMember(SQLModel, table=True):
    """Which texts, under which file names, made up a version."""

    __tablename__: ClassVar[str] = "rules_member"

    version_id: int = Field(sa_column=Column(BIG, primary_key=True, autoincrement=False))
    name: str = Field(sa_column=Column(Text, primary_key=True))
    text_hash: str = Field(sa_column=Column(Text, nullable=False))


class RulesUse(SQLModel, table=True):
    """How many messages a version of the rules has decided, kept in the same transaction as the messages."""

    __tablename__: ClassVar[str] = "rules_use"

    version_id: int = Field(sa_column=Column(BIG, primary_key=True, autoincrement=False))
    messages: int = Field(sa_column=Column(BIG, nullable=False))
    last_at: int = Field(sa_column=Column(BIG, nullable=False))


class Tally(SQLModel, table=True):
    """How many rows are in each state, kept in the same transaction as the rows: a count must not cost a scan."""

    __tablename__: ClassVar[str] = "tally"

    scope: str = Field(sa_column=Column(Text, primary_key=True))
    """A destination's name, or empty for messages."""
    state: int = Field(sa_column=Column(SmallInteger, primary_key=True, autoincrement=False))
    """0 in the scope of messages counts suppressed resends."""
    count: int = Field(sa_column=Column(BIG, nullable=False))


class Audit(SQLModel, table=True):
    """Who did what, and when: rows are only ever added (triggers refuse the rest)."""

    __tablename__: ClassVar[str] = "audit"
    __table_args__ = (Index("ix_audit_message", "message_id"),)

    id: int | None = Field(default=None, sa_column=Column(BIG, primary_key=True))
    at: int = Field(sa_column=Column(BIG, nullable=False))
    actor: str = Field(sa_column=Column(Text, nullable=False))
    action: str = Field(sa_column=Column(Text, nullable=False))
    message_id: int | None = Field(sa_column=Column(BIG))
    ordinal: int | None = Field(sa_column=Column(Integer))
    detail: str = Field(sa_column=Column(Text, nullable=False))


class UnknownCode(SQLModel, table=True):
    """A code that messages of one sender brought and a code table did not list. The code is a value of messages."""

    __tablename__: ClassVar[str] = "unknown_code"

    listener: str = Field(sa_column=Column(Text, primary_key=True))
    application: str = Field(sa_column=Column(Text, primary_key=True))
    """MSH-3.1."""
    facility: str = Field(sa_column=Column(Text, primary_key=True))
    """MSH-4.1."""
    table_name: str = Field(sa_column=Column(Text, primary_key=True))
    code: str = Field(sa_column=Column(Text, primary_key=True))
    """Empty for those beyond the most that are told apart."""
    count: int = Field(sa_column=Column(BIG, nullable=False))
    """Messages, not questions: one that asks twice counts once."""
    first_at: int = Field(sa_column=Column(BIG, nullable=False))
    last_at: int = Field(sa_column=Column(BIG, nullable=False))


class AwaitedCode(SQLModel, table=True):
    """A delivery without bytes, and the code whose row it waits for; it means nothing once the delivery goes on."""

    __tablename__: ClassVar[str] = "awaited_code"
    __table_args__ = (Index("ix_awaited_code", "table_name", "code", "message_id", "ordinal"),)

    message_id: int = Field(sa_column=Column(BIG, primary_key=True, autoincrement=False))
    ordinal: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    table_name: str = Field(sa_column=Column(Text, nullable=False))
    code: str = Field(sa_column=Column(Text, nullable=False))
    listener: str = Field(sa_column=Column(Text, nullable=False))
    application: str = Field(sa_column=Column(Text, nullable=False))
    facility: str = Field(sa_column=Column(Text, nullable=False))


def _table(model: type[SQLModel]) -> Table:
    return SQLModel.metadata.tables[str(model.__tablename__)]


MESSAGE, DELIVERY, ATTEMPT = _table(Message), _table(Delivery), _table(Attempt)
RULES_VERSION, RULES_TEXT, RULES_MEMBER = _table(RulesVersion), _table(RulesText), _table(RulesMember)
RULES_USE = _table(RulesUse)
TALLY, AUDIT = _table(Tally), _table(Audit)
UNKNOWN_CODE, AWAITED_CODE = _table(UnknownCode), _table(AwaitedCode)
JOURNAL_TABLES = (
    MESSAGE,
    DELIVERY,
    ATTEMPT,
    RULES_VERSION,
    RULES_TEXT,
    RULES_MEMBER,
    RULES_USE,
    TALLY,
    AUDIT,
    UNKNOWN_CODE,
    AWAITED_CODE,
)
