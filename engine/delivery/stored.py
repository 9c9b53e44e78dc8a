"""The lanes' ledger over the journal: outcomes go to the writer, the queue is read from the store."""

import asyncio
from collections.abc import Callable, Mapping, Sequence

from sqlalchemy import Connection

from engine.delivery.lanes import DeliveryId
from engine.delivery.ledger import Outcome, Waiting
from engine.journal import deliveries
from engine.journal.changes import flag_possible_duplicates
from engine.journal.items import Outcome as Attempted
from engine.journal.items import Queued, Settled
from engine.journal.store import Readers
from engine.journal.writer import Writer
from engine.states import DeliveryState

PAGE_SECONDS = 30.0
"""Reading a page of a backlog of millions may take longer than a person would wait."""


AT_ONCE_BYTES = 4 * 2**20
"""So much is read ahead for one destination's lanes."""


class StoreLedger:
    """A `Ledger` for the lanes of one destination."""

    def __init__(self, destination: str, writer: Writer, readers: Readers) -> None:
        self._destination = destination
        self._writer = writer
        self._readers = readers

    def record(self, outcome: Outcome, done: Callable[[], None]) -> None:
        """Commit *outcome*, then call *done*; never lost, only late."""

        def committed(_settled: Settled) -> None:
            done()

        is_done = outcome.state is DeliveryState.DELIVERED
        attempted = Attempted(
            *outcome.id,
            self._destination,
            outcome.state,
            outcome.attempts,
            outcome.at_us,
            committed,
            outcome.next_at_us,
            reason="" if is_done else outcome.reason,
            evidence=outcome.reason if is_done else "",
            possible_duplicate=outcome.possible_duplicate,
        )
        self._writer.report(attempted)

    async def waiting(self, after: DeliveryId, limit: int) -> Sequence[Waiting]:
        """Return pending and held deliveries after *after*, in journal order, without bytes."""
        rows = await asyncio.to_thread(self._page, after, limit)
        return [
            Waiting(
                DeliveryId(row.message_id, row.ordinal), row.lane_keys, row.state, None, row.attempts, 0, row.next_at
            )
            for row in rows
        ]

    async def payload(self, delivery: DeliveryId) -> bytes:
        """Return the bytes to send, empty where there are none; HashMismatch: they are not what was stored."""
        return await asyncio.to_thread(self._payload, delivery) or b""

    async def payloads(self, places: Sequence[DeliveryId]) -> Mapping[DeliveryId, bytes]:
        """Return the bytes of as many of *places*, from the first on, as are sound and not too much at once."""
        found = await asyncio.to_thread(self._payloads, places)
        return {DeliveryId(*place): payload for place, payload in found.items()}

    async def flag_possible_duplicates(self, delivery_ids: Sequence[DeliveryId]) -> None:
        """Mark those that may have been sent just before the engine stopped."""

        def work(connection: Connection) -> None:
            flag_possible_duplicates(connection, delivery_ids)

        await self._writer.run(work)

    def _page(self, after: DeliveryId, limit: int) -> list[deliveries.Waiting]:
        with self._readers.reading(PAGE_SECONDS) as connection:
            return deliveries.waiting(connection, self._destination, after, limit)

    def _payloads(self, places: Sequence[DeliveryId]) -> dict[deliveries.Place, bytes]:
        with self._readers.reading() as connection:
            return deliveries.payloads(connection, self._destination, places, AT_ONCE_BYTES)

    def _payload(self, delivery: DeliveryId) -> bytes | None:
        with self._readers.reading() as connection:
            return deliveries.delivery_payload(connection, delivery)


def waiting_of(queued: Queued) -> Waiting:
    """Return a delivery that has just been committed, as its lanes know it."""
    place, payload = DeliveryId(queued.message_id, queued.ordinal), queued.payload or None
    return Waiting(place, queued.lane_keys, queued.state, payload)
