"""How the engine stands: counts from the books, what waits for whom, where it listens, by which rules it decides."""

import os

from engine.journal.balance import Counts, counts
from engine.operations.running import Running
from engine.states import DeliveryState, MessageState


def status_of(running: Running) -> dict[str, object]:
    """Return the counts of one moment; as cheap with a million messages as with one."""
    with running.readers.reading() as connection:
        found = counts(connection)
    rules = running.rules()
    return {
        "site": rules.site,
        "process": os.getpid(),
        "rules": rules.version,
        "listeners": dict(running.addresses()),
        "received": found.received,
        "resends": found.resends,
        "messages": {state.name.lower(): found.messages.get(state, 0) for state in MessageState},
        "destinations": {
            name: _destination(found, name) for name in sorted({*running.dispatchers, *found.destinations})
        },
    }


def _destination(found: Counts, name: str) -> dict[str, int]:
    """Return a destination's deliveries by state; ``due`` is all of them, ``queued`` what its lanes still hold."""
    states = found.destinations.get(name, {})
    told = {state.name.lower(): states.get(state, 0) for state in DeliveryState}
    return {"due": found.due(name), "queued": told["pending"] + told["held"], **told}
