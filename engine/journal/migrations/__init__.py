"""Bring a store's tables to this engine's revision: forward only, from inside the program, never past what is known."""

from pathlib import Path

from sqlalchemy import Connection, inspect, text

from engine.errors import StoreTooNew, StoreUnwritable

REVISIONS = ("0001", "0002", "0003", "0004", "0005", "0006", "0007", "0008")
"""Every revision this engine knows, oldest first; a test holds it against the files in versions/."""


def revision_of(connection: Connection) -> str:
    """Return the store's revision, '' for an empty store; a database that is not ours is refused."""
    tables = inspect(connection).get_table_names()
    if not tables:
        return ""
    if "alembic_version" not in tables:
        raise StoreUnwritable("store-foreign", "the file is a database, but not a store of this engine")
    return str(connection.execute(text("SELECT version_num FROM alembic_version")).scalar() or "")


def refuse_newer(revision: str) -> None:
    """Raise StoreTooNew unless this engine knows *revision*."""
    if revision and revision not in REVISIONS:
        raise StoreTooNew(revision)


def upgrade(connection: Connection) -> None:
    """Apply, in one transaction, every revision that the store lacks."""
    revision = revision_of(connection)
    refuse_newer(revision)
    connection.rollback()
    if revision == REVISIONS[-1]:
        return
    from alembic import command  # noqa: PLC0415  a third of a second that only a store to be migrated is worth
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
