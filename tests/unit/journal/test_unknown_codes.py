"""Codes that no table lists: counted per sender, table and code, and known by the deliveries that wait for them."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from engine.errors import Miss
from engine.journal.changes import Change, change_state
from engine.journal.store import Store
from engine.journal.unknown_codes import LONGEST, Sender, UnknownCodes, unknown_codes, wait_for, waiting_for
from engine.statements import cursor_of
from engine.states import DeliveryState
from tests.unit.journal.journals import FakeOutput, FakePlan, FakeReceipt, decision_of, desk_at, message

pytest_plugins = ("tests.unit.journal.journal_fixtures",)

MISS = Miss("charges", "99-9")


def _parked(text: str, miss: Miss = MISS, at: int = 5_000) -> FakePlan:
    outputs = (FakeOutput(1, "billing", b"", DeliveryState.PARKED, reason="unknown-code", miss=miss),)
    return message(text, outputs=outputs, missed=(miss,), received_ns=at)


def test_a_code_is_counted_by_message_with_its_first_and_last_time(store: Store) -> None:
    """Who mends a table wants to know how often and since when; two batches or one make no difference."""

    async def scenario() -> list[tuple[object, ...]]:
        desk = desk_at(store)
        desk.writer.start(asyncio.get_running_loop())
        await asyncio.gather(desk.one(_parked("A", at=7_000_000)), desk.one(_parked("B", at=9_000_000)))
        await desk.one(_parked("C", at=8_000_000))
        await asyncio.to_thread(desk.writer.stop)
        return desk.ask(lambda connection: [tuple(row.values()) for row in unknown_codes(connection)])  # type: ignore[no-any-return]

    assert asyncio.run(scenario()) == [("adt", "LAB", "LAB", "charges", "99-9", 3, 7_000, 9_000, 3, 0)]


def test_a_code_that_passed_is_counted_though_nothing_waits(store: Store) -> None:
    """Under `keep` and `default` nobody hears of it otherwise."""

    async def scenario() -> tuple[list[tuple[object, ...]], list[tuple[int, int]]]:
        desk = desk_at(store)
        desk.writer.start(asyncio.get_running_loop())
        await desk.one(message("A", missed=(Miss("classes", "X"), MISS)))
        await asyncio.to_thread(desk.writer.stop)
        found = desk.ask(lambda connection: unknown_codes(connection, "classes"))
        places = desk.ask(lambda connection: waiting_for(connection, Miss("classes", "X")))
        return [(row["code"], row["count"], row["parked"]) for row in found], places

    assert asyncio.run(scenario()) == ([("X", 1, 0)], [])


def test_a_resend_is_counted_no_second_time(store: Store) -> None:
    """Nothing is decided about it."""

    async def scenario() -> list[int]:
        desk = desk_at(store)
        desk.writer.start(asyncio.get_running_loop())
        await desk.one(_parked("A"))
        await desk.one(_parked("A"))
        await asyncio.to_thread(desk.writer.stop)
        return desk.ask(lambda connection: [row["count"] for row in unknown_codes(connection)])  # type: ignore[no-any-return]

    assert asyncio.run(scenario()) == [1]


def test_what_waits_for_a_code_is_found_in_order_page_by_page(store: Store) -> None:
    """One table row may set thousands free; what has been skipped or released meanwhile is not among them."""

    async def scenario() -> list[list[tuple[int, int]]]:
        desk = desk_at(store)
        desk.writer.start(asyncio.get_running_loop())
        for number in range(5):
            await desk.one(_parked(f"M{number}"))
        await desk.one(_parked("other", Miss("charges", "11-1")))
        skipped = Change(DeliveryState.PARKED, DeliveryState.SKIPPED)
        await desk.writer.run(lambda connection: change_state(connection, (2, 1), skipped))
        await asyncio.to_thread(desk.writer.stop)
        first = desk.ask(lambda connection: waiting_for(connection, MISS, limit=2))
        second = desk.ask(lambda connection: waiting_for(connection, MISS, first[-1], 2))
        return [first, second, desk.ask(lambda connection: waiting_for(connection, MISS, second[-1]))]

    assert asyncio.run(scenario()) == [[(1, 1), (3, 1)], [(4, 1), (5, 1)], []]


def test_the_search_for_what_waits_reads_an_index(store: Store) -> None:
    """A store of millions of messages must not be read through for five of them."""
    plan = store.connection.exec_driver_sql(
        "EXPLAIN QUERY PLAN SELECT message_id FROM awaited_code WHERE table_name = 'x' AND code = 'y'"
    ).all()

    assert "ix_awaited_code" in str(plan)


def test_a_delivery_waits_for_another_code_or_for_none(store: Store) -> None:
    """Decided again it may meet the next missing code, or fail for another reason."""
    sender, place = Sender("adt"), (1, 1)
    with store.connection.begin():
        store.connection.exec_driver_sql(
            "INSERT INTO delivery (message_id, ordinal, destination, route, state, control_id, lane_keys, attempts,"
            " next_at, updated_at, possible_duplicate, reason, detail, position, evidence, payload_hash)"
            " VALUES (1, 1, 'b', 'r', 3, '', '[]', 0, 0, 0, 0, '', '', '', '', x'')"
        )
        wait_for(store.connection, place, sender, MISS)
        wait_for(store.connection, place, sender, Miss("charges", "2"))
        then = [waiting_for(store.connection, MISS), waiting_for(store.connection, Miss("charges", "2"))]
        wait_for(store.connection, place, sender, None)
        after = waiting_for(store.connection, Miss("charges", "2"))

    assert (then, after) == ([[], [place]], [])


def test_codes_without_end_are_counted_together_at_last(store: Store) -> None:
    """A rule that asks a table for patients' numbers must not fill the disk, nor be passed over."""
    codes = UnknownCodes(store.connection.dialect, most=3)
    plans = [message(f"M{number}", missed=(Miss("charges", f"code {number}"),)) for number in range(10)]
    with store.connection.begin():
        cursor = cursor_of(store.connection)
        for number, plan in enumerate(plans, 1):
            codes.write(cursor, [(number, plan, decision_of(plan))])
        found = {row["code"]: row["count"] for row in unknown_codes(store.connection)}

    assert found == {"code 0": 1, "code 1": 1, "code 2": 1, "": 7}


@pytest.mark.parametrize("code", ["x" * 100_000, "\ud800", "a\0b", "é" * 300])
def test_any_code_can_be_kept_and_found(store: Store, code: str) -> None:
    """A value of a message may be anything; a long one is known by its beginning."""
    plan = replace(_parked("A", Miss("charges", code)), receipt=FakeReceipt("adt", b"MSH", 1))
    with store.connection.begin():
        UnknownCodes(store.connection.dialect).write(cursor_of(store.connection), [(1, plan, decision_of(plan))])
        (row,) = unknown_codes(store.connection)

    assert 0 < len(row["code"]) <= LONGEST


def test_the_counts_survive_a_restart(tmp_path: Path, store: Store) -> None:
    """What is known of earlier codes is read from the store: they are counted on, not begun anew."""
    plan = _parked("A")
    with store.connection.begin():
        for most in (5, 1):
            UnknownCodes(store.connection.dialect, most).write(
                cursor_of(store.connection), [(1, plan, decision_of(plan))]
            )
        found = [(row["code"], row["count"]) for row in unknown_codes(store.connection)]

    assert found == [("99-9", 2)]
