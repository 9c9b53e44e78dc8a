"""Where the control socket of a store is: the engine and the command line compute the same path from the store's."""

import os
import stat
import tempfile
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path

from engine.errors import CouldNotListen

LONGEST = 100
"""Bytes; a Unix socket's path may have 107 on Linux and 103 on macOS."""


def socket_path(store: Path) -> Path:
    """Return the path of the control socket of the store at *store*: beside it, or, if that is too long, hashed."""
    beside = store.absolute().parent.resolve() / f"{store.name}.sock"
    if len(os.fsencode(beside)) <= LONGEST:
        return beside
    named = blake2b(os.fsencode(beside), digest_size=12).hexdigest()
    return Path(tempfile.gettempdir()) / f"hl7-engine-{named}" / "control.sock"


def prepare_place(path: Path) -> None:
    """Make room for the socket at *path*; what a dead engine left there is removed (the store's lock is ours)."""
    folder = path.parent
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        if folder.name.startswith("hl7-engine-") and not _is_ours_alone(folder):
            raise CouldNotListen(
                "control-folder", f"the folder {folder} is not ours alone: remove it, then start again"
            )
        if path.is_socket():
            path.unlink()
        elif path.exists():
            raise CouldNotListen(
                "control-path", f"{path} is in the way of the control socket: move it, then start again"
            )
    except OSError as error:
        text = f"the control socket {path} cannot be made ({error.strerror})"
        raise CouldNotListen("control-path", text) from None


def remove(path: Path) -> None:
    """Take the socket's file away, so that nobody asks an engine that listens no more."""
    path.unlink(missing_ok=True)


def is_trusted(path: Path, store: Path) -> bool:
    """Tell whether the socket at *path* can only have been made by who owns the store, by us or by the system."""
    owners = {0, os.geteuid()}
    with suppress(OSError):
        owners.add(store.stat().st_uid)
    try:
        return path.lstat().st_uid in owners and path.parent.stat().st_uid in owners
    except OSError:
        return False


def _is_ours_alone(folder: Path) -> bool:
    found = folder.lstat()
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid() and not found.st_mode & 0o077
