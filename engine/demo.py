"""The simulated neighbours: a hospital and its laboratory that send, billing and a registry that receive.

They run around a real engine over real sockets on free ports, and keep a ledger of their own: what was acknowledged and
what arrived. Nothing of a message is shown but its type and its number.
"""

import asyncio
from collections import Counter, deque
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path

from engine import clock
from engine.config import Settings
from engine.config.values import Address
from engine.errors import NotPossible, PeerError
from engine.hl7.header import Header
from engine.journal.balance import (
    Counts,
    counts,
    delivered_control_ids,
    messages_with_output,
    received_control_ids,
)
from engine.journal.store import open_readers
from engine.journeys import START, Event, Sender, journeys
from engine.mllp.client import MllpClient
from engine.mllp.listener import Listener
from engine.mllp.options import ListenerOptions
from engine.neighbours import Receiver, exchange
from engine.observe.balance import Balance, balance, discrepancies
from engine.service import Service
from engine.states import DeliveryState

CONNECTIONS = 32
"""Pairs of connections (admissions, laboratory); a patient's messages always take the same pair."""
PATIENCE_SECONDS = 30.0
WATCH_SECONDS = 0.2
_PORTS = {Sender.ADMISSIONS: "admissions", Sender.LAB: "lab"}


@dataclass(frozen=True, slots=True)
class Plan:
    """What the demo is asked to do."""

    settings: Settings
    store: Path
    messages: int = 0
    """End after so many; 0: go on until stopped."""
    rate: float = 0.0
    """Messages a second; 0: as fast as they are answered."""
    seed: int = 1


@dataclass(slots=True)
class Ledger:
    """What the neighbours themselves have seen."""

    sent: int = 0
    codes: Counter[str] = field(default_factory=Counter)
    acknowledged: set[str] = field(default_factory=set)
    """MSH-10 of what was answered AA."""
    arrived: dict[str, Counter[bytes]] = field(default_factory=dict)
    """By destination: MSH-10 of what came, and how often."""
    milliseconds: deque[float] = field(default_factory=lambda: deque(maxlen=2_000))
    kinds: deque[tuple[str, str]] = field(default_factory=lambda: deque(maxlen=8))
    """The last messages: who sent, which type."""
    began: float = field(default_factory=clock.monotonic)


class Demo:
    """A running engine with its neighbours around it."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.ledger = Ledger(arrived={name: Counter() for name in plan.settings.destinations})
        self.service: Service | None = None
        self._stop = asyncio.Event()

    def stop(self) -> None:
        """Send no more, let everything arrive, and end."""
        self._stop.set()

    async def run(self, watch: Callable[[], None]) -> None:
        """Run to the end; *watch* is called a few times a second. Raises what the engine's own `run` raises."""
        if not self.plan.settings.listeners.keys() & set(_PORTS.values()):
            text = f"the demo sends to listeners called {' or '.join(_PORTS.values())}, and config.yaml has neither"
            raise NotPossible("no-such-listener", text)
        async with AsyncExitStack() as stack:
            addresses = {name: await self._receive(stack, name) for name in self.plan.settings.destinations}
            service = self.service = Service(_around(self.plan, addresses))
            ready = asyncio.Event()
            async with asyncio.TaskGroup() as group:
                running = group.create_task(service.run(ready.set), name="engine")
                watching = group.create_task(_repeat(watch), name="watch")
                started = group.create_task(ready.wait(), name="ready")
                await asyncio.wait({running, started}, return_when=asyncio.FIRST_COMPLETED)
                if not running.done():
                    await self._send(service)
                    await self._drain(service)
                    service.stop()
                started.cancel()
                await asyncio.wait({running})
                watching.cancel()
            watch()

    async def _receive(self, stack: AsyncExitStack, name: str) -> Address:
        def heard(payload: bytes) -> None:
            header = Header.peek(payload)
            if header is not None:
                self.ledger.arrived[name][header.field("MSH", 10).encode("latin-1")] += 1

        options = ListenerOptions(name, "127.0.0.1", 0)
        listener = await stack.enter_async_context(Listener(options, Receiver(heard=heard)))
        return Address("127.0.0.1", listener.port)

    # -- sending ------------------------------------------------------------------------------------------------------

    async def _send(self, service: Service) -> None:
        queues: list[asyncio.Queue[Event | None]] = [asyncio.Queue(maxsize=4) for _ in range(CONNECTIONS)]
        ports = {sender: service.listeners[name].port for sender, name in _PORTS.items() if name in service.listeners}
        async with asyncio.TaskGroup() as group:
            for queue in queues:
                group.create_task(self._connection(queue, ports), name="sender")
            number = 0
            for event in journeys(self.plan.seed, START):
                if self._stop.is_set() or (self.plan.messages and number == self.plan.messages):
                    break
                if event.sender not in ports:
                    continue
                await self._pace(number)
                number += 1
                await queues[sum(event.patient_key.encode()) % CONNECTIONS].put(event)
            for queue in queues:
                await queue.put(None)

    async def _pace(self, number: int) -> None:
        if self.plan.rate:
            due = self.ledger.began + number / self.plan.rate
            await asyncio.sleep(max(0.0, due - clock.monotonic()))

    async def _connection(self, queue: "asyncio.Queue[Event | None]", ports: Mapping[Sender, int]) -> None:
        clients = {
            sender: MllpClient("127.0.0.1", port, connect_timeout=5.0, answer_timeout=20.0)
            for sender, port in ports.items()
        }
        try:
            while (event := await queue.get()) is not None:
                await self._exchange(clients[event.sender], event)
        finally:
            for client in clients.values():
                client.close()

    async def _exchange(self, client: MllpClient, event: Event) -> None:
        ledger = self.ledger
        ledger.sent += 1
        try:
            done = await exchange(client, event.payload, PATIENCE_SECONDS)
        except PeerError as error:
            ledger.codes[error.code] += 1
            return
        ledger.codes[done.code] += 1
        ledger.milliseconds.append(done.seconds * 1_000)
        ledger.kinds.append((_PORTS[event.sender], event.kind))
        if done.code == "AA":
            ledger.acknowledged.add(event.control_id)

    async def _drain(self, service: Service) -> None:
        """Wait until nothing is on its way; what a person would have to decide stays."""
        deadline = clock.monotonic() + PATIENCE_SECONDS
        while clock.monotonic() < deadline:
            found = await asyncio.to_thread(counted, service)
            if not any(states.get(DeliveryState.PENDING) for states in found.destinations.values()):
                return
            await asyncio.sleep(0.05)


def counted(service: Service) -> Counts:
    """Return the engine's own counts."""
    with service.store.readers.reading() as connection:
        return counts(connection)


def balance_of(plan: Plan) -> Balance:
    """Return the balance of a demo that has ended, from its store."""
    readers = open_readers(plan.store)
    try:
        with readers.reading(60.0) as connection:
            return balance(counts(connection), messages_with_output(connection), plan.settings.destinations)
    finally:
        readers.close()


def discrepancies_of(plan: Plan) -> list[str]:
    """Return what the books of a demo that has ended do not agree on."""
    readers = open_readers(plan.store)
    try:
        with readers.reading(60.0) as connection:
            return discrepancies(connection)
    finally:
        readers.close()


def lost_of(plan: Plan, ledger: Ledger) -> int:
    """Return how many acknowledged messages, and deliveries marked as done, the neighbours cannot account for."""
    readers = open_readers(plan.store)
    try:
        with readers.reading(60.0) as connection:
            kept = received_control_ids(connection)
            missing = sum(
                control_id.encode() not in ledger.arrived[destination]
                for destination, control_id in delivered_control_ids(connection)
            )
    finally:
        readers.close()
    return len(ledger.acknowledged - kept) + missing


def _around(plan: Plan, addresses: Mapping[str, Address]) -> Settings:
    """Return the plan's settings with free ports, the neighbours' addresses and a store of its own."""
    settings = plan.settings
    anywhere = Address("127.0.0.1", 0)
    return replace(
        settings,
        store=plan.store,
        listeners={
            name: each.model_copy(update={"mllp": anywhere, "tls": None, "allow": ()})
            for name, each in settings.listeners.items()
        },
        destinations={
            name: each.model_copy(update={"mllp": addresses[name], "tls": None})
            for name, each in settings.destinations.items()
        },
    )


async def _repeat(watch: Callable[[], None]) -> None:
    while True:
        watch()
        await asyncio.sleep(WATCH_SECONDS)
