"""An index in memory for tests: messages are made, taken in, and the rows compared."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Table, create_engine, select
from sqlalchemy.pool import StaticPool
from sqlmodel import SQLModel

from engine.context import Context
from engine.hl7.message import Message
from engine.index import tables
from engine.index.facts import Facts, Origin, facts_of
from engine.index.store import Index

UTC = ZoneInfo("UTC")
DAY = "20260105"
RECEIVED_US = 1_767_700_000_000_000
"""2026-01-06, after every time in the messages below."""

VISIT_TABLES = (
    tables.PATIENT,
    tables.IDENTIFIER,
    tables.ENCOUNTER,
    tables.LOCATION,
    tables.TURN,
    tables.ALLERGY,
    tables.DIAGNOSIS,
    tables.PROCEDURE,
    tables.COVERAGE,
)
"""What a visit's events fold into."""


def at(minutes: int) -> str:
    """Return so many minutes after midnight of the day of the tests, in UTC."""
    return f"{DAY}{minutes // 60:02}{minutes % 60:02}00"


@dataclass(frozen=True)
class Adt:
    """An ADT message in the making."""

    kind: str
    minutes: int
    occurred: int | None = None
    patient: str = "1^^^HOSP^MR"
    visit: str = "V1^^^HOSP^VN"
    patient_class: str = "I"
    place: str = ""
    pid: dict[int, str] = field(default_factory=dict)
    pv1: dict[int, str] = field(default_factory=dict)
    more: tuple[str, ...] = ()
    has_visit: bool = True

    @property
    def payload(self) -> bytes:
        """The message's bytes."""
        evn = f"EVN|{self.kind}|{at(self.minutes)}||||{'' if self.occurred is None else at(self.occurred)}"
        pid = _segment("PID", {3: self.patient, 5: "Doe^Jane", 7: "19800101", 8: "F", **self.pid})
        segments = [f"MSH|^~\\&|ADT|HOSP|E|E|{at(self.minutes)}||ADT^{self.kind}|C1|P|2.5.1", evn, pid]
        if self.has_visit:
            segments.append(_segment("PV1", {2: self.patient_class, 3: self.place, 19: self.visit, **self.pv1}))
        return "\r".join([*segments, *self.more, ""]).encode()


def merge(minutes: int, survivor: str, retired: str, **pid: str) -> bytes:
    """Return an A40."""
    shown = {3: survivor, 5: "Doe^Jane", 7: pid.get("born", "19800101"), 8: pid.get("sex", "F")}
    segments = [
        f"MSH|^~\\&|ADT|HOSP|E|E|{at(minutes)}||ADT^A40^ADT_A39|C1|P|2.5.1",
        f"EVN|A40|{at(minutes)}",
        _segment("PID", shown),
        f"MRG|{retired}",
    ]
    return "\r".join([*segments, ""]).encode()


def oru(minutes: int, status: str, *observations: str, **parts: str) -> bytes:
    """Return an ORU of one order; observations are OBX from the second field on."""
    obr = _segment(
        "OBR",
        {
            2: parts.get("placer", "P1^HOSP"),
            3: parts.get("filler", "F1^LAB"),
            4: parts.get("code", "58410-2^CBC^LN"),
            7: at(0),
            22: parts.get("changed", at(minutes)),
            25: status,
        },
    )
    segments = [
        f"MSH|^~\\&|LAB|HOSPLAB|E|E|{at(minutes)}||ORU^R01|C1|P|2.5.1",
        _segment("PID", {3: parts.get("patient", "1^^^HOSP^MR"), 5: parts.get("name", "Stale^Name"), 7: "19700101"}),
        _segment("PV1", {2: "I", 19: parts.get("visit", "V1^^^HOSP^VN")}),
        "ORC|RE",
        obr,
        *(f"OBX|{number}|{text}" for number, text in enumerate(observations, 1)),
    ]
    return "\r".join([*segments, ""]).encode()


def obx(code: str, value: str, status: str, sub_id: str = "") -> str:
    """Return an OBX from its second field on."""
    return f"NM|{code}^Name of {code}^LN|{sub_id}|{value}|g/L|1-2|N|||{status}"


def _segment(name: str, values: dict[int, str]) -> str:
    return "|".join([name, *(values.get(number, "") for number in range(1, max(values) + 1))])


def _names_messages(column: str) -> bool:
    return column == "message_id" or column.endswith("_by")


class Office:
    """One index in memory."""

    def __init__(self, updates: str = "delta", results: str = "delta") -> None:
        self.engine = create_engine("sqlite://", poolclass=StaticPool)
        SQLModel.metadata.create_all(self.engine, tables=list(tables.INDEX_TABLES))
        self.connection: Connection = self.engine.connect()
        self.index = Index()
        self.messages = 0
        self.sent: dict[int, bytes] = {}
        self._modes = (updates, results)

    def facts(self, payload: bytes) -> Facts:
        """Return what a message says."""
        self.messages += 1
        self.sent[self.messages] = payload
        origin = Origin("adt", "", UTC, RECEIVED_US + self.messages, *self._modes)
        return facts_of(Message.parse(payload), origin)

    def take(self, *payloads: bytes, together: bool = False) -> list[Context]:
        """Take messages in, each in a batch of its own or all in one; return what was known before each."""
        batches: Sequence[Sequence[bytes]] = [payloads] if together else [[payload] for payload in payloads]
        contexts: list[Context] = []
        for batch in batches:
            made = [(self.messages + 1, self.facts(payload)) for payload in batch]
            working = self.index.load(self.connection, [facts for _, facts in made])
            for message_id, facts in made:
                contexts.append(working.context_for(facts))
                working.fold(message_id, facts)
            self.index.write(self.connection, working)
        return contexts

    def rows(self, table: Table) -> list[dict[str, Any]]:
        """Return a table's rows, in the order of their keys."""
        ordered = select(table).order_by(*table.primary_key)
        return [dict(row._mapping) for row in self.connection.execute(ordered)]

    def only(self, table: Table) -> dict[str, Any]:
        """Return a table's one row."""
        (row,) = self.rows(table)
        return row

    def dump(self, chosen: Sequence[Table] = tables.INDEX_TABLES) -> dict[str, list[dict[str, Any]]]:
        """Return tables whole."""
        return {table.name: self.rows(table) for table in chosen}

    def told(self, chosen: Sequence[Table]) -> dict[str, list[dict[str, Any]]]:
        """Return tables whole, the messages that brought each fact by what they say instead of when they came.

        An identifier is brought by the message that came first, whenever that was meant to be: it is left out.
        """
        found = {table.name: [self._told(row) for row in self.rows(table)] for table in chosen}
        for row in found.get(tables.IDENTIFIER.name, ()):
            del row["message_id"]
        return found

    def _told(self, row: dict[str, Any]) -> dict[str, Any]:
        return {name: self._source(value) if _names_messages(name) else value for name, value in row.items()}

    def _source(self, value: Any) -> object:
        return [self.sent.get(int(number)) for number in str(value).split()]

    def close(self) -> None:
        """Forget everything."""
        self.connection.close()
        self.engine.dispose()
