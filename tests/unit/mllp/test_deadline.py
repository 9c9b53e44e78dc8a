"""The lazy timer, on a loop whose clock is turned by hand."""

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest

from engine.mllp.deadline import Deadline

Turn = Callable[[float], None]


@pytest.fixture
async def turn(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Turn]:
    """Return what moves the clock forward and runs the timers that are then due."""
    loop = asyncio.get_running_loop()
    now = 0.0
    timers: list[tuple[float, Callable[[], None]]] = []

    class Handle:
        def cancel(self) -> None:
            timers.clear()

    def call_later(seconds: float, callback: Callable[[], None]) -> Handle:
        timers.append((now + seconds, callback))
        return Handle()

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


async def test_it_expires_when_its_time_has_passed(turn: Turn) -> None:
    """Not before, and once."""
    expired: list[int] = []
    deadline = Deadline(10, lambda: expired.append(1))

    deadline.start()
    turn(9.9)
    before = list(expired)
    turn(20)

    assert before == []
    assert expired == [1]


async def test_starting_again_gives_the_whole_time(turn: Turn) -> None:
    """Each frame has its own thirty seconds."""
    expired: list[int] = []
    deadline = Deadline(10, lambda: expired.append(1))

    deadline.start()
    turn(8)
    deadline.start()
    turn(8)
    before = list(expired)
    turn(2)

    assert before == []
    assert expired == [1]


async def test_a_stopped_one_never_expires(turn: Turn) -> None:
    """The frame was finished in time."""
    expired: list[int] = []
    deadline = Deadline(10, lambda: expired.append(1))

    deadline.start()
    deadline.stop()
    turn(100)

    assert expired == []
    assert not deadline.running


async def test_suspended_time_does_not_count(turn: Turn) -> None:
    """While we do not read, the peer cannot be slow."""
    expired: list[int] = []
    deadline = Deadline(10, lambda: expired.append(1))

    deadline.start()
    turn(6)
    deadline.suspend()
    turn(100)
    deadline.resume()
    turn(3.9)
    before = list(expired)
    turn(0.2)

    assert before == []
    assert expired == [1]
