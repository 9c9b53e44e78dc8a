"""A system that sends over MLLP: one message at a time per connection, and the same again in doubt."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from engine import clock
from engine.errors import PeerError
from engine.hl7.answers import read_ack
from engine.mllp.client import MllpClient

RETRY_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Exchange:
    """One message and its answer."""

    payload: bytes = field(repr=False)
    answer: bytes = field(repr=False)
    seconds: float
    """From the first byte sent to the whole answer."""
    tries: int

    @property
    def code(self) -> str:
        """MSA-1, '' if the answer is no acknowledgement."""
        read = read_ack(self.answer)
        return read.code if read is not None else ""

    @property
    def told(self) -> str:
        """What the answer says in codes: MSA-1, then those of table 0357; '' if it is no acknowledgement."""
        read = read_ack(self.answer)
        return " ".join((read.code, *read.error_codes)) if read is not None else ""


async def send_in_order(
    client: MllpClient, payloads: Iterable[bytes], answered: Callable[[Exchange], None], patience: float = 0.0
) -> None:
    """Send *payloads* one after the other; for *patience* seconds each is sent again until it is answered.

    Raises PeerError when a message got no answer in that time. The client is closed at the end.
    """
    try:
        for payload in payloads:
            answered(await exchange(client, payload, patience))
    finally:
        client.close()


async def exchange(client: MllpClient, payload: bytes, patience: float = 0.0) -> Exchange:
    """Send one message; for *patience* seconds again in doubt. Raises PeerError when it got no answer in that time."""
    deadline = clock.monotonic() + patience
    tries = 0
    while True:
        tries += 1
        began = clock.monotonic()
        try:
            answer = await client.exchange(payload)
        except PeerError:
            if clock.monotonic() >= deadline:
                raise
            await asyncio.sleep(RETRY_SECONDS)
        else:
            return Exchange(payload, answer, clock.monotonic() - began, tries)
