"""From a frame to a submission and from its commit to the answer: one message, a batch, several, none."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from engine.intake.mllp import MllpIntake
from engine.intake.planning import Planner
from engine.journal.items import Submission
from engine.states import MessageState
from tests.support.decisions import ADT, CONFIG, answered, errors, rules_of
from tests.unit.intake.desk import FakeCaller, FakeJournal

ROUTE = "route: all\nfrom: adt\naccept: MSH-9.1 == 'ADT'\nto: {billing: {}}\n"
SECOND = ADT.replace(b"MSG1", b"MSG2")
BHS = b"BHS|^~\\&|HIS|STMARY|ENGINE|SITE|20260301||||B77\r"


class Desk:
    """An intake between a sender and a journal."""

    def __init__(self, folder: Path, planner: Planner, config: str = CONFIG) -> None:
        rules = rules_of(folder, ROUTE, config=config)
        self.caller, self.journal = FakeCaller(), FakeJournal()
        self.intake = MllpIntake("adt", lambda: rules, planner, self.journal.submit)

    def receive(self, payload: bytes, ticket: int = 0) -> list[Submission]:
        """Give it a frame; return what it submitted."""
        self.intake.on_frame(self.caller, payload, ticket)
        return list(self.journal.submissions)


@pytest.fixture
async def planner() -> AsyncIterator[Planner]:
    """Return a planner on this test's loop."""
    made = Planner(asyncio.get_running_loop())
    yield made
    await asyncio.to_thread(made.close)


@pytest.fixture
def desk(tmp_path: Path, planner: Planner) -> Desk:
    """Return an intake that quarantines what has several headers."""
    return Desk(tmp_path, planner)


def test_nothing_is_said_before_the_commit(desk: Desk) -> None:
    """An acknowledgement is a promise about the disk."""
    (submission,) = desk.receive(ADT)
    before = list(desk.caller.said)

    desk.journal.commit()

    assert len(submission.plans) == 1
    assert before == []
    assert answered(desk.caller.only) == (b"AA", b"MSG1")


def test_what_may_not_be_on_disk_gets_no_answer(desk: Desk) -> None:
    """Neither AA nor AE: the sender sends it again."""
    desk.receive(ADT)

    desk.journal.fail()

    assert (desk.caller.said, desk.caller.is_closed) == ([], True)


def test_a_receipt_says_whence_and_when(desk: Desk) -> None:
    """The listener's name, the peer's address, the bytes as they came."""
    (submission,) = desk.receive(ADT)

    receipt = submission.plans[0].receipt
    assert (receipt.listener, receipt.peer, receipt.payload) == ("adt", "127.0.0.1", ADT)
    assert receipt.received_ns > 1_700_000_000_000_000_000


def test_a_batch_is_one_submission_and_one_answer(desk: Desk) -> None:
    """Its messages are decided in order in one transaction."""
    (submission,) = desk.receive(BHS + ADT + SECOND + b"BTS|2\r")

    desk.journal.commit()

    assert [plan.receipt.payload for plan in submission.plans] == [ADT, SECOND]
    assert answered(desk.caller.only) == (b"AA", b"B77")


def test_a_batch_of_a_thousand_messages_is_one_answer(desk: Desk) -> None:
    """However many: a part of a batch is never acknowledged for the whole."""
    parts = [ADT.replace(b"MSG1", b"M%d" % number) for number in range(1_000)]

    (submission,) = desk.receive(BHS + b"".join(parts))
    answers = desk.journal.commit()

    assert len(submission.plans) == len(answers) == 1_000
    assert len(desk.caller.said) == 1


def test_a_batch_nobody_knows_the_fate_of_gets_no_answer(desk: Desk) -> None:
    """As for one message."""
    desk.receive(BHS + ADT)

    desk.journal.fail()

    assert (desk.caller.said, desk.caller.is_closed) == ([], True)


def test_an_empty_batch_is_answered_at_once(desk: Desk) -> None:
    """There is nothing to keep."""
    submissions = desk.receive(BHS + b"BTS|0\r")

    assert submissions == []
    assert answered(desk.caller.only) == (b"AA", b"B77")


@pytest.mark.parametrize("payload", [b"BHSabc", BHS + b"PID|1||4711\r", b"FHS"])
def test_an_envelope_that_cannot_be_read_is_quarantined(desk: Desk, payload: bytes) -> None:
    """It is kept whole and refused; its sender must not go on sending it, and hear nothing, for ever."""
    (submission,) = desk.receive(payload)

    (answer,) = desk.journal.commit()

    assert submission.plans[0].receipt.payload == payload
    assert answer.state is MessageState.QUARANTINED
    assert answered(desk.caller.only) == (b"AR", b"")
    assert errors(desk.caller.only)[0][1] == b"100"


def test_several_messages_in_one_frame_are_quarantined_together(desk: Desk) -> None:
    """Unless the listener says otherwise, nobody knows what the sender meant."""
    (submission,) = desk.receive(ADT + SECOND)

    desk.journal.commit()

    assert len(submission.plans) == 1
    assert answered(desk.caller.only) == (b"AR", b"MSG1")


async def test_a_listener_may_split_several_and_answer_each(tmp_path: Path, planner: Planner) -> None:
    """In their order, in one go, each with its own code."""
    desk = Desk(tmp_path, planner, CONFIG.replace("{authority: STMARY}", "{authority: STMARY}, several: split"))
    strange = SECOND.replace(b"ADT^", b"ZZZ^")

    (submission,) = desk.receive(ADT + strange + ADT.replace(b"MSG1", b"MSG3"), 4)
    desk.journal.commit()

    ((ticket, answers),) = desk.caller.said
    assert len(submission.plans) == 3
    assert ticket == 4
    assert list(map(answered, answers)) == [(b"AA", b"MSG1"), (b"AR", b"MSG2"), (b"AA", b"MSG3")]


async def test_who_wants_to_hear_nothing_hears_nothing(tmp_path: Path, planner: Planner) -> None:
    """The frame is answered with silence, so that the next one's answer can leave."""
    desk = Desk(tmp_path, planner, CONFIG.replace("authority: STMARY", "acknowledge: enhanced"))

    desk.receive(ADT.replace(b"|2.5.1\r", b"|2.5.1|||NE|NE\r", 1))
    desk.journal.commit()

    assert desk.caller.said == [(0, ())]


def test_a_frame_that_is_too_long_is_refused_without_being_kept(desk: Desk) -> None:
    """Only its header was read."""
    desk.intake.on_too_big(desk.caller, ADT.partition(b"\r")[0], 0)

    assert desk.journal.submissions == []
    assert answered(desk.caller.only) == (b"AR", b"MSG1")


def test_a_frame_that_is_too_long_and_says_nothing_is_answered_with_silence(desk: Desk) -> None:
    """There is nobody to name."""
    desk.intake.on_too_big(desk.caller, b"MSH", 0)

    assert desk.caller.said == [(0, ())]
