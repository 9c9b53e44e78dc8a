"""Releasing all that waits for one code: in order, page by page, with the rules in force, and nothing else."""

import asyncio
from pathlib import Path

import pytest

from engine.config import load
from engine.errors import NotPossible
from engine.operations import waiting
from engine.routing import Rules
from tests.unit.operations.operating import ALL_WARDS, KNOWN_WARD, MAPPING, ROUTE, Desk, desk_at, message, site

FIRST_ALONE = "from,to\nW1,WARD-1\nW8,WARD-8\n"
TWO_CODES = MAPPING + "      PV1-4: =translate('wards', PV1-2)\n"


async def _release(desk: Desk, code: str = "W9", table: str = "wards", after: str = "") -> tuple[list[str], str]:
    """Release by code; return which deliveries were done, and where the next page begins."""
    answer = await desk.ask("deliveries.release-code", table=table, code=code, after=after)
    return [each["delivery"] for each in answer["reports"] if each["done"]], answer["after"]


def test_what_waits_for_a_code_goes_in_the_order_of_the_messages(tmp_path: Path) -> None:
    """The others stay, each waiting for its own code."""

    async def scenario() -> tuple[list[str], list[bytes], list[tuple[object, ...]]]:
        async with desk_at(tmp_path, site(tmp_path)) as desk:
            await desk.receive(message(1, "W9"), message(2, "W8"), message(3, "W9"), message(4, "W9"))
            desk.rules = site(tmp_path, ALL_WARDS)
            done, _ = await _release(desk)
            await desk.until("SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM delivery WHERE state = 1)")
            left = desk.rows("SELECT message_id, code FROM awaited_code ORDER BY message_id")
            return done, desk.peers["billing"].got, left

    done, got, left = asyncio.run(scenario())

    assert done == ["1/1", "3/1", "4/1"]
    assert [b"WARD-9" in each for each in got] == [True] * 3
    assert left == [(2, "W8")]


def test_the_time_of_receipt_is_the_first_one(tmp_path: Path) -> None:
    """MSH-7 and every rule that looks at the clock say what they would have said."""

    async def scenario() -> tuple[bytes, bytes]:
        async with desk_at(tmp_path, site(tmp_path, ALL_WARDS)) as desk:
            await desk.receive(message(1, "W9"))
            await desk.until("SELECT 1 FROM delivery WHERE ordinal = 1 AND state = 2")
            at_once = desk.peers["billing"].got[0]
        async with desk_at(tmp_path / "other", site(tmp_path)) as desk:
            await desk.receive(message(1, "W9"))
            desk.rules = site(tmp_path, ALL_WARDS)
            await _release(desk)
            await desk.until("SELECT 1 FROM delivery WHERE ordinal = 1 AND state = 2")
            return at_once, desk.peers["billing"].got[0]

    at_once, released = asyncio.run(scenario())

    assert released == at_once


def test_an_engine_that_does_not_know_the_row_yet_says_so(tmp_path: Path) -> None:
    """The row stands in the file, and the engine reads it when it is told to."""

    async def scenario() -> list[str]:
        codes = []
        async with desk_at(tmp_path, site(tmp_path)) as desk:
            await desk.receive(message(1, "W9"))
            for table in ("wards", "nowhere"):
                with pytest.raises(NotPossible) as refused:
                    await _release(desk, table=table)
                codes.append(refused.value.code)
            assert desk.trail() == []
        return codes

    assert asyncio.run(scenario()) == ["code-still-unknown", "no-table"]


def test_many_are_released_page_by_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One answer of the control socket stays small, whatever waits."""
    monkeypatch.setattr(waiting, "MOST", 2)

    async def scenario() -> list[tuple[list[str], str]]:
        async with desk_at(tmp_path, site(tmp_path)) as desk:
            await desk.receive(*(message(number, "W9") for number in range(1, 6)))
            desk.rules = site(tmp_path, ALL_WARDS)
            pages = [await _release(desk)]
            while pages[-1][1]:
                pages.append(await _release(desk, after=pages[-1][1]))
            return pages

    assert asyncio.run(scenario()) == [(["1/1", "2/1"], "2/1"), (["3/1", "4/1"], "4/1"), (["5/1"], "")]


def test_what_meets_the_next_unknown_code_waits_for_that_one(tmp_path: Path) -> None:
    """Rows are missing in twos; each step is found again under the code it stopped at."""

    async def scenario() -> tuple[list[tuple[object, ...]], list[str]]:
        rules = site(tmp_path)
        (tmp_path / "mappings" / "by-ward.yaml").write_text(TWO_CODES, "utf-8")
        async with desk_at(tmp_path, rules) as desk:
            await desk.receive(message(1, "W9"))
            (tmp_path / "mappings" / "wards.csv").write_text(ALL_WARDS, "utf-8")
            desk.rules = _loaded(tmp_path, TWO_CODES, ALL_WARDS)
            await _release(desk)
            waits = desk.rows("SELECT code, listener, application, facility FROM awaited_code")
            desk.rules = _loaded(tmp_path, TWO_CODES, ALL_WARDS + "I,INP\n")
            done, _ = await _release(desk, "I")
            return waits, done

    waits, done = asyncio.run(scenario())

    assert waits == [("I", "adt", "HIS", "STMARY")]
    assert done == ["1/1"]


def test_a_route_that_could_not_decide_is_released_by_its_code(tmp_path: Path) -> None:
    """Its message stands for no destination yet; what it makes now may wait for a code of its own."""
    asks = ROUTE.replace("from: adt\n", "from: adt\naccept: translate('wards', PV1-3.1) != ''\n")

    async def scenario() -> tuple[list[str], list[tuple[object, ...]]]:
        rules = site(tmp_path, KNOWN_WARD, main=asks)
        async with desk_at(tmp_path, rules) as desk:
            await desk.receive(message(1, "W9"))
            desk.rules = site(tmp_path, ALL_WARDS, main=asks)
            done, _ = await _release(desk)
            return done, desk.rows("SELECT destination FROM delivery ORDER BY ordinal")

    assert asyncio.run(scenario()) == (["1/1"], [("-",), ("billing",), ("registry",)])


def test_each_release_is_audited_by_name_and_without_the_code(tmp_path: Path) -> None:
    """The trail says what was set free; the code is a value of messages."""

    async def scenario() -> list[tuple[object, ...]]:
        async with desk_at(tmp_path, site(tmp_path)) as desk:
            await desk.receive(message(1, "W9"))
            desk.rules = site(tmp_path, ALL_WARDS)
            await desk.ask("deliveries.release-code", table="wards", code="W9", reason="ticket 12", actor="joe")
            return desk.rows("SELECT actor, action, message_id, ordinal, detail FROM audit")

    ((*who, detail),) = asyncio.run(scenario())

    assert who == ["joe", "delivery-released", 1, 1]
    assert "ticket 12" in str(detail)
    assert "W9" not in str(detail)


def _loaded(folder: Path, mapping: str, wards: str) -> Rules:
    (folder / "mappings" / "by-ward.yaml").write_text(mapping, "utf-8")
    (folder / "mappings" / "wards.csv").write_text(wards, "utf-8")
    return load(folder).rules
