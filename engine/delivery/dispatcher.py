"""The lanes of one destination at work: one message in flight per lane, its outcome committed before the next is sent.

The queue lives in the store. Memory holds the oldest part of each lane (`horizon`); the rest is read in pages when
that has drained, so that a destination may be down, or a patient held, for days.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import islice

import structlog

from engine import clock
from engine.delivery.horizon import Horizon
from engine.delivery.lanes import DeliveryId, LaneQueue
from engine.delivery.ledger import Ledger, Outcome, Waiting
from engine.delivery.retry import DEFAULT_POLICY, RetryPolicy, Trouble, next_wait
from engine.delivery.sender import Delivered, NotDelivered, Result, Sender
from engine.errors import HashMismatch, StorageBusy
from engine.states import DeliveryState
from engine.telemetry import where

log = structlog.get_logger()

_PAGE = 2_000
"""Deliveries read from the store at once: what goes through them keeps the loop for a few milliseconds."""
_AHEAD = 128
"""Deliveries of a backlog whose bytes are read together."""
_READ_AGAIN_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Destination:
    """How one destination is served."""

    name: str
    lanes: int = 1
    policy: RetryPolicy = DEFAULT_POLICY
    most: int = 10_000
    """Deliveries kept in memory; the rest waits in the store."""
    most_bytes: int = 32 * 2**20
    """Bytes of payloads kept in memory; beyond, they are read when their turn comes."""


class Dispatcher:
    """The lanes of one destination. All methods are called on the event loop."""

    def __init__(self, destination: Destination, ledger: Ledger, connect: Callable[[], Sender]) -> None:
        self.destination = destination
        self._ledger = ledger
        self._connect = connect
        self._queue = LaneQueue(destination.lanes)
        self._items: dict[DeliveryId, Waiting] = {}
        self._ready: deque[DeliveryId] = deque()
        self._work = asyncio.Semaphore(0)
        """One permit for each entry of ``_ready``, and one for each worker when stopping."""
        self._flying: set[DeliveryId] = set()
        self._reserved: set[DeliveryId] = set()
        """Those about which a person's decision is being written."""
        self._passed_over: set[DeliveryId] = set()
        """Reserved ones whose turn came meanwhile."""
        self._timers: dict[DeliveryId, asyncio.TimerHandle] = {}
        self._bytes = 0
        self._horizon = Horizon(self._queue.contents, destination.most)
        self._fetching = asyncio.Lock()
        """One at a time: what the others need comes along."""
        self._reading = asyncio.Lock()
        """Held while pages are read, and while a person's decision is written: no page shows the time before."""
        self._stopping = False
        self._ended = False
        self._change: tuple[Destination, Callable[[], Sender]] | None = None
        self._at_once = False
        """What waits for its next try is tried as soon as it is read: it failed under other settings."""
        self._more = asyncio.Event()
        self._failing_since: float | None = None
        self._alerted = False

    # -- life ---------------------------------------------------------------------------------------------------------

    async def load(self) -> None:
        """Read the head of each lane from the store, and flag what may have been sent just before the last stop."""
        self._horizon.begin()
        await self._refill()
        suspects = [each for each in self._queue.heads() if self._items[each].state is DeliveryState.PENDING]
        if suspects:
            await self._ledger.flag_possible_duplicates(suspects)

    async def run(self) -> None:
        """Send until `stop`; each lane's attempt under way is finished and recorded first."""
        while True:
            async with asyncio.TaskGroup() as group:
                for number in range(self.destination.lanes):
                    group.create_task(self._lane(), name=f"lane {self.destination.name} {number}")
                group.create_task(self._keep_filled(), name=f"refill {self.destination.name}")
            if self._ended:
                return
            await self._begin_anew()

    def stop(self) -> None:
        """Start no further attempt."""
        self._ended = True
        self._halt()

    def change(self, destination: Destination, connect: Callable[[], Sender]) -> None:
        """Serve it so from the next attempt on: those under way are finished, then the queue is read anew."""
        self._change = destination, connect
        self._halt()

    @property
    def is_empty(self) -> bool:
        """Whether memory holds nothing; the store may have what was not read yet."""
        return not self._items

    def _halt(self) -> None:
        self._stopping = True
        for timer in self._timers.values():
            timer.cancel()
        for _ in range(self.destination.lanes):
            self._work.release()
        self._more.set()

    async def _begin_anew(self) -> None:
        """Forget the queue and how it was cut into lanes; it is read again like at a start."""
        async with self._reading:  # and no person's decision is being written
            if self._change is not None:
                self.destination, self._connect = self._change
                self._change = None
            self._queue = LaneQueue(self.destination.lanes)
            self._horizon = Horizon(self._queue.contents, self.destination.most)
            self._horizon.begin()
            self._work, self._bytes, self._at_once = asyncio.Semaphore(0), 0, True
            for memory in (self._items, self._ready, self._timers, self._passed_over):
                memory.clear()
            self._stopping = self._ended
        self._more.set()

    # -- what comes in ------------------------------------------------------------------------------------------------

    def offer(self, waiting: Waiting) -> None:
        """Take a committed delivery; they come in journal order."""
        if waiting.id in self._items:
            return  # a page has shown it already
        lanes = self._queue.numbers(waiting.lane_keys)
        if self._horizon.takes(waiting.id, lanes):
            self._add(waiting, lanes)

    @asynccontextmanager
    async def undisturbed(self, delivery: DeliveryId) -> AsyncIterator[bool]:
        """Yield whether a person may decide about *delivery* now: no attempt is under way, and inside none begins."""
        async with self._reading:
            if delivery in self._flying:
                yield False
                return
            self._reserved.add(delivery)
            try:
                yield True
            finally:
                self._reserved.discard(delivery)
                if delivery in self._passed_over:
                    self._passed_over.discard(delivery)
                    self._push(delivery)

    def retry(self, delivery: DeliveryId) -> None:
        """Try a waiting or held delivery again at once: a person asked for it, and the store says so already."""
        item = self._items.get(delivery)
        if item is None or delivery in self._flying:
            return
        timer = self._timers.pop(delivery, None)
        if timer is not None:
            timer.cancel()
        if item.state is DeliveryState.HELD or item.next_at_us:
            item.state, item.next_at_us, item.attempts, item.refusals = DeliveryState.PENDING, 0, 0, 0
            if self._queue.may_be_sent(delivery):
                self._push(delivery)

    def release(self, waiting: Waiting) -> None:
        """Send new bytes: in its place if it still holds one, else behind all that wait in its lanes."""
        held = self._items.get(waiting.id)
        if held is None:
            lanes = self._queue.numbers(waiting.lane_keys)
            if not self._horizon.is_for_the_store(waiting.id, lanes):
                self._add(waiting, lanes)
            return
        self._bytes += len(waiting.payload or b"") - len(held.payload or b"")
        held.payload = waiting.payload
        self.retry(waiting.id)

    def remove(self, delivery: DeliveryId) -> None:
        """Forget a delivery that a person skipped or set aside; those behind it go on."""
        if delivery in self._items and delivery not in self._flying:
            self._finish(delivery)

    def newer_than(self, delivery: DeliveryId, keys: Iterable[str]) -> bool:
        """Tell whether something newer with one of *keys* waits here (what has gone out only the store knows)."""
        wanted = set(keys)
        return any(each > delivery and wanted & set(item.lane_keys) for each, item in self._items.items())

    # -- one lane -----------------------------------------------------------------------------------------------------

    async def _lane(self) -> None:
        sender = self._connect()
        try:
            while True:
                await self._work.acquire()
                if self._stopping:
                    return
                delivery = self._ready.popleft()
                item = self._items.get(delivery)
                if item is None or delivery in self._flying or item.state is not DeliveryState.PENDING:
                    continue  # taken away while it stood in the row
                if not self._queue.may_be_sent(delivery):
                    continue  # taken away and put back, behind others
                if delivery in self._reserved:
                    self._passed_over.add(delivery)
                    continue
                self._flying.add(delivery)
                outcome = await self._attempt(sender, item)
                await self._record(outcome)
                self._flying.discard(delivery)
                self._apply(item, outcome)
        finally:
            sender.close()

    async def _attempt(self, sender: Sender, item: Waiting) -> Outcome:
        item.attempts += 1
        payload = item.payload
        try:
            if payload is None:
                payload = await self._bytes_of(item)
        except HashMismatch:
            return self._hold(item, "hash-mismatch")
        except StorageBusy as busy:
            wait = self.destination.policy.first
            log.warning("delivery.unread", **self._name(item), reason=busy.code, retry_in=wait)
            return self._outcome(item, DeliveryState.PENDING, busy.code, clock.now_us() + int(wait * 1_000_000))
        if not payload:
            return self._hold(item, "no-bytes")
        try:
            return self._judge(item, await sender.send(payload))
        except Exception as error:  # noqa: BLE001  boundary: our mistake about one message must not end its lane
            log.error("delivery.crashed", **self._name(item), **where(error))
            sender.close()
            return self._hold(item, "engine-failed")

    async def _bytes_of(self, item: Waiting) -> bytes:
        """Read the bytes of *item*; those of the next ones come along, since asking costs more than the answer."""
        async with self._fetching:
            if item.payload is None:
                for delivery, payload in (await self._ledger.payloads(self._next_without_bytes(item))).items():
                    waiting = self._items.get(delivery)
                    if waiting is not None and waiting.payload is None:
                        waiting.payload = payload
                        self._bytes += len(payload)
        return item.payload if item.payload is not None else await self._ledger.payload(item.id)

    def _next_without_bytes(self, item: Waiting) -> list[DeliveryId]:
        if self._bytes > self.destination.most_bytes // 2:
            return [item.id]
        others = (
            each.id
            for each in self._items.values()
            if each.payload is None and each.state is DeliveryState.PENDING and each is not item
        )
        return sorted([item.id, *islice(others, _AHEAD - 1)])

    def _judge(self, item: Waiting, result: Result) -> Outcome:
        if isinstance(result, Delivered):
            return self._outcome(item, DeliveryState.DELIVERED, result.evidence)
        refused = result.trouble is Trouble.REFUSED
        item.refusals += refused
        wait = next_wait(self.destination.policy, result.trouble, item.refusals if refused else item.attempts)
        if wait is None:
            return self._hold(item, result.reason)
        self._complain(item, result, wait)
        now = clock.now_us()
        next_at_us, doubt = now + int(wait * 1_000_000), result.may_have_arrived
        return Outcome(item.id, DeliveryState.PENDING, item.attempts, result.reason, now, next_at_us, doubt)

    def _hold(self, item: Waiting, reason: str) -> Outcome:
        behind = self._queue.waiting_behind(item.id)
        log.error("delivery.held", **self._name(item), reason=reason, attempts=item.attempts, waiting=behind)
        return self._outcome(item, DeliveryState.HELD, reason)

    def _outcome(self, item: Waiting, state: DeliveryState, reason: str, next_at_us: int = 0) -> Outcome:
        return Outcome(item.id, state, item.attempts, reason, clock.now_us(), next_at_us)

    async def _record(self, outcome: Outcome) -> None:
        """Wait until *outcome* is on disk; the writer has it from here on, also when this lane is cancelled."""
        done = asyncio.get_running_loop().create_future()
        self._ledger.record(outcome, lambda: None if done.done() else done.set_result(None))
        await asyncio.shield(done)

    def _apply(self, item: Waiting, outcome: Outcome) -> None:
        match outcome.state:
            case DeliveryState.DELIVERED:
                if self._failing_since is not None:
                    self._recover()
                self._finish(item.id)
            case DeliveryState.HELD:
                item.state = DeliveryState.HELD
            case _:
                item.next_at_us = outcome.next_at_us
                self._schedule(item)

    # -- bookkeeping --------------------------------------------------------------------------------------------------

    def _add(self, item: Waiting, lanes: tuple[int, ...]) -> None:
        if item.payload is not None:
            if self._bytes + len(item.payload) > self.destination.most_bytes:
                item.payload = None
            else:
                self._bytes += len(item.payload)
        self._items[item.id] = item
        if self._queue.add_to(lanes, item.id):
            self._schedule(item)

    def _schedule(self, item: Waiting) -> None:
        """Send *item*, the oldest in its lanes, now or when its wait is over."""
        if item.state is not DeliveryState.PENDING or self._stopping:
            return
        delay = (item.next_at_us - clock.now_us()) / 1_000_000 if item.next_at_us else 0.0
        if delay <= 0:
            self._push(item.id)
        else:
            delay = min(delay, self.destination.policy.longest_of_all)  # a clock set back must not park a lane
            self._timers[item.id] = asyncio.get_running_loop().call_later(delay, self._due, item.id)

    def _due(self, delivery: DeliveryId) -> None:
        self._timers.pop(delivery, None)
        self._push(delivery)

    def _push(self, delivery: DeliveryId) -> None:
        self._ready.append(delivery)
        self._work.release()

    def _finish(self, delivery: DeliveryId) -> None:
        item = self._items.pop(delivery)
        timer = self._timers.pop(delivery, None)
        if timer is not None:
            timer.cancel()
        if item.payload is not None:
            self._bytes -= len(item.payload)
        for following in self._queue.finish(delivery):
            self._schedule(self._items[following])
        if self._horizon.hungry() is not None:
            self._more.set()

    async def _keep_filled(self) -> None:
        while not self._stopping:
            await self._more.wait()
            self._more.clear()
            try:
                await self._refill()
                self._at_once = False
            except StorageBusy as busy:
                log.warning("queue.unread", destination=self.destination.name, reason=busy.code)
                asyncio.get_running_loop().call_later(_READ_AGAIN_SECONDS, self._more.set)

    async def _refill(self) -> None:
        """Read pages until no lane is short of what the store has for it."""
        limit = min(_PAGE, max(1, self.destination.most))
        while not self._stopping and (start := self._horizon.hungry()) is not None:
            async with self._reading:
                self._horizon.begin_page(start)
                before = DeliveryId(start.message_id, start.ordinal - 1)
                page = await self._ledger.waiting(before, limit)
                for item in page:
                    self._take(item)
                if len(page) == limit:
                    self._horizon.end_page(page[-1].id)
                else:
                    self._horizon.end_last_page(page[-1].id if page else before)

    def _take(self, item: Waiting) -> None:
        if item.id not in self._items:
            lanes = self._queue.numbers(item.lane_keys)
            if self._horizon.takes_from_page(item.id, lanes):
                item.next_at_us = 0 if self._at_once else item.next_at_us
                self._add(item, lanes)

    def _complain(self, item: Waiting, result: NotDelivered, wait: float) -> None:
        name, reason = self._name(item), result.reason
        log.warning("delivery.failed", **name, reason=reason, attempt=item.attempts, retry_in=round(wait, 1))
        if result.trouble is Trouble.FAILED:
            now = clock.monotonic()
            self._failing_since = self._failing_since or now
            if not self._alerted and now - self._failing_since >= self.destination.policy.alert_after:
                self._alerted = True
                log.error("destination.unreachable", **name, reason=reason, seconds=round(now - self._failing_since))

    def _name(self, item: Waiting) -> dict[str, str | int]:
        return {"destination": self.destination.name, "message_id": item.id.message_id, "ordinal": item.id.ordinal}

    def _recover(self) -> None:
        if self._alerted:
            log.info("destination.recovered", destination=self.destination.name)
        self._failing_since, self._alerted = None, False
