"""The memory that all listeners' unfinished and unanswered frames may take together.

Above the limit every connection that holds more than a small share takes turns: one is read from, the others wait,
first come first served. Stopping them all would leave memory full of halves that nobody may finish; small messages
never wait.
"""

from typing import Protocol

_STEP = 2**20


class Holder(Protocol):
    """A connection, as the budget sees it."""

    held: int

    def pause_for_memory(self) -> None:
        """Read no more."""

    def resume_from_memory(self) -> None:
        """Read again."""


class MemoryBudget:
    """Counts bytes; above the limit the big holders take turns."""

    def __init__(self, limit: int = 256 * 2**20, share: int = 64 * 2**10) -> None:
        self.limit = limit
        self.used = 0
        """Holders add to it themselves, being the hot path; they give back through `release`."""
        self._share = share
        self._turn: Holder | None = None
        self._waiting: dict[Holder, None] = {}

    def press(self, holder: Holder) -> None:
        """Called by a holder that has just grown and found the limit passed."""
        if holder.held <= self._share or self._turn is holder:
            return
        if self._turn is None:
            self._turn = holder
        elif holder not in self._waiting:
            self._waiting[holder] = None
            holder.pause_for_memory()

    def release(self, holder: Holder, size: int) -> None:
        """Take back *size* bytes of *holder*, which may let others go on."""
        self.used -= size
        if self._turn is holder and holder.held <= self._share:
            self._turn = None
        if self._waiting:
            self._admit()

    def leave(self, holder: Holder) -> None:
        """Take back all that a closed connection held."""
        self._waiting.pop(holder, None)
        size, holder.held = holder.held, 0
        self.release(holder, size)

    def _admit(self) -> None:
        room = max(0, (self.limit - self.used) // _STEP)
        if self._turn is None:
            room = max(1, room)
        for holder in tuple(self._waiting)[:room]:
            del self._waiting[holder]
            if self._turn is None and self.used > self.limit:
                self._turn = holder
            holder.resume_from_memory()
