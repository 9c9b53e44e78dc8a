"""Plans and decisions for the journal's tests: made up, with the shapes of engine.decision."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection

from engine.context import Context
from engine.errors import Miss, StorageFailed
from engine.journal.items import Alert, Answer, Judge, NoAnswer, NoIndex, Outcome, Queued, Settled, Submission
from engine.journal.store import Store
from engine.journal.writer import Limits, Wakes, Writer
from engine.states import DeliveryState, MessageState

if TYPE_CHECKING:
    from engine.journal.inbox import Room

DAY_NS = 24 * 3_600 * 1_000_000_000
START_NS = 1_780_000_000_000_000_000


@dataclass(frozen=True, slots=True)
class FakeReceipt:
    listener: str
    payload: bytes
    received_ns: int
    peer: str = "127.0.0.1:40000"


@dataclass(frozen=True, slots=True)
class FakeRules:
    version: str = "v1"
    texts: Mapping[str, tuple[str, str]] = field(default_factory=lambda: {"h1": ("routes/adt.yaml", "route: adt")})


@dataclass(frozen=True, slots=True)
class FakeMessage:
    sender: str = "LAB"

    def value(self, name: str, number: int) -> str:
        return self.sender


@dataclass(frozen=True, slots=True)
class FakeOutput:
    ordinal: int
    destination: str
    payload: bytes
    state: DeliveryState = DeliveryState.PENDING
    route: str = "adt"
    control_id: str = "C1"
    lane_keys: tuple[str, ...] = ("HOSP|1",)
    reason: str = ""
    detail: str = ""
    position: str = ""
    miss: Miss | None = None


@dataclass(frozen=True, slots=True)
class FakeDecision:
    state: MessageState
    ack: bytes
    ack_code: str
    outputs: Sequence[FakeOutput]
    control_id: str = "M1"
    message_type: str = "ADT^A01"
    reason: str = ""
    detail: str = ""
    findings: bytes = b"[]"
    missed: tuple[Miss, ...] = ()
    context: bytes | None = None


RULES = FakeRules()


@dataclass(frozen=True, slots=True)
class FakePlan:
    receipt: FakeReceipt
    digest: bytes
    control_id: str = "M1"
    message_type: str = "ADT^A01"
    rules: FakeRules = RULES
    message: FakeMessage | None = FakeMessage()
    state: MessageState = MessageState.ACCEPTED
    outputs: tuple[FakeOutput, ...] = ()
    reason: str = ""
    missed: tuple[Miss, ...] = ()

    def ack_for(self, code: str) -> bytes:
        return b"ACK " + code.encode()


def message(text: str, **changes: object) -> FakePlan:
    """Return a plan for the message *text*, with two outputs unless told otherwise."""
    payload = f"MSH|^~\\&|LAB|HOSP|||20260101||ADT^A01|{text}\rPID|1\r".encode()
    at = int(str(changes.pop("received_ns", START_NS)))
    outputs = (FakeOutput(1, "billing", payload), FakeOutput(2, "registry", payload + b"ZXX|1\r"))
    known: dict[str, object] = {
        "digest": blake2b(text.encode(), digest_size=16).digest(),
        "control_id": text,
        "outputs": outputs,
    }
    return FakePlan(FakeReceipt("adt", payload, at), **{**known, **changes})  # type: ignore[arg-type]


def decision_of(plan: FakePlan, _context: Context | None = None) -> FakeDecision:
    """Decide as the plan says."""
    code = {MessageState.REJECTED: "AE"}.get(plan.state, "AA")
    outputs = () if plan.state is MessageState.REJECTED else plan.outputs
    return FakeDecision(
        plan.state, b"MSA " + code.encode(), code, outputs, plan.control_id, reason=plan.reason, missed=plan.missed
    )


Answers = Sequence[Answer] | NoAnswer


class Desk:
    """A writer, and everything that it told."""

    def __init__(self, store: Store, judge: Judge, limits: Limits) -> None:
        self.store = store
        self.told: list[str] = []
        """The names of what was heard, in order."""
        self.rooms: list[Room] = []
        self.queued: list[Queued] = []
        self.alerts: list[Alert] = []
        self.failure: asyncio.Future[StorageFailed] = asyncio.get_running_loop().create_future()
        self.writer = Writer(store, judge, Wakes(self._deliveries, self._drained, self._failed, self._alert), limits)

    async def send(self, *plans: FakePlan) -> Answers:
        """Submit one frame and return what it is answered."""
        return await self.sending(*plans)

    def sending(self, *plans: FakePlan) -> "asyncio.Future[Answers]":
        """Submit one frame; the future has its answers."""
        future: asyncio.Future[Answers] = asyncio.get_running_loop().create_future()

        def answered(answers: Answers) -> None:
            self.told.append(f"answer {plans[0].control_id}")
            future.set_result(answers)

        self.rooms.append(self.writer.submit(Submission(plans, answered)))
        return future

    async def one(self, plan: FakePlan) -> Answer:
        """Submit one message and return its answer."""
        answers = await self.send(plan)
        assert not isinstance(answers, NoAnswer), answers
        (answer,) = answers
        return answer

    def reporting(self, place: tuple[int, int], state: DeliveryState, **more: Any) -> "asyncio.Future[Settled]":
        """Report an outcome; the future says what became of it."""
        future: asyncio.Future[Settled] = asyncio.get_running_loop().create_future()

        def committed(settled: Settled) -> None:
            self.told.append(f"outcome {place[0]}.{place[1]}")
            future.set_result(settled)

        destination = "billing" if place[1] == 1 else "registry"
        self.writer.report(Outcome(*place, destination, state, 1, 5, committed, **more))
        return future

    def ask(self, work: Callable[[Connection], Any]) -> Any:
        """Return what *work* reads from the store, on a read-only connection."""
        with self.store.readers.reading() as connection:
            return work(connection)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Return the rows that *sql* finds."""
        return self.ask(lambda connection: [tuple(row) for row in connection.exec_driver_sql(sql)])  # type: ignore[no-any-return]

    def _deliveries(self, queued: Sequence[Queued]) -> None:
        self.told.append(f"deliveries {len(queued)}")
        self.queued += queued

    def _drained(self) -> None:
        self.told.append("drained")

    def _failed(self, error: StorageFailed) -> None:
        self.told.append("failed")
        self.failure.set_result(error)

    def _alert(self, alert: Alert) -> None:
        self.alerts.append(alert)


def desk_at(store: Store, judge: Judge | None = None, limits: Limits | None = None) -> Desk:
    """Return a desk that has not been started."""
    return Desk(store, judge or NoIndex(decision_of), limits or Limits(retry_seconds=0.02))
