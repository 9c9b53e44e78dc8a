"""The journal: messages, deliveries, failed attempts, the rules that decided, counts, and the audit trail."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

BIG = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def _create_message() -> None:
    op.create_table(
        "message",
        sa.Column("id", BIG, primary_key=True, autoincrement=False),
        sa.Column("listener", sa.Text(), nullable=False),
        sa.Column("peer", sa.Text(), nullable=False),
        sa.Column("received_at", BIG, nullable=False),
        sa.Column("control_id", sa.Text(), nullable=False),
        sa.Column("message_type", sa.Text(), nullable=False),
        sa.Column("state", sa.SmallInteger(), nullable=False),
        sa.Column("ack_code", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("resend_key", sa.Text(), nullable=True),
        sa.Column("digest", sa.LargeBinary(), nullable=True),
        sa.Column("rules_version", BIG, nullable=False),
        sa.Column("resends", sa.Integer(), nullable=False),
        sa.Column("earlier_id", BIG, nullable=True),
        sa.Column("index_failed", sa.Text(), nullable=False),
        sa.Column("findings", sa.LargeBinary(), nullable=False),
        sa.Column("context", sa.LargeBinary(), nullable=True),
        sa.Column("payload_hash", sa.LargeBinary(), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=True),
    )
    op.create_index("ix_message_resend", "message", ["resend_key"])
    where = sa.text("state IN (3, 4)")
    op.create_index("ix_message_troubled", "message", ["id"], sqlite_where=where, postgresql_where=where)


def _create_delivery() -> None:
    op.create_table(
        "delivery",
        sa.Column("message_id", BIG, primary_key=True, autoincrement=False),
        sa.Column("ordinal", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("destination", sa.Text(), nullable=False),
        sa.Column("route", sa.Text(), nullable=False),
        sa.Column("state", sa.SmallInteger(), nullable=False),
        sa.Column("control_id", sa.Text(), nullable=False),
        sa.Column("lane_keys", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", BIG, nullable=False),
        sa.Column("updated_at", BIG, nullable=False),
        sa.Column("possible_duplicate", sa.SmallInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("position", sa.Text(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("made_from", BIG, nullable=True),
        sa.Column("payload_hash", sa.LargeBinary(), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=True),
    )
    where = sa.text("state IN (1, 3, 4)")
    op.create_index(
        "ix_delivery_open",
        "delivery",
        ["destination", "message_id", "ordinal", "state"],
        sqlite_where=where,
        postgresql_where=where,
    )


def _create_attempt() -> None:
    op.create_table(
        "attempt",
        sa.Column("message_id", BIG, primary_key=True, autoincrement=False),
        sa.Column("ordinal", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("number", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("at", BIG, primary_key=True, autoincrement=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
    )


def _create_rules_version() -> None:
    op.create_table(
        "rules_version",
        sa.Column("id", BIG, primary_key=True, autoincrement=False),
        sa.Column("hash", sa.Text(), nullable=False, unique=True),
        sa.Column("first_used_at", BIG, nullable=False),
    )


def _create_rules_text() -> None:
    op.create_table(
        "rules_text",
        sa.Column("hash", sa.Text(), primary_key=True),
        sa.Column("text", sa.Text(), nullable=False),
    )


def _create_rules_member() -> None:
    op.create_table(
        "rules_member",
        sa.Column("version_id", BIG, primary_key=True, autoincrement=False),
        sa.Column("name", sa.Text(), primary_key=True),
        sa.Column("text_hash", sa.Text(), nullable=False),
    )


def _create_tally() -> None:
    op.create_table(
        "tally",
        sa.Column("scope", sa.Text(), primary_key=True),
        sa.Column("state", sa.SmallInteger(), primary_key=True, autoincrement=False),
        sa.Column("count", BIG, nullable=False),
    )


def _create_audit() -> None:
    op.create_table(
        "audit",
        sa.Column("id", BIG, primary_key=True),
        sa.Column("at", BIG, nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("message_id", BIG, nullable=True),
        sa.Column("ordinal", sa.Integer(), nullable=True),
        sa.Column("detail", sa.Text(), nullable=False),
    )
    op.create_index("ix_audit_message", "audit", ["message_id"])


def upgrade() -> None:
    """Create the journal's tables."""
    _create_message()
    _create_delivery()
    _create_attempt()
    _create_rules_version()
    _create_rules_text()
    _create_rules_member()
    _create_tally()
    _create_audit()
    if op.get_bind().dialect.name == "sqlite":
        _refuse_audit_changes()


def _refuse_audit_changes() -> None:
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER audit_no_{verb.lower()} BEFORE {verb} ON audit "
            "BEGIN SELECT RAISE(ABORT, 'the audit trail only grows'); END"
        )
