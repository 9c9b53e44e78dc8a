"""End to end: one server process, the load generator and both receivers, all outputs accounted for."""

import socket
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from engine.states import DeliveryState
from tests.bench.processes import Process, start_engine, start_limit, start_load, start_receivers
from tests.bench.sites import busy_site


@dataclass(frozen=True, slots=True)
class Scale:
    """How much is sent."""

    warm_up: int = 2_000
    messages: int = 20_000
    connections: int = 64


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one round came to."""

    name: str
    messages: int
    acknowledged: float
    """Messages per second."""
    delivered: float
    """Messages per second, to both, from the first byte sent to the last output received."""
    p50_ms: float
    p99_ms: float
    cpu_us: float
    """Of the server, per message."""
    rss_before: float
    rss_after: float
    load_us: float
    """Of the load generator, per message."""
    receivers_us: float
    problems: tuple[str, ...]
    """What did not add up; none: everything arrived, once."""


class Ring:
    """The load generator and both receivers, the same for all rounds."""

    def __init__(self, scale: Scale) -> None:
        self.scale = scale
        self.load = start_load(scale.warm_up + scale.messages, scale.connections)
        self.receivers, self.ports = start_receivers()

    def close(self) -> None:
        """End both."""
        self.load.stop()
        self.receivers.stop()

    def run(self, name: str, server: Process, ports: dict[str, int]) -> Outcome:
        """Warm *server* up, then measure it."""
        scale, problems = self.scale, list[str]()
        self.receivers.ask({"reset": True})
        self.load.ask({"ports": ports, "start": 0, "count": scale.warm_up})
        self.receivers.ask({"wait": scale.warm_up})
        before = self.receivers.ask({"reset": True})
        cpu, rss = server.cpu_seconds(), server.rss_mib()
        sent = self.load.ask({"ports": ports, "start": scale.warm_up, "count": scale.messages})
        came = self.receivers.ask({"wait": scale.messages})
        cpu = server.cpu_seconds() - cpu
        if sent["answered"] != scale.messages or sent["refused"] or sent["lost"]:
            problems.append(f"{sent['answered']} answered, {sent['refused']} refused, {sent['lost']} connections lost")
        if came["distinct"] != [scale.messages] * 2 or came["came"] != came["distinct"]:
            problems.append(f"received {came['came']}, of them different {came['distinct']}")
        count = scale.messages
        return Outcome(
            name,
            count,
            sent["answered"] / (sent["ended"] - sent["began"]),
            min(came["distinct"]) / max(came["last"] - sent["began"], 1e-9),
            sent["p50_ms"],
            sent["p99_ms"],
            cpu / count * 1e6,
            rss,
            server.rss_mib(),
            sent["cpu"] / count * 1e6,
            (came["cpu"] - before["cpu"]) / count * 1e6,
            tuple(problems),
        )


@contextmanager
def ring(scale: Scale) -> Iterator[Ring]:
    """Start the processes around the server."""
    found = Ring(scale)
    try:
        yield found
    finally:
        found.close()


def of_engine(around: Ring, disk: Path) -> Outcome:
    """Run `engine serve` once, with a new store on *disk*."""
    with tempfile.TemporaryDirectory(dir=disk) as folder:
        config = busy_site(Path(folder) / "site", around.ports)
        engine, ports = start_engine(config)
        with engine:
            outcome = around.run("engine", engine, ports)
        unfinished = _unfinished(config.parent / "var" / "engine.db")
    if unfinished:
        return _with(outcome, f"the store says of deliveries: {unfinished}")
    return outcome


def of_limit(around: Ring, disk: Path) -> Outcome:
    """Run the yardstick once, with a new store on *disk*."""
    with tempfile.TemporaryDirectory(dir=disk) as folder:
        port = _free_port()
        with start_limit(Path(folder) / "limit.db", port, around.ports) as limit:
            return around.run("limit", limit, {"ADMISSIONS": port, "LAB": port})


def _unfinished(store: Path) -> dict[str, int]:
    with closing(sqlite3.connect(f"{store.as_uri()}?mode=ro", uri=True)) as connection:
        rows = connection.execute("SELECT state, count(*) FROM delivery GROUP BY state").fetchall()
    return {DeliveryState(state).name: count for state, count in rows if state != DeliveryState.DELIVERED}


def _with(outcome: Outcome, problem: str) -> Outcome:
    return replace(outcome, problems=(*outcome.problems, problem))


def _free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])
