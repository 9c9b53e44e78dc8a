"""A loop whose clock is turned by hand."""

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest

Turn = Callable[[float], None]


@pytest.fixture
async def turn(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Turn]:
    """Return what moves the clock forward and runs the timers that are then due."""
    loop = asyncio.get_running_loop()
    now = 0.0
    timers: list[tuple[float, Callable[[], None]]] = []

    class Handle:
        def __init__(self, timer: tuple[float, Callable[[], None]]) -> None:
            self._timer = timer

        def cancel(self) -> None:
            if self._timer in timers:
                timers.remove(self._timer)

    def call_later(seconds: float, callback: Callable[[], None]) -> Handle:
        timers.append((now + seconds, callback))
        return Handle(timers[-1])

    def forward(seconds: float) -> None:
        nonlocal now
        until = now + seconds
        while due := [timer for timer in timers if timer[0] <= until]:
            timer = min(due, key=lambda item: item[0])
            timers.remove(timer)
            now = timer[0]
            timer[1]()
        now = until

    with monkeypatch.context() as patch:
        patch.setattr(loop, "time", lambda: now)
        patch.setattr(loop, "call_later", call_later)
        yield forward
