"""`engine export`: audited first, refused without the word, and nobody of a real feed in its files."""

from pathlib import Path

import pytest

from tests.acceptance.site_process import SiteProcess, site_at
from tests.acceptance.test_operations import billing, send
from tests.support.books import rows


@pytest.fixture
def site(tmp_path: Path) -> SiteProcess:
    return site_at(tmp_path / "site")


def _registration(number: int) -> bytes:
    return (
        f"MSH|^~\\&|HIS|A|B|C|20260301120000||ADT^A04^ADT_A01|X{number}|P|2.5.1\rEVN|A04|20260301120000\r"
        f"PID|1||CANARY{number}^^^MAIN^MR||Zqxname^Vexgiven||19610214|F|||12 Qzstreet^^Qztown^NC^27900||(919)555-0142\r"
        f"PV1|1|O|W1^^^MAIN||||||||||||||||VISIT{number}|||||||||||||||||||||||||20260301120000\r"
    ).encode()


def test_an_export_holds_no_one_and_stands_in_the_trail(site: SiteProcess, tmp_path: Path) -> None:
    """With a running engine and without one; without --deidentify nothing is written or noted."""
    refused = site.run("export", "--out", str(tmp_path / "no"))
    with billing(site), site.running():
        send(site, _registration(1), _registration(2))
        done = site.run("export", "--deidentify", "--out", str(tmp_path / "one"))
    key = ("--key", str(tmp_path / "key"), "--format", "jsonl", "--dates", "year")
    alone = site.run("export", "--deidentify", "--out", str(tmp_path / "two"), *key)
    twice = site.run("export", "--deidentify", "--out", str(tmp_path / "two"), *key)

    assert (refused.code, "say --deidentify" in refused.err, (tmp_path / "no").exists()) == (2, True, False)
    assert (done.code, alone.code) == (0, 0)
    assert (twice.code, "is not empty" in twice.err) == (1, True)
    assert f"{tmp_path / 'one' / 'patients.csv'}: 2" in done.out
    files = [path for folder in ("one", "two") for path in sorted((tmp_path / folder).iterdir())]
    said = "".join([path.read_text("utf-8") for path in files] + [done.err, alone.err]).lower()
    for word in (
        "canary",
        "zqxname",
        "vexgiven",
        "qzstreet",
        "qztown",
        "27900",
        "555-0142",
        "1961-02-14",
        "visit1",
        "w1",
    ):
        assert word not in said.replace('"visit"', "")
    assert "279" in said
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}
    trail = rows(site.folder / "data" / "engine.db", "SELECT detail FROM audit WHERE action = 'deidentified-export'")
    assert trail == [("dates shift, fresh key",), ("dates year, kept key",), ("dates year, kept key",)]
