"""The one command: parses arguments, calls, prints. Each group of commands has a file and a ``register``."""

import sys
import traceback
from collections.abc import Iterable
from importlib import import_module
from pathlib import Path

import typer

from engine.cli.exits import BUG

COMMANDS = {
    "demo": "demo",
    "serve": "serve",
    "check": "check",
    "test": "test",
    "explain": "explain",
    "lineage": "lineage",
    "messages": "messages",
    "deliveries": "deliveries",
    "duplicates": "duplicates",
    "export": "export",
    "tables": "tables",
    "profile": "profile",
    "reload": "reload",
    "rules": "rules",
    "send": "send",
    "receive": "receive",
    "generate": "generate",
    "new": "new",
    "docs": "docs",
    "schema": "schema",
    "migrate": "store",
    "index": "store",
}
"""Every command and its file here, in the order of the help page. A new one: its file's ``register``, and a line."""


def application(commands: Iterable[str]) -> typer.Typer:
    """Return the command line with *commands*; only their files are imported, since half a second is a long time."""
    made = typer.Typer(
        name="engine",
        help="An HL7 v2 interface engine. Exit codes: 0 fine, 1 problems found, 2 wrong usage, 3 not started, 70 bug.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,  # they print local variables, and those may hold patients' data
    )
    made.callback()(lambda: None)  # so that a single command keeps its name
    for file in dict.fromkeys(COMMANDS[command] for command in commands):
        import_module(f"engine.cli.{file}").register(made)
    return made


def main() -> None:
    """Run the command line; what nobody foresaw is a bug, told by place and type, never by value."""
    asked = sys.argv[1] if len(sys.argv) > 1 else ""
    try:
        application([asked] if asked in COMMANDS else COMMANDS)()
    except Exception as error:  # noqa: BLE001 Boundary: the last place where an error can be told in our words
        frame = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{Path(frame.filename).name}:{frame.lineno}"
        typer.echo(f"engine: this is a bug: {type(error).__name__} at {where}; please report it", err=True)
        sys.exit(BUG)
