"""The commands that a running engine knows, by name."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable

from sqlalchemy import Connection

from engine.control import Request
from engine.errors import NotPossible, StoreError
from engine.observe.audit import Deed, record
from engine.operations.acting import retry, skip
from engine.operations.duplicates import duplicates
from engine.operations.exporting import begin_export
from engine.operations.opening import is_name, note, opened_in
from engine.operations.releasing import release
from engine.operations.rules import reload, restored
from engine.operations.running import Running
from engine.operations.status import status_of
from engine.operations.waiting import page_of
from engine.operations.wishes import Report, Wish, refused, wishes_in

Act = Callable[[Running, Wish], Awaitable[Report]]
Ask = Callable[[Running, Request], Awaitable[object]]


class Operations:
    """Handlers for the control socket of one running engine."""

    def __init__(self, running: Running) -> None:
        self._running = running
        self._acts: dict[str, Act] = {
            "deliveries.retry": retry,
            "deliveries.release": release,
            "deliveries.skip": skip,
        }
        self._wishes: dict[str, Ask] = {
            "reload": reload,
            "rules.restored": restored,
            "duplicates.decide": duplicates,
            "duplicates.found": duplicates,
            "duplicates.open": duplicates,
            "export.begin": begin_export,
        }

    async def handle(self, request: Request) -> object:
        """Do what is asked."""
        act = self._acts.get(request.do)
        if act is not None:
            return [report.as_json() for report in await self._each(act, wishes_in(request))]
        match request.do:
            case "deliveries.release-code":
                page = await page_of(self._running, request)
                reports = await self._each(release, page.wishes)
                return {"reports": [report.as_json() for report in reports], "after": page.after}
            case "values.open":
                return await self._open(request)
            case "tables.added":
                return await self._added(request)
            case known if known in self._wishes:
                return await self._wishes[known](self._running, request)
            case "status":
                return await asyncio.to_thread(status_of, self._running)
            case _:
                raise NotPossible("unknown-command", "this engine does not know the command: is it an older release?")

    async def _each(self, act: Act, wishes: Iterable[Wish]) -> list[Report]:
        """Act on one delivery after the other; what cannot be done to one does not stop the next."""
        reports = []
        for wish in wishes:
            try:
                reports.append(await act(self._running, wish))
            except NotPossible as error:
                reports.append(refused(wish, error))
            except StoreError as error:
                reports.append(refused(wish, NotPossible(error.code, error.text)))
        return reports

    async def _added(self, request: Request) -> bool:
        """Note in the trail that somebody added a row to a table; its codes are in the file, not here."""
        table, line = request.arguments.get("table"), request.arguments.get("line")
        if not table or not is_name(table) or not isinstance(line, int):
            raise NotPossible("bad-request", "'table' is a name, 'line' a number")
        deed = Deed(request.actor, "table-row-added", detail=f"table {table}, line {line}")

        def work(connection: Connection) -> None:
            record(connection, deed)

        await self._running.writer.run(work)
        return True

    async def _open(self, request: Request) -> bool:
        opened = opened_in(request.arguments)

        def work(connection: Connection) -> None:
            note(connection, opened, request.actor)

        await self._running.writer.run(work)
        return True
