"""What a database error means for the writer: it passes, it is grave, or it has nothing to do with storage."""

import sqlite3
from enum import Enum

from sqlalchemy.exc import DBAPIError

from engine.errors import EngineError

_PASSING = frozenset({sqlite3.SQLITE_FULL, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
_GRAVE = frozenset(
    {
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_NOTADB,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_PROTOCOL,
        sqlite3.SQLITE_INTERNAL,
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_MISUSE,
    }
)


class Trouble(Enum):
    """What kind of trouble an exception tells of."""

    PASSING = "passing"
    """The disk is full or the file locked: nothing was written, and it will go away."""
    GRAVE = "grave"
    """The disk or the file is broken: stop, and recover from disk."""
    NOT_STORAGE = "not-storage"
    """A mistake of one message, one command, or ours: the store is sound."""


def trouble_of(error: BaseException) -> Trouble:
    """Say what *error* means; extended codes count as their family."""
    if isinstance(error, MemoryError):
        return Trouble.GRAVE
    cause = _driver_error(error)
    if cause is None:
        return Trouble.NOT_STORAGE
    family = getattr(cause, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
    if family in _PASSING:
        return Trouble.PASSING
    return Trouble.GRAVE if family in _GRAVE else Trouble.NOT_STORAGE


def code_of(error: BaseException) -> str:
    """Return a stable code for *error*, never its text: ``sqlite-full``, our own code, or the type's name."""
    if isinstance(error, EngineError):
        return error.code
    cause = _driver_error(error)
    name = getattr(cause, "sqlite_errorname", "")
    return name.lower().replace("_", "-") if name else type(cause or error).__name__


def _driver_error(error: BaseException) -> sqlite3.Error | None:
    cause = error.orig if isinstance(error, DBAPIError) else error
    return cause if isinstance(cause, sqlite3.Error) else None
