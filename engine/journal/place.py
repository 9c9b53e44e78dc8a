"""Where a store may live: a file only we read, on a file system with real locks, held by one process."""

import errno
import fcntl
import os
from contextlib import suppress
from pathlib import Path

from engine.errors import StoreLocked, StoreUnwritable

_UNSAFE = ("nfs", "cifs", "smb", "fuse")  # locks and fsync there do not mean what SQLite needs


def prepare_place(path: Path) -> None:
    """Make the folder (0700) where it is missing, and refuse a place in which a store could not be trusted."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise _unwritable(error, "its folder cannot be made") from error
    if not os.access(path.parent, os.W_OK | os.X_OK, effective_ids=os.access in os.supports_effective_ids):
        raise StoreUnwritable("store-folder-read-only", "the store's folder cannot be written by this user")
    kind = file_system_of(path.parent)
    if kind.startswith(_UNSAFE):
        raise StoreUnwritable("store-file-system", f"the store is on {kind}: it needs a local file system")


def prepare_file(path: Path) -> None:
    """Create the file readable by us alone, or tighten it; SQLite gives -wal and -shm the same mode.

    Called under the lock and before any connection: closing a descriptor of an open database would drop its locks.
    """
    if path.exists() and not path.is_file():
        raise StoreUnwritable("store-not-a-file", "the store's path is not a file")
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        for name in (path.name, f"{path.name}-wal", f"{path.name}-shm"):
            with suppress(FileNotFoundError):
                path.with_name(name).chmod(0o600)
    except OSError as error:
        raise _unwritable(error, "its file cannot be opened for writing") from error


class StoreLock:
    """The lock beside the store; it lives as long as the descriptor, so that a killed holder never leaves it locked."""

    def __init__(self, path: Path) -> None:
        """Take the lock of the store at *path*, or raise StoreLocked with the holder's process number."""
        try:
            self._fd = os.open(path.with_name(f"{path.name}.lock"), os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise _unwritable(error, "its lock file cannot be opened") from error
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            pid = _pid_in(self._fd)
            os.close(self._fd)
            if error.errno in {errno.EWOULDBLOCK, errno.EACCES}:
                raise StoreLocked(pid) from None
            raise _unwritable(error, "its file system has no locks") from error
        os.ftruncate(self._fd, 0)
        os.pwrite(self._fd, b"%d\n" % os.getpid(), 0)

    def release(self) -> None:
        """Give the lock up; the file stays, since removing it would let two holders in."""
        if self._fd >= 0:
            os.ftruncate(self._fd, 0)
            os.close(self._fd)
            self._fd = -1


def file_system_of(folder: Path) -> str:
    """Return the kind of file system that holds *folder*, '' where the system does not tell."""
    try:
        lines = Path("/proc/self/mounts").read_text(encoding="utf-8", errors="replace").split("\n")
    except OSError:
        return ""
    where, best, kind = folder.resolve(), -1, ""
    for line in lines:
        parts = line.split(" ")
        if len(parts) < 3:
            continue
        mount = Path(parts[1].replace("\\040", " "))
        if len(mount.parts) >= best and (mount == where or mount in where.parents):
            best, kind = len(mount.parts), parts[2]
    return kind


def _pid_in(fd: int) -> int:
    text = os.pread(fd, 32, 0).strip()
    return int(text) if text.isdigit() else 0


def _unwritable(error: OSError, what: str) -> StoreUnwritable:
    name = errno.errorcode.get(error.errno or 0, "unknown")
    return StoreUnwritable("store-unwritable", f"the store cannot be used: {what} ({name})")
