"""The yardstick: what two cores can do at all. Bare asyncio and sqlite3, no rules, no safety, the same traffic.

It splits each message, keeps it with two outputs and a few index rows in one durable commit, acknowledges it, and sends
both outputs over eight connections each, one at a time per connection. Nothing here is how the engine does it.
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
    "CREATE TABLE message (id INTEGER PRIMARY KEY, control BLOB, raw BLOB)",
    "CREATE TABLE patient (mrn BLOB PRIMARY KEY, name BLOB, born BLOB, sex BLOB, address BLOB)",
    "CREATE TABLE visit (number BLOB PRIMARY KEY, mrn BLOB, class BLOB, location BLOB, event BLOB)",
    "CREATE TABLE result (filler BLOB, code BLOB, mrn BLOB, value BLOB, status BLOB, PRIMARY KEY (filler, code))",
    "CREATE TABLE delivery (id INTEGER PRIMARY KEY, destination INTEGER, body BLOB, state INTEGER)",
)
PATIENT = (
    "INSERT INTO patient VALUES (?,?,?,?,?) ON CONFLICT (mrn) DO UPDATE SET name=excluded.name, born=excluded.born,"
    " sex=excluded.sex, address=excluded.address"
)
VISIT = (
    "INSERT INTO visit VALUES (?,?,?,?,?) ON CONFLICT (number) DO UPDATE SET class=excluded.class,"
    " location=excluded.location, event=excluded.event"
)
RESULT = (
    "INSERT INTO result VALUES (?,?,?,?,?) ON CONFLICT (filler, code) DO UPDATE SET value=excluded.value,"
    " status=excluded.status"
)


class Work(NamedTuple):
    """One message taken apart."""

    control: bytes
    raw: bytes
    patient: tuple[bytes, ...]
    visit: tuple[bytes, ...] | None
    results: Sequence[tuple[bytes, ...]]
    outputs: tuple[bytes, bytes]
    done: "asyncio.Future[None]"


class Done(NamedTuple):
    """One delivery to be marked."""

    delivery: int
    done: "asyncio.Future[None]"


def take_apart(raw: bytes, done: "asyncio.Future[None]") -> Work:
    """Split a message as far as this program needs it."""
    segments = raw.split(b"\r")
    fields = {segment[:3]: segment.split(b"|") for segment in segments if not segment.startswith(b"OBX")}
    header, pid = fields[b"MSH"], fields[b"PID"] + [b""] * 12
    mrn = pid[3].partition(b"^")[0]
    visit = None
    results = []
    if header[8].startswith(b"ADT"):
        pv1 = fields.get(b"PV1", []) + [b""] * 20
        visit = (pv1[19] or mrn, mrn, pv1[2], pv1[3], header[8])
    else:
        filler = (fields.get(b"OBR", []) + [b""] * 4)[3]
        for segment in segments:
            if segment.startswith(b"OBX"):
                obx = segment.split(b"|") + [b""] * 12
                results.append((filler, obx[3], mrn, obx[5], obx[11]))
    rest = b"\r".join(segments[1:])
    outputs = []
    for name in (b"BILLING", b"REGISTRY"):
        header[4] = name
        outputs.append(b"|".join(header) + b"\r" + rest)
    patient = (mrn, pid[5], pid[7], pid[8], pid[11])
    return Work(header[9], raw, patient, visit, results, (outputs[0], outputs[1]), done)


class Limit:
    """Everything in one object: a listener's protocols, a writer thread, lanes."""

    def __init__(self, store: Path, ports: Sequence[int]) -> None:
        self.loop = asyncio.get_running_loop()
        self.ports = ports
        self.lanes: dict[tuple[int, int], asyncio.Queue[tuple[int, bytes, bytes]]] = defaultdict(asyncio.Queue)
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
                    "INSERT INTO message (control, raw) VALUES (?,?)", [(w.control, w.raw) for w in works]
                )
                self.db.executemany(PATIENT, [w.patient for w in works])
                self.db.executemany(VISIT, [w.visit for w in works if w.visit])
                self.db.executemany(RESULT, [row for w in works for row in w.results])
                for work in works:
                    for number, body in enumerate(work.outputs):
                        self.last += 1
                        rows.append((self.last, number, body, work))
                self.db.executemany("INSERT INTO delivery VALUES (?,?,?,0)", [row[:3] for row in rows])
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
            if b"MSA|AA|" + control not in answer:
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

    def answer(self, control: bytes, _done: "asyncio.Future[None]") -> None:
        """Acknowledge."""
        head = b"\x0bMSH|^~\\&|L|L|S|S|20260101||ACK|A|P|2.5.1\rMSA|AA|"
        self.transport.write(head + control + b"\r\x1c\r")  # type: ignore[attr-defined]


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
