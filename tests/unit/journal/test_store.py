"""Opening a store: one holder, files only we read, durable settings, and errors that say what to do."""

import os
import sqlite3
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import MetaData, text
from sqlalchemy.exc import OperationalError

from engine.errors import StorageBusy, StorageFailed, StoreLocked, StoreTooNew, StoreUnwritable
from engine.journal import migrations, place
from engine.journal.store import Store, open_readers, open_store, quick_check
from engine.journal.tables import JOURNAL_TABLES

pytest_plugins = ("tests.unit.journal.journal_fixtures",)

HOLDER = """
import sys
from pathlib import Path
from engine.journal.store import open_store
store = open_store(Path(sys.argv[1]))
print("open", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def without_root() -> Iterator[Path]:
    """Yield a folder anyone may enter, with this process's powers laid down: root may write anywhere."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o777)
        before = os.geteuid()
        if before == 0:
            os.seteuid(65_534)
        try:
            yield folder
        finally:
            os.seteuid(before)


def test_files_are_ours_alone(store: Store) -> None:
    """Patients' messages lie in them: 0600 in a folder that we made 0700."""
    with store.connection.begin():
        store.connection.execute(text("INSERT INTO tally VALUES ('x', 1, 1)"))

    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in store.path.parent.iterdir()}

    assert stat.S_IMODE(store.path.parent.stat().st_mode) == 0o700
    assert modes == dict.fromkeys(("journal.db", "journal.db-wal", "journal.db-shm", "journal.db.lock"), 0o600)


def test_a_file_that_others_could_read_is_tightened(tmp_path: Path) -> None:
    """A restored copy may have come with any mode."""
    path = tmp_path / "journal.db"
    open_store(path).close()
    path.chmod(0o644)

    open_store(path).close()

    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_settings_are_the_durable_ones(store: Store) -> None:
    """synchronous=FULL (2) in WAL mode is what the promise rests on."""
    wanted = {
        "journal_mode": "wal",
        "synchronous": 2,
        "mmap_size": 0,
        "wal_autocheckpoint": 4_000,
        "journal_size_limit": 64 << 20,
        "busy_timeout": 5_000,
    }

    found = {name: store.connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in wanted}

    assert found == wanted


def test_a_second_process_is_told_who_holds_the_store(tmp_path: Path) -> None:
    """The lock is the kernel's: it names the holder, and a killed holder leaves nothing behind."""
    path = tmp_path / "journal.db"
    root = str(Path(__file__).parents[3])
    command = [sys.executable, "-c", HOLDER, str(path)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, env={**os.environ, "PYTHONPATH": root}) as holder:  # noqa: S603
        assert holder.stdout is not None
        holder.stdout.readline()

        with pytest.raises(StoreLocked) as caught:
            open_store(path)

        holder.kill()
        holder.wait()
    open_store(path).close()

    assert caught.value.pid == holder.pid
    assert str(holder.pid) in str(caught.value)


def test_a_folder_that_cannot_be_written_is_refused(without_root: Path) -> None:
    """Said at the start, not at the first message."""
    without_root.joinpath("data").mkdir(mode=0o555)

    with pytest.raises(StoreUnwritable) as caught:
        open_store(without_root / "data" / "journal.db")

    assert caught.value.code == "store-folder-read-only"


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    """A file stands where the folder should be."""
    tmp_path.joinpath("data").write_text("in the way")

    with pytest.raises(StoreUnwritable) as caught:
        open_store(tmp_path / "data" / "journal.db")

    assert caught.value.code == "store-unwritable"


def test_a_file_that_is_no_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    """A wrong path must not cost anybody a file."""
    path = tmp_path / "notes.txt"
    path.write_text("remember the milk\n" * 100)

    with pytest.raises(StoreUnwritable) as caught:
        open_store(path)

    assert caught.value.code == "store-foreign"
    assert path.read_text() == "remember the milk\n" * 100


def test_a_database_of_somebody_else_is_refused(tmp_path: Path) -> None:
    """We do not put our tables beside theirs."""
    with sqlite3.connect(tmp_path / "theirs.db") as theirs:
        theirs.execute("CREATE TABLE invoices (id)")
    theirs.close()

    with pytest.raises(StoreUnwritable) as caught:
        open_store(tmp_path / "theirs.db")

    assert caught.value.code == "store-foreign"


@pytest.mark.parametrize("kind", ["nfs4", "cifs", "smb3", "fuse.sshfs"])
def test_a_network_file_system_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    """Locks and fsync there do not mean what the promise needs."""
    monkeypatch.setattr(place, "file_system_of", lambda _folder: kind)

    with pytest.raises(StoreUnwritable, match=kind):
        open_store(tmp_path / "journal.db")


def test_a_store_of_a_newer_engine_is_refused_by_name(tmp_path: Path) -> None:
    """An old engine must not write into tables that it does not understand."""
    path = tmp_path / "journal.db"
    opened = open_store(path)
    with opened.connection.begin():
        opened.connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    opened.close()

    with pytest.raises(StoreTooNew) as caught:
        open_store(path)
    with pytest.raises(StoreTooNew):
        open_readers(path)

    assert caught.value.revision == "9999"


def test_the_known_revisions_are_the_files() -> None:
    """Opening does not load Alembic's directory; this holds the list right, and in one line."""
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    script = ScriptDirectory.from_config(config)

    revisions = [revision.revision for revision in script.walk_revisions()]

    assert revisions == list(reversed(migrations.REVISIONS))


def test_the_migrated_schema_is_the_tables(store: Store) -> None:
    """The revisions and the SQLModel classes may not drift apart."""
    wanted = MetaData()
    for table in JOURNAL_TABLES:
        table.to_metadata(wanted)
    ours = {table.name for table in JOURNAL_TABLES}
    options = {"include_name": lambda name, kind, _parents: kind != "table" or name in ours, "compare_type": True}

    context = MigrationContext.configure(store.connection, opts=options)

    assert compare_metadata(context, wanted) == []
    store.connection.rollback()


def test_readers_cannot_write(store: Store) -> None:
    """Exactly one read-write connection: everybody else's is read-only for SQLite itself."""
    with pytest.raises(StorageFailed) as caught, store.readers.reading() as connection:
        connection.execute(text("DELETE FROM message"))

    assert caught.value.code == "sqlite-readonly"


def test_a_reader_that_takes_too_long_is_interrupted(store: Store) -> None:
    """A long reader blocks checkpoints and lets the WAL grow."""
    endless = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT max(x) FROM n"

    with pytest.raises(StorageBusy) as caught, store.readers.reading(seconds=0.05) as connection:
        connection.execute(text(endless))

    assert caught.value.code == "sqlite-interrupt"


def test_readers_open_beside_the_engine_and_without_it(store: Store) -> None:
    """The dashboard is another process; the command line may come when nothing runs."""
    beside = open_readers(store.path)
    with beside.reading() as connection:
        assert connection.execute(text("SELECT count(*) FROM message")).scalar() == 0
    beside.close()

    with pytest.raises(StoreUnwritable) as caught:
        open_readers(store.path.with_name("nothing.db"))

    assert caught.value.code == "store-missing"


def test_a_sound_file_passes_the_check(store: Store) -> None:
    """Nothing found is nothing said."""
    assert quick_check(store.connection) == []
    store.connection.rollback()


def test_driver_errors_never_print_what_was_bound(store: Store) -> None:
    """SQLAlchemy prints parameters unless it is told not to."""
    with pytest.raises(OperationalError) as caught, store.connection.begin():
        store.connection.execute(text("INSERT INTO nowhere VALUES (:name)"), {"name": "CANARY^DOROTHY"})

    assert "CANARY" not in str(caught.value)
