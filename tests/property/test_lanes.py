"""Lanes as a state machine: traffic, merges, holds, restarts, changes of ``lanes``; each patient stays in order."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from engine.delivery.lanes import DeliveryId, LaneQueue

PATIENTS = [f"MR|{number}" for number in range(6)]


class LanesMachine(RuleBasedStateMachine):
    """The store is a dict of unfinished deliveries; what was sent is a list; the lanes stand between them."""

    def __init__(self) -> None:
        super().__init__()
        self.number = 0
        self.store: dict[DeliveryId, tuple[str, ...]] = {}
        self.held: set[DeliveryId] = set()
        self.flying: set[DeliveryId] = set()
        self.sent: list[tuple[DeliveryId, tuple[str, ...]]] = []
        self.lanes = LaneQueue(4)
        self.free: set[DeliveryId] = set()

    @rule(keys=st.sets(st.sampled_from(PATIENTS), max_size=2))
    def arrive(self, keys: set[str]) -> None:
        """A message for one patient, a merge of two, or one that nobody can attribute."""
        self.number += 1
        delivery = DeliveryId(self.number, 1)
        self.store[delivery] = tuple(sorted(keys))
        if self.lanes.add(delivery, self.store[delivery]):
            self.free.add(delivery)

    @precondition(lambda self: self.free - self.held - self.flying)
    @rule(data=st.data())
    def send(self, data: st.DataObject) -> None:
        """Any of those that may be sent begins."""
        self.flying.add(data.draw(st.sampled_from(sorted(self.free - self.held - self.flying))))

    @precondition(lambda self: self.flying)
    @rule(data=st.data(), delivered=st.booleans())
    def answer(self, data: st.DataObject, delivered: bool) -> None:
        """One of those on the way is accepted, or refused and held."""
        delivery = data.draw(st.sampled_from(sorted(self.flying)))
        self.flying.discard(delivery)
        if delivered:
            self.sent.append((delivery, self.store[delivery]))
            self.finish(delivery)
        else:
            self.held.add(delivery)

    @precondition(lambda self: self.held)
    @rule(data=st.data(), skip=st.booleans())
    def decide(self, data: st.DataObject, skip: bool) -> None:
        """A person skips a held one, or has it tried again."""
        delivery = data.draw(st.sampled_from(sorted(self.held)))
        self.held.discard(delivery)
        if skip:
            self.finish(delivery)

    @precondition(lambda self: self.store.keys() - self.flying)
    @rule(data=st.data())
    def set_aside(self, data: st.DataObject) -> None:
        """A person takes out one that only waits."""
        delivery = data.draw(st.sampled_from(sorted(self.store.keys() - self.flying)))
        self.held.discard(delivery)
        self.finish(delivery)

    @rule(lanes=st.integers(1, 7))
    def restart(self, lanes: int) -> None:
        """After a stop or a crash the queue is read from the store again, perhaps with another number of lanes."""
        self.lanes, self.flying = LaneQueue(lanes), set()
        self.free = {delivery for delivery in sorted(self.store) if self.lanes.add(delivery, self.store[delivery])}

    def finish(self, delivery: DeliveryId) -> None:
        """Take a delivery out of store and lanes."""
        del self.store[delivery]
        self.free.discard(delivery)
        self.free.update(self.lanes.finish(delivery))

    @invariant()
    def nothing_overtakes(self) -> None:
        """What is on the way is older than everything unfinished that shares a patient with it."""
        for delivery in self.flying:
            keys = set(self.store[delivery])
            for other in self.store:
                if other < delivery and (not keys or not self.store[other] or keys & set(self.store[other])):
                    raise AssertionError(f"{delivery} is on the way before {other}")

    @invariant()
    def each_patient_received_in_order(self) -> None:
        """What a destination saw of one patient is in journal order."""
        for patient in PATIENTS:
            seen = [delivery for delivery, keys in self.sent if patient in keys]
            assert seen == sorted(seen)

    @invariant()
    def somebody_can_always_go_on(self) -> None:
        """The oldest unfinished delivery may be sent: lanes cannot deadlock."""
        assert set(self.lanes.heads()) == self.free
        if self.store:
            assert min(self.store) in self.free


TestLanes = LanesMachine.TestCase
TestLanes.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
