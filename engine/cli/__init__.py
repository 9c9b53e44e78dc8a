"""The one command: parses arguments, calls, prints. Each group of commands has a file and a ``register``."""

import sys
import traceback
from pathlib import Path

import typer

from engine.cli import check, deliveries, demo, generate, messages, receive, schema, send, serve, store, test
from engine.cli.exits import BUG

GROUPS = (
    demo.register,
    serve.register,
    check.register,
    test.register,
    messages.register,
    deliveries.register,
    send.register,
    receive.register,
    generate.register,
    schema.register,
    store.register,
)
"""Every group of commands, in the order of the help page. A new group: one file, and its ``register`` here."""

app = typer.Typer(
    name="engine",
    help="An HL7 v2 interface engine. Exit codes: 0 fine, 1 problems found, 2 wrong usage, 3 could not start, 70 bug.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,  # they print local variables, and those may hold patients' data
)
for _register in GROUPS:
    _register(app)


def main() -> None:
    """Run the command line; what nobody foresaw is a bug, told by place and type, never by value."""
    try:
        app()
    except Exception as error:  # noqa: BLE001 Boundary: the last place where an error can be told in our words
        frame = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{Path(frame.filename).name}:{frame.lineno}"
        typer.echo(f"engine: this is a bug: {type(error).__name__} at {where}; please report it", err=True)
        sys.exit(BUG)
