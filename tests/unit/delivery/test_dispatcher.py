"""The lanes of one destination at work, over a store and a destination that are scripted."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from engine.delivery.dispatcher import Destination, Dispatcher
from engine.delivery.lanes import DeliveryId
from engine.delivery.ledger import Outcome, Waiting
from engine.delivery.retry import RetryPolicy, Trouble
from engine.delivery.sender import Delivered, NotDelivered, Result
from engine.errors import HashMismatch
from engine.states import DeliveryState

QUICK = RetryPolicy(first=0.01, longest=0.02, refused=(0.01, 0.01, 0.01))


@dataclass
class Store:
    """A ledger in memory: rows, outcomes in the order of commits, and a commit that can be kept waiting."""

    rows: dict[DeliveryId, Waiting] = field(default_factory=dict)
    outcomes: list[Outcome] = field(default_factory=list)
    flagged: list[DeliveryId] = field(default_factory=list)
    asked: list[list[DeliveryId]] = field(default_factory=list)
    reads_ahead: bool = False
    corrupt: set[DeliveryId] = field(default_factory=set)
    reads: int = 0
    recorded: asyncio.Condition = field(default_factory=asyncio.Condition)
    slow: asyncio.Event | None = None
    tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def record(self, outcome: Outcome, done: Callable[[], None]) -> None:
        task = asyncio.ensure_future(self._commit(outcome, done))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def _commit(self, outcome: Outcome, done: Callable[[], None]) -> None:
        if self.slow is not None:
            await self.slow.wait()
        async with self.recorded:
            self.outcomes.append(outcome)
            if outcome.state is DeliveryState.DELIVERED:
                self.rows.pop(outcome.id, None)
            done()
            self.recorded.notify_all()

    async def waiting(self, after: DeliveryId, limit: int) -> Sequence[Waiting]:
        self.reads += 1
        later = sorted(each for each in self.rows if each > after)[:limit]
        return [Waiting(each, self.rows[each].lane_keys, self.rows[each].state) for each in later]

    async def payload(self, delivery: DeliveryId) -> bytes:
        if delivery in self.corrupt:
            raise HashMismatch(delivery.message_id)
        return b"stored %d" % delivery.message_id

    async def payloads(self, deliveries: Sequence[DeliveryId]) -> Mapping[DeliveryId, bytes]:
        self.asked.append(list(deliveries))
        return {each: b"ahead %d" % each.message_id for each in deliveries} if self.reads_ahead else {}

    async def flag_possible_duplicates(self, deliveries: Sequence[DeliveryId]) -> None:
        self.flagged.extend(deliveries)

    async def until(self, count: int) -> list[Outcome]:
        """Wait for that many outcomes."""
        async with asyncio.timeout(10), self.recorded:
            await self.recorded.wait_for(lambda: len(self.outcomes) >= count)
            return list(self.outcomes)


class Peer:
    """A destination that answers by script, and remembers what it was sent."""

    def __init__(self, *script: Result) -> None:
        self.script = list(script)
        self.got: list[bytes] = []
        self.now = self.most = 0
        self.gate: asyncio.Event | None = None

    async def send(self, payload: bytes) -> Result:
        self.now += 1
        self.most = max(self.most, self.now)
        self.got.append(payload)
        if self.gate is not None:
            await self.gate.wait()
        await asyncio.sleep(0)
        self.now -= 1
        return self.script.pop(0) if self.script else Delivered("AA")

    def close(self) -> None:
        """Nothing to close."""


def waiting(number: int, *keys: str) -> Waiting:
    """Return a delivery of message *number* with its bytes at hand."""
    return Waiting(DeliveryId(number, 1), keys, payload=b"%d" % number)


@asynccontextmanager
async def running(dispatcher: Dispatcher) -> AsyncIterator[None]:
    """Run a dispatcher for the length of a test."""
    async with asyncio.TaskGroup() as group:
        group.create_task(dispatcher.run())
        yield
        dispatcher.stop()


async def test_one_patient_arrives_in_order_and_one_at_a_time() -> None:
    """The next message of a lane is sent after the outcome of the one before is on disk."""
    store, peer = Store(), Peer()
    dispatcher = Dispatcher(Destination("billing", lanes=4), store, lambda: peer)

    async with running(dispatcher):
        for number in range(1, 21):
            dispatcher.offer(waiting(number, "A|1"))
        outcomes = await store.until(20)

    assert peer.got == [b"%d" % number for number in range(1, 21)]
    assert peer.most == 1
    assert [outcome.id.message_id for outcome in outcomes] == list(range(1, 21))


async def test_several_lanes_send_at_the_same_time() -> None:
    """Patients do not wait for each other."""
    store, peer = Store(), Peer()
    dispatcher = Dispatcher(Destination("billing", lanes=4), store, lambda: peer)

    async with running(dispatcher):
        for number in range(1, 41):
            dispatcher.offer(waiting(number, f"A|{number}"))
        await store.until(40)

    assert 1 < peer.most <= 4


async def test_nothing_is_sent_before_the_outcome_before_it_is_committed() -> None:
    """Otherwise a crash could leave two messages of a lane in doubt."""
    store, peer = Store(slow=asyncio.Event()), Peer()
    dispatcher = Dispatcher(Destination("billing"), store, lambda: peer)

    async with running(dispatcher):
        dispatcher.offer(waiting(1))
        dispatcher.offer(waiting(2))
        for _ in range(20):
            await asyncio.sleep(0)
        before = list(peer.got)
        assert store.slow is not None
        store.slow.set()
        await store.until(2)

    assert before == [b"1"]
    assert peer.got == [b"1", b"2"]


async def test_a_fault_is_tried_again_with_the_same_bytes() -> None:
    """Nobody knows what became of the first copy, so the second is the same."""
    store, peer = Store(), Peer(NotDelivered(Trouble.FAILED, "answer-timeout"), NotDelivered(Trouble.FAILED, "closed"))
    dispatcher = Dispatcher(Destination("billing", policy=QUICK), store, lambda: peer)

    async with running(dispatcher):
        dispatcher.offer(waiting(1))
        dispatcher.offer(waiting(2))
        outcomes = await store.until(4)

    assert peer.got == [b"1", b"1", b"1", b"2"]
    assert [outcome.reason for outcome in outcomes] == ["answer-timeout", "closed", "AA", "AA"]
    assert [outcome.attempts for outcome in outcomes] == [1, 2, 3, 1]


async def test_a_refusal_is_held_and_only_its_lanes_wait() -> None:
    """After three further tries a person has to look; other patients go on."""
    refusal = NotDelivered(Trouble.REFUSED, "AE")
    store, peer = Store(), Peer(*[refusal] * 4)
    dispatcher = Dispatcher(Destination("billing", lanes=8, policy=QUICK), store, lambda: peer)

    async with running(dispatcher):
        dispatcher.offer(waiting(1, "A|1"))
        dispatcher.offer(waiting(2, "A|1"))
        held = (await store.until(4))[-1]
        dispatcher.offer(waiting(3, "A|2"))
        outcomes = await store.until(5)

    assert held.state is DeliveryState.HELD
    assert peer.got == [b"1"] * 4 + [b"3"]
    assert outcomes[-1].id.message_id == 3


async def test_a_person_has_a_held_one_tried_again() -> None:
    """Retry sends the same bytes, and the lane goes on behind it."""
    refusal = NotDelivered(Trouble.REFUSED, "AE")
    store, peer = Store(), Peer(*[refusal] * 4)
    dispatcher = Dispatcher(Destination("billing", policy=QUICK), store, lambda: peer)

    async with running(dispatcher):
        dispatcher.offer(waiting(1))
        dispatcher.offer(waiting(2))
        await store.until(4)
        await asyncio.sleep(0)
        dispatcher.retry(DeliveryId(1, 1))
        await store.until(6)

    assert peer.got == [b"1"] * 5 + [b"2"]


async def test_a_person_skips_a_held_one() -> None:
    """Skipping frees the lane; the message is not sent."""
    refusal = NotDelivered(Trouble.REFUSED, "AE")
    store, peer = Store(), Peer(*[refusal] * 4)
    dispatcher = Dispatcher(Destination("billing", policy=QUICK), store, lambda: peer)

    async with running(dispatcher):
        dispatcher.offer(waiting(1))
        dispatcher.offer(waiting(2))
        await store.until(4)
        await asyncio.sleep(0)
        dispatcher.remove(DeliveryId(1, 1))
        await store.until(5)

    assert peer.got == [b"1"] * 4 + [b"2"]


async def test_memory_is_bounded_and_the_rest_comes_from_the_store_in_order() -> None:
    """A destination may be down for days: what does not fit waits on disk."""
    store, peer = Store(), Peer()
    peer.gate = asyncio.Event()
    dispatcher = Dispatcher(Destination("billing", most=10), store, lambda: peer)

    async with running(dispatcher):
        for number in range(1, 101):
            item = waiting(number)
            store.rows[item.id] = item
            dispatcher.offer(item)
            assert len(dispatcher._items) <= 10
        peer.gate.set()
        outcomes = await store.until(100)

    assert [outcome.id.message_id for outcome in outcomes] == list(range(1, 101))
    assert store.reads > 0


async def test_offers_during_a_refill_are_neither_lost_nor_doubled() -> None:
    """New messages keep coming while the backlog is read."""
    store, peer = Store(), Peer()
    dispatcher = Dispatcher(Destination("billing", most=4), store, lambda: peer)

    async with running(dispatcher):
        for number in range(1, 301):
            item = waiting(number)
            store.rows[item.id] = item
            dispatcher.offer(item)
            await asyncio.sleep(0)
        outcomes = await store.until(300)

    assert [outcome.id.message_id for outcome in outcomes] == list(range(1, 301))


async def test_after_a_restart_the_head_of_each_lane_may_be_a_duplicate() -> None:
    """It may have been on its way when the engine stopped; held ones were not."""
    store, peer = Store(), Peer()
    store.rows = {
        DeliveryId(1, 1): Waiting(DeliveryId(1, 1), ("A|1",)),
        DeliveryId(2, 1): Waiting(DeliveryId(2, 1), ("A|1",)),
        DeliveryId(3, 1): Waiting(DeliveryId(3, 1), ("A|2",), DeliveryState.HELD),
        DeliveryId(4, 1): Waiting(DeliveryId(4, 1), ("A|3",)),
    }
    dispatcher = Dispatcher(Destination("billing", lanes=64), store, lambda: peer)

    await dispatcher.load()
    async with running(dispatcher):
        await store.until(3)

    assert store.flagged == [DeliveryId(1, 1), DeliveryId(4, 1)]
    assert sorted(peer.got) == [b"stored 1", b"stored 2", b"stored 4"]


async def test_bytes_that_are_not_what_was_stored_are_never_sent() -> None:
    """A flipped bit on disk holds the lane and calls a person."""
    store, peer = Store(), Peer()
    store.rows = {DeliveryId(1, 1): Waiting(DeliveryId(1, 1), ())}
    store.corrupt = {DeliveryId(1, 1)}
    dispatcher = Dispatcher(Destination("billing"), store, lambda: peer)

    await dispatcher.load()
    async with running(dispatcher):
        outcome = (await store.until(1))[0]

    assert (outcome.state, outcome.reason) == (DeliveryState.HELD, "hash-mismatch")
    assert peer.got == []


async def test_a_released_one_goes_behind_what_waits_in_its_lanes() -> None:
    """What a person releases from parked is the exception to the order; it takes no one's turn."""
    store, peer = Store(), Peer()
    peer.gate = asyncio.Event()
    dispatcher = Dispatcher(Destination("billing"), store, lambda: peer)

    async with running(dispatcher):
        dispatcher.offer(waiting(5))
        dispatcher.offer(waiting(6))
        dispatcher.release(Waiting(DeliveryId(2, 1), (), payload=b"released"))
        peer.gate.set()
        await store.until(3)

    assert peer.got == [b"5", b"6", b"released"]


async def test_connections_that_failed_before_do_not_count_as_refusals() -> None:
    """After an outage the first AE is the first of its tries, however often nobody answered before."""
    fault, refusal = NotDelivered(Trouble.FAILED, "refused"), NotDelivered(Trouble.REFUSED, "AE")
    store, peer = Store(), Peer(fault, fault, fault, fault, refusal)
    dispatcher = Dispatcher(Destination("billing", policy=QUICK), store, lambda: peer)

    async with running(dispatcher):
        dispatcher.offer(waiting(1))
        outcomes = await store.until(6)

    assert [outcome.state for outcome in outcomes[4:]] == [DeliveryState.PENDING, DeliveryState.DELIVERED]


async def test_the_bytes_of_a_backlog_are_read_many_at_a_time() -> None:
    """After a restart a queue of thousands must not cost a question to the store for each."""
    store, peer = Store(reads_ahead=True), Peer()
    store.rows = {DeliveryId(number, 1): Waiting(DeliveryId(number, 1), ()) for number in range(1, 301)}
    dispatcher = Dispatcher(Destination("billing"), store, lambda: peer)

    await dispatcher.load()
    async with running(dispatcher):
        await store.until(300)

    assert peer.got == [b"ahead %d" % number for number in range(1, 301)]
    assert len(store.asked) <= 4
    assert dispatcher._bytes == 0
