"""Retry and skip over a real store and real lanes: what is done once, what is refused, and what the trail says."""

import asyncio
from pathlib import Path

import pytest

from engine.errors import NotPossible
from engine.states import DeliveryState
from tests.unit.operations.operating import ALL_WARDS, GONE, REFUSED, SILENT, Desk, desk_at, message, site

PENDING, DELIVERED, HELD, SKIPPED = (
    DeliveryState.PENDING,
    DeliveryState.DELIVERED,
    DeliveryState.HELD,
    DeliveryState.SKIPPED,
)


async def _held(desk: Desk, *later: int) -> None:
    """Let the first message be refused by billing, so that it is held."""
    desk.peers["billing"].script = [REFUSED]
    await desk.receive(message(1), *(message(number) for number in later))
    await desk.until("SELECT 1 FROM delivery WHERE state = 4")


async def test_a_held_delivery_is_sent_again_and_those_behind_it_follow(tmp_path: Path) -> None:
    """Retry gives it its turn at once; the order of the lane stays."""
    async with desk_at(tmp_path, site(tmp_path)) as desk:
        await _held(desk, 2)

        report = await desk.one("deliveries.retry", "1/1")
        await desk.until("SELECT 1 FROM delivery WHERE message_id = 2 AND destination = 'billing' AND state = 2")

        assert report["done"]
        assert report["text"] == "was held (AE); it is sent to billing now"
        assert desk.state("1/1") == (DELIVERED, "")
        assert len(desk.peers["billing"].got) == 3
        assert desk.peers["billing"].got[0] == desk.peers["billing"].got[1]
        assert desk.trail() == [("jane", "delivery-retried", 1, 1)]


async def test_a_delivery_that_waits_for_its_next_try_is_tried_at_once(tmp_path: Path) -> None:
    """The destination is back, and nobody wants to wait out the back-off."""
    async with desk_at(tmp_path, site(tmp_path)) as desk:
        desk.peers["billing"].script = [GONE]
        await desk.receive(message(1))
        await desk.until("SELECT 1 FROM delivery WHERE next_at > 0")

        report = await desk.one("deliveries.retry", "1/1")
        await desk.until("SELECT 1 FROM delivery WHERE destination = 'billing' AND state = 2")

        assert report["done"]


async def test_two_people_retry_one_delivery_once(tmp_path: Path) -> None:
    """The second is told that there is nothing to do; one more attempt leaves, not two."""
    async with desk_at(tmp_path, site(tmp_path)) as desk:
        await _held(desk)
        desk.peers["billing"].gate.clear()

        both = await asyncio.gather(*(desk.one("deliveries.retry", "1/1", actor=name) for name in ("jane", "joe")))
        desk.peers["billing"].gate.set()
        await desk.until("SELECT 1 FROM delivery WHERE destination = 'billing' AND state = 2")

        assert sorted(report["done"] for report in both) == [False, True]
        assert {report["code"] for report in both} <= {"", "waits-its-turn", "in-flight"}
        assert len(desk.peers["billing"].got) == 2
        assert len(desk.trail()) == 1


async def test_nothing_is_decided_about_a_delivery_that_is_being_sent(tmp_path: Path) -> None:
    """Its outcome is not known yet: neither retry nor skip nor release, and the trail stays empty."""
    async with desk_at(tmp_path, site(tmp_path)) as desk:
        desk.peers["billing"].gate.clear()
        await desk.receive(message(1))
        await asyncio.wait_for(desk.peers["billing"].came.wait(), 20)

        told = [await desk.one(f"deliveries.{do}", "1/1", reason="no") for do in ("retry", "skip")]

        assert [report["code"] for report in told] == ["in-flight", "in-flight"]
        assert all("is being sent at this moment" in report["text"] for report in told)
        assert desk.trail() == []


async def test_a_skipped_delivery_is_never_sent_and_the_lane_goes_on(tmp_path: Path) -> None:
    """A held one blocks its lane; a person's decision frees it."""
    async with desk_at(tmp_path, site(tmp_path)) as desk:
        await _held(desk, 2)

        report = await desk.one("deliveries.skip", "1/1", reason="billed by hand")
        await desk.until("SELECT 1 FROM delivery WHERE message_id = 2 AND destination = 'billing' AND state = 2")

        assert report["done"]
        assert report["warnings"] == ()
        assert desk.state("1/1") == (SKIPPED, "skipped-by-hand")
        assert len(desk.peers["billing"].got) == 2
        assert desk.rows("SELECT detail FROM audit") == [("was held (AE); billed by hand",)]


async def test_a_skip_says_when_the_destination_may_have_it_all_the_same(tmp_path: Path) -> None:
    """An attempt without an answer leaves a doubt that a person must know of."""
    async with desk_at(tmp_path, site(tmp_path)) as desk:
        desk.peers["billing"].script = [SILENT]
        await desk.receive(message(1))
        await desk.until("SELECT 1 FROM delivery WHERE next_at > 0")

        report = await desk.one("deliveries.skip", "1/1", reason="wrong patient")

        assert report["warnings"] == ("billing may have it all the same (answer-timeout)",)


async def test_a_skip_without_a_reason_is_refused(tmp_path: Path) -> None:
    """The trail must say why."""
    async with desk_at(tmp_path, site(tmp_path)) as desk:
        await _held(desk)

        report = await desk.one("deliveries.skip", "1/1", reason="  ")

        assert report["code"] == "no-reason"
        assert desk.state("1/1")[0] == HELD


@pytest.mark.parametrize("do", ["retry", "skip", "release"])
async def test_what_is_settled_stays_settled(tmp_path: Path, do: str) -> None:
    """Delivered is delivered."""
    async with desk_at(tmp_path, site(tmp_path)) as desk:
        await desk.receive(message(1))
        await desk.until("SELECT 1 FROM delivery WHERE destination = 'billing' AND state = 2")

        report = await desk.one(f"deliveries.{do}", "1/1", reason="x")

        assert (report["done"], report["code"]) == (False, "already-settled")


async def test_one_that_cannot_be_done_does_not_stop_the_others(tmp_path: Path) -> None:
    """Several at once: each is told by name, in order, and named twice is done once."""
    async with desk_at(tmp_path, site(tmp_path)) as desk:
        await _held(desk)

        reports = await desk.ask("deliveries.skip", "9/9", "1/1", "1/1", "1/7", reason="x")

        assert [(each["delivery"], each["code"]) for each in reports] == [
            ("9/9", "no-such-delivery"),
            ("1/1", ""),
            ("1/7", "no-such-delivery"),
        ]


async def test_a_parked_delivery_is_not_retried_but_may_be_skipped(tmp_path: Path) -> None:
    """It has no bytes; the sentence says what helps."""
    async with desk_at(tmp_path, site(tmp_path)) as desk:
        await desk.receive(message(1, "W9"))

        retried = await desk.one("deliveries.retry", "1/1")
        skipped = await desk.one("deliveries.skip", "1/1", reason="x")

        assert retried["code"] == "no-bytes"
        assert "mend the rules, then release it" in retried["text"]
        assert skipped["done"]


async def test_the_books_balance_after_every_deed(tmp_path: Path) -> None:
    """The tally is kept in the same transaction as the state."""
    async with desk_at(tmp_path, site(tmp_path)) as desk:
        await _held(desk)
        await desk.receive(message(2, "W9"))
        desk.rules = site(tmp_path, ALL_WARDS)

        await desk.ask("deliveries.skip", "1/1", reason="x")
        await desk.ask("deliveries.release", "2/1")
        await desk.until("SELECT 1 FROM delivery WHERE message_id = 2 AND ordinal = 1 AND state = 2")
        status = await desk.ask("status")

        assert status["destinations"]["billing"] == {
            "due": 2, "queued": 0, "pending": 0, "delivered": 1, "parked": 0, "held": 0, "skipped": 1
        }  # fmt: skip
        assert (status["received"], status["messages"]["accepted"]) == (2, 2)
        assert status["listeners"] == {"adt": "h:1"}


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({}, "bad-request"),
        ({"deliveries": []}, "bad-request"),
        ({"deliveries": [1]}, "bad-request"),
        ({"deliveries": ["1-1"]}, "bad-name"),
        ({"deliveries": ["1/1"] * 101}, "too-many"),
        ({"deliveries": ["1/1"], "reason": "a\nb"}, "bad-reason"),
        ({"deliveries": ["1/1"], "reason": "x" * 201}, "bad-reason"),
    ],
)
async def test_a_request_that_says_nothing_sensible_is_refused(
    tmp_path: Path, arguments: dict[str, object], code: str
) -> None:
    """Programs may ask too: each mistake has a code."""
    async with desk_at(tmp_path, site(tmp_path)) as desk:
        with pytest.raises(NotPossible) as refusal:
            await desk.ask("deliveries.skip", **arguments)

        assert refusal.value.code == code


async def test_an_unknown_command_is_told_so(tmp_path: Path) -> None:
    """A newer command line meets an older engine."""
    async with desk_at(tmp_path, site(tmp_path)) as desk:
        with pytest.raises(NotPossible) as refusal:
            await desk.ask("deliveries.burn")

        assert refusal.value.code == "unknown-command"


async def test_opening_values_is_on_the_trail_before_it_is_answered(tmp_path: Path) -> None:
    """Whoever reads a body has been written down."""
    async with desk_at(tmp_path, site(tmp_path)) as desk:
        await desk.receive(message(1))

        await desk.ask("values.open", message=1)
        await desk.ask("values.open", message=1, ordinal=2, actor="joe")

        assert desk.trail() == [("jane", "message-opened", 1, None), ("joe", "delivery-opened", 1, 2)]
