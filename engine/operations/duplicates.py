"""What a running engine is asked about possible duplicates: to keep decisions, and what a look at all has found."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import structlog
from sqlalchemy import Connection

from engine.control import Request
from engine.errors import NotPossible
from engine.observe.audit import Deed, record
from engine.operations.running import Running
from engine.operations.wishes import reason_in
from engine.quality import pairs
from engine.quality.finding import Pair
from engine.quality.tables import Verdict

log = structlog.get_logger()

MOST = 100
"""Pairs in one decision."""
VERDICTS: Mapping[str, Verdict | None] = {"different": Verdict.DIFFERENT, "same": Verdict.SAME, "open": None}
"""What can be decided; ``open`` takes a decision back."""

Place = tuple[int, int]


@dataclass(frozen=True, slots=True)
class OpenedDuplicates:
    """Somebody wants to read who the patients of possible duplicates are."""

    pairs: int

    def deed_of(self, actor: str) -> Deed:
        """Return the line of the audit trail."""
        return Deed(actor, "duplicates-opened", detail=f"{self.pairs} pairs")

    def as_arguments(self) -> dict[str, object]:
        """Return what a running engine is asked."""
        return {"pairs": self.pairs}


async def duplicates(running: Running, request: Request) -> object:
    """Do what is asked, in the writer's transaction, with a line in the audit trail."""
    match request.do:
        case "duplicates.decide":
            return await _decide(running, request)
        case "duplicates.found":
            return await _found(running, request)
        case _:
            deed = OpenedDuplicates(_number(request.arguments, "pairs")).deed_of(request.actor)
            await running.writer.run(lambda connection: record(connection, deed))
            return True


async def _decide(running: Running, request: Request) -> int:
    places, word, reason = _places(request), request.arguments.get("as"), reason_in(request.arguments)
    if word not in VERDICTS:
        raise NotPossible("bad-request", "two patients are decided to be different, the same, or open again")

    def work(connection: Connection) -> None:
        for place in places:
            pairs.decide(connection, place, VERDICTS[str(word)], request.actor)
            words = f"; {reason}" if reason else ""
            detail = f"patients {place[0]}+{place[1]}: {word}{words}"
            record(connection, Deed(request.actor, "duplicates-decided", detail=detail))

    await running.writer.run(work)
    log.info("duplicates.decided", pairs=len(places), verdict=word, actor=request.actor)
    return len(places)


async def _found(running: Running, request: Request) -> int:
    """Store a page of what was found; the first page takes the place of all that stood there."""
    rows, is_first = request.arguments.get("pairs"), request.arguments.get("first") is True
    if not isinstance(rows, list):
        raise NotPossible("bad-request", "'pairs' is a list")
    found = [_pair(row) for row in rows]

    def work(connection: Connection) -> None:
        if is_first:
            pairs.replace_all(connection, found)
            record(connection, Deed(request.actor, "duplicates-found"))
        else:
            pairs.add(connection, found)

    await running.writer.run(work)
    return len(found)


def _pair(row: object) -> Pair:
    match row:
        case [int(first), int(second), int(score), str(reasons)] if first < second and reasons.isascii():
            return Pair(first, second, score, tuple(reasons.split()))
    raise NotPossible("bad-request", "a pair is two patients, a score and its reasons")


def _places(request: Request) -> list[Place]:
    names = request.arguments.get("pairs")
    if not isinstance(names, list) or not 0 < len(names) <= MOST:
        raise NotPossible("bad-request", f"'pairs' is a list of 1 to {MOST} names as 12+57")
    return [read_pair(str(name)) for name in names]


def read_pair(name: str) -> Place:
    """Return the two patients of a pair that is named as ``12+57``."""
    first, _, second = name.partition("+")
    if not (first.isascii() and first.isdigit() and second.isascii() and second.isdigit()) or len(name) > 38:
        raise NotPossible("bad-name", "a pair is named as 12+57 (see `engine duplicates list`)")
    return int(first), int(second)


def _number(arguments: Mapping[str, Any], name: str) -> int:
    found = arguments.get(name)
    if not isinstance(found, int):
        raise NotPossible("bad-request", f"'{name}' is a number")
    return found
