"""What each part of a message's way costs, in process: CPU per message, warmed, the best of several rounds."""

import gc
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection

from engine.config.loading import Settings
from engine.decision import Decision, Plan, Receipt, finish, plan, reply_to
from engine.index.facts import Origin, facts_of
from engine.index.store import Index
from engine.intake.judge import Judge
from engine.journal.items import Answer, Batch, NoAnswer, Outcome, Settled, Submission
from engine.journal.ledger import Ledger
from engine.journal.store import Store, open_store
from engine.journeys import Event, Sender
from engine.reply import Reply
from engine.states import DeliveryState
from engine.workbench.nothing_known import nothing_known

T = TypeVar("T")
ROUNDS = 5
BATCH = 64
APART_NS = 500_000
_LISTENERS = {Sender.ADMISSIONS: "admissions", Sender.LAB: "lab"}


@dataclass(frozen=True, slots=True)
class Deciding:
    """The pure core, per message. The answer and the facts are made inside plan and finish: all is told apart here."""

    whole: float
    """plan + finish with everything in it."""
    reply: float
    """The answer's bytes."""
    facts: float
    """What the record index will be told."""
    outputs: float
    """How many outputs a message has on average."""

    @property
    def own(self) -> float:
        """plan + finish without the answer and the facts."""
        return self.whole - self.reply - self.facts


def cheapest(work: Callable[[], object], count: int) -> float:
    """Return the microseconds of CPU per message that *work*, on *count* messages, takes at its best."""
    best = float("inf")
    for _ in range(ROUNDS):
        gc.collect()
        began = time.process_time()
        work()
        best = min(best, time.process_time() - began)
    return best / count * 1e6


def receipts_of(stream: Sequence[Event]) -> list[Receipt]:
    """Return the messages as they come in: one after the other, not at the times of the journeys."""
    begin = 1_798_761_600_000_000_000  # 2027: behind the journeys, or what they charge for would be still to come
    return [
        Receipt(_LISTENERS[each.sender], each.payload, begin + number * APART_NS, "127.0.0.1")
        for number, each in enumerate(stream)
    ]


def deciding(settings: Settings, receipts: Sequence[Receipt]) -> Deciding:
    """Measure plan + finish under the rules of *settings*."""
    rules = settings.rules
    plans = [plan(receipt, rules) for receipt in receipts]
    contexts = [nothing_known(each) for each in plans]  # what the index would load: its own part of the table
    outputs = sum(len(finish(each, context).outputs) for each, context in zip(plans, contexts, strict=True))

    def whole() -> None:
        for receipt, context in zip(receipts, contexts, strict=True):
            finish(plan(receipt, rules), context)

    def replies() -> None:
        for each in plans:
            asked = reply_to(each.receipt, rules)
            _ = Reply(each.message, asked.control_id, asked.made_at, asked.is_enhanced).payload

    def facts() -> None:
        for each in plans:
            if each.message is not None:
                facts_of(each.message, _origin(settings, each.receipt))

    count = len(receipts)
    return Deciding(cheapest(whole, count), cheapest(replies, count), cheapest(facts, count), outputs / count)


def indexing(settings: Settings, receipts: Sequence[Receipt], disk: Path) -> float:
    """Measure load + fold + write of batches of 64 against a store on *disk*; the facts are there already."""
    plans = [each for receipt in receipts if (each := plan(receipt, settings.rules)).facts is not None]
    judge = Judge(Index())

    def work(connection: Connection) -> None:
        number = 0
        for batch in _batches(plans):
            with connection.begin():
                working = judge.load(connection, batch)
                for each in batch:
                    number += 1
                    if each.facts is not None:
                        working.context_for(each.facts)
                        working.fold(number, each.facts)
                judge.write(connection, working)

    return _best_on_new_stores(work, len(plans), disk)


def journalling(settings: Settings, receipts: Sequence[Receipt], disk: Path) -> float:
    """Measure message, deliveries and outcomes in batches of 64, with the commit, on decisions made before."""
    plans = [plan(receipt, settings.rules) for receipt in receipts]
    made = _Made({id(each): finish(each, nothing_known(each)) for each in plans})

    def work(connection: Connection) -> None:
        ledger = Ledger(connection, made, lambda _name: None)
        outcomes: list[Outcome] = []
        for batch in _batches(plans):
            with connection.begin():
                submissions = [Submission((each,), _unheard) for each in batch]
                results = ledger.apply(connection, Batch(outcomes, [], submissions))
            ledger.accept(results)
            outcomes = [
                Outcome(each.message_id, each.ordinal, each.destination, DeliveryState.DELIVERED, 1, 1, _settled)
                for each in results.queued
            ]
        with connection.begin():
            ledger.apply(connection, Batch(outcomes))

    return _best_on_new_stores(work, len(plans), disk)


class _Made:
    """A judge that has decided already."""

    def __init__(self, decisions: dict[int, Decision]) -> None:
        self._decisions = decisions

    def load(self, connection: Connection, plans: Sequence[object]) -> None:
        """Nothing is read."""

    def decide(self, made: Plan, working: None, message_id: int) -> Decision:
        """Return what was decided."""
        return self._decisions[id(made)]

    def write(self, connection: Connection, working: None) -> None:
        """Nothing is written."""

    def keep(self, connection: Connection, working: None) -> None:
        """Nothing is recorded."""

    def remember(self, connection: Connection, made: Plan, message_id: int) -> None:
        """Nothing is kept."""


def _best_on_new_stores(work: Callable[[Connection], None], count: int, disk: Path) -> float:
    """Each round has a store of its own; opening it is not counted."""
    best = float("inf")
    for _ in range(3):
        with _store(disk) as store:
            gc.collect()
            began = time.process_time()
            work(store.connection)
            best = min(best, time.process_time() - began)
    return best / count * 1e6


@contextmanager
def _store(disk: Path) -> Iterator[Store]:
    with tempfile.TemporaryDirectory(dir=disk) as folder:
        store = open_store(Path(folder) / "engine.db")
        try:
            yield store
        finally:
            store.close()


def _batches(items: Sequence[T]) -> Iterator[Sequence[T]]:
    return (items[start : start + BATCH] for start in range(0, len(items), BATCH))


def _origin(settings: Settings, receipt: Receipt) -> Origin:
    listener = settings.rules.listeners[receipt.listener]
    sender, received_us = listener.sender, receipt.received_ns // 1_000
    return Origin(listener.name, sender.authority, listener.zone, received_us, sender.updates, sender.results)


def _unheard(_answers: Sequence[Answer] | NoAnswer) -> None:
    """Nobody waits for the answer."""


def _settled(_settled: Settled) -> None:
    """No lane waits for the outcome."""
