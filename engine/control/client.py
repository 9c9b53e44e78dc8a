"""The command line's end of the control socket: asks a running engine one thing and returns its answer."""

import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson

from engine.control.place import is_trusted, socket_path
from engine.errors import NoEngine, NotPossible

PATIENCE = 60.0
"""Seconds; deciding a very long message again and waiting for the disk take some."""
_LONGEST_ANSWER = 16 * 2**20


def ask(store: Path, do: str, arguments: Mapping[str, object], patience: float = PATIENCE) -> Any:
    """Return what the engine that runs on *store* answers; NotPossible if it refuses, NoEngine if there is none."""
    request = orjson.dumps({"do": do, "with": arguments}) + b"\n"
    answer = _exchange(store, request, patience)
    if answer["ok"]:
        return answer["value"]
    raise NotPossible(answer["code"], answer["text"])


def _exchange(store: Path, request: bytes, patience: float) -> dict[str, Any]:
    path = socket_path(store)
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(patience)
            connection.connect(str(path))
            if not is_trusted(path, store):
                raise NoEngine("foreign-socket", f"the socket {path} belongs to another user: nothing was asked")
            connection.sendall(request)
            return _decoded(_line(connection))
    except PermissionError:
        raise NoEngine("not-permitted", "only the engine's own user and root may ask the running engine") from None
    except TimeoutError:
        text = f"the engine did not answer within {patience:.0f} seconds: look whether it was done before asking again"
        raise NoEngine("no-answer", text) from None
    except (FileNotFoundError, ConnectionRefusedError):
        raise NoEngine("no-engine", f"no engine is running for the store {store}") from None
    except OSError:
        raise NoEngine("no-answer", "the engine closed the connection without an answer: look at its log") from None


def _line(connection: socket.socket) -> bytes:
    parts: list[bytes] = []
    size = 0
    while part := connection.recv(65_536):
        parts.append(part)
        size += len(part)
        if part.endswith(b"\n"):
            return b"".join(parts)
        if size > _LONGEST_ANSWER:
            break
    raise ConnectionResetError


def _decoded(line: bytes) -> dict[str, Any]:
    try:
        answer = orjson.loads(line)
    except orjson.JSONDecodeError:
        answer = None
    if not isinstance(answer, dict) or "ok" not in answer:
        raise NoEngine("no-answer", "what answered is no engine of this release")
    return answer
