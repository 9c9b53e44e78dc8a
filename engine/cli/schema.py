"""``engine schema``: JSON Schemas of the files that people write, for completion in their editor."""

from pathlib import Path
from typing import Annotated

import orjson
import typer

from engine.cli.exits import WRONG_USAGE
from engine.workbench.schema import SCHEMAS


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(schema)


def schema(
    kind: Annotated[
        str, typer.Argument(help="config, route, mapping, shared, cases or profile; all of them without it.")
    ] = "",
    folder: Annotated[Path | None, typer.Option(help="Write KIND.json there instead of printing.")] = None,
) -> None:
    """Print the JSON Schema of one kind of file that people write, or write all of them into a folder."""
    if kind and kind not in SCHEMAS:
        typer.echo(f"engine schema: '{kind}' is none of {', '.join(SCHEMAS)}", err=True)
        raise typer.Exit(WRONG_USAGE)
    made = {name: make() for name, make in SCHEMAS.items() if kind in ("", name)}
    if folder is None:
        typer.echo(orjson.dumps(made[kind] if kind else made, option=orjson.OPT_INDENT_2).decode())
        return
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in made.items():
        (folder / f"{name}.json").write_bytes(orjson.dumps(content, option=orjson.OPT_INDENT_2) + b"\n")
        typer.echo(folder / f"{name}.json")
