"""Release of what waits for one code: found by table and code, decided again one after the other, page by page."""

import asyncio
from dataclasses import dataclass
from typing import Any

from engine.control import Request
from engine.errors import Miss, NotPossible
from engine.journal.deliveries import Place
from engine.journal.unknown_codes import LONGEST, waiting_for
from engine.operations.places import name_of, read_place
from engine.operations.running import Running
from engine.operations.wishes import MOST, Wish, reason_in


@dataclass(frozen=True, slots=True)
class Page:
    """Some deliveries that wait for a code, and where the next ones begin."""

    wishes: tuple[Wish, ...]
    after: str
    """The last of them; '' when there are no more behind."""


async def page_of(running: Running, request: Request) -> Page:
    """Return the next deliveries that wait for the code that *request* names, in the order of their messages."""
    miss, after = _miss(request), _after(request)
    _refuse_unmended(running, miss)
    places = await asyncio.to_thread(_places, running, miss, after)
    reason = reason_in(request.arguments)
    wishes = tuple(Wish(place, request.actor, reason) for place in places[:MOST])
    return Page(wishes, wishes[-1].name if len(places) > MOST else "")


def _places(running: Running, miss: Miss, after: Place) -> list[Place]:
    with running.readers.reading() as connection:
        return waiting_for(connection, miss, after, MOST + 1)


def _refuse_unmended(running: Running, miss: Miss) -> None:
    """Refuse to try what must fail again: the rules in force know no row for the code."""
    table = running.rules().tables.get(miss.table)
    if table is None:
        text = f"the rules in force have no table '{miss.table}': see `engine tables list`"
        raise NotPossible("no-table", text)
    if table.policy == "error" and len(miss.code) < LONGEST and not table.has(miss.code):
        text = f"the rules in force have no row for it in the table '{miss.table}'"
        hint = "add one (`engine tables add`), let the engine take the new rules (`engine reload`), and ask again"
        raise NotPossible("code-still-unknown", f"{text}: {hint}")


def _miss(request: Request) -> Miss:
    table, code = request.arguments.get("table"), request.arguments.get("code")
    if not isinstance(table, str) or not isinstance(code, str) or not table or not code.strip():
        raise NotPossible("bad-request", "'table' and 'code' are texts")
    return Miss(table, code.strip())


def _after(request: Request) -> Place:
    after: Any = request.arguments.get("after", "")
    if not isinstance(after, str):
        raise NotPossible("bad-request", f"'after' is a delivery's name, as {name_of((12, 1))}")
    return read_place(after) if after else (0, 0)
