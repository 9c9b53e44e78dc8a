"""What is in memory of each lane, as a state machine: small memory, slow pages, held patients; nobody starves."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from engine.delivery.horizon import Horizon
from engine.delivery.lanes import DeliveryId, LaneQueue

LANES, MOST, LIMIT = 4, 12, 3
SHARE = MOST // LANES


class HorizonMachine(RuleBasedStateMachine):
    """The store is a dict of unfinished rows; commits are offered late, pages are gone through after they were read."""

    def __init__(self) -> None:
        super().__init__()
        self.number = 0
        self.store: dict[DeliveryId, tuple[int, ...]] = {}
        self.unoffered: list[DeliveryId] = []
        self.queue = LaneQueue(LANES)
        self.memory: set[DeliveryId] = set()
        self.held: set[DeliveryId] = set()
        self.page: tuple[list[tuple[DeliveryId, tuple[int, ...]]], DeliveryId] | None = None
        self.sent: list[tuple[DeliveryId, tuple[int, ...]]] = []
        self.horizon = Horizon(self.queue.contents, MOST)
        self.horizon.begin()

    @rule(lanes=st.sets(st.integers(0, LANES - 1), min_size=1, max_size=2), times=st.integers(1, 5))
    def commit(self, lanes: set[int], times: int) -> None:
        """Rows are on disk; the loop has not heard of them yet."""
        for _ in range(times):
            self.number += 1
            delivery = DeliveryId(self.number, 1)
            self.store[delivery] = tuple(sorted(lanes))
            self.unoffered.append(delivery)

    @precondition(lambda self: self.unoffered)
    @rule()
    def offer(self) -> None:
        """The loop hears of the oldest of them."""
        delivery = self.unoffered.pop(0)
        if delivery not in self.memory:
            lanes = self.store[delivery]
            if self.horizon.takes(delivery, lanes):
                self.add(delivery)

    @precondition(lambda self: self.page is None and self.horizon.hungry() is not None)
    @rule()
    def read(self) -> None:
        """A page is read from the store as it is now."""
        start = self.horizon.hungry()
        assert start is not None
        self.horizon.begin_page(start)
        self.page = ([row for row in sorted(self.store.items()) if row[0] >= start][:LIMIT], start)

    @precondition(lambda self: self.page is not None)
    @rule()
    def go_through(self) -> None:
        """The loop goes through it, whatever has happened since."""
        assert self.page is not None
        (page, start), self.page = self.page, None
        for delivery, lanes in page:
            if delivery not in self.memory and self.horizon.takes_from_page(delivery, lanes):
                self.add(delivery)
        if len(page) == LIMIT:
            self.horizon.end_page(page[-1][0])
        else:
            before = DeliveryId(start.message_id, start.ordinal - 1)
            self.horizon.end_last_page(page[-1][0] if page else before)

    @precondition(lambda self: self.movable())
    @rule(data=st.data(), holds=st.booleans())
    def attempt(self, data: st.DataObject, holds: bool) -> None:
        """One that may be sent, and of which the loop has heard, is delivered or held."""
        delivery = data.draw(st.sampled_from(self.movable()))
        if holds:
            self.held.add(delivery)
        else:
            self.deliver(delivery)

    @precondition(lambda self: self.held)
    @rule(data=st.data())
    def release(self, data: st.DataObject) -> None:
        """A person has a held one tried again."""
        self.held.discard(data.draw(st.sampled_from(sorted(self.held))))

    @invariant()
    def memory_is_bounded(self) -> None:
        """Each lane has its share and no more."""
        assert all(len(lane) <= SHARE for lane in self.queue.contents)

    @invariant()
    def memory_is_the_oldest_part(self) -> None:
        """Nothing that is unfinished and older is missing before what a lane has, apart from what is just committed."""
        for number, lane in enumerate(self.queue.contents):
            of_lane = [each for each in sorted(self.store) if number in self.store[each]]
            assert list(lane) == of_lane[: len(lane)]

    def teardown(self) -> None:
        """However it came here: left alone, everything is delivered that does not stand behind a held one."""
        while self.unoffered:
            self.offer()
        for _ in range(10_000):
            if self.page is not None:
                self.go_through()
            elif self.movable():
                self.deliver(self.movable()[0])
            elif self.horizon.hungry() is not None:
                self.read()
            else:
                break
        else:
            raise AssertionError("pages are read for ever")

        blocked: set[int] = set()
        for delivery in sorted(self.store):
            lanes = set(self.store[delivery])
            assert delivery in self.held or lanes & blocked, "it could be sent and nobody knows of it"
            blocked |= lanes

    def movable(self) -> list[DeliveryId]:
        """Return what could be sent now: an outcome never comes before its offer."""
        return [each for each in self.queue.heads() if each not in self.held and each not in self.unoffered]

    def add(self, delivery: DeliveryId) -> None:
        """Put it into memory."""
        self.memory.add(delivery)
        self.queue.add_to(self.store[delivery], delivery)

    def deliver(self, delivery: DeliveryId) -> None:
        """It has arrived."""
        lanes = self.store.pop(delivery)
        assert all(not set(lanes) & set(others) for later, others in self.sent if later > delivery)
        self.sent.append((delivery, lanes))
        self.memory.discard(delivery)
        self.queue.finish(delivery)


HorizonMachine.TestCase.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
TestHorizon = HorizonMachine.TestCase
