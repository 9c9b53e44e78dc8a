"""``engine serve``: runs the engine until it is told to stop."""

import asyncio
import contextlib
import gc
import signal
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import structlog
import typer

from engine.cli.check import CONFIG
from engine.cli.endings import ending_of
from engine.cli.exits import FINE
from engine.cli.saving import reloading_on_save
from engine.cli.starting import settings_or_exit
from engine.config.memory import Memory
from engine.service import Service
from engine.telemetry import configure_logs

if TYPE_CHECKING:
    from collections.abc import Callable

log = structlog.get_logger()

_GARBAGE = 50_000
"""Objects that may have come to stay before somebody looks whether they are garbage."""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(serve)


def serve(
    config: Annotated[Path, CONFIG] = Path("config.yaml"),
    watch: Annotated[
        bool, typer.Option("--watch/--no-watch", help="Whether saved files take effect; SIGHUP always does it.")
    ] = True,
) -> None:
    """Run the engine. Logs go to standard error as JSON; SIGTERM stops it in order, SIGHUP reads the files again."""
    configure_logs()
    memory = Memory()
    service = Service(settings_or_exit(config, memory), memory=memory)
    raise typer.Exit(run_until_stopped(service, Saves.TAKE_EFFECT if watch else Saves.WAIT))


class Saves(Enum):
    """Whether a file that is saved takes effect."""

    TAKE_EFFECT = "take effect"
    WAIT = "wait"


def run_until_stopped(service: Service, saves: Saves = Saves.WAIT) -> int:
    """Run the engine on the fastest loop there is; return the exit code."""
    loop_factory: Callable[[], asyncio.AbstractEventLoop] = asyncio.new_event_loop
    with contextlib.suppress(ImportError):
        import uvloop  # noqa: PLC0415  an extra: the engine runs without it

        loop_factory = uvloop.new_event_loop
    with asyncio.Runner(loop_factory=loop_factory) as runner:
        return runner.run(_run(service, saves))


async def _run(service: Service, saves: Saves) -> int:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, service.stop)
    loop.add_signal_handler(signal.SIGHUP, service.reload_soon, "SIGHUP")
    try:
        if saves is Saves.TAKE_EFFECT:
            with reloading_on_save(service, loop):
                await service.run(_settle)
        else:
            await service.run(_settle)
    except Exception as error:  # noqa: BLE001  Boundary: why the engine ended is told in words
        return ending_of(error, service.failure)
    log.info("engine.stopped")
    return FINE


def _settle() -> None:
    """Leave rules and tables out of every later search for garbage, and search less often: messages leave no cycles."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_GARBAGE, 20, 50)
