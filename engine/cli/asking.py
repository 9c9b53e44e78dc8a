"""What commands about messages need of a site: its store to read, its clock, its running engine to ask."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

import typer
from sqlalchemy import Connection

from engine.cli.exits import COULD_NOT_START, PROBLEMS_FOUND, WRONG_USAGE
from engine.config.loading import CONFIG
from engine.config.site import Site, read_site
from engine.config.sources import NO_SITE
from engine.control import ask
from engine.errors import NoEngine, NotPossible, StoreError
from engine.journal.store import open_readers
from engine.operations import Noted, Opened, OpenedCodes, open_without_engine


def site_of(config: Path) -> Site:
    """Return the site whose config.yaml, or whose folder, is *config*."""
    file = config / CONFIG if config.is_dir() else config
    if not file.exists():
        stop(f"there is no file {file}: {NO_SITE}", WRONG_USAGE)
    site = read_site(file)
    if site is None:
        stop(f"{file} does not say where the store is: see `engine check`", COULD_NOT_START)
    return site


@contextmanager
def reading(site: Site) -> Iterator[Connection]:
    """Yield a read-only connection to the site's store, whether an engine runs or not."""
    try:
        readers = open_readers(site.store)
        try:
            with readers.reading() as connection:
                yield connection
        finally:
            readers.close()
    except StoreError as error:
        stop(error.text, COULD_NOT_START)


def ask_engine(site: Site, do: str, arguments: Mapping[str, object]) -> Any:
    """Return what the running engine answers; end the command with a sentence where it does not."""
    try:
        return ask(site.store, do, arguments)
    except NoEngine as error:
        hint = f": only a running engine can do this, start it with `engine serve --config {site.file}`"
        stop(error.text + (hint if error.code == "no-engine" else ""), COULD_NOT_START)
    except NotPossible as error:
        stop(error.text, PROBLEMS_FOUND)


def open_values(site: Site, opened: Opened | OpenedCodes) -> None:
    """Have the audit trail say that somebody reads what may hold a patient's data; nothing is shown if it cannot."""
    note_first(site, "values.open", opened, "shown")


def note_first(site: Site, do: str, deed: Noted, done: str) -> bool:
    """Have the audit trail say what is about to be done, or end the command; return whether an engine runs.

    A running engine is asked to *do* it; without one the store is taken for a moment.
    """
    try:
        ask(site.store, do, deed.as_arguments())
    except NoEngine as error:
        if error.code != "no-engine":
            stop(error.text, COULD_NOT_START)
        try:
            open_without_engine(site.store, deed)
        except StoreError as failure:
            stop(f"{failure.text}; nothing is {done} that the audit trail does not know of", COULD_NOT_START)
        return False
    except NotPossible as error:
        stop(error.text, PROBLEMS_FOUND)
    return True


def stop(text: str, code: int) -> NoReturn:
    """End the command: what is wrong and what to do on standard error."""
    typer.echo(f"engine: {text}", err=True)
    raise typer.Exit(code)
