"""While a person's decision about a delivery is being written, its lanes keep their hands off it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from engine.delivery.dispatcher import Destination, Dispatcher
from engine.delivery.lanes import DeliveryId
from engine.delivery.ledger import Waiting
from engine.states import DeliveryState
from tests.unit.delivery.test_dispatcher import QUICK, Peer, Store, running, waiting

FIRST = DeliveryId(1, 1)


@asynccontextmanager
async def _at_work(store: Store, peer: Peer, most: int = 10_000) -> AsyncIterator[Dispatcher]:
    dispatcher = Dispatcher(Destination("billing", policy=QUICK, most=most), store, lambda: peer)
    async with running(dispatcher):
        yield dispatcher


async def _let_lanes_run() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


async def test_no_attempt_begins_while_a_person_decides_and_it_follows_at_once() -> None:
    """A turn that comes meanwhile is not lost."""
    store, peer = Store(), Peer()
    async with _at_work(store, peer) as dispatcher:
        async with dispatcher.undisturbed(FIRST) as may_decide:
            dispatcher.offer(waiting(1))
            await _let_lanes_run()
            meanwhile = list(peer.got)
        await store.until(1)

    assert may_decide
    assert meanwhile == []
    assert peer.got == [b"1"]


async def test_a_delivery_skipped_in_its_turn_is_not_sent_and_the_next_one_is() -> None:
    """The decision stands: what the lane passed over is gone."""
    store, peer = Store(), Peer()
    async with _at_work(store, peer) as dispatcher:
        async with dispatcher.undisturbed(FIRST):
            dispatcher.offer(waiting(1))
            dispatcher.offer(waiting(2))
            await _let_lanes_run()
            dispatcher.remove(FIRST)
        await store.until(1)

    assert peer.got == [b"2"]


async def test_nobody_may_decide_while_an_attempt_is_under_way() -> None:
    """Its outcome is not known yet."""
    store, peer = Store(), Peer()
    peer.gate = asyncio.Event()
    async with _at_work(store, peer) as dispatcher:
        dispatcher.offer(waiting(1))
        await _let_lanes_run()
        async with dispatcher.undisturbed(FIRST) as may_decide:
            pass
        peer.gate.set()
        await store.until(1)

    assert not may_decide
    assert peer.got == [b"1"]


async def test_a_page_never_shows_what_was_before_a_decision() -> None:
    """A delivery read as held just before it was retried would be held in memory for ever."""
    store, peer = Store(), Peer()
    store.rows = {DeliveryId(number, 1): Waiting(DeliveryId(number, 1), ()) for number in (1, 2, 3)}
    store.rows[DeliveryId(3, 1)].state = DeliveryState.HELD
    dispatcher = Dispatcher(Destination("billing", policy=QUICK, most=2), store, lambda: peer)
    await dispatcher.load()
    dispatcher.offer(waiting(3))
    third = DeliveryId(3, 1)

    async with running(dispatcher):
        async with dispatcher.undisturbed(third):
            await store.until(2)
            await _let_lanes_run()
            reads = store.reads
            store.rows[third].state = DeliveryState.PENDING
            dispatcher.retry(third)
        await store.until(3)

    assert reads == 1
    assert peer.got == [b"stored 1", b"stored 2", b"stored 3"]


async def test_new_bytes_for_a_held_delivery_are_what_is_sent() -> None:
    """Released: it keeps its place and leaves with what was made today."""
    store, peer = Store(), Peer()
    async with _at_work(store, peer) as dispatcher:
        dispatcher.offer(Waiting(FIRST, (), DeliveryState.HELD, b"old"))
        dispatcher.offer(waiting(2))
        async with dispatcher.undisturbed(FIRST):
            dispatcher.release(Waiting(FIRST, (), payload=b"new"))
        await store.until(2)

    assert peer.got == [b"new", b"2"]
