"""Accepts MLLP senders on one address: who may connect, how many, over TLS or not, and an ordered end.

It owns the listening sockets and the accepting, since a refused peer must be gone before a byte of it is read, TLS
handshake included; what an accepted one sends is `connection`'s affair.
"""

import asyncio
import errno
import socket
from collections import Counter
from dataclasses import replace
from ipaddress import ip_address
from types import TracebackType
from typing import Final, Self

import structlog

from engine.errors import CouldNotListen
from engine.mllp.budget import MemoryBudget
from engine.mllp.connection import Connection, Terms
from engine.mllp.handler import Handler
from engine.mllp.options import ListenerOptions
from engine.mllp.sockets import reset, tune
from engine.mllp.tally import Tally

_ACCEPTS_PER_TURN: Final = 64
_BACKLOG: Final = 1024
_RETRY_ACCEPT_SECONDS: Final = 1.0
_TLS_GOODBYE_SECONDS: Final = 2.0

log = structlog.get_logger()


class Listener:
    """Use as an asynchronous context: it listens inside, and everything is closed outside.

    The ordered end is `stop_accepting`, then `finish`; leaving the context without it drops what is unanswered.
    """

    def __init__(self, options: ListenerOptions, handler: Handler, budget: MemoryBudget | None = None) -> None:
        self.options = options
        self.tally: Final = Tally(options.name)
        self._terms = Terms(
            handler=handler,
            limits=options.limits,
            tolerances=options.tolerances,
            budget=budget or MemoryBudget(),
            tally=self.tally,
            is_encrypted=options.tls is not None,
            left=self._leave,
        )
        self._sockets: list[socket.socket] = []
        self._connections: dict[Connection, None] = {}
        self._per_peer: Counter[str] = Counter()
        self._opening: set[asyncio.Task[None]] = set()
        self._group = asyncio.TaskGroup()
        self._none_left = asyncio.Event()
        self._none_left.set()
        self._retry: asyncio.TimerHandle | None = None

    async def __aenter__(self) -> Self:
        for sock in await _bind(self.options):
            self._sockets.append(sock)
        await self._group.__aenter__()
        self._resume_accepting()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop_accepting()
        self._abort_all()
        # Not told of the error, which is the caller's own: the group would wrap it. Only cancelled handshakes are left.
        await self._group.__aexit__(None, None, None)
        await self._none_left.wait()

    @property
    def port(self) -> int:
        """The port it listens on, also when the options leave the choice to the system."""
        return int(self._sockets[0].getsockname()[1])

    @property
    def connections(self) -> int:
        """How many are open or opening."""
        return len(self._connections)

    def change(self, options: ListenerOptions) -> None:
        """Treat who connects from now on as *options* say; who is connected stays so. The address does not change."""
        self.options = replace(options, host=self.options.host, port=self.options.port)
        self._terms = replace(
            self._terms,
            limits=options.limits,
            tolerances=options.tolerances,
            is_encrypted=options.tls is not None,
        )

    def stop_accepting(self) -> None:
        """Close the address; who is connected stays so, who was still shaking hands is sent away."""
        loop = asyncio.get_running_loop()
        if self._retry is not None:
            self._retry.cancel()
        for sock in self._sockets:
            loop.remove_reader(sock)
            sock.close()
        self._sockets.clear()
        for task in self._opening:
            task.cancel()

    async def finish(self, seconds: float) -> int:
        """Answer what was read and close; after *seconds* close anyway. Return how many had to be cut off."""
        for connection in tuple(self._connections):
            connection.finish()
        try:
            async with asyncio.timeout(seconds):
                await self._none_left.wait()
        except TimeoutError:
            cut_off = len(self._connections)
            log.warning("listener.cut_off", listener=self.options.name, connections=cut_off)
            self._abort_all()
            return cut_off
        return 0

    def _abort_all(self) -> None:
        for connection in tuple(self._connections):
            connection.abort()

    # Accepting.

    def _resume_accepting(self) -> None:
        loop = asyncio.get_running_loop()
        self._retry = None
        for sock in self._sockets:
            loop.add_reader(sock, self._accept, sock)

    def _pause_accepting(self, error: OSError) -> None:
        """Out of descriptors or memory: the queue of the system keeps the callers for a while."""
        loop = asyncio.get_running_loop()
        self.tally.warn("accept.paused", errno.errorcode.get(error.errno or 0, "unknown").lower(), "")
        for sock in self._sockets:
            loop.remove_reader(sock)
        self._retry = loop.call_later(_RETRY_ACCEPT_SECONDS, self._resume_accepting)

    def _accept(self, sock: socket.socket) -> None:
        for _ in range(_ACCEPTS_PER_TURN):
            try:
                accepted, address = sock.accept()
            except (BlockingIOError, InterruptedError):
                return
            except ConnectionAbortedError:
                continue
            except OSError as error:
                self._pause_accepting(error)
                return
            self._admit(accepted, str(address[0]))

    def _admit(self, accepted: socket.socket, peer: str) -> None:
        reason = self._reason_to_refuse(peer)
        if reason is not None:
            self.tally.warn("connection.refused", reason, peer)
            reset(accepted)
            return
        accepted.setblocking(False)  # noqa: FBT003  the library's signature
        tune(accepted)
        connection = Connection(self._terms, peer)
        self._connections[connection] = None
        self._per_peer[peer] += 1
        self._none_left.clear()
        task = self._group.create_task(self._open(accepted, connection), name=f"mllp-open-{self.options.name}")
        self._opening.add(task)
        task.add_done_callback(self._opening.discard)

    def _reason_to_refuse(self, peer: str) -> str | None:
        limits = self.options.limits
        if self.options.allow and not any(ip_address(peer) in network for network in self.options.allow):
            return "not-allowed"
        if len(self._connections) >= limits.connections:
            return "too-many"
        if self._per_peer[peer] >= limits.connections_per_peer:
            return "too-many-of-peer"
        return None

    async def _open(self, accepted: socket.socket, connection: Connection) -> None:
        # Boundary: a peer that fails to connect costs no one else anything.
        tls = self.options.tls
        try:
            await asyncio.get_running_loop().connect_accepted_socket(
                lambda: connection,
                accepted,
                ssl=tls,
                ssl_handshake_timeout=None if tls is None else self.options.limits.handshake_seconds,
                ssl_shutdown_timeout=None if tls is None else _TLS_GOODBYE_SECONDS,
            )
        except OSError:  # TLS errors, resets and the handshake's deadline are all of this kind
            self.tally.warn("connection.dropped", "tls-handshake" if tls else "lost", connection.peer)
            self._leave(connection)
        except asyncio.CancelledError:
            self._leave(connection)
            raise

    def _leave(self, connection: Connection) -> None:
        if connection not in self._connections:
            return
        del self._connections[connection]
        self._per_peer[connection.peer] -= 1
        if not self._per_peer[connection.peer]:
            del self._per_peer[connection.peer]
        if not self._connections:
            self._none_left.set()


async def _bind(options: ListenerOptions) -> list[socket.socket]:
    """Return sockets that listen on every address the host stands for."""
    where = f"listener '{options.name}' cannot listen on {options.host}:{options.port}"
    bound: list[socket.socket] = []
    try:
        found = await asyncio.get_running_loop().getaddrinfo(
            options.host, options.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
        for family, _, _, _, address in dict.fromkeys(found):
            bound.append(_listening(family, address))
    except OSError as error:
        for sock in bound:
            sock.close()
        raise CouldNotListen(*_advice(where, error)) from None
    return bound


def _listening(family: int, address: tuple[object, ...]) -> socket.socket:
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setblocking(False)  # noqa: FBT003  the library's signature
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        sock.bind(address)
        sock.listen(_BACKLOG)
    except BaseException:
        sock.close()
        raise
    return sock


def _advice(where: str, error: OSError) -> tuple[str, str]:
    if isinstance(error, socket.gaierror):
        return "unknown-host", f"{where}: no such host; write an address of this machine, such as 127.0.0.1 or 0.0.0.0"
    match error.errno:
        case errno.EADDRINUSE:
            return "port-in-use", f"{where}: another program uses this port; stop it, or choose another port"
        case errno.EACCES:
            return "not-permitted", f"{where}: ports below 1024 are for the system; choose a higher one"
        case errno.EADDRNOTAVAIL:
            return "no-such-address", f"{where}: this machine has no such address; write one that it has, or 0.0.0.0"
        case _:
            return "unknown", f"{where}: {error.strerror or type(error).__name__}"
