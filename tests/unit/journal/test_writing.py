"""The writer's promises for messages: order, one transaction, answers after the commit."""

import asyncio
from hashlib import sha256

from engine.journal.inbox import Room
from engine.journal.items import NoAnswer, Submission
from engine.journal.queries import last_message_id, message_payload, rules_texts
from engine.journal.store import Store
from engine.journal.versions import version_id
from engine.journal.writer import Limits
from engine.states import DeliveryState, MessageState
from tests.unit.journal.journals import Desk, FakeOutput, FakeRules, desk_at, message

pytest_plugins = ("tests.unit.journal.journal_fixtures",)


def _broken(_answers: object) -> None:
    raise ZeroDivisionError


async def test_an_answer_comes_only_after_its_message_is_on_disk(desk: Desk) -> None:
    """What is acknowledged can be read back by another connection, byte for byte and with its hash."""
    plan = message("M1")

    answer = await desk.one(plan)

    assert (answer.message_id, answer.ack, answer.state, answer.resent) == (1, b"MSA AA", MessageState.ACCEPTED, False)
    assert desk.ask(lambda connection: message_payload(connection, 1)) == plan.receipt.payload
    assert desk.rows("SELECT payload_hash FROM message") == [(sha256(plan.receipt.payload).digest(),)]


async def test_everything_queued_before_the_start_is_one_transaction_in_order(store: Store) -> None:
    """Group commit: no linger, whatever has queued up is committed at once, numbered in the order of arrival."""
    commits: list[str] = []
    desk = desk_at(store, limits=Limits(failpoint=commits.append))
    sent = [desk.sending(message(f"M{number}")) for number in range(100)]

    desk.writer.start(asyncio.get_running_loop())
    answers = await asyncio.gather(*sent)

    assert [each[0].message_id for each in answers if not isinstance(each, NoAnswer)] == list(range(1, 101))
    assert commits == ["batch.loaded", "write", "commit.before", "commit.after"]
    assert desk.told[:100] == [f"answer M{number}" for number in range(100)]
    await asyncio.to_thread(desk.writer.stop)


async def test_what_comes_in_one_turn_of_the_loop_is_one_transaction(store: Store) -> None:
    """A transaction costs much the same for one as for many: the writer does not start on the first of forty frames."""
    commits: list[str] = []
    desk = desk_at(store, limits=Limits(failpoint=commits.append))
    desk.writer.start(asyncio.get_running_loop())
    await desk.one(message("M0"))
    commits.clear()

    sent = [desk.sending(message(f"M{number}")) for number in range(1, 41)]
    outcome = desk.reporting((1, 1), DeliveryState.DELIVERED)
    await asyncio.gather(*sent, outcome)

    assert commits.count("commit.after") == 1
    await asyncio.to_thread(desk.writer.stop)


async def test_a_batch_takes_at_most_256_items_and_outcomes_first(store: Store) -> None:
    """Outcomes free the lanes: they never wait behind a flood of messages."""
    seen: list[str] = []
    desk = desk_at(store, limits=Limits(failpoint=seen.append))
    sent = [desk.sending(message(f"M{number}")) for number in range(300)]
    outcome = desk.reporting((1, 1), DeliveryState.DELIVERED)

    desk.writer.start(asyncio.get_running_loop())
    await asyncio.gather(*sent, outcome)

    assert seen.count("commit.after") == 2
    assert seen[0] == "outcome.before"
    assert seen.index("outcome.after") == seen.index("commit.after") + 1
    await asyncio.to_thread(desk.writer.stop)


async def test_the_messages_of_one_frame_share_a_transaction_and_an_answer(desk: Desk) -> None:
    """A batch frame is all or nothing, decided in order."""
    answers = await desk.send(message("B1"), message("B2"), message("B3"))

    assert not isinstance(answers, NoAnswer)
    assert [answer.message_id for answer in answers] == [1, 2, 3]


async def test_new_deliveries_reach_the_lanes_with_their_bytes_after_the_answers(desk: Desk) -> None:
    """Lanes need no read for what was just committed; parked ones do not concern them, held ones stop their lanes."""
    outputs = (
        FakeOutput(1, "billing", b"bytes", lane_keys=("HOSP|1", "HOSP|2")),
        FakeOutput(2, "registry", b"", DeliveryState.PARKED, reason="unknown-code"),
        FakeOutput(3, "archive", b"", DeliveryState.HELD, reason="unknown-code"),
    )

    await desk.one(message("M1", outputs=outputs))

    assert [(each.destination, each.state, each.payload) for each in desk.queued] == [
        ("billing", DeliveryState.PENDING, b"bytes"),
        ("archive", DeliveryState.HELD, b""),
    ]
    assert desk.queued[0].lane_keys == ("HOSP|1", "HOSP|2")
    assert desk.told == ["answer M1", "deliveries 2"]


async def test_bytes_equal_to_the_message_are_stored_once(desk: Desk) -> None:
    """Pass-through destinations cost no second copy, and keep their hash."""
    await desk.one(message("M1"))

    rows = desk.rows("SELECT payload IS NULL, length(payload_hash) FROM delivery ORDER BY ordinal")
    assert rows == [(1, 32), (0, 32)]


async def test_numbers_go_on_after_a_restart(store: Store) -> None:
    """Message id = last + 1, read from the store when the writer is made."""
    first = desk_at(store)
    first.writer.start(asyncio.get_running_loop())
    await first.one(message("M1"))
    await asyncio.to_thread(first.writer.stop)

    second = desk_at(store)
    second.writer.start(asyncio.get_running_loop())
    answer = await second.one(message("M2"))

    assert answer.message_id == 2
    await asyncio.to_thread(second.writer.stop)


async def test_the_rules_that_decided_are_kept_once(desk: Desk) -> None:
    """Yesterday's decision can be explained with yesterday's texts."""
    await desk.one(message("M1"))
    await desk.one(message("M2"))

    assert desk.rows("SELECT id, hash FROM rules_version") == [(1, "v1")]
    assert desk.ask(lambda connection: rules_texts(connection, 1)) == {"routes/adt.yaml": "route: adt"}
    assert desk.rows("SELECT rules_version FROM message") == [(1,), (1,)]


async def test_a_new_version_of_the_rules_gets_the_next_number(desk: Desk) -> None:
    """After a reload, and also where a release wrote the version down before any message was decided by it."""
    await desk.one(message("M1"))
    second = FakeRules("v2", {"h1": ("routes/adt.yaml", "route: adt"), "h2": ("routes/oru.yaml", "route: oru")})
    await desk.writer.run(lambda connection: version_id(connection, second))

    await desk.one(message("M2", rules=second))
    await desk.one(message("M3", rules=FakeRules("v3", {})))

    assert desk.rows("SELECT rules_version FROM message") == [(1,), (2,), (3,)]
    assert desk.rows("SELECT count(*) FROM rules_text") == [(2,)]
    assert sorted(desk.ask(lambda connection: rules_texts(connection, 2))) == ["routes/adt.yaml", "routes/oru.yaml"]


async def test_a_full_queue_says_so_and_tells_when_there_is_room(store: Store) -> None:
    """The bound is in bytes: listeners stop reading, and go on when half of it is free."""
    desk = desk_at(store, limits=Limits(max_bytes=2_500))
    sent = [desk.sending(message(f"M{number}")) for number in range(3)]

    desk.writer.start(asyncio.get_running_loop())
    await asyncio.gather(*sent)

    assert desk.rooms == [Room.OPEN, Room.OPEN, Room.FULL]
    assert desk.told.count("drained") == 1
    await asyncio.to_thread(desk.writer.stop)


async def test_after_the_stop_nobody_is_answered(store: Store) -> None:
    """A message that comes too late is resent by its sender; silence is the honest answer."""
    desk = desk_at(store)
    desk.writer.start(asyncio.get_running_loop())
    await asyncio.to_thread(desk.writer.stop)

    answer = await desk.send(message("M1"))

    assert answer == NoAnswer("stopped")
    assert desk.ask(last_message_id) == 0


async def test_one_broken_callback_keeps_nobody_elses_news(desk: Desk) -> None:
    """Connections do not share fate."""
    desk.writer.submit(Submission((message("M1"),), _broken))

    answer = await desk.one(message("M2"))

    assert answer.message_id == 2
    assert [(alert.code, alert.error) for alert in desk.alerts] == [("callback-failed", "ZeroDivisionError")]
