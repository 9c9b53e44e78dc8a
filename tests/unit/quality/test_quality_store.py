"""The tables of possible duplicates are what the revisions make."""

from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import MetaData

from engine.journal.store import open_store
from engine.quality.tables import QUALITY_TABLES


def test_the_migrated_schema_is_the_tables(tmp_path: Path) -> None:
    """The revisions and the SQLModel classes may not drift apart."""
    wanted = MetaData()
    for table in QUALITY_TABLES:
        table.to_metadata(wanted)
    ours = {table.name for table in QUALITY_TABLES}
    options = {"include_name": lambda name, kind, _parents: kind != "table" or name in ours, "compare_type": True}
    store = open_store(tmp_path / "journal.db")

    context = MigrationContext.configure(store.connection, opts=options)

    assert compare_metadata(context, wanted) == []
    store.close()
