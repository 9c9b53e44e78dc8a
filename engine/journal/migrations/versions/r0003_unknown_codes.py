"""Codes that no table lists: how often they came and from whom, and which deliveries wait for one."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

BIG = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "unknown_code",
        sa.Column("listener", sa.Text(), primary_key=True),
        sa.Column("application", sa.Text(), primary_key=True),
        sa.Column("facility", sa.Text(), primary_key=True),
        sa.Column("table_name", sa.Text(), primary_key=True),
        sa.Column("code", sa.Text(), primary_key=True),
        sa.Column("count", BIG, nullable=False),
        sa.Column("first_at", BIG, nullable=False),
        sa.Column("last_at", BIG, nullable=False),
    )
    op.create_table(
        "awaited_code",
        sa.Column("message_id", BIG, primary_key=True, autoincrement=False),
        sa.Column("ordinal", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("table_name", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("listener", sa.Text(), nullable=False),
        sa.Column("application", sa.Text(), nullable=False),
        sa.Column("facility", sa.Text(), nullable=False),
    )
    op.create_index("ix_awaited_code", "awaited_code", ["table_name", "code", "message_id", "ordinal"])
