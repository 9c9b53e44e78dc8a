"""A timer that costs next to nothing to start and stop: the loop's own is set once, and looks again when it fires."""

import asyncio
from collections.abc import Callable


class Deadline:
    """Calls *expired* when *seconds* have passed since the last `start`, unless stopped."""

    __slots__ = ("_due", "_expired", "_handle", "_left", "_loop", "_seconds")

    def __init__(self, seconds: float, expired: Callable[[], None]) -> None:
        self._loop = asyncio.get_running_loop()
        self._seconds = seconds
        self._expired = expired
        self._due: float | None = None
        self._left: float | None = None
        self._handle: asyncio.TimerHandle | None = None

    @property
    def running(self) -> bool:
        """Whether it has been started and not stopped, suspended or not."""
        return self._due is not None or self._left is not None

    def start(self) -> None:
        """Begin, or begin again, with the whole time."""
        self._left = None
        self._run(self._seconds)

    def stop(self) -> None:
        """Forget it; the loop's timer stays, to be used by the next start."""
        self._due = self._left = None

    def suspend(self) -> None:
        """Let no time pass: it is we who keep the peer waiting."""
        if self._due is not None:
            self._left = max(0.0, self._due - self._loop.time())
            self._due = None

    def resume(self) -> None:
        """Go on with the time that was left."""
        if self._left is not None:
            left, self._left = self._left, None
            self._run(left)

    def cancel(self) -> None:
        """Give the loop's timer back; for good."""
        self.stop()
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None

    def _run(self, seconds: float) -> None:
        # A handle still set fires no later than this: times due only ever move away.
        self._due = self._loop.time() + seconds
        if self._handle is None:
            self._handle = self._loop.call_later(seconds, self._look)

    def _look(self) -> None:
        self._handle = None
        if self._due is None:
            return
        left = self._due - self._loop.time()
        if left > 0:
            self._handle = self._loop.call_later(left, self._look)
        else:
            self._due = None
            self._expired()
