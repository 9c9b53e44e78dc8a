"""The lanes of every destination of a running engine: begun, changed, and closed when they are empty."""

import asyncio
from collections.abc import Mapping, Sequence

import structlog

from engine.delivery import Dispatcher
from engine.delivery.stored import StoreLedger, waiting_of
from engine.errors import StorageBusy
from engine.journal.balance import counts
from engine.journal.items import Queued
from engine.journal.store import Readers
from engine.journal.writer import Writer
from engine.states import DeliveryState
from engine.wiring import Outlet

log = structlog.get_logger()

_LOOK_AGAIN_SECONDS = 0.5
"""Between two looks whether a destination that is no longer configured has been sent all that waits for it."""


class Sending:
    """Every method is called on the event loop."""

    def __init__(self) -> None:
        self.dispatchers: dict[str, Dispatcher] = {}
        self._outlets: dict[str, Outlet] = {}
        """Of every destination that there is or was since the start: what was decided before a change may come late."""
        self._tasks: dict[Dispatcher, asyncio.Task[None]] = {}
        self._leaving: dict[str, asyncio.Task[None]] = {}
        self._stopping = False

    async def load(self, outlets: Mapping[str, Outlet], writer: Writer, readers: Readers) -> None:
        """Read the head of every queue; nothing is sent before `begin`."""
        self._writer, self._readers = writer, readers
        self._outlets = dict(outlets)
        for name, outlet in outlets.items():
            self.dispatchers[name] = Dispatcher(outlet.destination, self._ledger(name), outlet.connect)
            await self.dispatchers[name].load()

    def begin(self, group: asyncio.TaskGroup) -> None:
        """Send; the tasks belong to *group*, so that no lane dies alone."""
        self._group = group
        for name, dispatcher in self.dispatchers.items():
            self._run(name, dispatcher)

    def change(self, outlets: Mapping[str, Outlet]) -> None:
        """Serve *outlets* from now on; what is not among them goes on until nothing waits for it."""
        before = self._outlets
        self._outlets = {**before, **outlets}
        for name, outlet in outlets.items():
            leaving = self._leaving.pop(name, None)
            if leaving is not None:
                leaving.cancel()
            dispatcher = self.dispatchers.get(name)
            if dispatcher is None:
                self._revive(name)
            elif before[name] != outlet:
                dispatcher.change(outlet.destination, outlet.connect)
        for name in self.dispatchers.keys() - outlets.keys() - self._leaving.keys():
            self._let_go(name)

    def offer(self, queued: Sequence[Queued]) -> None:
        """Take what has just been committed."""
        for each in queued:
            dispatcher = self.dispatchers.get(each.destination)
            if dispatcher is not None:
                dispatcher.offer(waiting_of(each))
            elif each.destination in self._outlets and not self._stopping:
                # Decided before the destination was taken out of the rules, committed after its lanes were closed.
                self._revive(each.destination)
                self._let_go(each.destination)

    def stop(self) -> None:
        """Begin no further attempt."""
        self._stopping = True
        for task in self._leaving.values():
            task.cancel()
        for dispatcher in self._tasks:
            dispatcher.stop()

    async def ended(self, seconds: float) -> None:
        """Wait for the attempts under way, but not for ever."""
        running = {task for task in self._tasks.values() if not task.done()}
        if running:
            _, late = await asyncio.wait(running, timeout=seconds)
            for lane in late:  # the attempt under way may have arrived: the next start says so
                log.warning("destination.cut_off", destination=lane.get_name())
                lane.cancel()

    def cancel(self) -> None:
        """Give every lane up: what it wants to record will never be recorded, and it would wait for ever."""
        for task in (*self._tasks.values(), *self._leaving.values()):
            task.cancel()

    def _ledger(self, name: str) -> StoreLedger:
        return StoreLedger(name, self._writer, self._readers)

    def _run(self, name: str, dispatcher: Dispatcher) -> None:
        task = self._tasks[dispatcher] = self._group.create_task(dispatcher.run(), name=name)
        task.add_done_callback(lambda _: self._tasks.pop(dispatcher, None))

    def _revive(self, name: str) -> None:
        """Begin the lanes of a destination that had none; they read what waits for it before they send anything."""
        outlet = self._outlets[name]
        dispatcher = Dispatcher(outlet.destination, self._ledger(name), outlet.connect)
        dispatcher.change(outlet.destination, outlet.connect)
        self.dispatchers[name] = dispatcher
        self._run(name, dispatcher)

    def _let_go(self, name: str) -> None:
        self._leaving[name] = self._group.create_task(self._drain(name), name=f"drain {name}")

    async def _drain(self, name: str) -> None:
        """Close the lanes of *name* once nothing is pending or held for it."""
        dispatcher = self.dispatchers[name]
        while not (dispatcher.is_empty and await self._is_done(name) and dispatcher.is_empty):
            await asyncio.wait({self._tasks[dispatcher]}, timeout=_LOOK_AGAIN_SECONDS)
        del self.dispatchers[name], self._leaving[name]
        dispatcher.stop()
        log.info("destination.drained", destination=name)

    async def _is_done(self, name: str) -> bool:
        try:
            waiting = await asyncio.to_thread(queued_for, self._readers)
        except StorageBusy:
            return False
        return name not in waiting


def queued_for(readers: Readers) -> dict[str, tuple[int, int]]:
    """Return how many are pending and how many held, for every destination for which there are any."""
    with readers.reading() as connection:
        found = counts(connection).destinations
    states = (DeliveryState.PENDING, DeliveryState.HELD)
    waiting = {name: tuple(found[name].get(state, 0) for state in states) for name in found}
    return {name: (pending, held) for name, (pending, held) in waiting.items() if pending or held}
