"""What the two ends cost on real sockets: the listener with its answers, and the lanes of one destination."""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence

import uvloop

from engine.context import EMPTY_CONTEXT
from engine.decision import Receipt, finish, plan
from engine.delivery import DeliveryId, Destination, Dispatcher, MllpSender, Outcome, Waiting
from engine.mllp.client import MllpClient
from engine.mllp.handler import Caller
from engine.mllp.listener import Listener
from engine.mllp.options import ListenerOptions
from engine.routing import Rules
from tests.bench.processes import Process

ROUNDS = 3


class Prepared:
    """A handler that has every answer already: what is measured is framing and the socket."""

    def __init__(self, answers: dict[bytes, bytes]) -> None:
        self._answers = answers

    def on_frame(self, caller: Caller, payload: bytes, ticket: int) -> None:
        """Answer at once."""
        caller.answer(ticket, self._answers[payload])

    def on_too_big(self, caller: Caller, header: bytes, ticket: int) -> None:
        """Nothing here is too big."""
        caller.close_without_answer()


def framing(load: Process, receipts: Sequence[Receipt], rules: Rules) -> float:
    """Return the microseconds of CPU per message that reading frames and writing answers takes."""
    answers = {each.payload: finish(plan(each, rules), EMPTY_CONTEXT).ack for each in receipts}
    return uvloop.run(_framing(load, answers, len(receipts)))


async def _framing(load: Process, answers: dict[bytes, bytes], count: int) -> float:
    best = float("inf")
    async with Listener(ListenerOptions("bench", "127.0.0.1", 0), Prepared(answers)) as listener:
        told = {"ports": {"ADMISSIONS": listener.port, "LAB": listener.port}, "start": 0, "count": count}
        for _ in range(ROUNDS):
            began = time.process_time()
            sent = await asyncio.to_thread(load.ask, told)
            best = min(best, time.process_time() - began)
            if sent["answered"] != count or sent["refused"]:
                raise RuntimeError("not every message was answered")
    return best / count * 1e6


class Instant:
    """A ledger that has committed everything by the loop's next turn."""

    def __init__(self, count: int) -> None:
        self.left = count
        self.done = asyncio.Event()

    def record(self, outcome: Outcome, done: Callable[[], None]) -> None:
        """Say so at once."""
        asyncio.get_running_loop().call_soon(done)
        self.left -= 1
        if not self.left:
            self.done.set()

    async def waiting(self, after: DeliveryId, limit: int) -> Sequence[Waiting]:
        """Return nothing: everything is offered."""
        return ()

    async def payload(self, delivery: DeliveryId) -> bytes:
        """Return nothing: everything is at hand."""
        return b""

    async def payloads(self, deliveries: Sequence[DeliveryId]) -> Mapping[DeliveryId, bytes]:
        """Nothing is read ahead."""
        return {}

    async def flag_possible_duplicates(self, deliveries: Sequence[DeliveryId]) -> None:
        """Nothing has been sent before."""


def delivering(port: int, outputs: Sequence[tuple[tuple[str, ...], bytes]], lanes: int) -> float:
    """Return the microseconds of CPU per message that sending *outputs* (lane keys and bytes) to one receiver takes."""
    return min(uvloop.run(_delivering(port, outputs, lanes)) for _ in range(ROUNDS)) / len(outputs) * 1e6


async def _delivering(port: int, outputs: Sequence[tuple[tuple[str, ...], bytes]], lanes: int) -> float:
    ledger = Instant(len(outputs))

    def connect() -> MllpSender:
        return MllpSender(MllpClient("127.0.0.1", port, connect_timeout=5, answer_timeout=10))

    dispatcher = Dispatcher(Destination("bench", lanes), ledger, connect)
    async with asyncio.TaskGroup() as group:
        group.create_task(dispatcher.run(), name="bench destination")
        began = time.process_time()
        for number, (keys, payload) in enumerate(outputs, 1):
            dispatcher.offer(Waiting(DeliveryId(number, 1), keys, payload=payload))
        await ledger.done.wait()
        spent = time.process_time() - began
        dispatcher.stop()
    return spent
