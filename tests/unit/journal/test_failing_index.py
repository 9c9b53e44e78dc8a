"""The record index fails on one message: what that costs with the real judge and rules, and how it is mended."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest
from sqlalchemy import Connection, select
from typer.testing import CliRunner, Result

from engine.cli import COMMANDS, application
from engine.decision import Receipt, plan
from engine.index import fold as folding
from engine.index.facts import Facts
from engine.index.rebuild import Rebuilt, rebuild
from engine.index.states import States
from engine.index.store import Index, WorkingSet
from engine.index.tables import ENCOUNTER, INDEX_TABLES
from engine.intake.judge import Judge
from engine.journal.items import Answer
from engine.journal.store import open_store
from engine.states import MessageState
from tests.support.decisions import RECEIVED_NS, rules_of
from tests.unit.journal.journals import Desk, FakePlan, desk_at

if TYPE_CHECKING:
    from collections.abc import Sequence

BAD = 2


class Failing(Index):
    """An index that fails on one message when all its rows are written."""

    def write(self, connection: Connection, working: WorkingSet) -> None:
        """Write, then fail."""
        super().write(connection, working)
        if any(event.message_id == BAD for event in working.states.events):
            raise RuntimeError("DOE^JANE")


def rebuilt(config: Path) -> Result:
    """Run ``engine index rebuild`` on a site."""
    return CliRunner().invoke(application(COMMANDS), ["index", "rebuild", "--config", str(config)])


def adt(number: int, event: str, patient: str, ward: str) -> bytes:
    """Return a message about the one visit of *patient*."""
    return (
        f"MSH|^~\\&|HIS|STMARY|ENGINE|SITE|202603011159{number:02}||ADT^{event}|M{number}|P|2.5.1\r"
        f"EVN|{event}|202603011159{number:02}\rPID|1||{patient}^^^STMARY^MR||DOE^JANE||19690203|F\r"
        f"PV1|1|I|{ward}^1||||||||||||||||V{patient}^^^STMARY^VN\rDG1|1||I10^^I10\r"
    ).encode()


MESSAGES = (adt(1, "A01", "1", "MED"), adt(2, "A01", "2", "SURG"), adt(3, "A02", "1", "ICU"))
LATER = adt(4, "A02", "2", "ICU")


async def kept(folder: Path, index: Index) -> tuple[Desk, list[Answer]]:
    """Return the desk of a store that took in MESSAGES together and LATER, with their answers; it is closed."""
    rules = rules_of(folder, "  billing: {}\n  registry: {}\n")
    desk = desk_at(open_store(folder / "var" / "engine.db"), Judge(index))
    plans = [plan(Receipt("adt", each, RECEIVED_NS), rules) for each in (*MESSAGES, LATER)]
    sent = [desk.sending(cast("FakePlan", each)) for each in plans[:-1]]
    desk.writer.start(asyncio.get_running_loop())
    told = await asyncio.gather(*sent)
    told.append(await desk.send(cast("FakePlan", plans[-1])))
    await asyncio.to_thread(desk.writer.stop)
    return desk, [each[0] for each in cast("list[Sequence[Answer]]", told)]


def rows_of(desk: Desk) -> dict[str, list[Any]]:
    """Return the whole index."""

    def read(connection: Connection) -> dict[str, list[Any]]:
        ordered = {table.name: select(table).order_by(*table.primary_key) for table in INDEX_TABLES}
        return {name: [tuple(row) for row in connection.execute(each)] for name, each in ordered.items()}

    return cast("dict[str, list[Any]]", desk.ask(read))


async def test_a_message_that_the_index_fails_on_is_delivered_and_the_others_are_indexed(tmp_path: Path) -> None:
    """It is accepted and marked by a code; nothing half-written is left of it, and its facts are kept."""
    desk, answers = await kept(tmp_path, Failing())

    assert [(answer.state, answer.ack_code) for answer in answers] == [(MessageState.ACCEPTED, "AA")] * 4
    assert desk.rows("SELECT id, index_failed FROM message") == [(1, ""), (BAD, "RuntimeError"), (3, ""), (4, "")]
    assert desk.rows("SELECT count(*) FROM delivery WHERE state = 1") == [(8,)]
    assert len(desk.queued) == 8
    visits = {row.number_key: row.location for row in desk.ask(lambda c: c.execute(select(ENCOUNTER)).all())}
    assert visits == {"STMARY|V1": "ICU^1", "STMARY|V2": "ICU^1"}
    assert desk.rows("SELECT id, lane_key FROM patient ORDER BY id") == [(1, "STMARY|1"), (2, "STMARY|2")]
    assert [(alert.code, alert.message_id, alert.error) for alert in desk.alerts] == [
        ("index-failed", BAD, "RuntimeError")
    ]
    desk.store.close()


async def test_rebuilding_mends_what_had_failed(tmp_path: Path) -> None:
    """`engine index rebuild` gives the rows of a store that never failed, every table and number, and says so."""
    sound, _ = await kept(tmp_path / "sound", Index())
    failed, _ = await kept(tmp_path / "failed", Failing())
    failed.store.close()
    assert rows_of(failed) != rows_of(sound)

    ended = CliRunner().invoke(
        application(COMMANDS), ["index", "rebuild", "--config", str(tmp_path / "failed" / "config.yaml")]
    )

    assert (ended.exit_code, ended.stdout.splitlines()) == (
        0,
        [
            "the record index is folded again from 4 messages",
            "1 message whose index update had failed is in it now",
        ],
    )
    assert rows_of(failed) == rows_of(sound)
    assert failed.rows("SELECT DISTINCT index_failed FROM message") == [("",)]
    sound.store.close()


async def test_a_message_that_still_fails_costs_a_rebuild_only_its_own_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The others are folded; its events wait, tied to nothing, for an index that can read them."""
    desk, _ = await kept(tmp_path, Failing())
    real = folding.fold

    def fails(states: States, message_id: int, facts: Facts) -> None:
        real(states, message_id, facts)
        if message_id == BAD:
            raise ValueError("DOE^JANE")

    monkeypatch.setattr("engine.index.store.fold", fails)
    before = rows_of(desk)
    desk.store.close()

    ended = rebuilt(tmp_path / "config.yaml")

    assert (ended.exit_code, "message 2: the index still fails on it" in ended.stdout) == (1, True)
    assert rows_of(desk) == before
    monkeypatch.undo()
    again = open_store(tmp_path / "var" / "engine.db")
    with again.connection.begin():
        assert rebuild(again.connection) == Rebuilt(4, ())
    again.close()
