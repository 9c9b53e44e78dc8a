"""A site of its own in a folder, the real engine on it as a process, and the command line beside it."""

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

LONG = 30.0
"""Seconds after which a test has failed; nothing waits that long when all is well."""
ENGINE = (sys.executable, "-c", "from engine.cli import main; main()")
ROUTE = "route: main\nfrom: adt\nto:\n  billing: {map: by-ward}\n"
MAPPING = """mapping: by-ward
output: {message: ADT^A01^ADT_A01, version: 2.5.1, start: empty}
steps:
  - copy: [PID]
  - set:
      PV1-3.1: =translate('wards', PV1-3.1)
"""


@dataclass(frozen=True)
class Ended:
    """A command that has ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return orjson.loads(self.out)


@dataclass
class SiteProcess:
    """A site's files, and its engine while it runs."""

    folder: Path
    listener: int
    billing: int
    events: list[dict[str, Any]] = field(default_factory=list)
    said: threading.Condition = field(default_factory=threading.Condition)
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def environment(self) -> dict[str, str]:
        """The children's: bytecode is kept for the session, so that only the first command compiles it."""
        kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        bytecode = self.folder.parents[1] / "bytecode"
        return {**kept, "PYTHONPATH": str(Path(__file__).parents[2]), "PYTHONPYCACHEPREFIX": str(bytecode)}

    def run(self, *arguments: str) -> Ended:
        """Run a command of the engine's in the site's folder."""
        done = subprocess.run(  # noqa: S603  our own program
            [*ENGINE, *arguments], cwd=self.folder, capture_output=True, timeout=LONG, check=False, env=self.environment
        )
        return Ended(done.returncode, done.stdout.decode(), done.stderr.decode())

    def until(self, event: str, **fields: object) -> dict[str, Any]:
        """Wait for a log event with these fields and return it."""
        with self.said:
            assert self.said.wait_for(lambda: self._found(event, fields) is not None, LONG), f"no {event} was logged"
            found = self._found(event, fields)
        assert found is not None
        return found

    @contextmanager
    def running(self) -> Iterator[None]:
        """Run the engine; it is stopped by SIGTERM and must end well."""
        self.events.clear()
        self.process = subprocess.Popen(  # noqa: S603  our own program
            [*ENGINE, "serve"], cwd=self.folder, stderr=subprocess.PIPE, env=self.environment
        )
        reader = threading.Thread(target=self._read)
        reader.start()
        try:
            self.until("engine.ready")
            yield
            self.process.send_signal(signal.SIGTERM)
            assert self.process.wait(LONG) == 0
        finally:
            self.process.kill()
            self.process.wait()
            reader.join()

    def _read(self) -> None:
        assert self.process is not None
        assert self.process.stderr is not None
        for line in self.process.stderr:
            with self.said:
                self.events.append(orjson.loads(line) if line.startswith(b"{") else {"event": line.decode()})
                self.said.notify_all()

    def _found(self, event: str, fields: dict[str, object]) -> dict[str, Any] | None:
        return next((each for each in self.events if each["event"] == event and fields.items() <= each.items()), None)


def site_at(folder: Path) -> SiteProcess:
    """Write a site on free ports into *folder*; ward W9 is not in its table."""
    listener, billing = _free_ports(2)
    site = SiteProcess(folder, listener, billing)
    for name in ("routes", "mappings"):
        (folder / name).mkdir(parents=True)
    config = (
        "site: st-mary\ntime_zone: America/New_York\nstore: sqlite:///data/engine.db\n"
        f"listeners: {{adt: {{mllp: 127.0.0.1:{site.listener}}}}}\n"
        f"destinations: {{billing: {{mllp: 127.0.0.1:{site.billing}, retry: {{first: 1h, longest: 1h}}}}}}\n"
        "tables: {wards: {file: mappings/wards.csv}}\n"
    )
    (folder / "config.yaml").write_text(config, "utf-8")
    (folder / "routes" / "main.yaml").write_text(ROUTE, "utf-8")
    (folder / "mappings" / "by-ward.yaml").write_text(MAPPING, "utf-8")
    wards_of(folder, "W1")
    return site


def wards_of(folder: Path, *wards: str) -> None:
    """Write the table of wards."""
    rows = "".join(f"{ward},WARD-{ward}\n" for ward in wards)
    (folder / "mappings" / "wards.csv").write_text(f"from,to\n{rows}", "utf-8")


def admission(number: int, ward: str = "W1") -> bytes:
    """Return an admission of a patient whose name no log and no table may show."""
    return (
        f"MSH|^~\\&|HIS|STMARY|||20260101||ADT^A01^ADT_A01|M{number}|P|2.5.1\r"
        f"PID|1||4711^^^STMARY||DOE^JANE||19690203\rPV1|1|I|{ward}\r"
    ).encode()


def _free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports
