"""A store with its judge and ledger, for tests of what later messages may know: no thread, no socket."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import text

from engine.decision import Decision, Receipt, plan
from engine.index.store import Index
from engine.intake.judge import Judge
from engine.journal.items import Answer, Batch, NoAnswer, Queued, Submission
from engine.journal.ledger import Ledger
from engine.journal.store import Store, open_store
from engine.routing import Rules
from tests.support.decisions import RECEIVED_NS, rules_of

CONFIG = """\
site: st-mary
time_zone: UTC
listeners:
  adt: {mllp: 127.0.0.1:0, sender: {authority: STMARY}}
destinations:
  billing: {mllp: 127.0.0.1:1}
  registry: {mllp: 127.0.0.1:1}
"""


def adt(kind: str = "A01", place: str = "3N^301^A", *more: str, at: str = "20260301080000", patient: str = "1") -> str:
    """Return an ADT message."""
    segments = [
        f"MSH|^~\\&|HIS|STMARY|||{at}||ADT^{kind}|{kind}{at}{place}|P|2.5.1",
        f"EVN||{at}",
        f"PID|1||{patient}^^^STMARY^MR||DOE^JANE",
        f"PV1|1|I|{place}||||||||||||||||V1",
        *more,
    ]
    return "\r".join([*segments, ""])


def oru(
    status: str, number: str = "1", *, order: str = "F1^LAB", patient: str = "1", at: str = "20260301100000"
) -> str:
    """Return an ORU of one order."""
    segments = [
        f"MSH|^~\\&|LAB|STMARY|||20260301110000||ORU^R01|R{number}|P|2.5.1",
        f"PID|1||{patient}^^^STMARY^MR||DOE^JANE",
        "PV1|1|I|||||||||||||||||V1",
        f"OBR|1||{order}|CBC|||{at}|||||||||||||||20260301103000|||{status}",
        f"OBX|1|NM|718-7||9.5||||||{status}",
    ]
    return "\r".join([*segments, ""])


@dataclass
class Books:
    """One store; messages are taken in batches."""

    folder: Path
    rules: Rules
    store: Store = field(init=False)
    ledger: Ledger = field(init=False)
    queued: list[Queued] = field(default_factory=list)
    count: int = 0
    index: Index = field(default_factory=Index)

    def __post_init__(self) -> None:
        self.open()

    def open(self) -> None:
        """Begin as after a start."""
        self.store = open_store(self.folder / "engine.db")
        self.ledger = Ledger(self.store.connection, Judge(self.index), lambda _name: None)

    def restart(self) -> None:
        """Forget everything that is not in the store."""
        self.store.close()
        self.index = Index()
        self.open()

    def take(self, *texts: str) -> list[Decision]:
        """Take messages in, all in one batch; return their decisions, those of resends left out."""
        return self.take_at(*(("adt", each) for each in texts))

    def take_at(self, *texts: tuple[str, str]) -> list[Decision]:
        """Take messages in, each at the listener named with it."""
        submissions: list[Submission] = []
        for listener, each in texts:
            self.count += 1
            receipt = Receipt(listener, each.encode(), RECEIVED_NS // 1000 * 1000 + self.count * 1_000_000)
            submissions.append(Submission((plan(receipt, self.rules),), _unheard))
        with self.store.connection.begin():
            results = self.ledger.apply(self.store.connection, Batch(submissions=submissions))
        self.ledger.accept(results)
        self.queued += results.queued
        answers = [answer for _, some in results.answers if not isinstance(some, NoAnswer) for answer in some]
        return [answer.decision for answer in answers if isinstance(answer.decision, Decision)]

    def sent(self, segment: str) -> list[list[str]]:
        """Return the fields of every segment of that name that was queued, in order."""
        texts = [line for each in self.queued for line in each.payload.decode().split("\r")]
        return [line.split("|") for line in texts if line.startswith(segment)]

    def charges(self) -> list[tuple[object, ...]]:
        """Return what is recorded."""
        with self.store.connection.begin():
            query = text("SELECT order_key, code, state, message_id FROM charge ORDER BY order_key, code")
            return [tuple(row) for row in self.store.connection.execute(query)]

    def contexts(self) -> list[bytes | None]:
        """Return what is stored of the values that decisions read."""
        with self.store.connection.begin():
            return list(self.store.connection.execute(text("SELECT context FROM message ORDER BY id")).scalars())


def _unheard(_answers: Sequence[Answer] | NoAnswer) -> None:
    """Nobody listens."""


def books(folder: Path, route: str, **mappings: str) -> Books:
    """Return a new store under rules with one route, its entries given, and these mappings."""
    return Books(folder, rules_of(folder / "site", route, mappings, CONFIG))
