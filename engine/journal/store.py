"""Opening a store: the lock, the one read-write connection that owns every write, and read-only ones for the rest.

One, because SQLite before 3.51.3 can corrupt a WAL database when a second connection writes or checkpoints.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import QueuePool, StaticPool

from engine.clock import monotonic
from engine.errors import StorageBusy, StorageFailed, StoreUnwritable
from engine.journal.migrations import refuse_newer, revision_of, upgrade
from engine.journal.place import StoreLock, prepare_file, prepare_place
from engine.journal.trouble import Trouble, code_of, trouble_of
from engine.statements import cursor_of

READ_SECONDS = 2.0
"""A long reader blocks checkpoints and lets the WAL grow."""
_STEPS = 20_000  # virtual machine steps between two looks at a reader's deadline


@dataclass(frozen=True, slots=True)
class Tuning:
    """SQLite's settings. Only tests change them: no setting of ours makes an acknowledgement less than durable."""

    synchronous: str = "FULL"
    busy_ms: int = 5_000
    checkpoint_pages: int = 4_000
    wal_bytes: int = 64 << 20
    cache_kib: int = 64 << 10


class Readers:
    """Read-only connections to a store, each with a deadline."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._engine = create_engine(
            "sqlite://", creator=self._connect, poolclass=QueuePool, pool_size=2, max_overflow=8, hide_parameters=True
        )
        event.listen(self._engine, "begin", _begin_reading)

    @contextmanager
    def reading(self, seconds: float = READ_SECONDS) -> Iterator[Connection]:
        """Yield a connection that sees one moment of the store and is interrupted after *seconds* (StorageBusy)."""
        with _translated(), self._engine.connect() as connection:
            raw = connection.connection.driver_connection
            if not isinstance(raw, sqlite3.Connection):
                raise TypeError("readers are SQLite connections")
            deadline = monotonic() + seconds
            raw.set_progress_handler(lambda: monotonic() > deadline, _STEPS)
            try:
                yield connection
            finally:
                raw.set_progress_handler(None, _STEPS)

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()

    def _connect(self) -> sqlite3.Connection:
        uri = f"{self._path.absolute().as_uri()}?mode=ro"
        raw = sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False, timeout=READ_SECONDS)
        raw.execute("PRAGMA query_only=ON")
        raw.execute("PRAGMA mmap_size=0")
        return raw


class Store:
    """An open store: hold it as long as the process may write, close it last."""

    def __init__(self, path: Path, lock: StoreLock, engine: Engine) -> None:
        self.path = path
        self.connection = engine.connect()
        """The one read-write connection: the writer thread's alone, once that has started."""
        self.readers = Readers(path)
        self._lock = lock
        self._engine = engine
        self._identity = _identity_of(path)

    def insist_on_its_place(self) -> None:
        """Raise StorageFailed if the file is not where a restart would look for it: a commit there would be lost."""
        if _identity_of(self.path) != self._identity:
            raise StorageFailed("store-gone")

    def close(self) -> None:
        """Close the connections, then give up the lock."""
        self.readers.close()
        self.connection.close()
        self._engine.dispose()
        self._lock.release()


def open_store(path: Path, tuning: Tuning = Tuning()) -> Store:
    """Open the store at *path* for writing, created or migrated as needed; raises a StoreError that says what to do."""
    prepare_place(path)
    lock = StoreLock(path)
    try:
        prepare_file(path)
        engine = _writing_engine(path, tuning)
        try:
            with _translated():
                store = Store(path, lock, engine)
                upgrade(store.connection)
        except BaseException:
            engine.dispose()
            raise
    except BaseException:
        lock.release()
        raise
    return store


def open_readers(path: Path) -> Readers:
    """Open the store at *path* for reading alone, beside a running engine or without one."""
    if not path.is_file():
        raise StoreUnwritable("store-missing", "there is no store yet: start the engine once, or name another file")
    readers = Readers(path)
    with _translated(), readers.reading() as connection:
        refuse_newer(revision_of(connection))
    return readers


def _identity_of(path: Path) -> tuple[int, int]:
    try:
        found = path.stat()
    except OSError:
        return (0, 0)
    return found.st_dev, found.st_ino


def quick_check(connection: Connection) -> list[str]:
    """Return what SQLite finds wrong with the file's structure, nothing when it is sound."""
    found = [str(row[0]) for row in connection.exec_driver_sql("PRAGMA quick_check(10)")]
    return [] if found == ["ok"] else found


def _writing_engine(path: Path, tuning: Tuning) -> Engine:
    def connect() -> sqlite3.Connection:
        uri = f"{path.absolute().as_uri()}?mode=rw"
        wait = tuning.busy_ms / 1_000
        raw = sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False, timeout=wait)
        try:
            _apply(raw, tuning)
        except BaseException:
            raw.close()
            raise
        return raw

    engine = create_engine("sqlite://", creator=connect, poolclass=StaticPool, hide_parameters=True)
    event.listen(engine, "begin", _begin_writing)
    return engine


def _apply(raw: sqlite3.Connection, tuning: Tuning) -> None:
    mode = raw.execute("PRAGMA journal_mode=WAL").fetchone()[0]
    for pragma in (
        f"synchronous={tuning.synchronous}",
        "mmap_size=0",
        f"wal_autocheckpoint={tuning.checkpoint_pages}",
        f"journal_size_limit={tuning.wal_bytes}",
        f"busy_timeout={tuning.busy_ms}",
        f"cache_size=-{tuning.cache_kib}",
    ):
        raw.execute(f"PRAGMA {pragma}")
    if mode != "wal":
        raise StoreUnwritable("store-no-wal", "the store's file system cannot hold a write-ahead log")


def _begin_writing(connection: Connection) -> None:
    cursor_of(connection).execute(
        "BEGIN IMMEDIATE"
    )  # the driver's own BEGIN would take the lock late, in mid-transaction


def _begin_reading(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")


@contextmanager
def _translated() -> Iterator[None]:
    """Turn the driver's errors into ours; what they were bound to is not carried along."""
    try:
        yield
    except (sqlite3.Error, DBAPIError) as error:
        code = code_of(error)
        if code == "sqlite-notadb":
            raise StoreUnwritable("store-foreign", "the file is not a store of this engine") from None
        passes = trouble_of(error) is Trouble.PASSING or code == "sqlite-interrupt"
        raise (StorageBusy(code) if passes else StorageFailed(code)) from None
