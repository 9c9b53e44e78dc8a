"""What a listener is told: where it listens, whom it lets in, and every bound it keeps. Times are in seconds."""

import ssl
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network

from engine.mllp.framing import MAX_BYTES, STRICT, Tolerances


@dataclass(frozen=True, slots=True)
class Limits:
    """Every wait has a deadline and every buffer a bound; these are they."""

    frame_bytes: int = MAX_BYTES
    connections: int = 1_000
    connections_per_peer: int = 256
    unanswered_frames: int = 32
    """So many of one connection may be with the handler; the rest waits, and reading stops."""
    unanswered_bytes: int = 2**20
    """The same in bytes; one frame may always be with the handler, however big."""
    frame_seconds: float = 30.0
    """From a frame's first byte to its last, not counting the time in which we would not read."""
    silence_seconds: float = 1.0
    """After an FS: how long to wait for its CR before the frame counts as ended."""
    idle_seconds: float | None = None
    """Between frames; None: a sender may be silent for ever."""
    write_seconds: float = 10.0
    """For a peer to take what it was answered."""
    handshake_seconds: float = 10.0
    linger_seconds: float = 2.0
    """After refusing a frame that is too big: how long the peer may go on sending before it reads the answer."""


@dataclass(frozen=True, slots=True)
class ListenerOptions:
    """One listener."""

    name: str
    host: str = "127.0.0.1"
    port: int = 2575
    allow: tuple[IPv4Network | IPv6Network, ...] = ()
    """Networks whose addresses may connect; none named: every address."""
    tls: ssl.SSLContext | None = None
    tolerances: Tolerances = STRICT
    limits: Limits = Limits()
