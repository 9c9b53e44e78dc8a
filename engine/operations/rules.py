"""Reading the site's files again for whoever asks, and noting in the trail that somebody has put old rules back."""

import re
from dataclasses import dataclass

from sqlalchemy import Connection

from engine.control import Request
from engine.errors import NotPossible
from engine.observe.audit import Deed, record
from engine.operations.running import Running

_VERSION = re.compile(r"[0-9a-f]{8,64}")


async def reload(running: Running, request: Request) -> dict[str, object]:
    """Have the engine read its site's files again; tell what came of it."""
    if running.reload is None:
        raise NotPossible("no-files", "what runs here was not made from a site's files: there is nothing to read again")
    return (await running.reload(request.actor)).as_json()


@dataclass(frozen=True, slots=True)
class Restored:
    """Somebody is about to make the files what they were in an earlier version."""

    version: str
    files: int
    """How many are written or taken away."""

    def deed_of(self, actor: str) -> Deed:
        """Return the line of the audit trail."""
        return Deed(actor, "rules-restored", detail=f"{self.version[:12]}, {self.files} files written or taken away")

    def as_arguments(self) -> dict[str, object]:
        """Return what a running engine is asked."""
        return {"version": self.version, "files": self.files}


async def restored(running: Running, request: Request) -> bool:
    """Write into the trail what somebody is about to put back."""
    version, files = request.arguments.get("version"), request.arguments.get("files")
    if not isinstance(version, str) or not _VERSION.fullmatch(version) or not isinstance(files, int):
        raise NotPossible("bad-request", "'version' is a version of the rules, 'files' a number")
    deed = Restored(version, files).deed_of(request.actor)

    def work(connection: Connection) -> None:
        record(connection, deed)

    await running.writer.run(work)
    return True
