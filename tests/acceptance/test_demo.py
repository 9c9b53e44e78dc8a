"""``engine demo``: the real engine between simulated neighbours ends with a balance that an outsider can check."""

import asyncio
import shutil
import sqlite3
from pathlib import Path

import orjson

from engine.journal.store import open_readers
from engine.observe.balance import discrepancies
from tests.support.running import ENGINE, LONG
from tests.support.sites import own_site, write_site


async def _demo(config: Path, *arguments: str) -> tuple[int, str, str]:
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        str(ENGINE), "demo", "--config", str(config), *arguments, stdout=pipe, stderr=pipe
    )
    async with asyncio.timeout(LONG):
        out, err = await process.communicate()
    return process.returncode or 0, out.decode(), err.decode()


def _discrepancies(store: Path) -> set[str]:
    readers = open_readers(store)
    try:
        with readers.reading() as connection:
            return set(discrepancies(connection))
    finally:
        readers.close()


def _store_of(config: Path) -> Path:
    (store,) = (config.parent / "var" / "demo").glob("demo-*.db")
    return store


async def test_the_demo_ends_with_a_true_balance_and_a_log_without_patients(tmp_path: Path) -> None:
    """One JSON object of exactly these keys; every message is accounted for, and the log is of events alone."""
    config = own_site(tmp_path / "site")

    code, out, err = await _demo(config, "--messages", "60", "--format", "json")

    told = orjson.loads(out)
    assert (code, err) == (0, "")
    assert list(told) == ["received", "rejected", "quarantined", "destinations", "lost"]
    assert (told["received"], told["lost"]) == (60, 0)
    for account in told["destinations"].values():
        states = ("delivered", "parked", "held", "pending", "skipped")
        assert set(account) == {"due", "filtered", *states}
        assert account["due"] == sum(account[state] for state in states) > 0
    events = [orjson.loads(line) for line in (config.parent / "var/demo/engine.log").read_text("utf-8").splitlines()]
    assert [event["event"] for event in events if event["level"] == "error"] == []
    assert "PID" not in (config.parent / "var/demo/engine.log").read_text("utf-8")


FORGED = {
    "UPDATE tally SET count = count + 1 WHERE scope = 'billing' AND state = 2": {"billing delivered"},
    "UPDATE tally SET count = count - 1 WHERE scope = '' AND state = 1": {"messages accepted"},
    "DELETE FROM delivery WHERE message_id = (SELECT min(message_id) FROM delivery)": {
        "billing delivered",
        "messages accepted without an output",
    },
}


async def test_a_balance_that_is_not_true_is_seen(tmp_path: Path) -> None:
    """Everything is counted again from the rows: books that only agree with themselves prove nothing."""
    config = own_site(tmp_path / "site")
    await _demo(config, "--messages", "12", "--format", "json")

    honest = _discrepancies(_store_of(config))
    seen = {}
    for number, forgery in enumerate(FORGED):
        store = Path(shutil.copy(_store_of(config), tmp_path / f"forged-{number}.db"))
        with sqlite3.connect(store) as forger:
            forger.execute(forgery)
        seen[forgery] = _discrepancies(store) & FORGED[forgery]

    assert honest == set()
    assert seen == FORGED


async def test_a_site_without_the_demos_listeners_is_told_so(tmp_path: Path) -> None:
    """It has nobody to send to, and would look for somebody for ever."""
    config = write_site(
        tmp_path,
        {
            "config.yaml": "time_zone: UTC\nlisteners: {clinic: {mllp: 127.0.0.1:0}}\n"
            "destinations: {billing: {mllp: 127.0.0.1:1}}\n",
            "routes/all.yaml": "route: all\nfrom: clinic\nto: {billing: {}}\n",
        },
    )

    code, _, err = await _demo(config, "--messages", "5")

    assert code == 3
    assert "listeners called admissions or lab" in err


async def test_a_demo_beside_another_leaves_its_store_alone(tmp_path: Path) -> None:
    """Only what demos that have ended left behind is thrown away."""
    config = own_site(tmp_path / "site")
    folder = config.parent / "var" / "demo"
    folder.mkdir(parents=True)
    running, ended = folder / "demo-1.db", folder / "demo-4194305.db"  # process 1 is there, that other number never
    running.touch()
    ended.touch()

    await _demo(config, "--messages", "1", "--format", "json")

    assert (running.exists(), ended.exists()) == (True, False)
