"""What operations may reach of a running engine, and the two things that all of them do: read a delivery, change it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy import RowMapping

from engine.delivery import DeliveryId, Dispatcher
from engine.errors import NotPossible
from engine.journal.deliveries import Place, delivery_head
from engine.journal.store import Readers
from engine.journal.writer import Writer
from engine.operations.places import name_of
from engine.routing import Rules


class Reloaded(Protocol):
    """What came of reading the site's files again."""

    def as_json(self) -> dict[str, object]:
        """Return what the command line is sent."""
        ...


@dataclass(frozen=True, slots=True)
class Running:
    """A running engine, as far as operators' wishes concern it."""

    writer: Writer
    readers: Readers
    dispatchers: Mapping[str, Dispatcher]
    rules: Callable[[], Rules]
    """The rules in force at the moment."""
    addresses: Callable[[], Mapping[str, str]]
    """Where each listener listens."""
    reload: Callable[[str], Awaitable[Reloaded]] | None = None
    """Reads the site's files again for whoever asks; None: what runs here was not made from files."""

    async def head(self, place: Place) -> RowMapping:
        """Return the delivery at *place* as it is stored now, without its bytes."""
        found = await asyncio.to_thread(self._head, place)
        if found is None:
            raise NotPossible("no-such-delivery", f"there is no delivery {name_of(place)}")
        return found

    def dispatcher_of(self, head: RowMapping) -> Dispatcher:
        """Return the lanes that serve a delivery."""
        found = self.dispatchers.get(head["destination"])
        if found is None:
            place = (head["message_id"], head["ordinal"])
            text = (
                f"{name_of(place)} is for '{head['destination']}', which is not in the configuration in force: skip it"
            )
            raise NotPossible("no-destination", text)
        return found

    @asynccontextmanager
    async def undisturbed(self, head: RowMapping) -> AsyncIterator[None]:
        """Keep the lanes' hands off a delivery inside; NotPossible while an attempt at it is under way."""
        dispatcher = self.dispatchers.get(head["destination"])
        if dispatcher is None:
            yield
            return
        place = (head["message_id"], head["ordinal"])
        async with dispatcher.undisturbed(DeliveryId(*place)) as may_decide:
            if not may_decide:
                raise in_flight(place)
            yield

    def _head(self, place: Place) -> RowMapping | None:
        with self.readers.reading() as connection:
            return delivery_head(connection, place)


def in_flight(place: Place) -> NotPossible:
    """Return why nothing can be decided about a delivery that is being sent."""
    text = f"{name_of(place)} is being sent at this moment: ask again when the attempt has ended"
    return NotPossible("in-flight", text)


def changed_meanwhile(place: Place) -> NotPossible:
    """Return why a decision was not carried out: another came first."""
    text = f"{name_of(place)} is in another state than a moment ago: look at it again"
    return NotPossible("changed-meanwhile", text)
