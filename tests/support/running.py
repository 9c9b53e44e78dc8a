"""A real `engine serve` process: started, listened to line by line, stopped in order or killed.

    async with running_engine(config) as engine:
        ...engine.ports["admissions"]...
        await engine.logged("delivery.held", destination="billing")

Everything waits for an event with a deadline; nothing sleeps.
"""

import asyncio
import os
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import orjson

LONG = 30.0
"""Seconds after which a test has failed; nothing waits that long when all is well."""
ENGINE = Path(sys.executable).with_name("engine")
_MOST_LINE = 2**20


class EngineEnded(AssertionError):  # noqa: N818  it names what happened
    """The process ended when it should have run; the text holds its exit code and what it said last."""


class RunningEngine:
    """One process. `lines` is all that it wrote to standard error, `events` those lines that are log events."""

    def __init__(self, process: asyncio.subprocess.Process, config: Path) -> None:
        self.process = process
        self.config = config
        self.lines: list[str] = []
        self.events: list[dict[str, Any]] = []
        self.output = b""
        """What it wrote to standard output; complete once it has ended."""
        self._news = asyncio.Condition()
        self._reading = asyncio.create_task(self._read(), name="engine's standard error")

    @property
    def ports(self) -> dict[str, int]:
        """Where the listeners listen, by name: known once it is ready."""
        ready = next(event for event in self.events if event["event"] == "engine.ready")
        return {name: int(address.rpartition(":")[2]) for name, address in ready["listeners"].items()}

    @property
    def said(self) -> str:
        """Everything on standard error as one text."""
        return "\n".join(self.lines)

    def find(self, event: str, **fields: object) -> list[dict[str, Any]]:
        """Return the log events of that name whose fields are these."""
        wanted = {"event": event, **fields}
        return [each for each in self.events if wanted.items() <= each.items()]

    async def logged(self, event: str, times: int = 1, **fields: object) -> dict[str, Any]:
        """Wait until such an event has been logged so many times, and return the last of these."""
        async with asyncio.timeout(LONG), self._news:
            while len(found := self.find(event, **fields)) < times:
                if self._reading.done():
                    raise EngineEnded(
                        f"ended with {self.process.returncode} before {event} {fields}: {self.said[-3000:]}"
                    )
                await self._news.wait()
        return found[times - 1]

    async def ready(self) -> None:
        """Wait until it listens."""
        await self.logged("engine.ready")

    async def ended(self) -> int:
        """Wait until it has ended by itself; return the exit code."""
        async with asyncio.timeout(LONG):
            await self._reading
            return await self.process.wait()

    async def stop(self) -> int:
        """Stop it in order (SIGTERM); return the exit code."""
        self.signal(signal.SIGTERM)
        return await self.ended()

    async def kill(self) -> None:
        """Kill it on the spot (SIGKILL)."""
        self.signal(signal.SIGKILL)
        await self.ended()

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal, if it still runs."""
        if self.process.returncode is None:
            self.process.send_signal(number)

    async def _read(self) -> None:
        stream, output = self.process.stderr, self.process.stdout
        if stream is None or output is None:
            raise RuntimeError("the process was started with pipes")
        draining = asyncio.create_task(output.read(), name="engine's standard output")
        while line := await stream.readline():
            text = line.decode("utf-8", "replace").rstrip("\n")
            self.lines.append(text)
            if text.startswith("{"):
                self.events.append(orjson.loads(text))
            async with self._news:
                self._news.notify_all()
        self.output = await draining
        await self.process.wait()
        async with self._news:
            self._news.notify_all()


def own_environment() -> dict[str, str]:
    """Return the environment of our children: they keep bytecode, elsewhere where we keep none, and start faster."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    if len(kept) == len(os.environ):
        return kept
    bytecode = Path(tempfile.gettempdir()) / f"engine-bytecode-{os.geteuid()}"
    bytecode.mkdir(mode=0o700, exist_ok=True)
    return {**kept, "PYTHONPYCACHEPREFIX": str(bytecode)}


async def start_engine(config: Path, *, environment: Mapping[str, str] | None = None) -> RunningEngine:
    """Start `engine serve` and return at once: it need not become ready. The caller ends it."""
    process = await asyncio.create_subprocess_exec(
        str(ENGINE),
        "serve",
        "--config",
        str(config),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        limit=_MOST_LINE,
        cwd=config.parent,
        env={**own_environment(), **(environment or {})},
    )
    return RunningEngine(process, config)


@asynccontextmanager
async def running_engine(config: Path, *, environment: Mapping[str, str] | None = None) -> AsyncIterator[RunningEngine]:
    """Run an engine that is ready; afterwards it is stopped in order, which must succeed, unless the body failed."""
    engine = await start_engine(config, environment=environment)
    try:
        await engine.ready()
        yield engine
    except BaseException:
        await engine.kill()
        raise
    if engine.process.returncode is None:
        code = await engine.stop()
        if code != 0:
            raise EngineEnded(f"an ordered stop ended with {code}: {engine.said[-3000:]}")
