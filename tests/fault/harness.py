"""Eight senders, two receivers, one engine killed at random moments and started again, and the ledger of it all.

The moments come from a seed. Some lie in the engine's start: recovering must bear a kill as well.
"""

import asyncio
import random
from asyncio import IncompleteReadError
from collections.abc import AsyncIterator, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.fault.hospitals import RULES, Order, configuration, hospital
from tests.fault.ledger import Ledger
from tests.fault.verdict import judge
from tests.support.peers import SenderSocket, answer, framed
from tests.support.running import LONG, RunningEngine, start_engine
from tests.support.sites import write_site

SENDERS = 8
_CUT_SHARE = 0.03
"""Of the exchanges: the connection breaks behind the message, before its answer."""
_MOST_UNDELIVERED = 2_000
"""About so many; then senders wait, so that the end does not take longer than the run."""


@dataclass(slots=True)
class Trial:
    """One run: the plan of the kills, and everybody who takes part."""

    config: Path
    seed: int
    kills: int
    ledger: Ledger = field(default_factory=Ledger)
    engine: RunningEngine | None = None
    up: asyncio.Event = field(default_factory=asyncio.Event)
    over: asyncio.Event = field(default_factory=asyncio.Event)
    go: asyncio.Event = field(default_factory=asyncio.Event)
    """Senders send."""
    start_seconds: float = 0.0
    """How long the last start took."""

    async def run(self) -> None:
        """Kill so many times under load, then let everything come to rest and stop the engine in order."""
        dice = random.Random(self.seed)
        self.go.set()
        async with asyncio.TaskGroup() as senders:
            for number in range(SENDERS):
                senders.create_task(self._send(number), name=f"sender {number}")
            for number in range(self.kills):
                await self._live_and_die(dice, during_start=number % 5 == 4)
            await self._start()
            await self._in_time(self.ledger.until_answered(self.ledger.answered + SENDERS))
            self.over.set()
        await self._in_time(self.ledger.until_undelivered_below(1))
        code = await self._running().stop()
        if code:
            self.ledger.wrong.append(f"the ordered stop ended with {code}")

    async def _live_and_die(self, dice: random.Random, *, during_start: bool) -> None:
        moment = dice.uniform(0, 0.3)
        if during_start:
            self.engine = await start_engine(self.config)
            moment = self.start_seconds * dice.uniform(0.6, 1.0)  # the beginning is only Python's imports
        else:
            await self._start()
            await self._work_off()
            await self._in_time(self.ledger.until_answered(self.ledger.answered + dice.randint(1, 80)))
        engine = self._running()
        ending = asyncio.create_task(engine.ended())
        await asyncio.wait({ending}, timeout=moment)
        if ending.done():
            raise AssertionError(f"the engine ended by itself with {ending.result()}: {engine.said[-3000:]}")
        was_ready = self.up.is_set()
        self.up.clear()
        self.ledger.was_killed(was_ready=was_ready)
        engine.process.kill()
        await ending

    async def _work_off(self) -> None:
        """Short lives pile up a backlog: let one work most of it off, with the senders waiting."""
        if self.ledger.undelivered > _MOST_UNDELIVERED // 2:
            self.go.clear()
            await self._in_time(self.ledger.until_undelivered_below(_MOST_UNDELIVERED // 4))
            self.go.set()

    async def _start(self) -> None:
        began = asyncio.get_running_loop().time()
        self.engine = await start_engine(self.config)
        await self.engine.ready()
        self.start_seconds = asyncio.get_running_loop().time() - began
        self.up.set()

    async def _in_time(self, wait: Coroutine[None, None, None]) -> None:
        try:
            async with asyncio.timeout(LONG):
                await wait
        except TimeoutError:
            stuck = f"{self.ledger.answered} answered, {self.ledger.undelivered} undelivered"
            said = "; ".join([*judge(self.ledger)[:5], self._running().said[-3000:]])
            raise AssertionError(f"HL7_FAULT_SEED={self.seed}: nothing moves: {stuck}; {said}") from None

    def _running(self) -> RunningEngine:
        if self.engine is None:
            raise RuntimeError("the engine has not been started")
        return self.engine

    async def _send(self, number: int) -> None:
        """Send one message after the other, each again until it is answered, as senders do."""
        orders, dice = hospital(number, self.seed), random.Random(f"{self.seed} cuts {number}")
        connection: SenderSocket | None = None
        while not self.over.is_set():
            await self.go.wait()
            connection = await self._until_answered(next(orders), connection, dice)
        if connection is not None:
            connection.close()

    async def _until_answered(self, order: Order, connection: SenderSocket | None, dice: random.Random) -> SenderSocket:
        """Send until there is an answer; now and then the network fails between the two."""
        while True:
            try:
                if connection is None:
                    await self.up.wait()
                    port = self._running().ports["inbound"]
                    connection = SenderSocket(*await asyncio.open_connection("127.0.0.1", port))
                await self.ledger.sending(order)
                if dice.random() < _CUT_SHARE:
                    connection.writer.write(framed(order.payload))
                    raise ConnectionAbortedError
                reply = await connection.ask(order.payload)
            except (ConnectionError, IncompleteReadError):
                if connection is not None:
                    connection.close()
                connection = None
            else:
                await self.ledger.was_answered(order, reply)
                return connection


@asynccontextmanager
async def trial(folder: Path, seed: int, kills: int) -> AsyncIterator[Trial]:
    """Prepare a run: the receivers listen, the site is written."""
    ledger = Ledger()
    async with AsyncExitStack() as stack:
        ports = {}
        for name in ledger.arrivals:
            ports[name] = await stack.enter_async_context(_noting(ledger, name))
        config = write_site(folder, {**RULES, "config.yaml": configuration(ports["billing"], ports["registry"])})
        prepared = Trial(config, seed, kills, ledger)
        try:
            yield prepared
        finally:
            if prepared.engine is not None and prepared.engine.process.returncode is None:
                await prepared.engine.kill()


@asynccontextmanager
async def _noting(ledger: Ledger, name: str) -> AsyncIterator[int]:
    """Run a receiver that writes down what comes and accepts it; yield its port."""

    async def note(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                raw = await reader.readuntil(b"\x1c\r")
                await ledger.has_come(name, raw[1:-2])
                writer.write(answer(raw[1:-2]))
                await writer.drain()
        except (IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(note, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
