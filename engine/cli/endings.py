"""Why an engine ended, in words that say what to do, and the exit code that goes with it."""

import structlog
import typer

from engine.cli.exits import BUG, COULD_NOT_START
from engine.errors import CouldNotListen, NotPossible, StorageFailed, StoreError, TlsUnusable
from engine.telemetry import where

log = structlog.get_logger()


def ending_of(error: BaseException, failure: StorageFailed | None) -> int:
    """Tell what *error* means; *failure* is the store's, if it failed while the engine ran."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    match error:
        case StorageFailed() if failure is not None:
            # This process knows less than the disk does: a restart reads what is there.
            typer.echo(f"engine: stopped: {error}", err=True)
            return BUG
        case CouldNotListen() | TlsUnusable() | StoreError() | NotPossible():
            typer.echo(f"engine: not started: {error}", err=True)
            return COULD_NOT_START
        case _:
            told = where(error)
            log.error("engine.crashed", **told)
            typer.echo(f"engine: this is a bug: {told['error']} at {told['at']}; please report it", err=True)
            return BUG
