"""Writing a site's files: one writer of a folder at a time, and a file is replaced at once or not at all."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from engine.errors import NotPossible


def replace_file(path: Path, content: bytes) -> None:
    """Put *content* in the place of the file at once: whoever reads it has all of the old or all of the new."""
    written = path.with_name(f".{path.name}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with written.open("wb") as file:
            if path.exists():
                os.fchmod(file.fileno(), path.stat().st_mode & 0o777)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        written.replace(path)
        _flush(path.parent)
    except OSError as error:
        with suppress(OSError):
            written.unlink()
        raise NotPossible("unwritable-file", f"{path.name} cannot be written: {error.strerror}") from None


def _flush(folder: Path) -> None:
    held = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(held)
    finally:
        os.close(held)


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Keep others that write in this folder waiting: of two at the same time none may lose what it wrote."""
    try:
        held = os.open(folder, os.O_RDONLY)
    except OSError as error:
        raise NotPossible("unreadable-file", f"{folder.name}/ cannot be read: {error.strerror}") from None
    try:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
    finally:
        os.close(held)
