"""Logs: one JSON object a line, no traceback, no text of anybody's exception; and no log can end the engine."""

import asyncio
import io
import logging
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
import structlog

from engine.telemetry import configure_logs, where

VALUE = "DOE^JANE"


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    """Return what the log is written to; afterwards everything is as it was."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    written = io.StringIO()
    configure_logs(written)
    yield written
    structlog.reset_defaults()
    logging.captureWarnings(capture=False)
    root.handlers[:] = handlers
    root.setLevel(level)


def _events(stream: io.StringIO) -> list[dict[str, Any]]:
    return [orjson.loads(line) for line in stream.getvalue().splitlines()]


def _raise() -> None:
    raise ValueError(VALUE)


def test_an_event_is_one_json_object_on_one_line(stream: io.StringIO) -> None:
    """With its level and the time in UTC; a line break in a field breaks no line."""
    structlog.get_logger().info("delivery.failed", destination="billing\nregistry", attempt=3)

    (event,) = _events(stream)
    assert event.pop("timestamp").endswith("Z")
    assert event == {"event": "delivery.failed", "level": "info", "destination": "billing\nregistry", "attempt": 3}


def test_what_is_bound_once_is_told_with_every_event(stream: io.StringIO) -> None:
    """Ids need not be handed down."""
    with structlog.contextvars.bound_contextvars(message_id=7):
        structlog.get_logger().info("delivery.attempted")

    assert _events(stream)[0]["message_id"] == 7


def test_details_for_developers_are_left_out(stream: io.StringIO) -> None:
    """Debug events are not for operators."""
    structlog.get_logger().debug("connection.closed")

    assert stream.getvalue() == ""


def test_no_traceback_is_ever_written(stream: io.StringIO) -> None:
    """Not even where somebody asks for one: the text of an exception may be a patient's name."""
    try:
        _raise()
    except ValueError as error:
        structlog.get_logger().exception("message.crashed", **where(error))
        structlog.get_logger().error("message.crashed", exc_info=error, stack_info=True)

    assert VALUE not in stream.getvalue()
    assert "Traceback" not in stream.getvalue()
    assert _events(stream)[0]["error"] == "ValueError"


def test_where_names_the_innermost_line_of_ours() -> None:
    """Type and place are what a maintainer needs, and they hold no value."""
    from engine.hl7.message import Message  # noqa: PLC0415  only to have it raise

    try:
        Message.parse(VALUE.encode())
    except Exception as error:  # noqa: BLE001  whatever it is
        told = where(error)

    assert told["error"] == "NotHl7"
    assert told["at"].startswith("hl7/message.py:")
    assert VALUE not in str(told)


def test_where_of_an_error_that_is_not_ours_says_so() -> None:
    """It passed through no line of ours; a library may have a folder called engine, too."""
    theirs = compile("raise ValueError", "/venv/sqlalchemy/engine/base.py", "exec")

    with pytest.raises(ValueError) as caught:  # noqa: PT011  it has no text
        exec(theirs)  # noqa: S102  to be raised from a file of that name

    assert where(caught.value) == {"error": "ValueError", "at": "?"}


def test_an_object_as_a_field_is_told_by_its_kind(stream: io.StringIO) -> None:
    """Its text may hold anything; a path is a path."""
    structlog.get_logger().info(
        "store.opened", error=ValueError(VALUE), payload=b"PID|" + VALUE.encode(), path=Path("a/b")
    )

    (event,) = _events(stream)
    assert (event["error"], event["payload"], event["path"]) == ("<ValueError>", "<bytes>", "a/b")


def test_a_field_that_cannot_be_written_costs_no_event(stream: io.StringIO) -> None:
    """Half a character, as of a file name that is no text, must not raise where somebody only wanted to tell."""
    structlog.get_logger().info("store.opened", path="half \ud800", bytes=3)

    (event,) = _events(stream)
    assert (event["event"], event["level"], event["unwritable"]) == ("store.opened", "info", ["bytes", "path"])


@pytest.mark.parametrize("is_closed", [True, False])
def test_a_log_that_nobody_reads_stops_nothing(is_closed: bool) -> None:
    """The pipe's other end is gone, or the disk is full: messages go on."""

    class Gone(io.StringIO):
        def write(self, _text: str) -> int:
            raise BrokenPipeError

    gone = io.StringIO() if is_closed else Gone()
    configure_logs(gone)
    if is_closed:
        gone.close()

    try:
        structlog.get_logger().info("delivery.failed")
        logging.getLogger("asyncio").error("what")
    finally:
        structlog.reset_defaults()
        logging.captureWarnings(capture=False)
        logging.getLogger().handlers.clear()


def test_libraries_warnings_are_told_without_their_text(stream: io.StringIO) -> None:
    """Who and where, not what: a database's warning holds the values it was bound to."""
    logging.getLogger("sqlalchemy.pool").warning("bound to %s", VALUE)
    logging.getLogger("alembic").info("nothing to see")
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn(VALUE, stacklevel=1)

    events = _events(stream)
    assert [(event["event"], event["library"], event["level"]) for event in events] == [
        ("library.warned", "sqlalchemy.pool", "warning"),
        ("library.warned", "py.warnings", "warning"),
    ]
    assert VALUE not in stream.getvalue()


def test_a_librarys_error_is_an_error_with_its_kind(stream: io.StringIO) -> None:
    """A callback that failed on the loop would else be a warning among many."""
    try:
        _raise()
    except ValueError:
        logging.getLogger("asyncio").exception("in a callback: %s", VALUE)

    (event,) = _events(stream)
    assert (event["event"], event["level"], event["error"]) == ("library.failed", "error", "ValueError")
    assert VALUE not in stream.getvalue()


async def test_what_fails_on_the_loop_is_told_without_its_text(stream: io.StringIO) -> None:
    """The loop's own handler goes through the same door."""
    loop = asyncio.get_running_loop()
    loop.call_soon(_raise)

    await asyncio.sleep(0)
    await asyncio.sleep(0)

    (event,) = _events(stream)
    assert (event["event"], event["library"], event["error"]) == ("library.failed", "asyncio", "ValueError")
    assert VALUE not in stream.getvalue()
