"""Possible duplicates, from the population to the decision: found, listed with reasons, decided once and for all."""

import sqlite3
from pathlib import Path

import pytest

from tests.acceptance.site_process import SiteProcess, site_at
from tests.acceptance.test_operations import billing, send
from tests.bench.duplicates import LEAST_PRECISION, LEAST_RECALL, measured
from tests.support.books import rows
from tests.support.populations import population


@pytest.fixture
def site(tmp_path: Path) -> SiteProcess:
    return site_at(tmp_path / "site")


def _registration(number: int, mrn: str, name: str, born: str = "19610214", phone: str = "(919)555-0142") -> bytes:
    return (
        f"MSH|^~\\&|HIS|A|B|C|20260301120000||ADT^A04^ADT_A01|D{number}|P|2.5.1\rEVN|A04|20260301120000\r"
        f"PID|1||{mrn}^^^MAIN^MR||{name}||{born}|F|||12 Example St^^Old Pretend^NC^27900||{phone}\r"
        f"PV1|1|O|W1\r"
    ).encode()


@pytest.mark.parametrize("seed", [1, 2])
def test_seeded_duplicates_are_found_and_few_others(tmp_path: Path, seed: int) -> None:
    """The proof over 200,000 (`make duplicates`), over 10,000."""
    got = measured(tmp_path, population(10_000, seed=seed))

    assert got.recall >= LEAST_RECALL
    assert got.precision >= LEAST_PRECISION


def test_a_registered_duplicate_is_listed_decided_and_not_asked_about_again(site: SiteProcess) -> None:
    """The running engine compares whom a message changed; a decision holds when the patient changes again."""
    database = site.folder / "data" / "engine.db"
    with billing(site), site.running():
        send(site, _registration(1, "M1", "Müller^Katherine"), _registration(2, "M2", "MUELLER^KATE"))
        send(site, _registration(3, "M3", "Novak^Jan", "19800101", "(919)555-0101"))
        site.until("duplicates.found", pairs=1)
        by_itself = site.run("duplicates", "list", "--format", "json")
    found = site.run("duplicates", "find")
    with billing(site), site.running():
        listed = site.run("duplicates", "list", "--format", "json")
        decided = site.run("duplicates", "decide", "1+2", "--as", "different", "--reason", "two cousins, ticket 8")
        send(site, _registration(4, "M2", "MUELLER^KATE", phone="(919)555-0177"))
        again = site.run("duplicates", "find")
        left = site.run("duplicates", "list", "--format", "json")
        all_of_them = site.run("duplicates", "list", "--decided", "--show-values")
        rates = site.run("duplicates", "rates", "--since", "2026-01-01", "--format", "json")

    assert [each["pair"] for each in by_itself.json] == ["1+2"]
    assert not [event for event in site.events if event["event"] == "duplicates.crashed"]
    assert (found.code, found.out) == (0, "1 possible duplicates among 3 patients\n")
    assert (listed.json[0]["pair"], listed.json[0]["score"] >= 90) == ("1+2", True)
    assert {"same-birth-date", "same-telephone", "short-given-name"} <= set(listed.json[0]["reasons"])
    assert (decided.code, decided.out) == (0, "1 decided: different\n")
    assert (again.code, left.json) == (0, [])
    assert "different" in all_of_them.out
    assert "MAIN|M1" in all_of_them.out
    assert (rates.json["possible_duplicate_records"], rates.json["registrations"]) == (0, 4)
    assert rows(database, "SELECT action, detail FROM audit WHERE action LIKE 'duplicates-%'") == [
        ("duplicates-found", ""),
        ("duplicates-decided", "patients 1+2: different; two cousins, ticket 8"),
        ("duplicates-found", ""),
        ("duplicates-opened", "1 pairs"),
    ]


def test_nobody_is_shown_without_being_asked_for(site: SiteProcess) -> None:
    """The list holds numbers, scores and codes; who they are is opened, and audited."""
    with billing(site), site.running():
        send(site, _registration(1, "CANARY1", "Zqxname^Katherine"), _registration(2, "CANARY2", "Zqxname^Kate"))
    site.run("duplicates", "find")

    shown = site.run("duplicates", "list")

    assert "1+2" in shown.out
    assert "zqxname" not in shown.out.lower()
    assert "CANARY" not in shown.out


def test_wrong_use_is_told(site: SiteProcess) -> None:
    """A slip changes nothing."""
    with site.running():
        ended = [
            site.run("duplicates", "decide", "1+2", "--as", "maybe"),
            site.run("duplicates", "decide", "12", "--as", "same"),
            site.run("duplicates", "decide", "1+2", "--as", "same"),
        ]

    assert [each.code for each in ended] == [2, 2, 1]
    assert "there is no patient 1" in ended[2].err
    with sqlite3.connect(site.folder / "data" / "engine.db") as connection:
        assert connection.execute("SELECT count(*) FROM duplicate_decision").fetchone() == (0,)
