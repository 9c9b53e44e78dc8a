"""The settings in force, and how others take their place: between two messages, whole or not at all."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import structlog
from sqlalchemy import Connection

from engine.config import Settings
from engine.errors import CouldNotListen, StoreError
from engine.journal.store import Readers
from engine.journal.writer import Writer
from engine.mllp.listener import Listener
from engine.observe.audit import Deed, record
from engine.reloading import Prepared, Preparing, Report, Result, Unusable, files_of, left_behind, needs_restart
from engine.reloading.hindrances import Queued
from engine.service.listening import Listening
from engine.service.sending import Sending, queued_for

log = structlog.get_logger()

_LONGEST_DETAIL = 400


class Changing:
    """Everything here runs in the service's own task; only reading the files is done in a thread."""

    def __init__(self, settings: Settings, preparing: Preparing, listening: Listening, sending: Sending) -> None:
        self.settings = settings
        self._preparing, self._listening, self._sending = preparing, listening, sending

    @property
    def files(self) -> tuple[Path, ...]:
        """Every file that the last reading looked at, whatever came of it."""
        return self._preparing.files or files_of(self.settings)

    def open(self, writer: Writer, readers: Readers) -> None:
        """Know the store: from here on `reload` may be called."""
        self._writer, self._readers = writer, readers

    async def reload(self, actors: Sequence[str]) -> Report:
        """Read the site's files and switch to what they say; if anything is wrong with it, nothing changes."""
        running = self.settings
        found = await asyncio.to_thread(self._preparing.prepare, running)
        try:
            report = await self._decided(running, found, await asyncio.to_thread(queued_for, self._readers))
        except StoreError as error:
            version = running.rules.version
            report = Report(Result.REFUSED, version, version, found.differences, "store", (error.text,))
        await self._tell(report, actors)
        return report

    async def _decided(self, running: Settings, found: Prepared | Unusable, queued: Queued) -> Report:
        version = running.rules.version
        report = Report(Result.REFUSED, version, version, found.differences, queued=queued, cases=found.cases)
        if isinstance(found, Unusable):
            return replace(report, code=found.code, problems=found.problems)
        if problems := needs_restart(running, found.settings):
            return replace(report, code="restart", problems=problems)
        if problems := left_behind(running, found.settings, queued):
            return replace(report, code="queued", problems=problems)
        try:
            opened = await self._listening.open(found.inlets, found.settings.rules)
        except CouldNotListen as error:
            return replace(report, code="address", problems=(error.text,))
        self._switch(found, opened)
        now = found.settings.rules.version
        return replace(report, result=Result.UNCHANGED if now == version else Result.SWITCHED, rules=now)

    def _switch(self, found: Prepared, opened: Mapping[str, Listener]) -> None:
        """Let the next message be decided by the new rules; one that is being decided keeps those it began with."""
        before = self.settings.rules
        self.settings = found.settings
        self._listening.change(found.inlets, opened, before)
        self._sending.change(found.outlets)

    async def _tell(self, report: Report, actors: Sequence[str]) -> None:
        actor, name = ", ".join(actors), report.rules[:12]
        if report.result is Result.UNCHANGED:
            log.info("rules.unchanged", rules=name, actor=actor)
        elif report.result is Result.REFUSED:
            first = report.problems[0].partition(": ")[0]
            log.warning("rules.refused", code=report.code, problems=len(report.problems), first=first, rules=name)
        else:
            changes = [each.title for each in report.differences]
            log.info("rules.switched", rules=name, before=report.before[:12], changes=changes[:20], actor=actor)
            await self._audit(report, actor)

    async def _audit(self, report: Report, actor: str) -> None:
        titles = "; ".join(each.title for each in report.differences)
        detail = f"{report.before[:12]} -> {report.rules[:12]}: {titles}"[:_LONGEST_DETAIL]

        def work(connection: Connection) -> None:
            record(connection, Deed(actor, "rules-switched", detail=detail))

        try:
            await self._writer.run(work)
        except StoreError as error:  # the rules are switched; a store that takes no writes says so by itself
            log.error("audit.unwritten", code=error.code)
