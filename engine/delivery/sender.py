"""What a lane asks of a destination, whatever the transport: send these bytes, say what became of them."""

from dataclasses import dataclass
from typing import Protocol

from engine.delivery.retry import Trouble


@dataclass(frozen=True, slots=True)
class Delivered:
    """The destination has accepted responsibility."""

    evidence: str
    """How it said so, without any value of a message: ``AA``, ``CA``."""


@dataclass(frozen=True, slots=True)
class NotDelivered:
    """The destination has not accepted responsibility, as far as anyone knows."""

    trouble: Trouble
    reason: str
    """A stable code: ``AE``, ``AR-203``, ``refused``, ``answer-timeout``, ``garbage``, ``ack-mismatch``."""
    may_have_arrived: bool = False
    """Whether nobody knows, so that the next try may be a second copy."""


Result = Delivered | NotDelivered


class Sender(Protocol):
    """One connection to one destination; used by one lane at a time. Never raises for what a peer does."""

    async def send(self, payload: bytes) -> Result:
        """Send *payload* and wait for the destination's word."""

    def close(self) -> None:
        """Give the connection up; a later ``send`` opens a new one."""
