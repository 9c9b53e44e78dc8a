"""What the writer does when something fails: one message alone pays, or none, or everything stops."""

import asyncio
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from sqlalchemy import Connection, text

from engine.errors import CommitUnknown, StorageBusy, StorageFailed
from engine.journal import balance
from engine.journal.items import Answer, NoAnswer
from engine.journal.store import Store
from engine.states import DeliveryState, MessageState
from tests.unit.journal.journals import Desk, FakeDecision, FakePlan, decision_of, desk_at, message

pytest_plugins = ("tests.unit.journal.journal_fixtures",)


@dataclass
class Indexing:
    """A judge that keeps a table of its own, and fails where it is told to."""

    bad_write: str = ""
    bad_decision: str = ""
    broken: str = ""
    folded: list[str] = field(default_factory=list)

    def load(self, connection: Connection, plans: Sequence[FakePlan]) -> list[str]:
        connection.execute(text("CREATE TABLE IF NOT EXISTS seen (control_id TEXT PRIMARY KEY)"))
        return []

    def decide(self, plan: FakePlan, working: list[str], message_id: int) -> FakeDecision:
        if plan.control_id == self.bad_decision:
            raise KeyError(plan.receipt.payload)
        working.append(plan.control_id)
        return decision_of(plan)

    def write(self, connection: Connection, working: list[str]) -> None:
        if self.broken:
            _raise(self.broken)
        for control_id in working:
            connection.execute(text("INSERT INTO seen VALUES (:id)"), {"id": control_id})
            if control_id == self.bad_write:
                raise ValueError(control_id)

    def keep(self, connection: Connection, working: list[str]) -> None:
        """Nothing is recorded."""

    def remember(self, connection: Connection, plan: FakePlan, message_id: int) -> None:
        raise ValueError(plan.control_id)


async def started(store: Store, judge: Indexing | None = None) -> Desk:
    """Return a running desk."""
    desk = desk_at(store, judge)
    desk.writer.start(asyncio.get_running_loop())
    return desk


async def ended(desk: Desk) -> None:
    """Stop the writer, and check that the kept counts are the rows' counts."""
    await asyncio.to_thread(desk.writer.stop)
    assert (
        desk.ask(lambda connection: balance.differences(balance.counts(connection), balance.recount(connection))) == []
    )


def answers_of(sent: Sequence[Any]) -> list[Answer]:
    """Return the single answers, all of which must be there."""
    return [each[0] for each in sent]


async def test_a_failing_index_write_costs_only_its_own_message_its_index_row(store: Store) -> None:
    """The savepoint is rolled back and the batch applied message by message; every delivery goes on."""
    desk = desk_at(store, Indexing(bad_write="M2"))
    sent = [desk.sending(message(f"M{number}")) for number in (1, 2, 3)]

    desk.writer.start(asyncio.get_running_loop())
    answers = answers_of(await asyncio.gather(*sent))

    assert [answer.state for answer in answers] == [MessageState.ACCEPTED] * 3
    assert desk.rows("SELECT id, index_failed FROM message") == [(1, ""), (2, "ValueError"), (3, "")]
    assert desk.rows("SELECT control_id FROM seen") == [("M1",), ("M3",)]
    assert len(desk.queued) == 6
    assert [(alert.code, alert.message_id) for alert in desk.alerts] == [("index-failed", 2)]
    await ended(desk)


async def test_a_failing_decision_quarantines_its_message_alone(store: Store) -> None:
    """Any exception that is not about storage: the culprit is kept as quarantined and answered AA."""
    desk = desk_at(store, Indexing(bad_decision="M2"))
    sent = [desk.sending(message(f"M{number}")) for number in (1, 2, 3)]

    desk.writer.start(asyncio.get_running_loop())
    answers = answers_of(await asyncio.gather(*sent))

    assert [answer.state.name for answer in answers] == ["ACCEPTED", "QUARANTINED", "ACCEPTED"]
    assert (answers[1].ack_code, answers[1].ack) == ("AA", b"ACK AA")
    assert desk.rows("SELECT id, state, reason, payload IS NULL FROM message WHERE state = 4") == [
        (2, 4, "engine-failed", 0)
    ]
    assert desk.rows("SELECT control_id FROM seen") == [("M1",), ("M3",)]
    assert [(alert.code, alert.message_id, alert.error) for alert in desk.alerts] == [
        ("message-quarantined", 2, "KeyError")
    ]
    await ended(desk)


async def test_the_messages_of_one_frame_stay_one_transaction_when_one_fails(store: Store) -> None:
    """The culprit of a batch frame is quarantined in its place."""
    desk = await started(store, Indexing(bad_decision="B2"))

    answers = await desk.send(message("B1"), message("B2"), message("B3"))

    assert not isinstance(answers, NoAnswer)
    assert [(answer.message_id, answer.state.name) for answer in answers] == [
        (1, "ACCEPTED"),
        (2, "QUARANTINED"),
        (3, "ACCEPTED"),
    ]
    await ended(desk)


async def test_a_text_that_no_database_takes_quarantines_its_message(store: Store) -> None:
    """Half a surrogate pair cannot be stored as UTF-8; the bytes can."""
    desk = await started(store)

    answer = await desk.one(message("M1", control_id="\ud800", reason="\ud800"))

    assert answer.state is MessageState.QUARANTINED
    assert desk.rows("SELECT control_id FROM message") == [("?",)]
    await ended(desk)


async def test_a_failing_command_is_its_callers_alone(store: Store) -> None:
    """What it wrote is undone, and the batch it was in goes on."""
    desk = desk_at(store)

    def work(connection: Connection) -> None:
        connection.execute(text("DELETE FROM message"))
        raise LookupError

    desk.writer.start(asyncio.get_running_loop())
    await desk.one(message("M1"))
    ran, sent = desk.writer.run(work), desk.sending(message("M2"))

    with pytest.raises(LookupError):
        await ran
    await sent
    assert desk.rows("SELECT count(*) FROM message") == [(2,)]
    await ended(desk)


async def test_a_full_disk_answers_nobody_and_resumes_alone(store: Store) -> None:
    """No positive and no negative answer: the sender resends. Outcomes wait in memory, and nothing needs a person."""
    desk = await started(store)
    await desk.one(message("M1"))
    await desk.writer.run(lambda connection: _limit(connection, 0))
    big = message("BIG", outputs=())
    big = replace(big, receipt=replace(big.receipt, payload=b"x" * 200_000))

    refused = await desk.send(big)
    await desk.writer.run(lambda connection: _limit(connection, 1_000_000))
    after = await desk.one(message("M2"))

    assert refused == NoAnswer("sqlite-full")
    assert after.message_id == 2
    assert desk.rows("SELECT id FROM message") == [(1,), (2,)]
    assert [alert.code for alert in desk.alerts] == ["storage-busy", "storage-resumed"]
    await ended(desk)


async def test_a_foreign_lock_delays_outcomes_and_loses_none(store: Store) -> None:
    """Another process holds our file: no answer for messages, an error for commands, outcomes are kept and retried."""
    desk = await started(store)
    await desk.one(message("M1"))
    await desk.writer.run(lambda connection: connection.exec_driver_sql("PRAGMA busy_timeout=1") and None)
    intruder = sqlite3.connect(store.path, isolation_level=None)
    intruder.execute("BEGIN IMMEDIATE")

    outcome = desk.reporting((1, 1), DeliveryState.DELIVERED)
    refused = await desk.send(message("M2"))
    with pytest.raises(StorageBusy):
        await desk.writer.run(lambda _connection: None)
    waited = not outcome.done()
    intruder.rollback()
    intruder.close()
    await outcome

    assert refused == NoAnswer("sqlite-busy")
    assert waited
    assert desk.rows("SELECT state FROM delivery WHERE ordinal = 1") == [(int(DeliveryState.DELIVERED),)]
    await ended(desk)


@pytest.mark.parametrize("name", ["SQLITE_IOERR_FSYNC", "SQLITE_CORRUPT", "SQLITE_NOTADB"])
async def test_a_broken_disk_stops_everything_without_an_answer(store: Store, name: str) -> None:
    """Fail-stop: whoever waits is left without an answer, the process is told once, nothing more is written."""
    judge = Indexing()
    desk = await started(store, judge)
    await desk.one(message("M1"))
    judge.broken = name

    answer = await desk.send(message("M2"))
    error = await desk.failure
    late = await desk.send(message("M3"))

    assert isinstance(answer, NoAnswer)
    assert isinstance(error, StorageFailed)
    assert late == NoAnswer("stopped")
    assert desk.rows("SELECT id FROM message") == [(1,)]
    assert desk.told.count("failed") == 1


async def test_a_commit_of_unknown_fate_stops_everything_without_an_answer(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """fsync failed: the row may be there after a restart or not, so nobody may say anything."""
    desk = await started(store)
    await desk.one(message("M1"))
    monkeypatch.setattr(store.connection.dialect, "do_commit", lambda _raw: _raise("SQLITE_IOERR_FSYNC"))

    answer = await desk.send(message("M2"))
    error = await desk.failure

    assert isinstance(answer, NoAnswer)
    assert isinstance(error, CommitUnknown)
    assert error.code == "sqlite-ioerr-fsync"


async def test_a_disk_that_fills_up_in_the_commit_is_known_not_to_have_committed(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The frames could not be written: rolled back, and the next transaction goes through."""
    desk = await started(store)
    with monkeypatch.context() as patch:
        patch.setattr(store.connection.dialect, "do_commit", lambda _raw: _raise("SQLITE_FULL"))
        refused = await desk.send(message("M1"))

    answer = await desk.one(message("M2"))

    assert refused == NoAnswer("sqlite-full")
    assert answer.message_id == 1
    assert desk.rows("SELECT control_id FROM message") == [("M2",)]
    await ended(desk)


async def test_a_store_whose_file_was_taken_away_acknowledges_nothing_more(store: Store) -> None:
    """The open file would take commits for ever, and a restart would find none of them."""
    desk = await started(store)
    await desk.one(message("M1"))
    store.path.rename(store.path.with_suffix(".moved"))

    answer = await desk.send(message("M2"))
    error = await desk.failure

    assert isinstance(answer, NoAnswer)
    assert error.code == "store-gone"


def _limit(connection: Connection, pages: int) -> None:
    """Let the file grow to *pages* and no further; 0: not at all."""
    connection.exec_driver_sql(f"PRAGMA max_page_count={pages or 1}")


def _raise(name: str) -> None:
    error = sqlite3.OperationalError("made up")
    error.sqlite_errorname = name
    error.sqlite_errorcode = getattr(sqlite3, name)
    raise error
