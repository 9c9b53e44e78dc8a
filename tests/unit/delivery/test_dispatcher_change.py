"""A destination whose settings change while it is served: nothing is sent twice, overtaken or left behind."""

import asyncio

from engine.delivery.dispatcher import Destination, Dispatcher
from engine.delivery.lanes import DeliveryId
from engine.delivery.ledger import Waiting
from engine.delivery.retry import RetryPolicy, Trouble
from engine.delivery.sender import Delivered, NotDelivered, Result
from tests.unit.delivery.test_dispatcher import Peer, Store

SLOW = RetryPolicy(first=3_000.0, longest=3_000.0)


class Watched(Peer):
    """A destination that tells what has come, and answers when the gate is open."""

    def __init__(self, *script: Result) -> None:
        super().__init__(*script)
        self.gate = asyncio.Event()
        self.came = asyncio.Semaphore(0)

    async def send(self, payload: bytes) -> Result:
        self.came.release()
        return await super().send(payload)

    async def until(self, count: int) -> None:
        """Wait for so many more."""
        async with asyncio.timeout(10):
            for _ in range(count):
                await self.came.acquire()


def _waiting(number: int, *keys: str) -> Waiting:
    return Waiting(DeliveryId(number, 1), keys, payload=b"stored %d" % number)


def _open(peer: Watched) -> None:
    assert peer.gate is not None
    peer.gate.set()


def _offer(store: Store, dispatcher: Dispatcher, *items: Waiting) -> None:
    for item in items:
        store.rows[item.id] = item
        dispatcher.offer(item)


async def test_more_lanes_send_what_waited_in_one() -> None:
    """Lane numbers are never stored: the queue is cut anew, and the attempt under way is finished first."""
    store, before, after = Store(), Watched(), Watched()
    dispatcher = Dispatcher(Destination("billing"), store, lambda: before)
    await dispatcher.load()
    running = asyncio.create_task(dispatcher.run())
    _offer(store, dispatcher, *(_waiting(number, f"p{number}") for number in range(1, 9)))
    await before.until(1)

    dispatcher.change(Destination("billing", lanes=8), lambda: after)
    _open(before)
    await after.until(2)
    _open(after)
    await store.until(8)
    dispatcher.stop()
    await running

    assert before.got == [b"stored 1"]
    assert sorted(after.got) == [b"stored %d" % number for number in range(2, 9)]
    assert after.most > 1


async def test_what_is_committed_while_it_changes_is_sent_in_order() -> None:
    """Between the old lanes and the new nobody holds the queue but the store."""
    store, peer = Store(), Watched()
    dispatcher = Dispatcher(Destination("billing"), store, lambda: peer)
    await dispatcher.load()
    running = asyncio.create_task(dispatcher.run())
    _offer(store, dispatcher, _waiting(1, "p"))
    await peer.until(1)

    dispatcher.change(Destination("billing"), lambda: peer)
    _offer(store, dispatcher, _waiting(2, "p"))
    dispatcher.change(Destination("billing", lanes=2), lambda: peer)
    _offer(store, dispatcher, _waiting(3, "p"))
    _open(peer)
    await store.until(3)
    dispatcher.stop()
    await running

    assert peer.got == [b"stored 1", b"stored 2", b"stored 3"]
    assert dispatcher.is_empty


async def test_what_waits_for_its_next_try_is_tried_at_once_under_new_settings() -> None:
    """Whoever has mended an address does not wait for the back-off of the wrong one."""
    store, wrong, right = Store(), Peer(NotDelivered(Trouble.FAILED, "refused")), Peer(Delivered("AA"))
    dispatcher = Dispatcher(Destination("billing", policy=SLOW), store, lambda: wrong)
    await dispatcher.load()
    running = asyncio.create_task(dispatcher.run())
    _offer(store, dispatcher, _waiting(1, "p"))
    await store.until(1)

    dispatcher.change(Destination("billing", policy=SLOW), lambda: right)
    await store.until(2)
    dispatcher.stop()
    await running

    assert right.got == [b"stored 1"]


async def test_a_stop_while_it_changes_ends_it() -> None:
    """Nothing more is sent, and run returns."""
    store, peer = Store(), Watched()
    dispatcher = Dispatcher(Destination("billing"), store, lambda: peer)
    await dispatcher.load()
    running = asyncio.create_task(dispatcher.run())
    _offer(store, dispatcher, _waiting(1, "p"), _waiting(2, "p"))
    await peer.until(1)

    dispatcher.change(Destination("billing", lanes=2), lambda: peer)
    dispatcher.stop()
    _open(peer)
    async with asyncio.timeout(10):
        await running

    assert peer.got == [b"stored 1"]
