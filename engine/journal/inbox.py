"""The writer's queue: bounded in bytes, outcomes before commands before messages, nothing dropped."""

import threading
from collections import deque
from collections.abc import Sequence
from enum import Enum

from engine.journal.fairness import FairQueue, weight_of
from engine.journal.items import Batch, Command, Outcome, Submission

BATCH_ITEMS = 256


class Room(Enum):
    """What the queue says to the one who fills it."""

    OPEN = "open"
    FULL = "full"
    """Taken, but stop reading until it has drained."""
    CLOSED = "closed"
    """Not taken."""


class Inbox:
    """Filled from any thread, emptied by the writer's."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._bytes = 0
        self._full = False
        self._closed = False
        self._held = False
        self._ready = threading.Condition()
        self._outcomes: deque[Outcome] = deque()
        self._commands: deque[Command] = deque()
        self._submissions = FairQueue()

    def hold(self) -> None:
        """Let what is put wait for `release`: more is on its way, and a transaction costs much the same for many."""
        with self._ready:
            self._held = True

    def release(self) -> None:
        """Hand out what has been put."""
        with self._ready:
            self._held = False
            self._ready.notify()

    def put_submission(self, submission: Submission) -> Room:
        """Queue messages and say how much room is left."""
        with self._ready:
            if self._closed:
                return Room.CLOSED
            self._submissions.put(submission)
            self._bytes += weight_of(submission)
            self._full = self._full or self._bytes >= self._max_bytes
            self._notify()
            return Room.FULL if self._full else Room.OPEN

    def put_outcome(self, outcome: Outcome) -> bool:
        """Queue an outcome; False: closed, not taken."""
        with self._ready:
            if not self._closed:
                self._outcomes.append(outcome)
                self._notify()
            return not self._closed

    def put_command(self, command: Command) -> bool:
        """Queue a command; False: closed, not taken."""
        with self._ready:
            if not self._closed:
                self._commands.append(command)
                self._notify()
            return not self._closed

    def put_back(self, outcomes: Sequence[Outcome]) -> bool:
        """Return outcomes that could not be written yet to the head of their queue; False: closed, not taken."""
        with self._ready:
            if not self._closed:
                self._outcomes.extendleft(reversed(outcomes))
            return not self._closed

    def take(self) -> Batch | None:
        """Wait for work and take up to 256 items of it; None: closed and empty."""
        with self._ready:
            while not self._closed and (self._held or not self._has_work()):
                self._ready.wait()
            return self._batch() if self._has_work() else None

    def wait_for_work(self, seconds: float) -> None:
        """Wait until something new is queued or *seconds* pass: what could not be written is tried again then."""
        with self._ready:
            if not self._closed:
                self._ready.wait(seconds)

    def drained(self, submissions: Sequence[Submission]) -> bool:
        """Free the bytes of answered messages; True: there is room again after it was full."""
        with self._ready:
            self._bytes -= sum(map(weight_of, submissions))
            if self._full and self._bytes <= self._max_bytes // 2:
                self._full = False
                return True
            return False

    def close(self) -> None:
        """Take nothing more; what is queued is still handed out."""
        with self._ready:
            self._closed = True
            self._ready.notify_all()

    def empty(self) -> Batch:
        """Close, and take everything that is left."""
        with self._ready:
            self._closed = True
            left = Batch(list(self._outcomes), list(self._commands), self._submissions.take_all())
            self._outcomes.clear()
            self._commands.clear()
            return left

    def _has_work(self) -> bool:
        return bool(self._outcomes or self._commands or self._submissions)

    def _notify(self) -> None:
        if not self._held:
            self._ready.notify()

    def _batch(self) -> Batch:
        batch, room = Batch(), BATCH_ITEMS
        while self._outcomes and room > 0:
            batch.outcomes.append(self._outcomes.popleft())
            room -= 1
        while self._commands and room > 0:
            batch.commands.append(self._commands.popleft())
            room -= 1
        if room > 0:
            batch.submissions = self._submissions.take(room)
        return batch
