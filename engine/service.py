"""Birth, life and death of the engine's process, in order.

Start: the store (its lock, its migrations), the writer, the queues' heads, the listeners, the lanes, control.
Stop: accept no one, answer what was read, let each lane finish its attempt, write what is queued, close the store.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

import structlog

from engine.config.loading import Settings
from engine.control import answering, socket_path
from engine.delivery import Dispatcher
from engine.delivery.stored import StoreLedger, waiting_of
from engine.errors import StorageFailed
from engine.index.store import Index
from engine.intake.judge import Judge
from engine.intake.mllp import MllpIntake
from engine.intake.planning import Planner
from engine.journal.balance import counts
from engine.journal.items import Alert, Queued, Submission
from engine.journal.store import Store, Tuning, open_store
from engine.journal.writer import Limits, Wakes, Writer
from engine.mllp.budget import MemoryBudget
from engine.mllp.listener import Listener
from engine.operations import Operations, Running
from engine.routing import Rules
from engine.states import DeliveryState
from engine.wiring import destination_of, listener_options, sender_of

log = structlog.get_logger()

GRACE_SECONDS = 20.0
"""How long senders may take for their last answers, and lanes for their last attempt."""


@dataclass(frozen=True, slots=True)
class Hooks:
    """What only tests change."""

    tuning: Tuning = field(default_factory=Tuning)
    limits: Limits = field(default_factory=lambda: Limits(max_bytes=1 << 30))
    """The listeners' memory budget stops reading long before the writer's queue is full."""


class Service:
    """A running engine. `run` returns when `stop` was called; it raises StorageFailed when the store has failed."""

    store: Store
    """While it runs: the open store."""
    writer: Writer
    """While it runs: the only one who writes."""

    def __init__(self, settings: Settings, hooks: Hooks | None = None) -> None:
        self.settings = settings
        self.dispatchers: dict[str, Dispatcher] = {}
        self.listeners: dict[str, Listener] = {}
        self._hooks = hooks or Hooks()
        self.failure: StorageFailed | None = None
        """Why it ends, once the store has failed."""
        self._stop = asyncio.Event()
        self._lanes: list[asyncio.Task[None]] = []

    @property
    def rules(self) -> Rules:
        """The rules in force."""
        return self.settings.rules

    def stop(self) -> None:
        """End in order."""
        self._stop.set()

    async def run(self, ready: Callable[[], None] = lambda: None) -> None:
        """Run from start to stop; raise StoreError, CouldNotListen or TlsUnusable if it cannot start."""
        self.store = await asyncio.to_thread(open_store, self.settings.store, self._hooks.tuning)
        try:
            wakes = Wakes(self._offer, lambda: None, self._failed, _tell)
            self.writer = Writer(self.store, Judge(Index()), wakes, self._hooks.limits)
            self.writer.start(asyncio.get_running_loop())
            try:
                await self._work(ready)
            finally:
                await asyncio.to_thread(self.writer.stop)
        finally:
            await asyncio.to_thread(self.store.close)
        if self.failure is not None:
            raise self.failure

    async def _work(self, ready: Callable[[], None]) -> None:
        for name, settings in self.settings.destinations.items():
            ledger = StoreLedger(name, self.writer, self.store.readers)
            self.dispatchers[name] = Dispatcher(destination_of(name, settings), ledger, sender_of(settings))
            await self.dispatchers[name].load()
        await asyncio.to_thread(self._tell_of_strangers)
        planner = Planner(asyncio.get_running_loop())
        async with AsyncExitStack() as stack:
            stack.push_async_callback(asyncio.to_thread, planner.close)
            await self._listen(stack, planner)
            async with asyncio.TaskGroup() as group:
                self._lanes = [group.create_task(each.run(), name=name) for name, each in self.dispatchers.items()]
                async with answering(socket_path(self.settings.store), self._operations()):
                    self._say_ready()
                    ready()
                    await self._stop.wait()
                await self._wind_down()

    def _operations(self) -> Operations:
        """What operators may ask of us, through the control socket."""
        return Operations(
            Running(self.writer, self.store.readers, self.dispatchers, lambda: self.rules, self.listening_at)
        )

    async def _listen(self, stack: AsyncExitStack, planner: Planner) -> None:
        budget = MemoryBudget()
        for name, settings in self.settings.listeners.items():
            intake = MllpIntake(name, lambda: self.rules, planner, self._submit)
            listener = Listener(listener_options(name, settings), intake, budget)
            self.listeners[name] = await stack.enter_async_context(listener)

    async def _wind_down(self) -> None:
        """Answer what was read, then let the lanes finish; with a failed store nothing can be finished."""
        log.info("engine.stopping")
        for listener in self.listeners.values():
            listener.stop_accepting()
        if self.failure is None:
            async with asyncio.TaskGroup() as ends:
                for listener in self.listeners.values():
                    ends.create_task(listener.finish(GRACE_SECONDS))
        for dispatcher in self.dispatchers.values():
            dispatcher.stop()
        if self._lanes:
            _, late = await asyncio.wait(self._lanes, timeout=GRACE_SECONDS)
            for lane in late:  # the attempt under way may have arrived: the next start says so
                log.warning("destination.cut_off", destination=lane.get_name())
                lane.cancel()

    def _submit(self, submission: Submission) -> None:
        self.writer.submit(submission)

    def _offer(self, queued: Sequence[Queued]) -> None:
        for each in queued:
            dispatcher = self.dispatchers.get(each.destination)
            if dispatcher is not None:
                dispatcher.offer(waiting_of(each))

    def _failed(self, failure: StorageFailed) -> None:
        """Fail-stop: nothing was acknowledged that is not on disk, and a restart reads what is."""
        log.error("store.failed", code=failure.code)
        self.failure = failure
        self._stop.set()
        for lane in self._lanes:
            lane.cancel()  # what it wants to record will never be recorded: it would wait for ever

    def listening_at(self) -> dict[str, str]:
        """Where each listener listens, with the port that it was given."""
        return {name: f"{each.options.host}:{each.port}" for name, each in self.listeners.items()}

    def _tell_of_strangers(self) -> None:
        """Say what waits for destinations that are not configured any more: nobody sends it."""
        with self.store.readers.reading() as connection:
            found = counts(connection).destinations
        for name in sorted(found.keys() - self.settings.destinations.keys()):
            pending, held = (found[name].get(state, 0) for state in (DeliveryState.PENDING, DeliveryState.HELD))
            if pending or held:
                log.error("destination.unknown", destination=name, pending=pending, held=held)

    def _say_ready(self) -> None:
        where = self.listening_at()
        log.info("engine.ready", site=self.settings.site, rules=self.rules.version[:12], listeners=where)


def _tell(alert: Alert) -> None:
    """Pass an alert of the writer's on to whoever reads the log."""
    tell = log.warning if alert.code == "storage-resumed" else log.error
    tell("journal.alerted", code=alert.code, message_id=alert.message_id, error=alert.error)
