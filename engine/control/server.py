"""The engine's end of the control socket: one request a connection, as a line of JSON, and one line as the answer.

``{"do": "deliveries.retry", "with": {...}}`` is answered ``{"ok": true, "value": ...}`` or ``{"ok": false, "code": ...,
"text": ...}``. Only the engine's own user and root may connect; every wait on them has a deadline, every line a bound.
"""

import asyncio
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import orjson
import structlog

from engine.control.callers import Caller, caller_of
from engine.control.place import prepare_place, remove
from engine.errors import CouldNotListen, NotPossible, StoreError
from engine.telemetry import where

log = structlog.get_logger()

LONGEST_REQUEST = 64 * 1024
MOST_CALLERS = 16
SECONDS = 10.0
"""For a request to come in, and for its answer to be taken."""


@dataclass(frozen=True, slots=True)
class Request:
    """One wish of an operator."""

    do: str
    """As ``deliveries.retry``."""
    arguments: Mapping[str, Any] = field(repr=False)
    actor: str
    """Who wishes it, as the audit trail will name them."""


class Handlers(Protocol):
    """What can be asked of a running engine."""

    async def handle(self, request: Request) -> object:
        """Do what is asked and return what JSON can say; raise NotPossible or StoreError with a sentence."""


@asynccontextmanager
async def answering(path: Path, handlers: Handlers) -> AsyncIterator[None]:
    """Answer at *path* while the block runs; at its end what is being done is finished and told, and no more taken."""
    listening = _bound(path)
    desk = _Desk(handlers)
    async with asyncio.TaskGroup() as group:
        server = await asyncio.start_unix_server(
            lambda reader, writer: desk.welcome(group, reader, writer), sock=listening, limit=LONGEST_REQUEST
        )
        try:
            yield
        finally:
            server.close()
            remove(path)
            desk.close()


class _Desk:
    """Who is connected, and what they are told."""

    def __init__(self, handlers: Handlers) -> None:
        self._handlers = handlers
        self._callers = 0
        self._asking: set[asyncio.StreamWriter] = set()
        """Those whose request has not come in whole."""
        self._closed = False

    def welcome(self, group: asyncio.TaskGroup, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve a caller in a task of its own, or close at once."""
        caller = caller_of(writer)
        if self._closed or self._callers >= MOST_CALLERS or not caller.is_allowed:
            writer.transport.abort()
            return
        self._callers += 1
        group.create_task(self._serve(caller, reader, writer), name=f"control {caller.pid}")

    def close(self) -> None:
        """Wait for no further request."""
        self._closed = True
        for writer in self._asking:
            writer.transport.abort()

    async def _serve(self, caller: Caller, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            line = await self._line(reader, writer)
            if line:
                writer.write(orjson.dumps(await self._answer(caller, line)) + b"\n")
                async with asyncio.timeout(SECONDS):
                    await writer.drain()
        except (ConnectionError, TimeoutError):
            log.warning("control.dropped")
        finally:
            self._callers -= 1
            writer.close()

    async def _line(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
        """Return the request's line, empty if it is too long or never came whole."""
        self._asking.add(writer)
        try:
            with suppress(asyncio.IncompleteReadError, asyncio.LimitOverrunError):
                async with asyncio.timeout(SECONDS):
                    return await reader.readuntil(b"\n")
            return b""
        finally:
            self._asking.discard(writer)

    async def _answer(self, caller: Caller, line: bytes) -> dict[str, object]:
        try:
            return {"ok": True, "value": await self._handlers.handle(_request(line, caller))}
        except (NotPossible, StoreError) as error:
            return {"ok": False, "code": error.code, "text": error.text}
        except Exception as error:  # noqa: BLE001
            # Boundary: a mistake of ours costs this caller an answer and nobody else anything.
            log.error("control.crashed", **where(error))
            return {
                "ok": False,
                "code": "bug",
                "text": "the engine failed on this: its log says where (control.crashed)",
            }


def _request(line: bytes, caller: Caller) -> Request:
    try:
        asked = orjson.loads(line)
        do, arguments = asked["do"], asked.get("with", {})
    except (orjson.JSONDecodeError, LookupError, TypeError, AttributeError):
        raise NotPossible("bad-request", "this is no request: an object with 'do' and 'with' is expected") from None
    if not isinstance(do, str) or not isinstance(arguments, dict):
        raise NotPossible("bad-request", "'do' is a text and 'with' an object")
    return Request(do, arguments, caller.name)


def _bound(path: Path) -> socket.socket:
    """Return the socket at *path*, readable by us alone before anybody can connect."""
    prepare_place(path)
    listening = socket.socket(socket.AF_UNIX)
    try:
        listening.bind(str(path))
        path.chmod(0o600)
    except OSError as error:
        listening.close()
        raise CouldNotListen("control-path", f"the control socket {path} cannot be made ({error.strerror})") from None
    return listening
