"""Possible duplicates among patients: the pairs found, what people decided of them, and the keys they are found by."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

BIG = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "duplicate_decision",
        sa.Column("first_key", sa.Text(), primary_key=True),
        sa.Column("second_key", sa.Text(), primary_key=True),
        sa.Column("verdict", sa.SmallInteger(), nullable=False),
        sa.Column("decided_at", BIG, nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=False),
    )
    op.create_table(
        "duplicate_pair",
        sa.Column("first_id", BIG, primary_key=True, autoincrement=False),
        sa.Column("second_id", BIG, primary_key=True, autoincrement=False),
        sa.Column("score", sa.SmallInteger(), nullable=False),
        sa.Column("reasons", sa.Text(), nullable=False),
    )
    op.create_index("ix_duplicate_pair_second", "duplicate_pair", ["second_id"])
    op.create_table(
        "duplicate_block",
        sa.Column("block", BIG, primary_key=True, autoincrement=False),
        sa.Column("patient_id", BIG, primary_key=True, autoincrement=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "duplicate_seen",
        sa.Column("patient_id", BIG, primary_key=True, autoincrement=False),
        sa.Column("stamp", BIG, nullable=False),
        sa.Column("blocks", sa.LargeBinary(), nullable=False),
    )
    op.create_table(
        "duplicate_progress",
        sa.Column("id", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("message_id", BIG, nullable=False),
    )
