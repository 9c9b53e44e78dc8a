"""``engine receive``: a system that takes messages over MLLP and answers as it is told."""

import asyncio
import signal
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Annotated

import typer

from engine.cli.endpoints import address_of
from engine.cli.exits import COULD_NOT_START, WRONG_USAGE
from engine.config.values import Address
from engine.errors import CouldNotListen
from engine.mllp.listener import Listener
from engine.mllp.options import ListenerOptions
from engine.neighbours import Receiver
from engine.telemetry import configure_logs

_CODES = ("AA", "AE", "AR", "CA", "CE", "CR")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(receive)


def receive(
    listen: Annotated[str, typer.Option(help="Address and port, as 127.0.0.1:2601.")] = "127.0.0.1:2601",
    answer: Annotated[str, typer.Option(help="AA, AE, AR, CA, CE, CR, or 'silence'.")] = "AA",
    keep: Annotated[Path | None, typer.Option(help="A folder: each message is written there.")] = None,
    messages: Annotated[int, typer.Option(min=0, help="End after so many; 0: when interrupted.")] = 0,
) -> None:
    """Receive messages and answer them; prints how many came."""
    configure_logs(level="warning")
    if answer not in (*_CODES, "silence"):
        raise typer.BadParameter(f"an answer is one of {', '.join(_CODES)} or silence")
    kept = _kept_in(keep) if keep is not None else None
    code = "" if answer == "silence" else answer
    try:
        received = asyncio.run(_receive(address_of(listen), code, kept, messages))
    except CouldNotListen as error:
        typer.echo(f"engine receive: {error}", err=True)
        raise typer.Exit(COULD_NOT_START) from None
    typer.echo(f"{received} messages received")


Keep = Callable[[bytes], None]


def _kept_in(folder: Path) -> Keep:
    """Return what writes messages into *folder*, behind those that it has; only its owner may look into it."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        numbers = count(
            1 + max((int(file.stem) for file in folder.glob("[0-9]*.hl7") if file.stem.isdecimal()), default=0)
        )
    except OSError as error:
        typer.echo(f"engine receive: {folder} cannot be a folder for messages ({error.strerror})", err=True)
        raise typer.Exit(WRONG_USAGE) from None

    def keep(payload: bytes) -> None:
        with (folder / f"{next(numbers):06d}.hl7").open("xb") as file:
            file.write(payload)

    return keep


async def _receive(address: Address, code: str, keep: "Keep | None", messages: int) -> int:
    done = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, done.set)

    def heard(payload: bytes) -> None:
        if keep is not None:
            keep(payload)
        if receiver.received == messages:
            done.set()

    receiver = Receiver(lambda _payload: code, heard)
    async with Listener(ListenerOptions("receive", address.host, address.port), receiver) as listener:
        typer.echo(f"listening on {address.host}:{listener.port}, answering {code or 'nothing'}", err=True)
        await done.wait()
        listener.stop_accepting()
        await listener.finish(2.0)
    return receiver.received
