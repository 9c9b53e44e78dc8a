"""``engine migrate`` and ``engine index``: work on a store that no engine holds, or that is only read."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from sqlalchemy import Connection

from engine.cli.check import CONFIG
from engine.cli.exits import COULD_NOT_START, FINE, PROBLEMS_FOUND
from engine.config.site import read_site
from engine.errors import Hl7Error, StoreError
from engine.hl7.message import Message
from engine.index.rebuild import rebuild, remembered, verify
from engine.journal.changes import clear_index_failures, index_failures
from engine.journal.queries import last_message_id, message_payload
from engine.journal.store import Readers, open_readers, open_store
from engine.quality.looking import start_over

_FOR_EVER = 24 * 3600.0

index = typer.Typer(no_args_is_help=True, help="The record index, made again from its events or held against them.")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(migrate)
    app.add_typer(index, name="index")


def migrate(config: Annotated[Path, CONFIG] = Path("config.yaml")) -> None:
    """Bring the store's tables to this engine's revision (starting the engine does the same)."""
    path = _store_of(config)
    try:
        open_store(path).close()
    except StoreError as error:
        _refuse(f"{error}")
    typer.echo(f"{path} is up to date")


@index.command("rebuild")
def rebuild_index(config: Annotated[Path, CONFIG] = Path("config.yaml")) -> None:
    """Fold the record index again from its history of events; the engine must not be running."""
    path = _store_of(config)
    try:
        store = open_store(path)
    except StoreError as error:
        _refuse(f"{error}")
    try:
        with store.connection.begin():
            rebuilt = rebuild(store.connection)
            missing = set(index_failures(store.connection)) - set(rebuilt.failed)
            mended = remembered(store.connection, missing)
            clear_index_failures(store.connection, mended)
            start_over(store.connection)
    finally:
        store.close()
    typer.echo(f"the record index is folded again from {rebuilt.messages} messages")
    if mended:
        said = (
            "message whose index update had failed is"
            if len(mended) == 1
            else "messages whose index update had failed are"
        )
        typer.echo(f"{len(mended)} {said} in it now")
    for message_id in rebuilt.failed:
        typer.echo(f"message {message_id}: the index still fails on it")
    raise typer.Exit(PROBLEMS_FOUND if rebuilt.failed else FINE)


@index.command("verify")
def verify_index(config: Annotated[Path, CONFIG] = Path("config.yaml")) -> None:
    """Derive the facts of every message still held anew, and name the messages whose events say something else."""
    try:
        readers = open_readers(_store_of(config))
    except StoreError as error:
        _refuse(f"{error}")
    differ = _differences(readers)
    typer.echo(f"{differ} messages differ" if differ else "every message's events are what its body says")
    raise typer.Exit(PROBLEMS_FOUND if differ else FINE)


def _differences(readers: Readers) -> int:
    differ = 0
    try:
        with readers.reading(_FOR_EVER) as connection, readers.reading(_FOR_EVER) as bodies:
            for mismatch in verify(connection, _bodies(bodies)):
                typer.echo(f"message {mismatch.message_id}: {mismatch.code}")
                differ += 1
    finally:
        readers.close()
    return differ


def _bodies(connection: Connection) -> Iterator[tuple[int, Message]]:
    for message_id in range(1, last_message_id(connection) + 1):
        payload = message_payload(connection, message_id)
        if payload is not None:
            try:
                yield message_id, Message.parse(payload)
            except Hl7Error:
                continue  # quarantined: it has no events


def _store_of(config: Path) -> Path:
    site = read_site(config / "config.yaml" if config.is_dir() else config)
    if site is None:
        _refuse(f"{config} does not say where the store is: try `engine check`")
    return site.store


def _refuse(text: str) -> NoReturn:
    typer.echo(f"engine: {text}", err=True)
    raise typer.Exit(COULD_NOT_START)
