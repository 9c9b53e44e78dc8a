"""Files that are saved while the engine runs take effect: a thread watches them, and asks the engine to read again."""

import asyncio
from collections.abc import Iterable, Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

import structlog

from engine.cli.watching import on_every_save
from engine.errors import EngineError
from engine.service import Service
from engine.telemetry import where

log = structlog.get_logger()

_ACTOR = "a saved file"


@contextmanager
def reloading_on_save(service: Service, loop: asyncio.AbstractEventLoop) -> Iterator[None]:
    """Watch the site's files inside; a burst of saves is one reading, and those during a reading are the next."""
    stop = Event()
    thread = Thread(target=_watch, args=(service, loop, stop), name="saved files", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()  # not joined: it may wait for a reading that the loop will never tell it of


def _watch(service: Service, loop: asyncio.AbstractEventLoop, stop: Event) -> None:
    is_first = True

    def look() -> Iterable[Path]:
        nonlocal is_first
        if is_first or stop.is_set():
            is_first = False
        else:
            asyncio.run_coroutine_threadsafe(service.reload(_ACTOR), loop).result()
        return service.files

    while not stop.is_set():
        try:
            on_every_save(service.files, look, stop)
        except (EngineError, CancelledError):
            continue  # what went wrong with the reading has been told
        except Exception as error:  # noqa: BLE001
            # Boundary: an engine that cannot watch its files still runs; SIGHUP and `engine reload` are left.
            log.warning("watching.failed", **where(error))
            return
