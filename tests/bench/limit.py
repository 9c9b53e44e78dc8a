"""The yardstick: what two cores can do at all. Bare asyncio and sqlite3, no rules, no safety, the same traffic.

It decodes and splits each message, keeps it with two outputs and a few index rows in one durable commit, acknowledges
it, and sends both outputs over eight connections each, one at a time per connection. Nothing here is how the engine
does it, but for the work that nobody can leave out: text decoded and encoded, identifiers, visits, results, deliveries.
"""

import asyncio
import queue
import sqlite3
import sys
import threading
from collections import defaultdict
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

VT, END = b"\x0b", b"\x1c\r"
LANES = 8
TABLES = (
    "CREATE TABLE message (id INTEGER PRIMARY KEY, control TEXT, raw BLOB, state INTEGER)",
    "CREATE TABLE patient (mrn TEXT PRIMARY KEY, name TEXT, born TEXT, sex TEXT, address TEXT)",
    "CREATE TABLE identifier (number TEXT, authority TEXT, mrn TEXT, PRIMARY KEY (number, authority))",
    "CREATE TABLE visit (number TEXT PRIMARY KEY, mrn TEXT, class TEXT, location TEXT, event TEXT)",
    "CREATE TABLE result (filler TEXT, code TEXT, mrn TEXT, value TEXT, unit TEXT, state TEXT)",
    "CREATE UNIQUE INDEX one_result ON result (filler, code)",
    "CREATE TABLE delivery (id INTEGER PRIMARY KEY, destination INTEGER, message TEXT, body BLOB, state INTEGER)",
)
PATIENT = (
    "INSERT INTO patient VALUES (?,?,?,?,?) ON CONFLICT (mrn) DO UPDATE SET name=excluded.name, born=excluded.born,"
    " sex=excluded.sex, address=excluded.address"
)
IDENTIFIER = "INSERT INTO identifier VALUES (?,?,?) ON CONFLICT DO NOTHING"
VISIT = (
    "INSERT INTO visit VALUES (?,?,?,?,?) ON CONFLICT (number) DO UPDATE SET class=excluded.class,"
    " location=excluded.location, event=excluded.event"
)
RESULT = (
    "INSERT INTO result VALUES (?,?,?,?,?,?) ON CONFLICT (filler, code) DO UPDATE SET value=excluded.value,"
    " state=excluded.state"
)


class Work(NamedTuple):
    """One message taken apart."""

    control: str
    raw: bytes
    patient: tuple[str, ...]
    identifiers: Sequence[tuple[str, ...]]
    visit: tuple[str, ...] | None
    results: Sequence[tuple[str, ...]]
    outputs: tuple[bytes, bytes]
    done: "asyncio.Future[None]"


class Done(NamedTuple):
    """One delivery to be marked."""

    delivery: int
    done: "asyncio.Future[None]"


class View:
    """A message as text: segments by name, fields split when somebody asks."""

    def __init__(self, raw: bytes) -> None:
        self.segments = raw.decode().split("\r")
        self.places: dict[str, list[int]] = {}
        self.fields: dict[int, list[str]] = {}
        for place, segment in enumerate(self.segments):
            self.places.setdefault(segment[:3], []).append(place)

    def split(self, place: int) -> list[str]:
        """Return the fields of a segment."""
        if place not in self.fields:
            self.fields[place] = self.segments[place].split("|")
        return self.fields[place]

    def field(self, name: str, number: int) -> str:
        """Return a field of the first segment of that name."""
        places = self.places.get(name)
        fields = self.split(places[0]) if places else []
        return fields[number] if number < len(fields) else ""


def take_apart(raw: bytes, done: "asyncio.Future[None]") -> Work:
    """Split a message as far as this program needs it, and make two of it."""
    view = View(raw)
    field = view.field
    numbers = [repetition.split("^") for repetition in field("PID", 3).split("~")]
    mrn = numbers[0][0]
    identifiers = [(each[0], each[3] if len(each) > 3 else "", mrn) for each in numbers]
    visit = None
    results = []
    if field("MSH", 8).startswith("ADT"):
        visit = (field("PV1", 19) or mrn, mrn, field("PV1", 2), field("PV1", 3), field("MSH", 8))
    else:
        filler = field("OBR", 3)
        for place in view.places.get("OBX", ()):
            obx = view.split(place) + [""] * 12
            results.append((filler, obx[3], mrn, obx[5], obx[6], obx[11]))
    header, outputs = view.split(0), []
    for name in ("BILLING", "REGISTRY"):
        outputs.append("\r".join(["|".join([*header[:4], name, *header[5:]]), *view.segments[1:]]).encode())
    patient = (mrn, *(field("PID", number) for number in (5, 7, 8, 11)))
    return Work(header[9], raw, patient, identifiers, visit, results, (outputs[0], outputs[1]), done)


class Limit:
    """Everything in one object: a listener's protocols, a writer thread, lanes."""

    def __init__(self, store: Path, ports: Sequence[int]) -> None:
        self.loop = asyncio.get_running_loop()
        self.ports = ports
        self.lanes: dict[tuple[int, int], asyncio.Queue[tuple[int, str, bytes]]] = defaultdict(asyncio.Queue)
        self.inbox: queue.SimpleQueue[Work | Done] = queue.SimpleQueue()
        self.db = sqlite3.connect(store, isolation_level=None, check_same_thread=False)
        self.db.execute("PRAGMA journal_mode=WAL")
        self.db.execute("PRAGMA synchronous=FULL")
        for table in TABLES:
            self.db.execute(table)
        self.last = 0
        threading.Thread(target=self.write, daemon=True).start()

    def write(self) -> None:
        """Commit whatever has queued up, for ever."""
        while True:
            batch = [self.inbox.get()]
            while len(batch) < 256 and not self.inbox.empty():
                batch.append(self.inbox.get())
            works = [item for item in batch if isinstance(item, Work)]
            rows = []
            self.db.execute("BEGIN IMMEDIATE")
            if works:
                self.db.executemany(
                    "INSERT INTO message (control, raw, state) VALUES (?,?,1)", [(w.control, w.raw) for w in works]
                )
                self.db.executemany(PATIENT, [w.patient for w in works])
                self.db.executemany(IDENTIFIER, [row for w in works for row in w.identifiers])
                self.db.executemany(VISIT, [w.visit for w in works if w.visit])
                self.db.executemany(RESULT, [row for w in works for row in w.results])
                for work in works:
                    for number, body in enumerate(work.outputs):
                        self.last += 1
                        rows.append((self.last, number, body, work))
                kept = [(delivery, number, work.control, body) for delivery, number, body, work in rows]
                self.db.executemany("INSERT INTO delivery VALUES (?,?,?,?,0)", kept)
            marks = [(item.delivery,) for item in batch if isinstance(item, Done)]
            if marks:
                self.db.executemany("UPDATE delivery SET state=1 WHERE id=?", marks)
            self.db.execute("COMMIT")
            self.loop.call_soon_threadsafe(self.wake, batch, rows)

    def wake(self, batch: list[Work | Done], rows: list[tuple[int, int, bytes, Work]]) -> None:
        """Hand outputs to their lanes, then answer."""
        for delivery, number, body, work in rows:
            self.lanes[number, hash(work.patient[0]) % LANES].put_nowait((delivery, work.control, body))
        for item in batch:
            if not item.done.done():
                item.done.set_result(None)

    async def lane(self, number: int, lane: int) -> None:
        """Send one at a time, each marked before the next."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.ports[number])
        while True:
            delivery, control, body = await self.lanes[number, lane].get()
            writer.write(VT + body + END)
            answer = await reader.readuntil(END)
            if f"MSA|AA|{control}".encode() not in answer:
                sys.exit("the receiver's answer is not ours")
            done = self.loop.create_future()
            self.inbox.put(Done(delivery, done))
            await done


class Intake(asyncio.Protocol):
    """One sender."""

    def __init__(self, limit: Limit) -> None:
        self.limit = limit
        self.buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        """Take whole frames."""
        self.buffer += data
        while (end := self.buffer.find(END)) >= 0:
            raw, self.buffer = self.buffer[1:end], self.buffer[end + 2 :]
            done = self.limit.loop.create_future()
            work = take_apart(raw, done)
            done.add_done_callback(partial(self.answer, work.control))
            self.limit.inbox.put(work)

    def answer(self, control: str, _done: "asyncio.Future[None]") -> None:
        """Acknowledge."""
        text = f"\x0bMSH|^~\\&|L|L|S|S|20260101||ACK|A{control}|P|2.5.1\rMSA|AA|{control}\r\x1c\r"
        self.transport.write(text.encode())  # type: ignore[attr-defined]


async def main(store: Path, port: int, destinations: Sequence[int]) -> None:
    """Run until killed; prints ``ready``."""
    limit = Limit(store, destinations)
    server = await asyncio.get_running_loop().create_server(lambda: Intake(limit), "127.0.0.1", port)
    async with server, asyncio.TaskGroup() as group:
        for number in range(len(destinations)):
            for lane in range(LANES):
                group.create_task(limit.lane(number, lane))
        print("ready", flush=True)  # noqa: T201


if __name__ == "__main__":
    import uvloop

    uvloop.run(main(Path(sys.argv[1]), int(sys.argv[2]), [int(port) for port in sys.argv[3:]]))
