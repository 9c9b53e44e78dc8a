"""A de-identified export stands in the audit trail before a line of it is written."""

from dataclasses import dataclass

from sqlalchemy import Connection

from engine.control import Request
from engine.errors import NotPossible
from engine.observe.audit import Deed, record
from engine.operations.running import Running

_DATES = frozenset({"shift", "year"})


@dataclass(frozen=True, slots=True)
class ExportBegun:
    """Somebody wants a de-identified copy of the index."""

    dates: str
    has_key: bool
    """Whether a key is kept with which further exports can be joined to it."""

    def deed_of(self, actor: str) -> Deed:
        """Return the line of the audit trail."""
        return Deed(
            actor, "deidentified-export", detail=f"dates {self.dates}, {'kept' if self.has_key else 'fresh'} key"
        )

    def as_arguments(self) -> dict[str, object]:
        """Return what a running engine is asked."""
        return {"dates": self.dates, "key": self.has_key}


async def begin_export(running: Running, request: Request) -> bool:
    """Note it in the trail."""
    dates, has_key = request.arguments.get("dates"), request.arguments.get("key")
    if dates not in _DATES or not isinstance(has_key, bool):
        raise NotPossible("bad-request", "'dates' is shift or year, 'key' true or false")
    deed = ExportBegun(str(dates), has_key).deed_of(request.actor)

    def work(connection: Connection) -> None:
        record(connection, deed)

    await running.writer.run(work)
    return True
