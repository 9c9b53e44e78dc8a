"""How many messages each version of the rules has decided, and when the last one."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

BIG = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Create the table, and count what has been decided so far."""
    op.create_table(
        "rules_use",
        sa.Column("version_id", BIG, primary_key=True, autoincrement=False),
        sa.Column("messages", BIG, nullable=False),
        sa.Column("last_at", BIG, nullable=False),
    )
    op.execute(
        "INSERT INTO rules_use (version_id, messages, last_at) "
        "SELECT rules_version, count(*), max(received_at) FROM message WHERE rules_version > 0 GROUP BY rules_version"
    )
