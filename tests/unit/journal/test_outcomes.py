"""Outcomes and people's changes: compare-and-set, so that neither overwrites the other unseen."""

from hashlib import sha256

import pytest
from sqlalchemy import Connection

from engine.journal import balance
from engine.journal.changes import Change, Remade, change_state, flag_possible_duplicates, release
from engine.journal.deliveries import attempts_of, delivery_head, delivery_payload, delivery_texts
from engine.journal.items import Settled
from engine.states import DeliveryState, MessageState
from tests.unit.journal.journals import Desk, FakeOutput, message

pytest_plugins = ("tests.unit.journal.journal_fixtures",)

PENDING, DELIVERED, PARKED, HELD, SKIPPED = DeliveryState


async def settled_books(desk: Desk) -> bool:
    """Tell whether the kept counts are the rows' counts."""
    return bool(
        desk.ask(lambda connection: balance.differences(balance.counts(connection), balance.recount(connection))) == []
    )


async def test_a_delivered_outcome_is_kept_with_its_evidence(desk: Desk) -> None:
    """The lane hears of it after the commit."""
    await desk.one(message("M1"))

    settled = await desk.reporting((1, 1), DELIVERED, evidence="MSA|AA|C1")

    assert settled is Settled.APPLIED
    texts = desk.ask(lambda connection: delivery_texts(connection, (1, 1)))
    assert texts["evidence"] == "MSA|AA|C1"
    assert desk.rows("SELECT ordinal, state, attempts FROM delivery") == [(1, DELIVERED, 1), (2, PENDING, 0)]
    assert desk.rows("SELECT count(*) FROM attempt") == [(0,)]
    assert await settled_books(desk)


async def test_a_failed_attempt_is_kept_and_tried_again(desk: Desk) -> None:
    """Why it failed, and when the next try is due, survive a restart."""
    await desk.one(message("M1"))

    await desk.reporting((1, 1), PENDING, next_at=99, reason="answer-timeout", possible_duplicate=True)

    head = desk.ask(lambda connection: delivery_head(connection, (1, 1)))
    assert (head["state"], head["next_at"], head["reason"], head["possible_duplicate"]) == (
        PENDING,
        99,
        "answer-timeout",
        1,
    )
    attempts = desk.ask(lambda connection: attempts_of(connection, (1, 1)))
    assert [(attempt["number"], attempt["reason"]) for attempt in attempts] == [(1, "answer-timeout")]
    assert await settled_books(desk)


async def test_a_refused_delivery_is_held(desk: Desk) -> None:
    """Its lanes wait, until a person retries, skips or releases it."""
    await desk.one(message("M1"))

    await desk.reporting((1, 1), HELD, reason="AE")

    assert desk.rows("SELECT state FROM delivery WHERE ordinal = 1") == [(HELD,)]
    assert await settled_books(desk)


async def test_a_delivery_that_took_place_is_recorded_over_a_persons_skip(desk: Desk) -> None:
    """It was skipped while it was on its way: the destination has it, and the books must say so."""
    await desk.one(message("M1"))
    await desk.writer.run(lambda connection: change_state(connection, (1, 1), Change(PENDING, SKIPPED)))

    settled = await desk.reporting((1, 1), DELIVERED, evidence="MSA|AA|C1")

    assert settled is Settled.OVERTAKEN
    assert desk.rows("SELECT state FROM delivery WHERE ordinal = 1") == [(DELIVERED,)]
    assert await settled_books(desk)


async def test_a_failure_does_not_undo_a_persons_skip(desk: Desk) -> None:
    """What was decided meanwhile stands; the attempt is kept all the same."""
    await desk.one(message("M1"))
    await desk.writer.run(lambda connection: change_state(connection, (1, 1), Change(PENDING, SKIPPED)))

    settled = await desk.reporting((1, 1), PENDING, reason="closed")

    assert settled is Settled.OVERTAKEN
    assert desk.rows("SELECT state FROM delivery WHERE ordinal = 1") == [(SKIPPED,)]
    assert desk.rows("SELECT count(*) FROM attempt") == [(1,)]
    assert await settled_books(desk)


@pytest.mark.parametrize("wanted", [PENDING, SKIPPED, PARKED])
async def test_a_person_moves_a_held_delivery_once(desk: Desk, wanted: DeliveryState) -> None:
    """Two people press the same button: the second is told that it had moved."""
    await desk.one(message("M1"))
    await desk.reporting((1, 1), HELD)

    def work(connection: Connection) -> bool:
        return change_state(connection, (1, 1), Change(HELD, wanted, "by-hand"))

    first, second = await desk.writer.run(work), await desk.writer.run(work)

    assert (first, second) == (True, False)
    assert desk.rows("SELECT state, reason FROM delivery WHERE ordinal = 1") == [(wanted, "by-hand")]
    assert await settled_books(desk)


async def test_a_change_to_a_delivery_that_does_not_exist_is_refused(desk: Desk) -> None:
    """A typing mistake must not move anything."""
    moved = await desk.writer.run(lambda connection: change_state(connection, (7, 1), Change(HELD, SKIPPED)))

    assert moved is False


async def test_a_parked_delivery_is_released_with_new_bytes(desk: Desk) -> None:
    """The rules were corrected: the new bytes, their hash and the version that made them are kept."""
    await desk.one(message("M1", outputs=(FakeOutput(1, "billing", b"", PARKED, reason="unknown-code"),)))
    remade = Remade(b"new bytes", "C9", 4)

    await desk.writer.run(lambda connection: release(connection, (1, 1), Change(PARKED, PENDING), remade))

    assert desk.ask(lambda connection: delivery_payload(connection, (1, 1))) == b"new bytes"
    rows = desk.rows("SELECT state, control_id, made_from, payload_hash FROM delivery")
    assert rows == [(PENDING, "C9", 4, sha256(b"new bytes").digest())]
    assert await settled_books(desk)


async def test_what_may_have_left_before_a_crash_is_flagged(desk: Desk) -> None:
    """The oldest pending delivery of a lane, after a restart."""
    await desk.one(message("M1"))

    await desk.writer.run(lambda connection: flag_possible_duplicates(connection, [(1, 2)]))

    assert desk.rows("SELECT ordinal, possible_duplicate FROM delivery") == [(1, 0), (2, 1)]


async def test_a_doubt_outlives_the_delivery(desk: Desk) -> None:
    """That it was delivered in the end does not undo that it may have come twice."""
    await desk.one(message("M1"))
    await desk.writer.run(lambda connection: flag_possible_duplicates(connection, [(1, 2)]))

    await desk.reporting((1, 2), DELIVERED, evidence="AA")

    assert desk.rows("SELECT ordinal, possible_duplicate FROM delivery") == [(1, 0), (2, 1)]


async def test_the_books_balance(desk: Desk) -> None:
    """With an output + filtered = received - rejected - quarantined; due = the sum of a destination's states."""
    await desk.one(message("M1"))
    await desk.one(message("M2", state=MessageState.FILTERED, outputs=()))
    await desk.one(message("M3", state=MessageState.REJECTED))
    await desk.one(message("M4", state=MessageState.QUARANTINED, outputs=()))
    await desk.one(message("M1"))
    await desk.reporting((1, 1), DELIVERED)

    counted = desk.ask(balance.counts)

    assert (counted.received, counted.resends) == (4, 1)
    assert counted.messages == dict.fromkeys(MessageState, 1)
    assert counted.destinations["billing"] == {PENDING: 0, DELIVERED: 1}
    assert counted.destinations["registry"] == {PENDING: 1}
    assert counted.due("billing") == 1
    assert await settled_books(desk)


async def test_wrong_books_are_named(desk: Desk) -> None:
    """A check that cannot find anything is none."""
    await desk.one(message("M1"))
    await desk.writer.run(lambda connection: connection.exec_driver_sql("UPDATE delivery SET state = 2") and None)

    found = desk.ask(lambda connection: balance.differences(balance.counts(connection), balance.recount(connection)))

    assert found == ["billing pending", "billing delivered", "registry pending", "registry delivered"]
