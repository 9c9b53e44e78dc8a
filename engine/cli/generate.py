"""``engine generate``: synthetic, linked patients' journeys; the same seed gives the same bytes."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from engine.cli.exits import WRONG_USAGE
from engine.journeys import take


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(generate)


def generate(
    adt: Annotated[int, typer.Option(min=0, help="How many ADT messages.")] = 6,
    oru: Annotated[int, typer.Option(min=0, help="How many ORU messages.")] = 4,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same messages.")] = 1,
    out: Annotated[Path | None, typer.Option(help="A folder: one file per message. Else standard output.")] = None,
) -> None:
    """Write synthetic messages of linked journeys: nobody in them is real."""
    events = take(seed, adt, oru)
    if out is None:
        stream = b"".join(event.payload for event in events)
        # A person reads lines; a program gets the segments as they travel.
        sys.stdout.buffer.write(stream.replace(b"\r", b"\n") if sys.stdout.isatty() else stream)
        return
    try:
        out.mkdir(parents=True, exist_ok=True)
        for number, event in enumerate(events, 1):
            name = f"{number:06d}_{event.sender.value.lower()}_{event.kind.replace('^', '_')}.hl7"
            (out / name).write_bytes(event.payload)
    except OSError as error:
        typer.echo(f"engine generate: {out} cannot be written ({error.strerror})", err=True)
        raise typer.Exit(WRONG_USAGE) from None
    typer.echo(f"{len(events)} messages written to {out}")
