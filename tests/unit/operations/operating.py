"""A site with a store, its writer, lanes to scripted destinations, and the operators' handlers: no socket."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from engine.config import load
from engine.control import Request
from engine.decision import Plan, Receipt, plan
from engine.delivery import Delivered, Destination, Dispatcher, NotDelivered, Result, RetryPolicy, Trouble
from engine.delivery.stored import StoreLedger, waiting_of
from engine.index.store import Index
from engine.intake.judge import Judge
from engine.journal.items import Answer, NoAnswer, Queued, Submission
from engine.journal.store import Store, open_store
from engine.journal.writer import Wakes, Writer
from engine.operations import Operations, Running
from engine.routing import Rules

START_NS = 1_780_000_000_000_000_000
LONG = 20.0
"""Seconds after which a test has failed."""
ACCEPTED = Delivered("AA")
REFUSED = NotDelivered(Trouble.REFUSED, "AE")
SILENT = NotDelivered(Trouble.FAILED, "answer-timeout")
GONE = NotDelivered(Trouble.FAILED, "refused")

CONFIG = """
site: st-mary
time_zone: America/New_York
store: sqlite:///data/engine.db
listeners: {adt: {mllp: 127.0.0.1:2575}}
destinations:
  billing: {mllp: 127.0.0.1:2601}
  registry: {mllp: 127.0.0.1:2602}
tables: {wards: {file: mappings/wards.csv}}
"""
ROUTE = """
route: main
from: adt
to:
  billing: {map: by-ward}
  registry:
"""
MAPPING = """
mapping: by-ward
output: {message: ADT^A01^ADT_A01, version: 2.5.1, start: empty}
steps:
  - copy: [PID]
  - set:
      PV1-3.1: =translate('wards', PV1-3.1)
"""
KNOWN_WARD = "from,to\nW1,WARD-1\n"
ALL_WARDS = "from,to\nW1,WARD-1\nW9,WARD-9\n"


def site(folder: Path, wards: str = KNOWN_WARD, **routes: str) -> Rules:
    """Write a site into *folder* and return its rules; *routes* by file name, `main` unless told otherwise."""
    for name in ("routes", "mappings"):
        (folder / name).mkdir(exist_ok=True)
    (folder / "config.yaml").write_text(CONFIG, "utf-8")
    for old in (folder / "routes").iterdir():
        old.unlink()
    for name, text in (routes or {"main": ROUTE}).items():
        (folder / "routes" / f"{name}.yaml").write_text(text, "utf-8")
    (folder / "mappings" / "by-ward.yaml").write_text(MAPPING, "utf-8")
    (folder / "mappings" / "wards.csv").write_text(wards, "utf-8")
    return load(folder).rules


def message(number: int, ward: str = "W1", patient: int = 7) -> Receipt:
    """Return an admission; ward W9 is not in the table at first."""
    payload = (
        f"MSH|^~\\&|HIS|STMARY|||20260101||ADT^A01^ADT_A01|M{number}|P|2.5.1\r"
        f"PID|1||{patient}^^^STMARY||DOE^JANE||19690230\rPV1|1|I|{ward}\r"
    )
    return Receipt("adt", payload.encode(), START_NS + number * 1_000_000, "127.0.0.1")


@dataclass
class Peer:
    """A destination that answers by script, else as told; a gate keeps it from answering."""

    answer: Result = ACCEPTED
    script: list[Result] = field(default_factory=list)
    got: list[bytes] = field(default_factory=list)
    came: asyncio.Event = field(default_factory=asyncio.Event)
    gate: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.gate.set()

    async def send(self, payload: bytes) -> Result:
        self.got.append(payload)
        self.came.set()
        await self.gate.wait()
        return self.script.pop(0) if self.script else self.answer

    def close(self) -> None:
        """Nothing to close."""


def _same(peer: Peer) -> Peer:
    return peer


class Desk:
    """An engine without sockets, and an operator at it."""

    def __init__(self, store: Store, rules: Rules) -> None:
        self.store, self.rules = store, rules
        self.peers: dict[str, Peer] = {"billing": Peer(), "registry": Peer()}
        self.queued: list[Queued] = []
        wakes = Wakes(self._offer, lambda: None, lambda _: None, lambda _: None)
        self.writer = Writer(store, Judge(Index()), wakes)
        policy = RetryPolicy(first=3_000.0, longest=3_000.0, refused=())
        self.dispatchers = {
            name: Dispatcher(
                Destination(name, policy=policy), StoreLedger(name, self.writer, store.readers), partial(_same, peer)
            )
            for name, peer in self.peers.items()
        }
        running = Running(self.writer, store.readers, self.dispatchers, lambda: self.rules, lambda: {"adt": "h:1"})
        self.operations = Operations(running)

    async def receive(self, *receipts: Receipt) -> list[int]:
        """Take messages as the listener would; return their numbers."""
        plans: list[Plan] = [plan(receipt, self.rules) for receipt in receipts]
        answered: asyncio.Future[Sequence[Answer] | NoAnswer] = asyncio.get_running_loop().create_future()
        self.writer.submit(Submission(plans, answered.set_result))
        answers = await answered
        assert not isinstance(answers, NoAnswer)
        return [answer.message_id for answer in answers]

    async def ask(self, do: str, *deliveries: str, **more: object) -> Any:
        """Ask the handlers, as the control socket would; *actor* is jane unless told otherwise."""
        actor = str(more.pop("actor", "jane"))
        arguments = {**more, **({"deliveries": list(deliveries)} if deliveries else {})}
        return await self.operations.handle(Request(do, arguments, actor))

    async def one(self, do: str, delivery: str, **more: object) -> dict[str, Any]:
        """Ask about one delivery and return the report."""
        (report,) = await self.ask(do, delivery, **more)
        return dict(report)

    async def until(self, sql: str) -> None:
        """Wait until *sql* finds a row; every commit of the writer lets it look again."""
        async with asyncio.timeout(LONG):
            while not self.rows(sql):
                await self.writer.run(lambda _connection: None)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Return the rows that *sql* finds."""
        with self.store.readers.reading() as connection:
            return [tuple(row) for row in connection.exec_driver_sql(sql)]

    def state(self, delivery: str) -> tuple[Any, ...]:
        """Return state and reason of a delivery."""
        message_id, ordinal = delivery.split("/")
        query = f"SELECT state, reason FROM delivery WHERE message_id = {int(message_id)} AND ordinal = {int(ordinal)}"  # noqa: S608
        (row,) = self.rows(query)
        return row

    def trail(self) -> list[tuple[Any, ...]]:
        """Return the audit trail: who, what, to which delivery."""
        return self.rows("SELECT actor, action, message_id, ordinal FROM audit ORDER BY id")

    def _offer(self, queued: Sequence[Queued]) -> None:
        for each in queued:
            if each.destination in self.dispatchers:
                self.dispatchers[each.destination].offer(waiting_of(each))


@asynccontextmanager
async def desk_at(folder: Path, rules: Rules) -> AsyncIterator[Desk]:
    """A desk whose writer and lanes run for the length of a test."""
    store = open_store(folder / "data" / "engine.db")
    desk = Desk(store, rules)
    desk.writer.start(asyncio.get_running_loop())
    try:
        async with asyncio.TaskGroup() as group:
            for dispatcher in desk.dispatchers.values():
                await dispatcher.load()
                group.create_task(dispatcher.run())
            yield desk
            for peer in desk.peers.values():
                peer.gate.set()
            for dispatcher in desk.dispatchers.values():
                dispatcher.stop()
    finally:
        await asyncio.to_thread(desk.writer.stop)
        store.close()
