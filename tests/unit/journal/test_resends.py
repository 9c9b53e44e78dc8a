"""Resends: the same message twice is delivered once, unless the first copy was refused."""

from dataclasses import replace

import pytest

from engine.journal.items import NoAnswer
from engine.states import MessageState
from tests.unit.journal.journals import DAY_NS, START_NS, Desk, FakeMessage, message

pytest_plugins = ("tests.unit.journal.journal_fixtures",)


async def test_a_resend_gets_the_same_code_and_nothing_is_decided(desk: Desk) -> None:
    """The sender did not hear the first answer; it hears it now, and no destination hears of it twice."""
    first = await desk.one(message("M1"))

    second = await desk.one(message("M1"))

    assert (second.message_id, second.ack, second.resent) == (first.message_id, b"ACK AA", True)
    assert desk.rows("SELECT count(*), sum(resends) FROM message") == [(1, 1)]
    assert desk.rows("SELECT count(*) FROM delivery") == [(2,)]
    assert len(desk.queued) == 2


async def test_a_resend_in_the_same_batch_counts_too(desk: Desk) -> None:
    """Two connections may race the same message into one transaction: only one wins."""
    answers = await desk.send(message("M1"), message("M2"), message("M1"), message("M1"))

    assert not isinstance(answers, NoAnswer)
    assert [(answer.message_id, answer.resent) for answer in answers] == [(1, False), (2, False), (1, True), (1, True)]
    assert desk.rows("SELECT id, resends FROM message") == [(1, 2), (2, 0)]


async def test_a_filtered_first_copy_suppresses(desk: Desk) -> None:
    """Nothing was wanted from it the first time, and nothing is wanted now."""
    await desk.one(message("M1", state=MessageState.FILTERED, outputs=()))

    second = await desk.one(message("M1"))

    assert second.resent
    assert second.state is MessageState.FILTERED


@pytest.mark.parametrize("state", [MessageState.REJECTED, MessageState.QUARANTINED])
async def test_a_refused_first_copy_is_decided_afresh_and_linked(desk: Desk, state: MessageState) -> None:
    """The sender fixed nothing, but a person may have fixed the rules."""
    await desk.one(message("M1", state=state, outputs=()))

    second = await desk.one(message("M1"))

    assert (second.message_id, second.resent, second.state) == (2, False, MessageState.ACCEPTED)
    assert desk.rows("SELECT id, earlier_id FROM message") == [(1, None), (2, 1)]


async def test_once_a_later_copy_was_accepted_it_suppresses(desk: Desk) -> None:
    """Refused, accepted, resent: the third is the second's resend."""
    await desk.one(message("M1", state=MessageState.REJECTED))
    await desk.one(message("M1"))

    third = await desk.one(message("M1"))

    assert (third.message_id, third.resent) == (2, True)


async def test_an_empty_digest_is_never_a_resend(desk: Desk) -> None:
    """Without MSH-10 nothing tells a resend from an equal message."""
    await desk.one(message("M1", digest=b"", control_id=""))

    second = await desk.one(message("M1", digest=b"", control_id=""))

    assert (second.message_id, second.resent) == (2, False)


@pytest.mark.parametrize(("days", "resent"), [(6.9, True), (7.1, False)])
async def test_a_copy_counts_for_seven_days(desk: Desk, days: float, *, resent: bool) -> None:
    """Older than the window, the same content is a new message."""
    await desk.one(message("M1"))

    second = await desk.one(message("M1", received_ns=START_NS + int(days * DAY_NS)))

    assert second.resent is resent


async def test_the_same_control_id_with_other_content_is_flagged_and_kept(desk: Desk) -> None:
    """Senders do reuse MSH-10 after a restart: data is never dropped on a weak key."""
    await desk.one(message("M1"))

    second = await desk.one(replace(message("M2"), control_id="M1"))

    assert not second.resent
    assert desk.rows("SELECT id, reason FROM message") == [(1, ""), (2, "id-reused")]


async def test_another_senders_control_id_is_no_concern(desk: Desk) -> None:
    """MSH-10 is unique per sending application at most."""
    await desk.one(message("M1"))

    await desk.one(replace(message("M2"), control_id="M1", message=FakeMessage("ADT-SYSTEM")))

    assert desk.rows("SELECT reason FROM message") == [("",), ("",)]


async def test_digests_that_share_their_first_half_are_not_confused(desk: Desk) -> None:
    """The index holds eight bytes of the digest; the whole of it decides."""
    await desk.one(message("M1", digest=b"A" * 8 + b"1" * 8))

    second = await desk.one(message("M1", digest=b"A" * 8 + b"2" * 8))

    assert not second.resent
