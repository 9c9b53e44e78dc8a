"""In which order messages are written: as they came, but what is short does not wait for all that is long.

Messages of one line (a connection) keep their order. Long ones get transactions of their own, and between two of them
everything short is written: ten megabytes take the disk as long as hundreds of ordinary messages. No thread, no lock.
"""

from collections import Counter, deque

from engine.journal.items import Submission

LONG_BYTES = 256 << 10
TURN_BYTES = 4 << 20
"""Long ones share a transaction up to this; one longer than that is alone."""
_OVERHEAD = 1_024  # what a queued message holds besides its payload, roughly


class FairQueue:
    """Submissions that wait; short ones and long ones take turns."""

    __slots__ = ("_behind", "_came", "_lines", "_long_turn", "_short", "_went")

    def __init__(self) -> None:
        self._short: deque[Submission] = deque()
        self._behind: deque[tuple[Submission, int]] = deque()
        """Long ones, and what came after them in their lines; each with how many short ones had come before it."""
        self._lines: Counter[object] = Counter()
        """How many of each line are in ``_behind``."""
        self._came = self._went = 0
        """How many short ones were put in and taken out."""
        self._long_turn = False

    def __bool__(self) -> bool:
        return bool(self._short or self._behind)

    def put(self, submission: Submission) -> None:
        """Add what has just come."""
        if submission.line in self._lines or weight_of(submission) > LONG_BYTES:
            self._behind.append((submission, self._came))
            self._lines[submission.line] += 1
        else:
            self._short.append(submission)
            self._came += 1

    def take(self, room: int) -> list[Submission]:
        """Take out what is written next: submissions until they hold *room* messages or more."""
        if self._long_turn or not self._short:
            taken = self._take_long(room)
            self._long_turn = False
            if taken:
                return taken
        self._long_turn = bool(self._behind)
        return self._take_short(room)

    def take_all(self) -> list[Submission]:
        """Take out everything."""
        taken = [*self._short, *(submission for submission, _ in self._behind)]
        self._went = self._came
        for each in (self._short, self._behind, self._lines):
            each.clear()
        return taken

    def _take_short(self, room: int) -> list[Submission]:
        taken: list[Submission] = []
        while self._short and room > 0:
            taken.append(self._short.popleft())
            room -= len(taken[-1].plans)
        self._went += len(taken)
        return taken

    def _take_long(self, room: int) -> list[Submission]:
        """Take long ones before which every short one that had come before them is out: of their line, there may be."""
        taken: list[Submission] = []
        size = 0
        while self._behind and room > 0:
            submission, before = self._behind[0]
            size += weight_of(submission)
            if before > self._went or (taken and size > TURN_BYTES):
                break
            self._behind.popleft()
            taken.append(submission)
            room -= len(submission.plans)
            self._lines[submission.line] -= 1
            if not self._lines[submission.line]:
                del self._lines[submission.line]
        return taken


def weight_of(submission: Submission) -> int:
    """Return how many bytes a submission counts."""
    return sum(len(plan.receipt.payload) + _OVERHEAD for plan in submission.plans)
