"""``engine explain``: what was decided about one message and why, also why not; values only for who may see them."""

import sys
from collections.abc import Iterable
from enum import Enum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from engine import clock
from engine.cli.asking import open_values, reading, site_of, stop
from engine.cli.check import CONFIG
from engine.cli.exits import PROBLEMS_FOUND, WRONG_USAGE
from engine.cli.screens import FORMAT, Format, print_json, printable
from engine.cli.starting import settings_or_exit
from engine.config.sources import NO_SITE
from engine.errors import HashMismatch, NotPossible
from engine.operations import Opened
from engine.workbench.explain.lines import Line
from engine.workbench.explain.stored import Stored, stored
from engine.workbench.explain.subject import Subject, Wishes, of_file, of_store, of_store_now
from engine.workbench.explain.values import MASKED, SHOWN

_WIDEST = 1_000
"""Columns where nobody looks: what is piped is never folded."""


class When(Enum):
    """Which rules explain a stored message."""

    THEN = "then"
    NOW = "now"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(explain)


def explain(
    message: Annotated[str, typer.Argument(help="A file, - for standard input, or the number of a stored message.")],
    to: Annotated[str, typer.Option(help="Only why it goes, or does not go, to this destination.")] = "",
    listener: Annotated[str, typer.Option(help="Where a file's message would come in.")] = "",
    show_values: Annotated[
        bool, typer.Option("--show-values", help="Also what it holds; of a stored message this is audited.")
    ] = False,
    rules: Annotated[When, typer.Option(help="Of a stored message: the rules of its time, or today's.")] = When.THEN,
    deep: Annotated[bool, typer.Option("--deep", help="Also what hl7apy itself says of it.")] = False,
    form: Annotated[Format, FORMAT] = Format.TEXT,
    config: Annotated[Path, CONFIG] = Path("config.yaml"),
) -> None:
    """Explain one message, step by step: every rule that had a say, what it saw, and what came of it."""
    wishes = Wishes(SHOWN if show_values else MASKED, to, deep)
    try:
        if message.isdigit() and not Path(message).exists():
            subjects = [_stored(int(message), rules, config)]
        else:
            subjects = _in_file(message, listener, config)
    except NotPossible as error:
        stop(error.text, WRONG_USAGE if error.code == "no-listener" else PROBLEMS_FOUND)
    _refuse_unknown(to, subjects)
    if show_values:
        for kept in [each.kept for each in subjects if each.kept is not None]:
            open_values(site_of(config), Opened(kept.message_id))
    if form is Format.JSON:
        documents = [each.document(wishes) for each in subjects]
        print_json(documents[0] if len(documents) == 1 else documents)
        return
    for number, each in enumerate(subjects, 1):
        if len(subjects) > 1:
            typer.echo(f"{'' if number == 1 else chr(10)}message {number} of {len(subjects)}")
        _print(each.lines(wishes))


def _in_file(name: str, listener: str, config: Path) -> list[Subject]:
    if not config.exists():
        stop(f"there is no file {config}: {NO_SITE}", WRONG_USAGE)
    rules = settings_or_exit(config).rules
    return list(of_file(_content(name), listener, rules, clock.now_us()))


def _content(name: str) -> bytes:
    if name == "-":
        return sys.stdin.buffer.read()
    try:
        return Path(name).read_bytes()
    except OSError as error:
        stop(f"{name} cannot be read: {error.strerror}", WRONG_USAGE)


def _stored(message_id: int, when: When, config: Path) -> Subject:
    kept = _kept(message_id, config)
    return of_store(kept) if when is When.THEN else of_store_now(kept, settings_or_exit(config).rules)


def _kept(message_id: int, config: Path) -> Stored:
    site = site_of(config)
    try:
        with reading(site) as connection:
            kept = stored(connection, message_id, site.file)
    except HashMismatch:
        stop(f"the bytes of message {message_id} are not those that came: the store is damaged", PROBLEMS_FOUND)
    if kept is None:
        stop(f"there is no message {message_id}, or its bytes are no longer kept", PROBLEMS_FOUND)
    return kept


def _refuse_unknown(destination: str, subjects: list[Subject]) -> None:
    for each in subjects:
        if destination and destination not in each.rules.destinations:
            stop(f"there is no destination '{destination}': {', '.join(sorted(each.rules.destinations))}", WRONG_USAGE)


def _print(lines: Iterable[Line]) -> None:
    """Print lines, in colour where a terminal shows it; nothing in them is obeyed by one."""
    is_seen = sys.stdout.isatty()
    console = Console(highlight=False) if is_seen else Console(width=_WIDEST, highlight=False)
    for line in lines:
        text = Text.assemble(*[(printable(piece.text), piece.style) for piece in line])
        text.rstrip()
        console.print(text, soft_wrap=True)
