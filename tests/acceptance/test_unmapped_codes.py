"""The loop closed: a code is missing, somebody sees it, adds the row, releases what waits, and billing has it all."""

from pathlib import Path

import pytest

from engine.states import DeliveryState
from tests.acceptance.site_process import SiteProcess, admission, site_at
from tests.acceptance.test_operations import billing, send
from tests.support import books
from tests.support.books import rows


@pytest.fixture
def site(tmp_path: Path) -> SiteProcess:
    return site_at(tmp_path / "site")


def test_a_missing_code_is_seen_added_and_released(site: SiteProcess) -> None:
    """From `unmapped` to the destination's AA, with nothing but commands."""
    store = site.folder / "data" / "engine.db"
    with billing(site) as got:
        with site.running():
            send(site, admission(1, "W9"), admission(2, "W1"), admission(3, "W8"), admission(4, "W9"))
            seen = site.run("tables", "unmapped", "--format", "json")
            too_early = site.run("deliveries", "release", "--table", "wards", "--code", "W9")
            added = site.run("tables", "add", "wards", "W9", "WARD-9")
            taken = site.run("reload")
            released = site.run("deliveries", "release", "--table", "wards", "--code", "W9", "--reason", "ticket 12")
            site.until("delivery.released", message_id=4)
        with site.running():
            left = site.run("tables", "unmapped", "--table", "wards", "--format", "json")

    told = [(each["code"], each["messages"], each["parked"], each["application"]) for each in seen.json]
    assert told == [("W9", 2, 2, "HIS"), ("W8", 1, 1, "HIS")]
    assert (too_early.code, "let the engine take the new rules" in too_early.err) == (1, True)
    assert (added.code, added.out.startswith("mappings/wards.csv:3: added; wards has 2 rows now")) == (0, True)
    assert taken.code == 0
    assert (released.code, released.out.splitlines()[-1]) == (0, "2 released")
    assert [(each["code"], each["parked"]) for each in left.json] == [("W8", 1), ("W9", 0)]
    assert sorted(each.rpartition(b"PV1")[2] for each in got) == [b"|||WARD-9\r"] * 2 + [b"|||WARD-W1\r"]
    balance = {state: count for state, count in books.counts(store).destinations["billing"].items() if count}
    assert balance == {DeliveryState.DELIVERED: 3, DeliveryState.PARKED: 1}


def test_who_looked_added_and_released_stands_in_the_trail_without_a_code(site: SiteProcess) -> None:
    """Codes are values of messages: the trail says which table, never which code."""
    with billing(site), site.running():
        send(site, admission(1, "WARD4711"))
        site.run("tables", "unmapped", "--table", "wards")
        site.run("tables", "add", "wards", "WARD4711", "X")
    site.run("tables", "unmapped")

    trail = rows(site.folder / "data" / "engine.db", "SELECT action, detail FROM audit WHERE action NOT LIKE 'rules-%'")
    assert trail == [
        ("unknown-codes-opened", "table wards"),
        ("table-row-added", "table wards, line 3"),
        ("unknown-codes-opened", "all tables"),
    ]
    assert not any("WARD4711" in str(event) for event in site.events)


def test_wrong_use_is_told_before_anything_is_opened(site: SiteProcess) -> None:
    """A slip in a name must not look as if nothing were missing."""
    with site.running():
        wrong = [
            site.run("tables", "unmapped", "--table", "ward"),
            site.run("tables", "add", "ward", "A", "B"),
            site.run("deliveries", "release", "--table", "wards"),
            site.run("deliveries", "release"),
            site.run("deliveries", "release", "1/1", "--table", "wards", "--code", "W9"),
        ]
        nothing = site.run("deliveries", "release", "--table", "wards", "--code", "W1")

    assert [each.code for each in wrong] == [2] * 5
    assert "did you mean 'wards'?" in wrong[0].err
    assert (nothing.code, nothing.out) == (0, "nothing waits for this code\n")
    assert rows(site.folder / "data" / "engine.db", "SELECT * FROM audit") == []
