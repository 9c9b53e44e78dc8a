"""Logs as JSON lines through structlog and orjson: one event per fact, ids and counts as fields.

No traceback is ever rendered: an exception's text may hold what a message held. ``where`` says which kind of error it
was and at which line of ours, which is what a maintainer needs.
"""

import logging
import sys
from pathlib import Path, PurePath
from typing import TextIO

import orjson
import structlog
from structlog.typing import EventDict, WrappedLogger

_HOME = f"{Path(__file__).parents[1].as_posix()}/"
"""Where our own files are: other packages have a folder called engine, too."""
_BANNED = frozenset({"exc_info", "exception", "stack", "stack_info"})


def configure_logs(stream: TextIO | None = None, level: str = "info") -> None:
    """Send every log event from *level* on to *stream* (standard error by default) as one JSON object a line.

    Library loggers (alembic, asyncio, sqlalchemy) are cut down to warnings, and only the logger's name is kept.
    """
    lines = _Lines(stream if stream is not None else sys.stderr)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _no_tracebacks,
            structlog.processors.JSONRenderer(serializer=_json),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=lambda *_: lines,
        cache_logger_on_first_use=False,
    )
    logging.captureWarnings(capture=True)
    logging.basicConfig(handlers=[_Library()], level=logging.WARNING, force=True)


def where(error: BaseException) -> dict[str, str]:
    """Return the type of *error* and the innermost line of ours that it passed through, and nothing of its text."""
    place = "?"
    trace = error.__traceback__
    while trace is not None:
        file = trace.tb_frame.f_code.co_filename.replace("\\", "/")
        if file.startswith(_HOME):
            place = f"{file.removeprefix(_HOME)}:{trace.tb_lineno}"
        trace = trace.tb_next
    return {"error": type(error).__name__, "at": place}


class _Lines:
    """Writes lines. A log that nobody can read any more (a closed pipe, a full disk) is no reason to end an engine."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def msg(self, line: str) -> None:
        """Write *line* at once, in one piece."""
        try:
            self._stream.write(f"{line}\n")
            self._stream.flush()
        except (OSError, ValueError):
            return

    debug = info = warning = error = critical = fatal = failure = err = log = msg


def _json(event: EventDict, **_: object) -> str:
    try:
        return orjson.dumps(event, default=_known, option=orjson.OPT_NON_STR_KEYS).decode()
    except TypeError:  # half a character, or nesting without end: the event itself is told all the same
        told = {"event": str(event.get("event")), "level": event.get("level"), "timestamp": event.get("timestamp")}
        return orjson.dumps({**told, "unwritable": sorted(map(str, event.keys() - told))}, default=_known).decode()


def _known(value: object) -> str:
    """Return what may be told of a field that is no text or number: of most things, only what kind of thing it is."""
    return str(value) if isinstance(value, PurePath) else f"<{type(value).__name__}>"


def _no_tracebacks(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    for key in _BANNED & event.keys():
        del event[key]
    return event


class _Library(logging.Handler):
    """Other libraries' warnings, without their text: it may hold values. An error says of which kind and where."""

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        fields = {"library": record.name, "line": record.lineno, **({} if error is None else where(error))}
        log = structlog.get_logger()
        if record.levelno >= logging.ERROR:
            log.error("library.failed", **fields)
        else:
            log.warning("library.warned", **fields)
