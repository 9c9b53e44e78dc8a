"""What goes wrong around a lane: held patients for days, our own mistakes, a slow store, a stop in the middle."""

import asyncio
from collections.abc import Sequence

import pytest
from structlog.testing import capture_logs

from engine.delivery.dispatcher import Destination, Dispatcher
from engine.delivery.lanes import DeliveryId
from engine.delivery.ledger import Waiting
from engine.delivery.retry import RetryPolicy, Trouble
from engine.delivery.sender import NotDelivered, Result
from engine.errors import StorageBusy
from engine.states import DeliveryState
from tests.unit.delivery.test_dispatcher import QUICK, Peer, Store, running, waiting

REFUSED = NotDelivered(Trouble.REFUSED, "AE")
FIRST = DeliveryId(1, 1)


class Choosy(Peer):
    """Refuses one message and takes all others."""

    async def send(self, payload: bytes) -> Result:
        self.got.append(payload)
        return REFUSED if payload in {b"1", b"stored 1"} else await super().send(payload)


def _two_lanes(number: int) -> Waiting:
    """Return a delivery of patient A (held) or B, who have a lane each."""
    item = waiting(number, "A|1" if number % 2 else "A|2")
    return Waiting(item.id, item.lane_keys, payload=item.payload)


@pytest.mark.parametrize("is_restarted", [False, True])
async def test_a_held_patient_keeps_no_other_lane_from_its_messages(is_restarted: bool) -> None:
    """However many messages wait behind the held one: memory is shared by lanes, not by who came first."""
    store, peer = Store(), Choosy()
    dispatcher = Dispatcher(Destination("billing", lanes=8, most=64, policy=QUICK), store, lambda: peer)
    numbers = range(1, 1_001)
    if is_restarted:
        store.rows = {DeliveryId(number, 1): _two_lanes(number) for number in numbers}
        await dispatcher.load()

    async with running(dispatcher):
        if not is_restarted:
            for number in numbers:
                store.rows[DeliveryId(number, 1)] = _two_lanes(number)
                dispatcher.offer(_two_lanes(number))
                await asyncio.sleep(0)
        outcomes = await store.until(504)
        delivered = [each.id.message_id for each in outcomes if each.state is DeliveryState.DELIVERED]
        in_memory = len(dispatcher._items)

    assert delivered == list(range(2, 1_001, 2))
    assert in_memory <= 64


async def test_our_own_mistake_about_a_message_holds_that_message_and_nothing_else() -> None:
    """Its lane waits for a person and says so; no lane ends without a word."""

    class Broken(Peer):
        async def send(self, payload: bytes) -> Result:
            if payload == b"1":
                raise RuntimeError("DOE^JANE")
            return await super().send(payload)

    store, peer = Store(), Broken()
    dispatcher = Dispatcher(Destination("billing", lanes=8, policy=QUICK), store, lambda: peer)

    with capture_logs() as logs:
        async with running(dispatcher):
            dispatcher.offer(waiting(1, "A|1"))
            dispatcher.offer(waiting(2, "A|1"))
            dispatcher.offer(waiting(3, "A|2"))
            outcomes = await store.until(2)

    held = next(each for each in outcomes if each.id == FIRST)
    assert (held.state, held.reason) == (DeliveryState.HELD, "engine-failed")
    assert peer.got == [b"3"]
    crashed = next(event for event in logs if event["event"] == "delivery.crashed")
    assert (crashed["error"], crashed["log_level"]) == ("RuntimeError", "error")
    assert "DOE" not in str(logs)


async def test_a_mistake_in_the_books_ends_the_destination_loudly() -> None:
    """A lane that stopped in silence would look like a quiet night."""
    store, peer = Store(), Peer()
    dispatcher = Dispatcher(Destination("billing", lanes=2), store, lambda: peer)
    dispatcher._apply = lambda *_: 1 / 0  # type: ignore[assignment,method-assign]
    dispatcher.offer(waiting(1))

    with pytest.raises(ExceptionGroup) as caught:
        async with asyncio.timeout(10):
            await dispatcher.run()

    assert caught.group_contains(ZeroDivisionError)


async def test_a_store_that_is_busy_is_asked_again() -> None:
    """A slow disk is no reason to end, to hold, or to count an attempt of the destination."""

    class Slow(Store):
        async def payload(self, delivery: DeliveryId) -> bytes:
            self.reads += 1
            if self.reads < 4:
                raise StorageBusy("sqlite-interrupt")
            return await super().payload(delivery)

    store, peer = Slow(), Peer()
    store.rows = {FIRST: Waiting(FIRST, ())}
    dispatcher = Dispatcher(Destination("billing", policy=QUICK), store, lambda: peer)

    await dispatcher.load()
    async with running(dispatcher):
        outcomes = await store.until(3)

    assert peer.got == [b"stored 1"]
    assert [each.state for each in outcomes] == [*[DeliveryState.PENDING] * 2, DeliveryState.DELIVERED]


async def test_a_page_that_could_not_be_read_is_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """The backlog does not lie there until a restart."""

    class Slow(Store):
        async def waiting(self, after: DeliveryId, limit: int) -> Sequence[Waiting]:
            if self.reads == 1:
                self.reads += 1
                raise StorageBusy("sqlite-interrupt")
            return await super().waiting(after, limit)

    monkeypatch.setattr("engine.delivery.dispatcher._READ_AGAIN_SECONDS", 0.0)
    store, peer = Slow(), Peer()
    store.rows = {DeliveryId(number, 1): waiting(number) for number in range(1, 21)}
    dispatcher = Dispatcher(Destination("billing", most=4), store, lambda: peer)

    await dispatcher.load()
    async with running(dispatcher):
        outcomes = await store.until(20)

    assert [each.id.message_id for each in outcomes] == list(range(1, 21))


async def test_what_has_no_bytes_is_never_sent() -> None:
    """Held because a rule failed: trying it again without new bytes sends no empty frame."""
    store, peer = Store(), Peer()
    dispatcher = Dispatcher(Destination("billing"), store, lambda: peer)

    async with running(dispatcher):
        dispatcher.offer(Waiting(FIRST, (), DeliveryState.HELD, b""))
        dispatcher.retry(FIRST)
        (outcome,) = await store.until(1)

    assert (outcome.state, outcome.reason) == (DeliveryState.HELD, "no-bytes")
    assert peer.got == []


async def test_put_aside_and_put_back_it_waits_for_its_new_turn() -> None:
    """Its old place in the row of what may be sent counts no more."""
    store, peer = Store(), Peer()
    dispatcher = Dispatcher(Destination("billing"), store, lambda: peer)
    for number in (1, 2, 3):
        dispatcher.offer(waiting(number))
    dispatcher.remove(FIRST)
    dispatcher.release(waiting(1))

    async with running(dispatcher):
        await store.until(3)

    assert peer.got == [b"2", b"3", b"1"]


async def test_a_retry_asked_for_twice_is_one_attempt() -> None:
    """Two people press the same button."""
    store, peer = Store(), Peer()
    peer.gate = asyncio.Event()
    dispatcher = Dispatcher(Destination("billing", lanes=4), store, lambda: peer)

    async with running(dispatcher):
        dispatcher.offer(Waiting(FIRST, (), DeliveryState.HELD, b"1"))
        dispatcher.retry(FIRST)
        dispatcher.retry(FIRST)
        peer.gate.set()
        await store.until(1)
        dispatcher.retry(FIRST)
        dispatcher.offer(waiting(2))
        await store.until(2)

    assert peer.got == [b"1", b"2"]


async def test_a_retry_also_shortens_a_wait_that_has_not_begun() -> None:
    """Read after a restart with its next try far off, behind another: its turn is at once when that one is gone."""
    store, peer = Store(), Peer()
    far = 4_000_000_000_000_000
    second = DeliveryId(2, 1)
    store.rows = {FIRST: Waiting(FIRST, (), DeliveryState.HELD), second: Waiting(second, (), next_at_us=far)}
    dispatcher = Dispatcher(Destination("billing"), store, lambda: peer)
    await dispatcher.load()
    dispatcher._items[second].next_at_us = far

    async with running(dispatcher):
        dispatcher.retry(second)
        dispatcher.remove(FIRST)
        await store.until(1)

    assert peer.got == [b"stored 2"]


async def test_waits_after_a_refusal_are_not_cut_to_those_after_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    """1, 10 and 60 seconds, also where ``longest`` is shorter."""
    policy = RetryPolicy(first=1.0, longest=2.0)
    dispatcher = Dispatcher(Destination("billing", policy=policy), Store(), Peer)
    waits: list[float] = []
    loop = asyncio.get_running_loop()
    monkeypatch.setattr(loop, "call_later", lambda seconds, *_: waits.append(seconds))
    monkeypatch.setattr("engine.clock.now_us", lambda: 1_000_000)

    dispatcher.offer(Waiting(FIRST, (), next_at_us=61_000_000))
    dispatcher.offer(Waiting(DeliveryId(2, 1), (), next_at_us=0))

    assert waits == [60.0]


@pytest.mark.parametrize(("result", "is_flagged"), [("answer-timeout", True), ("refused", False)])
async def test_a_second_copy_that_may_have_been_is_flagged(result: str, is_flagged: bool) -> None:
    """Where nothing was sent there is no doubt."""
    store = Store()
    peer = Peer(NotDelivered(Trouble.FAILED, result, may_have_arrived=is_flagged))
    dispatcher = Dispatcher(Destination("billing", policy=QUICK), store, lambda: peer)

    async with running(dispatcher):
        dispatcher.offer(waiting(1))
        failed, delivered = await store.until(2)

    assert (failed.possible_duplicate, delivered.possible_duplicate) == (is_flagged, False)


async def test_a_stop_ends_lanes_that_wait_to_try_again() -> None:
    """A back-off of five minutes is not waited for."""
    store, peer = Store(), Peer(NotDelivered(Trouble.FAILED, "refused"))
    dispatcher = Dispatcher(Destination("billing", policy=RetryPolicy(first=300.0)), store, lambda: peer)

    async with asyncio.timeout(10), running(dispatcher):
        dispatcher.offer(waiting(1))
        await store.until(1)

    assert peer.got == [b"1"]


async def test_a_stop_finishes_the_attempt_under_way_and_records_it() -> None:
    """What was sent is known as sent; what stands behind it is left for the next start."""
    store, peer = Store(), Peer()
    peer.gate = asyncio.Event()
    dispatcher = Dispatcher(Destination("billing"), store, lambda: peer)

    async with asyncio.TaskGroup() as group:
        ending = group.create_task(dispatcher.run())
        dispatcher.offer(waiting(1))
        dispatcher.offer(waiting(2))
        while not peer.got:  # noqa: ASYNC110  the scripted peer has no event for this
            await asyncio.sleep(0)
        dispatcher.stop()
        peer.gate.set()
        await ending

    assert peer.got == [b"1"]
    assert [each.state for each in store.outcomes] == [DeliveryState.DELIVERED]


async def test_a_lane_that_is_cancelled_has_handed_its_outcome_over() -> None:
    """The writer commits it all the same: what was sent is not sent again."""
    store, peer = Store(slow=asyncio.Event()), Peer()
    dispatcher = Dispatcher(Destination("billing"), store, lambda: peer)
    lanes = asyncio.create_task(dispatcher.run())
    dispatcher.offer(waiting(1))
    while not store.tasks:  # noqa: ASYNC110  as above
        await asyncio.sleep(0)

    lanes.cancel()
    with pytest.raises(asyncio.CancelledError):
        await lanes
    assert store.slow is not None
    store.slow.set()
    (outcome,) = await store.until(1)

    assert outcome.state is DeliveryState.DELIVERED


def test_a_waiting_delivery_does_not_show_its_bytes_or_its_patients() -> None:
    """It finds its way into logs one day."""
    shown = repr(Waiting(FIRST, ("STMARY|4711",), payload=b"PID|1||4711"))

    assert "4711" not in shown
