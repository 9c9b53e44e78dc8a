"""Birth, life and death of the engine's process, in order.

Start: the store (its lock, its migrations), the writer, the queues' heads, the listeners, the lanes, control.
Stop: accept no one, answer what was read, let each lane finish its attempt, write what is queued, close the store.
"""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from engine.config.loading import Settings
from engine.config.memory import Memory
from engine.control import answering, socket_path
from engine.delivery import Dispatcher
from engine.errors import StorageFailed
from engine.index.store import Index
from engine.intake.judge import Judge
from engine.intake.mllp import MllpIntake
from engine.intake.planning import Planner
from engine.journal.items import Alert, Submission
from engine.journal.store import Store, Tuning, open_store
from engine.journal.writer import Limits, Wakes, Writer
from engine.mllp.handler import Handler
from engine.mllp.listener import Listener
from engine.operations import Operations, Running
from engine.reloading import Preparing, Report
from engine.routing import Rules
from engine.service.changing import Changing
from engine.service.duplicates import DuplicatesWatch
from engine.service.listening import Listening, RulesFor
from engine.service.sending import Sending, queued_for
from engine.service.wishing import Wishing
from engine.wiring import inlet_of, outlet_of

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

    def __init__(self, settings: Settings, hooks: Hooks | None = None, memory: Memory | None = None) -> None:
        """*memory* is that with which *settings* were loaded: a reload compiles only what has changed since."""
        self._hooks = hooks or Hooks()
        self.failure: StorageFailed | None = None
        """Why it ends, once the store has failed."""
        self._sending = Sending()
        self._listening = Listening(self._intake, lambda: self.rules, lambda: GRACE_SECONDS)
        self._changing = Changing(settings, Preparing(memory), self._listening, self._sending)
        self._wishing = Wishing(self._changing.reload)

    @property
    def settings(self) -> Settings:
        """The settings in force."""
        return self._changing.settings

    @property
    def rules(self) -> Rules:
        """The rules in force."""
        return self._changing.settings.rules

    @property
    def dispatchers(self) -> dict[str, Dispatcher]:
        """The lanes of each destination."""
        return self._sending.dispatchers

    @property
    def listeners(self) -> dict[str, Listener]:
        """Who accepts senders."""
        return self._listening.listeners

    def stop(self) -> None:
        """End in order."""
        self._wishing.end()

    @property
    def files(self) -> tuple[Path, ...]:
        """Every file that the last reading looked at."""
        return self._changing.files

    def reload_soon(self, actor: str) -> None:
        """Read the site's files again; what comes of it is logged. Of many wishes one reading is made."""
        self._wishing.note(actor)

    async def reload(self, actor: str) -> Report:
        """Read the site's files again and return what came of it; NotPossible when the engine is stopping."""
        return await self._wishing.ask(actor)

    async def run(self, ready: Callable[[], None] = lambda: None) -> None:
        """Run from start to stop; raise StoreError, CouldNotListen or TlsUnusable if it cannot start."""
        self.store = await asyncio.to_thread(open_store, self.settings.store, self._hooks.tuning)
        try:
            wakes = Wakes(self._sending.offer, lambda: None, self._failed, _tell)
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
        settings = self.settings
        outlets = {name: outlet_of(name, each) for name, each in settings.destinations.items()}
        await self._sending.load(outlets, self.writer, self.store.readers)
        await asyncio.to_thread(self._tell_of_strangers)
        self._planner = Planner(asyncio.get_running_loop())
        async with AsyncExitStack() as stack:
            stack.push_async_callback(asyncio.to_thread, self._planner.close)
            await stack.enter_async_context(self._listening)
            inlets = {name: inlet_of(name, each) for name, each in settings.listeners.items()}
            self._listening.change(inlets, await self._listening.open(inlets, settings.rules), settings.rules)
            self._changing.open(self.writer, self.store.readers)
            async with asyncio.TaskGroup() as group:
                self._sending.begin(group)
                self._duplicates = DuplicatesWatch(self.writer, self.store.readers)
                group.create_task(self._duplicates.run(), name="possible duplicates")
                async with answering(socket_path(settings.store), self._operations()):
                    self._say_ready()
                    ready()
                    await self._wishing.run()
                await self._wind_down()

    def _operations(self) -> Operations:
        """What operators may ask of us, through the control socket."""
        return Operations(
            Running(
                self.writer,
                self.store.readers,
                self.dispatchers,
                lambda: self.rules,
                self.listening_at,
                self.reload,
            )
        )

    def _intake(self, name: str, rules: RulesFor) -> Handler:
        return MllpIntake(name, rules, self._planner, self._submit)

    async def _wind_down(self) -> None:
        """Answer what was read, then let the lanes finish; with a failed store nothing can be finished."""
        log.info("engine.stopping")
        self._listening.stop_accepting()
        self._duplicates.stop()
        if self.failure is None:
            await self._listening.finish()
        self._sending.stop()
        await self._sending.ended(GRACE_SECONDS)

    def _submit(self, submission: Submission) -> None:
        self.writer.submit(submission)

    def _failed(self, failure: StorageFailed) -> None:
        """Fail-stop: nothing was acknowledged that is not on disk, and a restart reads what is."""
        log.error("store.failed", code=failure.code)
        self.failure = failure
        self._wishing.end()
        self._sending.cancel()

    def listening_at(self) -> dict[str, str]:
        """Where each listener listens, with the port that it was given."""
        return self._listening.addresses()

    def _tell_of_strangers(self) -> None:
        """Say what waits for destinations that are not configured any more: nobody sends it."""
        for name, (pending, held) in sorted(queued_for(self.store.readers).items()):
            if name not in self.settings.destinations:
                log.error("destination.unknown", destination=name, pending=pending, held=held)

    def _say_ready(self) -> None:
        where = self.listening_at()
        log.info("engine.ready", site=self.settings.site, rules=self.rules.version[:12], listeners=where)


def _tell(alert: Alert) -> None:
    """Pass an alert of the writer's on to whoever reads the log."""
    tell = log.warning if alert.code == "storage-resumed" else log.error
    tell("journal.alerted", code=alert.code, message_id=alert.message_id, error=alert.error)
