"""Options of TCP sockets that both sides set: no delay, and a vanished peer is noticed within minutes, not hours."""

import socket
import struct
from typing import Final, Protocol

_IDLE_SECONDS, _PROBE_SECONDS, _PROBES = 60, 10, 3
_UNACKNOWLEDGED_MS: Final = 90_000
_NO_LINGER: Final = struct.pack("ii", 1, 0)


class Tunable(Protocol):
    """A socket, or what a transport shows of one."""

    def setsockopt(self, level: int, option: int, value: int, /) -> None:
        """Set one option."""


def tune(sock: Tunable) -> None:
    """Set what every connection wants."""
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, _IDLE_SECONDS)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, _PROBE_SECONDS)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, _PROBES)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, _UNACKNOWLEDGED_MS)


def reset(sock: socket.socket) -> None:
    """Close with RST: the peer learns at once, and nothing lingers here."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
    sock.close()
