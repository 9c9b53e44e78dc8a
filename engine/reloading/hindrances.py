"""Why a site that is sound in itself cannot be switched to while the engine runs. Pure."""

from collections.abc import Iterator, Mapping

from engine.config import Settings

Queued = Mapping[str, tuple[int, int]]
"""Destination -> how many are pending and how many held; only those that have any."""


def needs_restart(running: Settings, wanted: Settings) -> tuple[str, ...]:
    """Return what only a restart can change."""
    return tuple(_for_a_restart(running, wanted))


def _for_a_restart(running: Settings, wanted: Settings) -> Iterator[str]:
    if running.store != wanted.store:
        yield "needs a restart: 'store' names another file, and one engine holds one store from start to stop"
    for name, listener in wanted.listeners.items():
        for other, taken in running.listeners.items():
            if listener.mllp == taken.mllp and name == other:
                continue
            if listener.mllp.meets(taken.mllp):
                of = "the same listener" if name == other else f"the listener '{other}'"
                yield f"needs a restart: '{name}' is to listen at {listener.mllp}, which {of} holds ({taken.mllp})"


def left_behind(running: Settings, wanted: Settings, queued: Queued) -> tuple[str, ...]:
    """Return which destinations are taken away while something waits for them, and what to do."""
    found = []
    for name, settings in running.destinations.items():
        if name in wanted.destinations or settings.drain or name not in queued:
            continue
        pending, held = queued[name]
        found.append(
            f"the destination '{name}' is gone from config.yaml, and {pending} pending and {held} held deliveries wait "
            "for it: leave it there with 'drain: true' until they are sent, or skip them"
        )
    return tuple(found)
