"""Possible duplicates, looked for in the background as messages arrive: a little at a time, never in the writer.

What is compared is read beside the writer; only what was found is written by it. Each step is followed by a rest in
proportion, so that a rush of messages never shares the processor with this for more than a small part.
"""

import asyncio
from contextlib import suppress
from functools import partial

import structlog
from sqlalchemy import Connection

from engine.clock import monotonic
from engine.errors import StoreError
from engine.journal.store import Readers
from engine.journal.writer import Writer
from engine.quality.looking import Look, look_at_news, save_look
from engine.telemetry import where

log = structlog.get_logger()

REST = 19.0
"""How much longer a rest takes than the step before it: a twentieth of one processor at the most."""
IDLE_SECONDS = 5.0
_READ_SECONDS = 10.0


class DuplicatesWatch:
    """One step after the other, until `stop`."""

    def __init__(self, writer: Writer, readers: Readers) -> None:
        self._writer = writer
        self._readers = readers
        self._ended = asyncio.Event()

    def stop(self) -> None:
        """Begin no further step."""
        self._ended.set()

    async def run(self) -> None:
        """Look at what is new, rest, and look again."""
        while not self._ended.is_set():
            began = monotonic()
            is_new = await self._step()
            rest = min((monotonic() - began) * REST, IDLE_SECONDS * 2) if is_new else IDLE_SECONDS
            with suppress(TimeoutError):
                async with asyncio.timeout(rest):
                    await self._ended.wait()

    async def _step(self) -> bool:
        """Compare the next messages' patients; tell whether there were any."""
        try:
            look = await asyncio.to_thread(self._look)
            if look is None:
                return False
            await self._writer.run(partial(_save, look))
            if look.pairs:
                log.info("duplicates.found", pairs=len(look.pairs), through_message=look.through)
        except StoreError as error:
            log.warning("duplicates.postponed", code=error.code)
            return False
        except Exception as error:  # noqa: BLE001
            # Boundary: a mistake in comparing people must not end the engine; it is told once and not tried again.
            log.error("duplicates.crashed", **where(error))
            self._ended.set()
            return False
        return True

    def _look(self) -> Look | None:
        with self._readers.reading(_READ_SECONDS) as connection:
            return look_at_news(connection)


def _save(look: Look, connection: Connection) -> None:
    save_look(connection, look)
