"""Both receivers in one process: they accept everything, and know how many different messages came and when.

``python -m tests.bench.receivers`` writes ``{"ports": [1, 2]}``; on standard input ``{"wait": 2000}`` answers once both
have had so many since ``{"reset": true}``, or when nothing has come for a while.
"""

import asyncio
import gc
import os
import sys
import time
from typing import Any

import orjson
import uvloop

LONGEST_SILENCE = 20.0
_ANSWER = b"\x0bMSH|^~\\&|R|R|S|S|20260101||ACK|%b|P|2.5.1\rMSA|AA|%b\r\x1c\r"


class Receiver:
    """One destination."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Begin to count anew."""
        self.seen: set[bytes] = set()
        self.came = 0
        self.last = 0.0


class Link(asyncio.Protocol):
    """One connection of the engine's."""

    def __init__(self, receiver: Receiver) -> None:
        self._receiver = receiver
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self._transport: Any = transport

    def data_received(self, data: bytes) -> None:
        """Take whole frames and accept each."""
        if self._buffer:
            data = self._buffer + data
        receiver = self._receiver
        while (end := data.find(b"\x1c\r")) >= 0:
            control_id = data[1 : data.find(b"\r")].split(b"|", 10)[9]
            receiver.seen.add(control_id)
            receiver.came += 1
            receiver.last = time.monotonic()
            self._transport.write(_ANSWER % (control_id, control_id))
            data = data[end + 2 :]
        self._buffer = data


class Desk:
    """Answers what is asked on standard input."""

    def __init__(self, receivers: list[Receiver]) -> None:
        self._receivers = receivers
        self._lines: asyncio.Queue[bytes] = asyncio.Queue()
        self._rest = b""

    def read(self) -> None:
        """Take what has been written."""
        data = os.read(0, 65_536)
        if not data:
            sys.exit(0)
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            self._lines.put_nowait(line)

    async def serve(self) -> None:
        """Answer for ever."""
        while True:
            told = orjson.loads(await self._lines.get())
            if told.get("reset"):
                for each in self._receivers:
                    each.forget()
            else:
                await self._until(told["wait"])
            say(
                {
                    "distinct": [len(each.seen) for each in self._receivers],
                    "came": [each.came for each in self._receivers],
                    "last": max(each.last for each in self._receivers),
                    "cpu": time.process_time(),
                }
            )

    async def _until(self, count: int) -> None:
        quiet_since, before = time.monotonic(), -1
        while any(len(each.seen) < count for each in self._receivers):
            await asyncio.sleep(0.02)
            came = sum(each.came for each in self._receivers)
            if came != before:
                quiet_since, before = time.monotonic(), came
            elif time.monotonic() - quiet_since > LONGEST_SILENCE:
                return


def say(answer: dict[str, Any]) -> None:
    """Write one line."""
    sys.stdout.buffer.write(orjson.dumps(answer, option=orjson.OPT_APPEND_NEWLINE))
    sys.stdout.flush()


async def main() -> None:
    """Listen, tell where, answer."""
    loop, receivers, ports = asyncio.get_running_loop(), [Receiver(), Receiver()], []
    for receiver in receivers:
        server = await loop.create_server(lambda receiver=receiver: Link(receiver), "127.0.0.1", 0)  # type: ignore[misc]
        ports.append(server.sockets[0].getsockname()[1])
    desk = Desk(receivers)
    loop.add_reader(0, desk.read)
    say({"ports": ports})
    await desk.serve()


if __name__ == "__main__":
    gc.disable()
    uvloop.run(main())
