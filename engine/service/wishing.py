"""Wishes to reload, gathered: those that come while one reading is under way share the next, however many they are."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import structlog

from engine.errors import EngineError, NotPossible
from engine.reloading import Report
from engine.telemetry import where

log = structlog.get_logger()

Reload = Callable[[Sequence[str]], Awaitable[Report]]


@dataclass(frozen=True, slots=True)
class _Wish:
    actor: str
    answered: "asyncio.Future[Report] | None"


class Wishing:
    """One reading at a time, in the task that called `run`."""

    def __init__(self, reload: Reload) -> None:
        self._reload = reload
        self._wishes: list[_Wish] = []
        self._news = asyncio.Event()
        self._ended = False

    def note(self, actor: str) -> None:
        """Ask for a reading and wait for nothing."""
        self._wishes.append(_Wish(actor, None))
        self._news.set()

    async def ask(self, actor: str) -> Report:
        """Ask for a reading that begins after now, and return what came of it."""
        if self._ended:
            raise _stopping()
        answered: asyncio.Future[Report] = asyncio.get_running_loop().create_future()
        self._wishes.append(_Wish(actor, answered))
        self._news.set()
        return await answered

    def end(self) -> None:
        """Take no more wishes; a reading under way is finished."""
        self._ended = True
        self._news.set()

    async def run(self) -> None:
        """Fulfil wishes until `end`."""
        while not self._ended:
            await self._news.wait()
            self._news.clear()
            if self._wishes and not self._ended:
                wishes, self._wishes = self._wishes, []
                await self._fulfil(wishes)
        for wish in self._wishes:
            if wish.answered is not None and not wish.answered.done():
                wish.answered.set_exception(_stopping())

    async def _fulfil(self, wishes: Sequence[_Wish]) -> None:
        waiting = [wish.answered for wish in wishes if wish.answered is not None]
        try:
            report = await self._reload(tuple(dict.fromkeys(wish.actor for wish in wishes)))
        except Exception as error:  # noqa: BLE001
            # Boundary: a reading that fails leaves the rules that run untouched.
            told = error if isinstance(error, EngineError) else NotPossible("bug", "the engine's log says where")
            log.error("reload.crashed", **where(error))
            for answered in waiting:
                if not answered.done():
                    answered.set_exception(told)
        else:
            for answered in waiting:
                if not answered.done():
                    answered.set_result(report)


def _stopping() -> NotPossible:
    return NotPossible("stopping", "the engine is stopping: its next start reads the files as they are")
