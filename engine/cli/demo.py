"""``engine demo``: the engine at work between a simulated hospital, laboratory, billing and registry."""

import asyncio
import contextlib
import os
import signal
from dataclasses import asdict
from enum import Enum
from pathlib import Path
from typing import Annotated

import orjson
import typer
from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from engine import clock
from engine.cli.check import CONFIG
from engine.cli.endings import ending_of
from engine.cli.exits import COULD_NOT_START, FINE, PROBLEMS_FOUND
from engine.cli.starting import settings_or_exit
from engine.config import Settings
from engine.demo import Demo, Ledger, Plan, balance_of, counted, discrepancies_of, lost_of
from engine.journal.balance import Counts
from engine.observe.balance import Balance
from engine.states import DeliveryState, MessageState
from engine.telemetry import configure_logs


class Format(Enum):
    """What the demo prints."""

    TEXT = "text"
    JSON = "json"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(demo)


def demo(
    messages: Annotated[int, typer.Option(min=0, help="End after so many; 0: go on until Ctrl-C.")] = 0,
    rate: Annotated[float | None, typer.Option(min=0, help="Messages a second; 0: as fast as answered.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same hospital.")] = 1,
    form: Annotated[Format, typer.Option("--format", help="text to watch, json to end with one object.")] = Format.TEXT,
    config: Annotated[Path, CONFIG] = Path("config.yaml"),
) -> None:
    """Run the engine with simulated neighbours, on free ports and a store of its own."""
    settings = settings_or_exit(config)
    try:
        store = _fresh_store(settings)
    except OSError as error:
        typer.echo(f"engine: not started: {settings.folder / 'var'} cannot be written ({error.strerror})", err=True)
        raise typer.Exit(COULD_NOT_START) from None
    pace = rate if rate is not None else (0.0 if messages else 40.0)
    plan = Plan(settings, store, messages, pace, seed)
    with (store.parent / "engine.log").open("w") as log:
        configure_logs(log)
        running = Demo(plan)
        try:
            asyncio.run(_run(running, form))
        except Exception as error:  # noqa: BLE001  Boundary: why the engine ended is told in words
            failure = running.service.failure if running.service is not None else None
            raise typer.Exit(ending_of(error, failure)) from None
    raise typer.Exit(_finish(plan, running.ledger, form))


def _fresh_store(settings: Settings) -> Path:
    """Return the place of a store that no earlier demo has filled; those of demos that have ended are thrown away."""
    folder = settings.folder / "var" / "demo"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for old in folder.glob("demo-*.db*"):
        number = old.name.removeprefix("demo-").partition(".")[0]
        if not Path("/proc", number).exists():
            with contextlib.suppress(OSError):
                old.unlink()
    return folder / f"demo-{os.getpid()}.db"


async def _run(running: Demo, form: Format) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, running.stop)
    console = Console()
    if form is Format.JSON:
        await running.run(lambda: None)
    elif console.is_terminal:
        with Live(console=console, refresh_per_second=5, transient=True) as live:
            await running.run(lambda: live.update(_screen(running)))
    else:
        lines = _Lines(running)
        await running.run(lines.tick)


class _Lines:
    """Where there is no terminal: a line a second."""

    def __init__(self, running: Demo) -> None:
        self._running = running
        self._due = 0.0

    def tick(self) -> None:
        """Print a line when one is due."""
        if clock.monotonic() >= self._due:
            self._due = clock.monotonic() + 1.0
            ledger = self._running.ledger
            arrived = ", ".join(f"{name} {sum(came.values())}" for name, came in ledger.arrived.items())
            typer.echo(f"sent {ledger.sent}, accepted {ledger.codes['AA']}, arrived: {arrived}")


def _screen(running: Demo) -> Group:
    """Return what a person watches: senders above, destinations below, the last messages beside."""
    service, ledger = running.service, running.ledger
    found = Counts()
    if service is not None and hasattr(service, "store"):
        with contextlib.suppress(Exception):  # between start and stop there may be nothing to read
            found = counted(service)
    head = Text.assemble(
        ("HL7 engine demo", "bold"),
        f"  {running.plan.settings.site}: a hospital, its laboratory, billing and a registry. ",
        ("Ctrl-C ends it with the balance.", "dim"),
    )
    return Group(head, Text(), _senders(ledger, found), _destinations(running, found), _last(ledger))


def _senders(ledger: Ledger, found: Counts) -> Table:
    table = Table(title="in", title_justify="left", expand=False)
    for name in ("sent", "accepted", "refused", "a second", "p50 ms", "p99 ms", "with output", "filtered"):
        table.add_column(name, justify="right")
    times = sorted(ledger.milliseconds) or [0.0]
    seconds = max(0.001, clock.monotonic() - ledger.began)
    table.add_row(
        f"{ledger.sent}",
        f"{ledger.codes['AA']}",
        f"{sum(ledger.codes.values()) - ledger.codes['AA']}",
        f"{ledger.sent / seconds:.0f}",
        f"{times[len(times) // 2]:.1f}",
        f"{times[int(len(times) * 0.99) - 1]:.1f}",
        f"{found.messages.get(MessageState.ACCEPTED, 0)}",
        f"{found.messages.get(MessageState.FILTERED, 0)}",
    )
    return table


def _destinations(running: Demo, found: Counts) -> Table:
    table = Table(title="out", title_justify="left")
    table.add_column("destination")
    for state in DeliveryState:
        table.add_column(state.name.lower(), justify="right")
    table.add_column("arrived", justify="right")
    for name, came in running.ledger.arrived.items():
        states = found.destinations.get(name, {})
        cells = [_cell(state, states.get(state, 0)) for state in DeliveryState]
        table.add_row(Text(name, "bold"), *cells, f"{sum(came.values())}")
    return table


def _cell(state: DeliveryState, number: int) -> Text:
    style = {DeliveryState.DELIVERED: "green", DeliveryState.PARKED: "yellow", DeliveryState.HELD: "red"}
    return Text(f"{number}", style.get(state, "") if number else "dim")


def _last(ledger: Ledger) -> Text:
    """Return the last messages: their types alone, because the rest is patients' own."""
    return Text("  ".join(f"{sender} {kind}" for sender, kind in ledger.kinds), "dim")


def _finish(plan: Plan, ledger: Ledger, form: Format) -> int:
    """Print the balance; return the exit code: fine when it is true and nothing was lost."""
    found, lost, wrong = balance_of(plan), lost_of(plan, ledger), discrepancies_of(plan)
    if form is Format.JSON:
        answer = asdict(found) | {"lost": lost}
        typer.echo(orjson.dumps(answer).decode())
    else:
        _print_balance(found, plan)
        verdict = "THE BALANCE IS NOT TRUE" if wrong or lost else "the balance is true"
        sums = f"received {found.received}, rejected {found.rejected}, quarantined {found.quarantined}, lost {lost}"
        typer.echo(f"{sums}: {verdict}")
    for name in wrong:
        typer.echo(f"counted again, this is not so: {name}", err=True)
    waits = any(account.pending for account in found.destinations.values())
    return PROBLEMS_FOUND if wrong or lost or waits else FINE


def _print_balance(found: Balance, plan: Plan) -> None:
    console = Console()
    table = Table(title="balance", title_justify="left")
    table.add_column("destination")
    for name in ("due", "delivered", "pending", "parked", "held", "skipped", "filtered"):
        table.add_column(name, justify="right")
    for name, account in found.destinations.items():
        cells = (account.due, account.delivered, account.pending, account.parked, account.held, account.skipped)
        table.add_row(name, *map(str, cells), str(account.filtered))
    console.print(table)
    parked = sum(account.parked for account in found.destinations.values())
    if parked:
        console.print(f"{parked} outputs are parked: a rule could not make them. The store is {plan.store}.")
