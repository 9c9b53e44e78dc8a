"""A child process: the real writer on a disk that fills up and is freed. Arguments: folder, the marker that fills it.

It runs under iolog.c, which fails writes with ENOSPC while the marker exists, and prints what it was told as JSON.
"""

import asyncio
import json
import sys
from pathlib import Path

from engine.journal.items import NoAnswer
from engine.journal.store import open_store
from engine.states import DeliveryState
from tests.unit.journal.journals import desk_at, message


async def main() -> None:
    """Send, fill the disk, send, report, free the disk, and see everything go on."""
    marker = Path(sys.argv[2])
    store = open_store(Path(sys.argv[1]) / "store" / "journal.db")
    desk = desk_at(store)
    desk.writer.start(asyncio.get_running_loop())
    first = await desk.one(message("M1"))
    marker.touch()  # noqa: ASYNC240  nothing else runs on this loop
    refused = [await desk.send(message(f"FULL{number}")) for number in range(3)]
    outcome = desk.reporting((1, 1), DeliveryState.DELIVERED)
    also_refused = await desk.send(message("FULL4"))
    waited = not outcome.done()
    marker.unlink()  # noqa: ASYNC240
    settled = await outcome
    last = await desk.one(message("M2"))
    await asyncio.to_thread(desk.writer.stop)
    store.close()
    told = {
        "answered": [first.message_id, last.message_id],
        "refused": [each.reason for each in (*refused, also_refused) if isinstance(each, NoAnswer)],
        "outcome": [waited, settled.value],
        "alerts": [alert.code for alert in desk.alerts],
    }
    print(json.dumps(told))  # noqa: T201  the parent reads it


asyncio.run(main())
