"""``engine new``: a listener, destination, table, mapping or route to begin with, valid as it stands."""

from pathlib import Path
from typing import Annotated

import typer

from engine.cli.asking import stop
from engine.cli.check import CONFIG
from engine.cli.exits import PROBLEMS_FOUND
from engine.cli.screens import printable
from engine.errors import NotPossible
from engine.workbench.starting import Ends, Kind, Wanted, make


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(new)


def new(
    kind: Annotated[Kind, typer.Argument(help="What to begin.", show_default=False)],
    name: Annotated[str, typer.Argument(help="What it is called.", show_default=False)],
    address: Annotated[str, typer.Option(help="Of a listener or destination, as 10.1.2.3:6661.")] = "",
    from_: Annotated[str, typer.Option("--from", help="Of a route: its listener.")] = "",
    to: Annotated[str, typer.Option(help="Of a route: its destination.")] = "",
    map_: Annotated[str, typer.Option("--map", help="Of a route: its mapping.")] = "",
    message_type: Annotated[str, typer.Option("--type", help="Of the message in the first case.")] = "ADT^A01",
    config: Annotated[Path, CONFIG] = Path("config.yaml"),
) -> None:
    """Write a commented starting point with a first case that passes; nothing is ever overwritten."""
    try:
        made = make(config, Wanted(kind, name, address, Ends(from_, to, map_), message_type))
    except NotPossible as error:
        stop("\n".join(map(printable, error.text.split("\n"))), PROBLEMS_FOUND)
    typer.echo(f"{kind.value} '{name}' is in {' and '.join(made.files)}")
    typer.echo("edit next:")
    for each in made.follows:
        typer.echo(f"  {each}")
