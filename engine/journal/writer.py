"""The one writer thread: it takes what has queued up, commits it in one transaction, and wakes the loop once per batch.

A commit is never cancelled. Storage trouble that passes costs answers, never a message; grave trouble stops it all.
"""

import asyncio
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from sqlalchemy import Connection, RootTransaction

from engine.errors import CommitUnknown, StorageBusy, StorageFailed
from engine.journal.inbox import Inbox, Room
from engine.journal.items import Alert, Batch, Command, Judge, NoAnswer, Outcome, Queued, Results, Submission
from engine.journal.ledger import Failpoint, Ledger
from engine.journal.store import Store
from engine.journal.trouble import Trouble, code_of, trouble_of

T = TypeVar("T")


def _no_failpoint(_name: str) -> None:
    """Do nothing: only fault tests stop the writer at a named place."""


@dataclass(frozen=True, slots=True)
class Wakes:
    """Who hears of what; all are called on the loop."""

    deliveries: Callable[[Sequence[Queued]], None]
    """New deliveries, in order, bytes in hand."""
    drained: Callable[[], None]
    """There is room again after `submit` said FULL."""
    failed: Callable[[StorageFailed], None]
    """Fail-stop: nothing more is written, the process must end and recover from disk."""
    alert: Callable[[Alert], None]


@dataclass(frozen=True, slots=True)
class Limits:
    """How much the writer holds, and how patient it is."""

    max_bytes: int = 64 << 20
    retry_seconds: float = 0.5
    failpoint: Failpoint = _no_failpoint


class Writer:
    """Owns the store's read-write connection from `start` to `stop`."""

    def __init__(self, store: Store, judge: Judge, wakes: Wakes, limits: Limits = Limits()) -> None:
        self._store = store
        self._connection = store.connection
        self._ledger = Ledger(store.connection, judge, limits.failpoint)
        self._wakes = wakes
        self._limits = limits
        self._inbox = Inbox(limits.max_bytes)
        self._thread = threading.Thread(target=self._main, name="journal-writer", daemon=True)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._current = Batch()
        self._in_trouble = False
        self._gathering = False

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Begin to write; everything is answered on *loop*."""
        self._loop = loop
        self._thread.start()

    def stop(self) -> None:
        """Write what is queued, then end the thread. It blocks: call it in a worker thread while the loop runs."""
        self._inbox.close()
        if self._loop is not None:
            self._thread.join()

    def submit(self, submission: Submission) -> Room:
        """Queue messages; FULL means stop reading until `drained`; after CLOSED they get NoAnswer."""
        self._gather()
        room = self._inbox.put_submission(submission)
        if room is Room.CLOSED:
            self._post(Results(0, answers=[(submission, NoAnswer("stopped"))]))
        return room

    def report(self, outcome: Outcome) -> None:
        """Queue what an attempt came to; once the writer has stopped, the next start tells instead."""
        self._gather()
        self._inbox.put_outcome(outcome)

    def run(self, work: Callable[[Connection], T]) -> "asyncio.Future[T]":
        """Run *work* in the writer's next transaction; the future has its value once that is on disk."""
        future: asyncio.Future[T] = self._running_loop().create_future()
        if not self._inbox.put_command(Command(work, future)):
            future.set_exception(StorageBusy("stopped"))
        return future

    def _gather(self) -> None:
        """Hand over at the end of the loop's turn: what comes in one turn shares a transaction, and nobody lingers."""
        if not self._gathering and self._loop is not None:
            self._gathering = True
            self._inbox.hold()
            self._loop.call_soon(self._hand_over)

    def _hand_over(self) -> None:
        self._gathering = False
        self._inbox.release()

    # the thread

    def _main(self) -> None:
        try:
            while (batch := self._inbox.take()) is not None:
                self._current = batch
                self._apply(batch)
        except StorageFailed as error:
            self._fail(error)
        except Exception as error:  # noqa: BLE001
            # Boundary: a mistake of ours in this thread must end as loudly as a broken disk.
            self._fail(StorageFailed(code_of(error)))

    def _apply(self, batch: Batch) -> None:
        try:
            results = self._transaction(lambda connection: self._ledger.apply(connection, batch))
        except StorageFailed:
            raise
        except Exception as error:
            # Boundary: what the database, the judge or a bad value raised decides how the batch goes on.
            match trouble_of(error):
                case Trouble.PASSING:
                    self._step_back(batch, code_of(error))
                case Trouble.NOT_STORAGE:
                    self._apply_singly(batch)
                case Trouble.GRAVE:
                    raise
        else:
            self._current = Batch()
            self._post(results)

    def _apply_singly(self, batch: Batch) -> None:
        """Give every item a transaction of its own, in order, so that the one at fault stands alone."""
        pieces: list[Batch] = [Batch(outcomes=[outcome]) for outcome in batch.outcomes]
        pieces += [Batch(commands=[command]) for command in batch.commands]
        pieces += [Batch(submissions=[submission]) for submission in batch.submissions]
        for number, piece in enumerate(pieces):
            self._current = _joined(pieces[number:])
            try:
                results = self._transaction(self._one(piece))
            except StorageFailed:
                raise
            except Exception as error:
                # Boundary: as in _apply, but one item is left to blame.
                match trouble_of(error):
                    case Trouble.PASSING:
                        self._step_back(_joined(pieces[number:]), code_of(error))
                        return
                    case Trouble.NOT_STORAGE:
                        self._blame(piece, error)
                    case Trouble.GRAVE:
                        raise
            else:
                self._post(results)

    def _one(self, piece: Batch) -> Callable[[Connection], Results]:
        if piece.submissions:
            return lambda connection: self._ledger.apply_singly(connection, piece.submissions[0])
        return lambda connection: self._ledger.apply(connection, piece)

    def _blame(self, piece: Batch, error: Exception) -> None:
        """One item cannot be written even alone: messages get no answer, an outcome is written without its texts."""
        code = code_of(error)
        for outcome in piece.outcomes:
            bare = replace(outcome, reason="unrecordable", detail="", evidence="")
            self._post(self._transaction(lambda connection: self._ledger.apply(connection, Batch(outcomes=[bare]))))  # noqa: B023
        failures = [(command, error) for command in piece.commands]
        answers = [(submission, NoAnswer(code)) for submission in piece.submissions]
        alert = Alert("item-not-written", 0, code)
        self._post(Results(0, answers=[*answers], failures=failures, alerts=[alert]))

    def _step_back(self, batch: Batch, code: str) -> None:
        """The store takes no writes just now: nobody is answered, and outcomes are tried again until they are kept."""
        alerts = [] if self._in_trouble else [Alert("storage-busy", 0, code)]
        self._in_trouble = True
        self._current = Batch(outcomes=batch.outcomes)
        answers = [(submission, NoAnswer(code)) for submission in batch.submissions]
        failures: list[tuple[Command, Exception]] = [(command, StorageBusy(code)) for command in batch.commands]
        self._post(Results(0, answers=[*answers], failures=failures, alerts=alerts))
        if not batch.outcomes:
            return
        if answers or failures:
            self._apply(Batch(outcomes=batch.outcomes))  # they need less room than messages, and lanes wait for them
        elif self._inbox.put_back(batch.outcomes):
            self._inbox.wait_for_work(self._limits.retry_seconds)

    def _transaction(self, work: Callable[[Connection], Results]) -> Results:
        failpoint = self._limits.failpoint
        transaction = self._connection.begin()
        try:
            results = work(self._connection)
            failpoint("commit.before")
            self._store.insist_on_its_place()
        except BaseException as error:
            self._roll_back(transaction, error)
            raise
        self._commit(transaction)
        self._ledger.accept(results)
        failpoint("commit.after")
        if results.settled:
            failpoint("outcome.after")
        if self._in_trouble:
            self._in_trouble = False
            results.alerts.append(Alert("storage-resumed", 0, ""))
        return results

    def _commit(self, transaction: RootTransaction) -> None:
        try:
            transaction.commit()
        except Exception as error:
            # Boundary: a full disk or a foreign lock is known not to have committed; anything else leaves it open.
            if trouble_of(error) is not Trouble.PASSING:
                raise CommitUnknown(code_of(error)) from None
            self._roll_back(transaction, error)
            raise

    def _roll_back(self, transaction: RootTransaction, cause: BaseException) -> None:
        try:
            transaction.rollback()
            self._connection.connection.rollback()  # after a failed COMMIT the transaction above counts as ended
        except Exception as error:  # noqa: BLE001
            # Boundary: a store that cannot even roll back is broken, whatever began it.
            if trouble_of(cause) is not Trouble.GRAVE:
                raise StorageFailed(code_of(error)) from None

    def _fail(self, error: StorageFailed) -> None:
        left, current = self._inbox.empty(), self._current
        silent = NoAnswer(error.code)
        answers = [(submission, silent) for submission in (*current.submissions, *left.submissions)]
        failures: list[tuple[Command, Exception]] = [
            (command, error) for command in (*current.commands, *left.commands)
        ]
        self._post(Results(0, answers=[*answers], failures=failures))
        self._running_loop().call_soon_threadsafe(self._wakes.failed, error)

    # back on the loop

    def _running_loop(self) -> asyncio.AbstractEventLoop:
        if self._loop is None:
            raise RuntimeError("the writer has not been started")
        return self._loop

    def _post(self, results: Results) -> None:
        self._inbox.hold()  # until the loop has told the news: what that brings in shares the next transaction
        self._running_loop().call_soon_threadsafe(self._wake, results)

    def _wake(self, results: Results) -> None:
        """Tell everyone what the transaction came to: senders first, then lanes, then the rest."""
        self._gathering = True
        self._running_loop().call_soon(self._hand_over)
        for submission, answers in results.answers:
            self._tell(submission.answered, answers)
        for outcome, settled in results.settled:
            self._tell(outcome.committed, settled)
        if results.queued:
            self._tell(self._wakes.deliveries, results.queued)
        for command, value in results.values:
            if not command.future.done():
                command.future.set_result(value)
        for command, error in results.failures:
            if not command.future.done():
                command.future.set_exception(error)
        for alert in results.alerts:
            self._wakes.alert(alert)
        if self._inbox.drained([submission for submission, _ in results.answers]):
            self._wakes.drained()

    def _tell(self, hear: Callable[[Any], None], news: Any) -> None:
        try:
            hear(news)
        except Exception as error:  # noqa: BLE001
            # Boundary: one connection's mistake must not keep the others' news from them.
            self._wakes.alert(Alert("callback-failed", 0, code_of(error)))


def _joined(pieces: Sequence[Batch]) -> Batch:
    joined = Batch()
    for piece in pieces:
        joined.outcomes += piece.outcomes
        joined.commands += piece.commands
        joined.submissions += piece.submissions
    return joined
