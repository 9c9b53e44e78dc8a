"""``engine send``: an MLLP client that sends files, prints the answers and how long they took."""

import asyncio
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from engine import clock
from engine.cli.endpoints import address_of
from engine.cli.exits import FINE, PROBLEMS_FOUND, WRONG_USAGE
from engine.config.values import Address
from engine.errors import FrameError, PeerError
from engine.hl7.batch import is_batch, split_messages
from engine.mllp.client import MllpClient
from engine.neighbours import Exchange, exchange
from engine.telemetry import configure_logs


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(send)


@dataclass(slots=True)
class Report:
    """What came of sending."""

    codes: Counter[str] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    failures: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class Sending:
    """What is sent, and how."""

    address: Address
    payloads: Sequence[bytes]
    connections: int
    rate: float
    """Messages a second in all; 0: as fast as the answers come."""
    timeout: float


def send(
    files: Annotated[list[Path], typer.Argument(help="Files of one or more messages; - for standard input.")],
    to: Annotated[str, typer.Option("--to", help="Address and port, as 127.0.0.1:2575.")],
    connections: Annotated[int, typer.Option(min=1, help="So many at the same time.")] = 1,
    repeat: Annotated[int, typer.Option(min=1, help="Send everything so often.")] = 1,
    rate: Annotated[float, typer.Option(min=0, help="Messages a second; 0: as fast as the answers come.")] = 0.0,
    timeout: Annotated[float, typer.Option(min=0.1, help="Seconds to wait for an answer.")] = 30.0,
) -> None:
    """Send messages over MLLP; prints the answers' codes and how long they took."""
    configure_logs(level="warning")
    payloads = [payload for file in files for payload in _payloads_of(file)] * repeat
    sending = Sending(address_of(to), payloads, min(connections, max(1, len(payloads))), rate, timeout)
    report = asyncio.run(_send(sending))
    _print(report, len(payloads))
    good = sum(number for told, number in report.codes.items() if told[:2] in {"AA", "CA"}) == len(payloads)
    raise typer.Exit(FINE if good else PROBLEMS_FOUND)


def _payloads_of(file: Path) -> list[bytes]:
    """Return the messages of a file: a batch is one frame, several messages are several, all else goes as it is."""
    if file.is_dir():
        typer.echo(f"engine send: {file} is a folder: name the files in it, as {file}/*", err=True)
        raise typer.Exit(WRONG_USAGE)
    try:
        content = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    except OSError as error:
        typer.echo(f"engine send: {file} cannot be read ({error.strerror})", err=True)
        raise typer.Exit(WRONG_USAGE) from None
    if not content.strip():
        typer.echo(f"engine send: {file} holds nothing to send", err=True)
        raise typer.Exit(WRONG_USAGE)
    return [content] if is_batch(content) or not content.lstrip().startswith(b"MSH") else split_messages(content)


async def _send(sending: Sending) -> Report:
    report = Report()
    with Progress(console=Console(stderr=True), transient=True) as progress:
        bar = progress.add_task("sending", total=len(sending.payloads))

        def answered(exchange: Exchange) -> None:
            report.codes[exchange.told or "no acknowledgement"] += 1
            report.seconds.append(exchange.seconds)
            progress.advance(bar)

        async with asyncio.TaskGroup() as group:
            for number in range(sending.connections):
                group.create_task(_connection(sending, number, report, answered))
    return report


async def _connection(sending: Sending, number: int, report: Report, answered: Callable[[Exchange], None]) -> None:
    client = MllpClient(*sending.address, connect_timeout=5.0, answer_timeout=sending.timeout)
    began = clock.monotonic()
    try:
        for index in range(number, len(sending.payloads), sending.connections):
            if sending.rate:
                await asyncio.sleep(max(0.0, began + index / sending.rate - clock.monotonic()))
            try:
                answered(await exchange(client, sending.payloads[index]))
            except PeerError as error:
                report.failures[error.code] += 1
                if error.code in ("refused", "unreachable", "connect-timeout", "tls"):
                    return  # nobody there: the rest would fail the same way, and is told as not sent
            except FrameError:
                report.failures["unframeable"] += 1
    finally:
        client.close()


def _print(report: Report, wanted: int) -> None:
    for code, number in report.codes.most_common():
        typer.echo(f"{code:>20} {number}")
    for code, number in report.failures.most_common():
        typer.echo(f"{'failed: ' + code:>20} {number}")
    if left := wanted - report.codes.total() - report.failures.total():
        typer.echo(f"{'not sent':>20} {left}")
    if report.seconds:
        ordered = sorted(1_000 * seconds for seconds in report.seconds)
        middle, late = ordered[len(ordered) // 2], ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]
        typer.echo(f"{'answered in':>20} p50 {middle:.1f} ms, p99 {late:.1f} ms, longest {ordered[-1]:.1f} ms")
