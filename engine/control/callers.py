"""Who is at the other end of the control socket: the kernel knows, nobody has to say it."""

import os
import pwd
import socket
import struct
from asyncio import StreamWriter
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

_NOBODY_LOGGED_IN = 2**32 - 1


class Caller(NamedTuple):
    """The process that asks."""

    uid: int
    pid: int

    @property
    def is_allowed(self) -> bool:
        """Whether it runs as the engine's own user or as root; the socket's mode says the same."""
        return self.uid in {0, os.geteuid()}

    @property
    def name(self) -> str:
        """The name for the audit trail; who became another user after logging in is named too: ``jane as engine``."""
        own = user_name(self.uid)
        came = _login_of(self.pid)
        return own if came in {None, self.uid} else f"{user_name(came or 0)} as {own}"


def caller_of(writer: StreamWriter) -> Caller:
    """Return who has connected; where the system does not tell, only the engine's own user can have."""
    connected = writer.get_extra_info("socket")
    credentials = getattr(socket, "SO_PEERCRED", None)
    if credentials is None:
        return Caller(os.geteuid(), 0)
    pid, uid, _ = struct.unpack("3i", connected.getsockopt(socket.SOL_SOCKET, credentials, struct.calcsize("3i")))
    return Caller(uid, pid)


def ourselves() -> Caller:
    """Return this process as a caller, for what is done without an engine."""
    return Caller(os.geteuid(), os.getpid())


def user_name(uid: int) -> str:
    """Return the name of a user, ``uid 1234`` where the machine has none."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"uid {uid}"


def _login_of(pid: int) -> int | None:
    """Return the user who logged in to the session of *pid*, None where Linux keeps no account of it."""
    with suppress(OSError, ValueError):
        uid = int(Path(f"/proc/{pid}/loginuid").read_text("ascii"))
        return None if uid == _NOBODY_LOGGED_IN else uid
    return None
