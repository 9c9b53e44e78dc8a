"""One batch applied inside one open transaction: outcomes, commands, then messages in order. No thread, no COMMIT."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, func, select
from sqlalchemy.engine.interfaces import DBAPICursor

from engine.clock import now_us
from engine.journal.items import (
    Alert,
    Answer,
    Batch,
    Command,
    DecisionLike,
    Judge,
    PlanLike,
    Results,
    RulesLike,
    Submission,
)
from engine.journal.outcomes import settle
from engine.journal.resends import Copies, Copy, RecentIds, stored_copies
from engine.journal.statements import savepoint
from engine.journal.tables import MESSAGE
from engine.journal.trouble import Trouble, code_of, trouble_of
from engine.journal.unknown_codes import UnknownCodes
from engine.journal.versions import version_id
from engine.journal.writes import Writes, delivery_row, message_row, quarantined_row, queued
from engine.statements import Row, cursor_of
from engine.states import DeliveryState, MessageState

Failpoint = Callable[[str], None]
MESSAGES = ""
"""The tally's scope of messages; destinations have their names."""
RULES = "\0rules"
"""The scope in which a transaction counts the messages that each version of the rules decided; no table's."""
RESENDS = 0
"""The tally's state, in the scope of messages, that counts suppressed resends."""


@dataclass(slots=True)
class Draft:
    """A message that was decided and is about to be written."""

    plan: PlanLike
    message_id: int
    decision: DecisionLike
    earlier: Copy | None
    index_failed: str = ""


@dataclass(slots=True)
class Decided:
    """What was decided about the messages of a batch, in their order."""

    drafts: list[Draft] = field(default_factory=list)
    resent: list[int] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)


class Ledger:
    """Applies batches; what it remembers between them changes only in `accept`, after a commit."""

    def __init__(self, connection: Connection, judge: Judge, failpoint: Failpoint) -> None:
        self._judge = judge
        self._failpoint = failpoint
        self._writes = Writes(connection.dialect)
        self._unknown_codes = UnknownCodes(connection.dialect)
        self._recent = RecentIds()
        with connection.begin():
            self._last_id: int = connection.execute(select(func.coalesce(func.max(MESSAGE.c.id), 0))).scalar_one()
        self._versions: dict[str, int] = {}

    def accept(self, results: Results) -> None:
        """The transaction of *results* is on disk: remember what it wrote."""
        self._last_id = results.last_id
        self._versions.update(results.versions)

    def apply(self, connection: Connection, batch: Batch) -> Results:
        """Apply *batch* whole; an exception that is not about storage is one item's fault, see `apply_singly`."""
        results, cursor = Results(self._last_id), cursor_of(connection)
        if batch.outcomes:
            self._failpoint("outcome.before")
            settle(connection, cursor, self._writes, batch.outcomes, results)
        for command in batch.commands:
            _run(connection, command, results)
        if batch.submissions:
            plans = [plan for submission in batch.submissions for plan in submission.plans]
            decided = self._together(connection, plans, results)
            self._failpoint("write")
            self._write(connection, cursor, decided, results)
            start = 0
            for submission in batch.submissions:
                end = start + len(submission.plans)
                results.answers.append((submission, decided.answers[start:end]))
                start = end
        self._close(cursor, results)
        return results

    def apply_singly(self, connection: Connection, submission: Submission) -> Results:
        """Apply one submission message by message, each under a savepoint: the one that fails is quarantined alone."""
        results, cursor = Results(self._last_id), cursor_of(connection)
        copies = stored_copies(connection, self._writes, submission.plans)
        answers: list[Answer] = []
        for plan in submission.plans:
            mark = results.mark()
            try:
                with savepoint(cursor_of(connection)):
                    decided = Decided()
                    self._alone(connection, plan, copies.of(plan), results, decided)
                    self._write(connection, cursor, decided, results)
            except Exception as error:
                # Boundary: one message that the engine fails on must not stop the others.
                if trouble_of(error) is not Trouble.NOT_STORAGE:
                    raise
                results.undo(mark)
                decided = self._quarantine(connection, cursor, plan, copies.of(plan), results)
                results.alerts.append(Alert("message-quarantined", results.last_id, code_of(error)))
            _remember(copies, plan, decided)
            answers += decided.answers
        results.answers.append((submission, answers))
        self._close(cursor, results)
        return results

    def _together(self, connection: Connection, plans: Sequence[PlanLike], results: Results) -> Decided:
        """Decide every plan with one load and one index write; if the write fails, decide again one by one."""
        mark = results.mark()
        copies = stored_copies(connection, self._writes, plans)
        fresh = [plan for plan in plans if (copy := copies.of(plan)) is None or not copy.answers]
        working = self._judge.load(connection, fresh)
        self._failpoint("batch.loaded")
        decided = Decided()
        for plan in plans:
            self._decide(plan, copies.of(plan), working, results, decided)
            _remember(copies, plan, decided)
        try:
            with savepoint(cursor_of(connection)):
                self._judge.write(connection, working)
        except Exception as error:
            # Boundary: the index is another package's; its failure is no reason not to keep and deliver.
            if trouble_of(error) is not Trouble.NOT_STORAGE:
                raise
            results.undo(mark)
            return self._one_by_one(connection, plans, results)
        self._judge.keep(connection, working)
        return decided

    def _one_by_one(self, connection: Connection, plans: Sequence[PlanLike], results: Results) -> Decided:
        copies, decided = stored_copies(connection, self._writes, plans), Decided()
        for plan in plans:
            self._alone(connection, plan, copies.of(plan), results, decided)
            _remember(copies, plan, decided)
        return decided

    def _alone(
        self, connection: Connection, plan: PlanLike, copy: Copy | None, results: Results, decided: Decided
    ) -> None:
        """Decide one message with its own load and index write; if the write fails, keep the message without it."""
        working = self._judge.load(connection, [plan])
        if not self._decide(plan, copy, working, results, decided):
            return
        try:
            with savepoint(cursor_of(connection)):
                self._judge.write(connection, working)
        except Exception as error:
            # Boundary: as in _together.
            if trouble_of(error) is not Trouble.NOT_STORAGE:
                raise
            decided.drafts[-1].index_failed = code_of(error)
            results.alerts.append(Alert("index-failed", results.last_id, code_of(error)))
            self._remember_facts(connection, plan, results.last_id)
        self._judge.keep(connection, working)

    def _remember_facts(self, connection: Connection, plan: PlanLike, message_id: int) -> None:
        try:
            with savepoint(cursor_of(connection)):
                self._judge.remember(connection, plan, message_id)
        except Exception as error:
            # Boundary: as in _together; what cannot even be kept is told by the message's own mark alone.
            if trouble_of(error) is not Trouble.NOT_STORAGE:
                raise

    def _decide(
        self, plan: PlanLike, copy: Copy | None, working: Any, results: Results, decided: Decided
    ) -> DecisionLike | None:
        if copy is not None and copy.answers:
            decided.resent.append(copy.message_id)
            ack = plan.ack_for(copy.ack_code)
            state = MessageState(copy.state)
            decided.answers.append(Answer(copy.message_id, state, copy.ack_code, ack, True, None))  # noqa: FBT003
            return None
        message_id = results.last_id + 1
        made = self._judge.decide(plan, working, message_id)
        results.last_id = message_id
        decided.drafts.append(Draft(plan, message_id, made, copy))
        decided.answers.append(Answer(message_id, made.state, made.ack_code, made.ack, False, made))  # noqa: FBT003
        return made

    def _write(self, connection: Connection, cursor: DBAPICursor, decided: Decided, results: Results) -> None:
        messages: list[Row] = []
        deliveries: list[Row] = []
        now = now_us()
        for draft in decided.drafts:
            plan, made, message_id = draft.plan, draft.decision, draft.message_id
            reason = made.reason or ("id-reused" if self._recent.reused(plan) else "")
            earlier_id = draft.earlier.message_id if draft.earlier else None
            version = self._version(connection, plan.rules, results)
            checksum = sha256(plan.receipt.payload).digest()
            own = (message_id, version, reason, earlier_id, draft.index_failed)
            messages.append(message_row(plan, made, own, checksum))
            results.count(MESSAGES, made.state, 1)
            results.count(RULES, version, 1)
            received = (plan.receipt.payload, checksum, now)
            for output in made.outputs:
                deliveries.append(delivery_row(message_id, output, received))
                results.count(output.destination, output.state, 1)
                if output.state != DeliveryState.PARKED:
                    results.queued.append(queued(message_id, output))
        writes = self._writes
        writes.message.many(cursor, messages)
        writes.delivery.many(cursor, deliveries)
        missed = [(each.message_id, each.plan, each.decision) for each in decided.drafts if each.decision.missed]
        if missed:
            self._unknown_codes.write(cursor, missed)
        if decided.resent:
            writes.resend.many(cursor, [(message_id,) for message_id in decided.resent])
            results.count(MESSAGES, RESENDS, len(decided.resent))

    def _quarantine(
        self, connection: Connection, cursor: DBAPICursor, plan: PlanLike, copy: Copy | None, results: Results
    ) -> Decided:
        """Keep a message that the engine failed on: its bytes and its name, answered AA, for a person to look at."""
        results.last_id += 1
        version = self._versions.get(plan.rules.version, 0)
        own = (results.last_id, version, "engine-failed", copy and copy.message_id, "")
        if version:
            results.count(RULES, version, 1)
        self._writes.message.one(cursor, quarantined_row(plan, own))
        results.count(MESSAGES, MessageState.QUARANTINED, 1)
        state = MessageState.QUARANTINED
        return Decided(answers=[Answer(results.last_id, state, "AA", plan.ack_for("AA"), False, None)])  # noqa: FBT003

    def _version(self, connection: Connection, rules: RulesLike, results: Results) -> int:
        """Return the number of the rules' version; the store is only asked once for each."""
        known = self._versions.get(rules.version) or results.versions.get(rules.version)
        if known is None:
            known = results.versions[rules.version] = version_id(connection, rules)
        return known

    def _close(self, cursor: DBAPICursor, results: Results) -> None:
        rows = [(scope, int(state), change) for (scope, state), change in results.tally.items() if change]
        self._writes.tally.many(cursor, [row for row in rows if row[0] != RULES])
        used = [(version, change, now_us()) for scope, version, change in rows if scope == RULES]
        self._writes.use.many(cursor, used)
        cursor.close()


def _remember(copies: Copies, plan: PlanLike, decided: Decided) -> None:
    """Let the last answer count as a copy for the messages that follow in the batch."""
    answer = decided.answers[-1]
    if plan.digest and not answer.resent:
        seen = plan.receipt.received_ns // 1_000
        copies.add(plan.digest, Copy(answer.message_id, answer.state, answer.ack_code, seen))


def _run(connection: Connection, command: Command, results: Results) -> None:
    try:
        with savepoint(cursor_of(connection)):
            value = command.run(connection)
    except Exception as error:
        # Boundary: a command that fails is its caller's to hear of; the batch goes on.
        if trouble_of(error) is not Trouble.NOT_STORAGE:
            raise
        results.failures.append((command, error))
    else:
        results.values.append((command, value))
