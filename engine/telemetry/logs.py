"""Logs as JSON lines through structlog and orjson: one event per fact, ids and counts as fields.

No traceback is ever rendered: an exception's text may hold what a message held. ``where`` says which kind of error it
was and at which line of ours, which is what a maintainer needs.
"""

import logging
import sys
from typing import TextIO

import orjson
import structlog
from structlog.typing import EventDict, WrappedLogger

_BANNED = frozenset({"exc_info", "exception", "stack", "stack_info"})


def configure_logs(stream: TextIO | None = None, level: str = "info") -> None:
    """Send every log event from *level* on to *stream* (standard error by default) as one JSON object a line.

    Library loggers (alembic, asyncio, sqlalchemy) are cut down to warnings, and only the logger's name is kept.
    """
    out = stream if stream is not None else sys.stderr
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _no_tracebacks,
            structlog.processors.JSONRenderer(serializer=_json),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(out),
        cache_logger_on_first_use=False,
    )
    logging.captureWarnings(capture=True)
    logging.basicConfig(handlers=[_Library()], level=logging.WARNING, force=True)


def where(error: BaseException) -> dict[str, str]:
    """Return the type of *error* and the innermost line of ours that it passed through, and nothing of its text."""
    place = "?"
    trace = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        if "/engine/" in code.co_filename.replace("\\", "/"):
            place = f"{code.co_filename.replace(chr(92), '/').rsplit('/engine/', 1)[1]}:{trace.tb_lineno}"
        trace = trace.tb_next
    return {"error": type(error).__name__, "at": place}


def _json(event: EventDict, **_: object) -> str:
    return orjson.dumps(event, default=str).decode()


def _no_tracebacks(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    for key in _BANNED & event.keys():
        del event[key]
    return event


class _Library(logging.Handler):
    """Other libraries' warnings, without their text: it may hold values."""

    def emit(self, record: logging.LogRecord) -> None:
        structlog.get_logger().warning("library.warned", library=record.name, line=record.lineno)
