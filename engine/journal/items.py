"""What the writer is handed and what it gives back; decisions come by protocol, so that the journal stands alone."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from sqlalchemy import Connection

from engine.context import EMPTY_CONTEXT, Context
from engine.errors import Miss
from engine.states import DeliveryState, MessageState

if TYPE_CHECKING:
    import asyncio


class ReceiptLike(Protocol):
    """How a message came in."""

    @property
    def listener(self) -> str: ...
    @property
    def payload(self) -> bytes: ...
    @property
    def received_ns(self) -> int: ...
    @property
    def peer(self) -> str: ...


class RulesLike(Protocol):
    """The rules a plan was made with: their version and texts (content hash -> file name, text)."""

    @property
    def version(self) -> str: ...
    @property
    def texts(self) -> Mapping[str, tuple[str, str]]: ...


class MessageLike(Protocol):
    """A parsed message, as far as its sender's name is asked for."""

    def value(self, name: str, number: int) -> str:
        """Return the first component of a field of the first segment of that name."""
        ...


class PlanLike(Protocol):
    """What is known of a message before the store is asked."""

    @property
    def receipt(self) -> ReceiptLike: ...
    @property
    def rules(self) -> RulesLike: ...
    @property
    def digest(self) -> bytes: ...
    @property
    def message(self) -> MessageLike | None: ...
    @property
    def control_id(self) -> str: ...
    @property
    def message_type(self) -> str: ...
    def ack_for(self, code: str) -> bytes:
        """Build the answer with *code* that needs no decision."""
        ...


class OutputLike(Protocol):
    """One output that was decided."""

    @property
    def ordinal(self) -> int: ...
    @property
    def destination(self) -> str: ...
    @property
    def route(self) -> str: ...
    @property
    def state(self) -> DeliveryState: ...
    @property
    def payload(self) -> bytes: ...
    @property
    def control_id(self) -> str: ...
    @property
    def lane_keys(self) -> tuple[str, ...]: ...
    @property
    def reason(self) -> str: ...
    @property
    def detail(self) -> str: ...
    @property
    def position(self) -> str: ...
    @property
    def miss(self) -> Miss | None: ...


class DecisionLike(Protocol):
    """What was decided about one message."""

    @property
    def state(self) -> MessageState: ...
    @property
    def ack(self) -> bytes: ...
    @property
    def ack_code(self) -> str: ...
    @property
    def reason(self) -> str: ...
    @property
    def detail(self) -> str: ...
    @property
    def findings(self) -> bytes: ...
    @property
    def control_id(self) -> str: ...
    @property
    def message_type(self) -> str: ...
    @property
    def outputs(self) -> Sequence[OutputLike]: ...
    @property
    def missed(self) -> Sequence[Miss]: ...
    @property
    def context(self) -> bytes | None:
        """The stored values that it was made with."""
        ...


class Judge(Protocol):
    """Decides with what the store knows: one load, a decision per message in order, one write."""

    def load(self, connection: Connection, plans: Sequence[Any]) -> Any:
        """Read what the plans' decisions need; a failing index is the working set's to remember, not ours."""
        ...

    def decide(self, plan: Any, working: Any, message_id: int) -> DecisionLike:
        """Decide one message and fold its facts into *working*, so that the next one sees them."""
        ...

    def write(self, connection: Connection, working: Any) -> None:
        """Write the rows that changed."""
        ...

    def keep(self, connection: Connection, working: Any) -> None:
        """Write what the decisions have recorded: with the messages, also where the rows could not be written."""
        ...

    def remember(self, connection: Connection, plan: Any, message_id: int) -> None:
        """Keep what a message says of the index for later, as writing its rows has failed."""
        ...


@dataclass(frozen=True, slots=True)
class NoIndex:
    """A judge without a record index: every decision sees an empty context."""

    finish: Callable[[Any, Context], DecisionLike]

    def load(self, connection: Connection, plans: Sequence[Any]) -> None:
        """Nothing is read."""

    def decide(self, plan: Any, working: Any, message_id: int) -> DecisionLike:
        """Decide with nothing known."""
        return self.finish(plan, EMPTY_CONTEXT)

    def write(self, connection: Connection, working: Any) -> None:
        """Nothing is written."""

    def keep(self, connection: Connection, working: Any) -> None:
        """Nothing is recorded."""

    def remember(self, connection: Connection, plan: Any, message_id: int) -> None:
        """Nothing is kept."""


class Answer(NamedTuple):
    """What to tell the sender of one message, now that it is on disk."""

    message_id: int
    """The message's own number, or the first copy's where this one was a resend."""
    state: MessageState
    ack_code: str
    ack: bytes
    resent: bool
    decision: DecisionLike | None
    """None for a resend and for a message that the engine failed on."""


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """Close the connection without a word: nobody may know yet whether the message is kept, or it is not."""

    reason: str


Answered = Callable[[Sequence[Answer] | NoAnswer], None]


@dataclass(frozen=True, slots=True, eq=False)
class Submission:
    """Messages that are decided in order in one transaction: one, or those of a batch frame."""

    plans: Sequence[PlanLike]
    answered: Answered
    line: object = None
    """Who sent them: what has the same line keeps its order, whatever overtakes a long message."""


class Settled(Enum):
    """What became of an outcome that a lane reported."""

    APPLIED = "applied"
    OVERTAKEN = "overtaken"
    """A person had changed the delivery meanwhile; a delivery that took place is recorded all the same."""


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """What one attempt came to: DELIVERED, HELD, PARKED, or PENDING when it is tried again at *next_at*."""

    message_id: int
    ordinal: int
    destination: str
    state: DeliveryState
    attempts: int
    at: int
    committed: Callable[[Settled], None]
    next_at: int = 0
    reason: str = ""
    detail: str = ""
    evidence: str = ""
    possible_duplicate: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Command:
    """Work that must run in the writer's transaction; the future gets its value after the commit."""

    run: Callable[[Connection], Any]
    future: "asyncio.Future[Any]"


class Queued(NamedTuple):
    """A new delivery for the lanes, bytes in hand; a HELD one only stops its lanes."""

    message_id: int
    ordinal: int
    destination: str
    state: DeliveryState
    lane_keys: tuple[str, ...]
    control_id: str
    payload: bytes


class Alert(NamedTuple):
    """Something a person should look at: a stable code, never a value."""

    code: str
    message_id: int
    error: str
    """The kind of error, as a code."""


@dataclass(slots=True)
class Batch:
    """What the writer took from its queue at once, in the order in which it is applied."""

    outcomes: list[Outcome] = field(default_factory=list)
    commands: list[Command] = field(default_factory=list)
    submissions: list[Submission] = field(default_factory=list)


@dataclass(slots=True)
class Results:
    """What a transaction came to, handed to the loop after its commit."""

    last_id: int
    answers: list[tuple[Submission, Sequence[Answer] | NoAnswer]] = field(default_factory=list)
    settled: list[tuple[Outcome, Settled]] = field(default_factory=list)
    values: list[tuple[Command, Any]] = field(default_factory=list)
    failures: list[tuple[Command, Exception]] = field(default_factory=list)
    queued: list[Queued] = field(default_factory=list)
    alerts: list[Alert] = field(default_factory=list)
    versions: dict[str, int] = field(default_factory=dict)
    """Rules versions that this transaction wrote first."""
    tally: dict[tuple[str, int], int] = field(default_factory=dict)

    def mark(self) -> "Mark":
        """Return where the results stand, for `undo` when a savepoint is rolled back."""
        return Mark(self.last_id, len(self.queued), len(self.alerts), dict(self.versions), dict(self.tally))

    def undo(self, mark: "Mark") -> None:
        """Forget what was noted since *mark*."""
        self.last_id, self.versions, self.tally = mark.last_id, mark.versions, mark.tally
        del self.queued[mark.queued :], self.alerts[mark.alerts :]

    def count(self, scope: str, state: int, change: int) -> None:
        """Note that *change* more rows of *scope* are in *state*."""
        self.tally[scope, state] = self.tally.get((scope, state), 0) + change


class Mark(NamedTuple):
    """A point in the making of results."""

    last_id: int
    queued: int
    alerts: int
    versions: dict[str, int]
    tally: dict[tuple[str, int], int]
