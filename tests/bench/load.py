"""The load generator's process: connections that send, wait for the answer, and send the next. One JSON line per round.

``python -m tests.bench.load MESSAGES CONNECTIONS``, then on standard input
``{"ports": {"ADMISSIONS": 1, "LAB": 2}, "start": 0, "count": 2000}``.
"""

import asyncio
import gc
import sys
import time
from collections.abc import Iterable
from typing import Any

import orjson
import uvloop

from engine.journeys import Sender
from tests.bench.traffic import Sent, between, deal, events

LONGEST_SILENCE = 30.0


class Round:
    """What all connections of one round have to tell."""

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self.refused = 0
        self.lost = 0
        self.left = 0
        self.over = asyncio.Event()

    def ended(self) -> None:
        """One connection has nothing more to send."""
        self.left -= 1
        if not self.left:
            self.over.set()


class Link(asyncio.Protocol):
    """One connection: stop and wait."""

    def __init__(self, results: Round, messages: Iterable[Sent]) -> None:
        self._results = results
        self._messages = iter(messages)
        self._buffer = b""
        self._wanted = b""
        self._began = 0.0
        self._is_over = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self._transport: Any = transport

    def send(self) -> None:
        """Send the next message."""
        sent = next(self._messages, None)
        if sent is None:
            self._is_over = True
            self._transport.close()
            self._results.ended()
            return
        self._wanted = b"MSA|AA|" + sent.control_id
        self._began = time.perf_counter()
        self._transport.write(sent.frame)

    def data_received(self, data: bytes) -> None:
        """Take the answer."""
        if self._buffer:
            data = self._buffer + data
        if not data.endswith(b"\x1c\r"):
            self._buffer = data
            return
        self._buffer = b""
        self._results.seconds.append(time.perf_counter() - self._began)
        if self._wanted not in data:
            self._results.refused += 1
        self.send()

    def connection_lost(self, _exc: Exception | None) -> None:
        """Count what was not meant to end."""
        if not self._is_over:
            self._results.lost += 1
            self._results.ended()


async def _round(hands: dict[Sender, list[list[Sent]]], told: dict[str, Any]) -> dict[str, Any]:
    results, links = Round(), []
    loop = asyncio.get_running_loop()
    for sender, of_sender in hands.items():
        for hand in of_sender:
            link = Link(results, between(hand, told["start"], told["count"]))
            await loop.create_connection(lambda link=link: link, "127.0.0.1", told["ports"][sender.name])  # type: ignore[misc]
            links.append(link)
    results.left = len(links)
    began, cpu = time.monotonic(), time.process_time()
    for link in links:
        link.send()
    before = -1
    while not results.over.is_set() and before != len(results.seconds):
        before = len(results.seconds)
        try:
            await asyncio.wait_for(results.over.wait(), LONGEST_SILENCE)
        except TimeoutError:
            continue
    ended, ordered = time.monotonic(), sorted(results.seconds) or [0.0]
    return {
        "began": began,
        "ended": ended,
        "answered": len(results.seconds),
        "refused": results.refused,
        "lost": results.lost,
        "p50_ms": ordered[len(ordered) // 2] * 1e3,
        "p99_ms": ordered[int(len(ordered) * 0.99)] * 1e3,
        "cpu": time.process_time() - cpu,
    }


def main() -> None:
    """Make the traffic, then run one round per line."""
    hands = deal(events(int(sys.argv[1])), int(sys.argv[2]))
    gc.freeze()
    gc.disable()
    sys.stdout.write("{}\n")
    sys.stdout.flush()
    for line in sys.stdin:
        answer = uvloop.run(_round(hands, orjson.loads(line)))
        sys.stdout.buffer.write(orjson.dumps(answer, option=orjson.OPT_APPEND_NEWLINE))
        sys.stdout.flush()


if __name__ == "__main__":
    main()
