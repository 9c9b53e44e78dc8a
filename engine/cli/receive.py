"""``engine receive``: a system that takes messages over MLLP and answers as it is told."""

import asyncio
import signal
from itertools import count
from pathlib import Path
from typing import Annotated

import typer

from engine.cli.endpoints import address_of
from engine.cli.exits import COULD_NOT_START
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
    if keep is not None:
        keep.mkdir(parents=True, exist_ok=True)
    code = "" if answer == "silence" else answer
    try:
        received = asyncio.run(_receive(address_of(listen), code, keep, messages))
    except CouldNotListen as error:
        typer.echo(f"engine receive: {error}", err=True)
        raise typer.Exit(COULD_NOT_START) from None
    typer.echo(f"{received} messages received")


async def _receive(address: Address, code: str, keep: Path | None, messages: int) -> int:
    done, numbers = asyncio.Event(), count(1)
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, done.set)

    def heard(payload: bytes) -> None:
        number = next(numbers)
        if keep is not None:
            (keep / f"{number:06d}.hl7").write_bytes(payload)
        if number == messages:
            asyncio.get_running_loop().call_later(0.1, done.set)  # after the last answer has left

    receiver = Receiver(lambda _payload: code, heard)
    async with Listener(ListenerOptions("receive", address.host, address.port), receiver) as listener:
        typer.echo(f"listening on {address.host}:{listener.port}, answering {code or 'nothing'}", err=True)
        await done.wait()
        listener.stop_accepting()
        await listener.finish(2.0)
    return receiver.received
