"""The listeners of a running engine: opened, changed, and closed in order while the others go on."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Self

from engine.mllp.budget import MemoryBudget
from engine.mllp.handler import Handler
from engine.mllp.listener import Listener
from engine.routing import Rules
from engine.wiring import Inlet

RulesFor = Callable[[], Rules]
Make = Callable[[str, RulesFor], Handler]


class Listening:
    """An asynchronous context; everything in it is called by the task that entered it."""

    def __init__(self, make: Make, rules: RulesFor, grace: Callable[[], float]) -> None:
        self.listeners: dict[str, Listener] = {}
        self._make, self._rules, self._grace = make, rules, grace
        self._inlets: dict[str, Inlet] = {}
        self._others: dict[str, Rules] = {}
        """For a listener that the rules in force do not know: it is new and they come, or it is being closed."""
        self._budget = MemoryBudget()
        self._open: dict[Listener, AsyncExitStack] = {}
        self._closing: dict[Listener, asyncio.Task[None]] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for task in self._closing.values():
            task.cancel()
        for listener in [*self._open]:
            await self._open.pop(listener).aclose()

    async def open(self, inlets: Mapping[str, Inlet], coming: Rules) -> dict[str, Listener]:
        """Listen at the addresses that are new, all or none (CouldNotListen); `change` then takes them over."""
        await self._sweep()
        opened: dict[str, Listener] = {}
        known = self._rules().listeners
        self._others |= {name: coming for name in inlets if name not in known}
        try:
            for name, inlet in inlets.items():
                if name not in self._inlets or self._inlets[name].terms[0] != inlet.terms[0]:
                    opened[name] = await self._listen(name, inlet)
        except BaseException:
            for listener in opened.values():
                await self._open.pop(listener).aclose()
            for name in inlets.keys() - known.keys():
                self._others.pop(name, None)
            raise
        return opened

    def change(self, inlets: Mapping[str, Inlet], opened: Mapping[str, Listener], before: Rules) -> None:
        """Take the new ones, tell those that stay, and close the others in order; the rules in force are the new."""
        for name, listener in [*self.listeners.items()]:
            if name not in inlets or name in opened:
                del self.listeners[name]
                self._close(name, listener)
            elif self._inlets[name] != inlets[name]:
                listener.change(inlets[name].options)
        self._others = {name: rules for name, rules in self._others.items() if name not in inlets}
        self._others |= dict.fromkeys(self._inlets.keys() - inlets.keys(), before)
        self.listeners = {name: opened.get(name) or self.listeners[name] for name in inlets}
        self._inlets = dict(inlets)

    def stop_accepting(self) -> None:
        """Let nobody in any more."""
        for listener in self.listeners.values():
            listener.stop_accepting()

    async def finish(self) -> None:
        """Answer what was read, and close."""
        async with asyncio.TaskGroup() as ends:
            for listener in self.listeners.values():
                ends.create_task(listener.finish(self._grace()))
            for task in self._closing.values():
                ends.create_task(_ended(task))

    def addresses(self) -> dict[str, str]:
        """Return where each listens, with the port that it was given."""
        return {name: f"{each.options.host}:{each.port}" for name, each in self.listeners.items()}

    async def _listen(self, name: str, inlet: Inlet) -> Listener:
        listener = Listener(inlet.options, self._make(name, lambda: self._rules_for(name)), self._budget)
        stack = AsyncExitStack()
        await stack.enter_async_context(listener)
        self._open[listener] = stack
        return listener

    def _rules_for(self, name: str) -> Rules:
        rules = self._rules()
        return rules if name in rules.listeners else self._others[name]

    def _close(self, name: str, listener: Listener) -> None:
        async def finish() -> None:
            await listener.finish(self._grace())

        listener.stop_accepting()
        self._closing[listener] = asyncio.get_running_loop().create_task(finish(), name=f"close {name}")

    async def _sweep(self) -> None:
        """Forget those that have been closed."""
        for listener in [each for each, task in self._closing.items() if task.done()]:
            del self._closing[listener]
            await self._open.pop(listener).aclose()
        if not self._closing:
            self._others.clear()


async def _ended(task: asyncio.Task[None]) -> None:
    await asyncio.wait({task})
