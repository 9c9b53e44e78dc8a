"""Operators at a real engine: they look, retry, release and skip through its socket, and nothing leaks a patient."""

import asyncio
import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

import pytest

from engine.journal.queries import audit_trail
from engine.journal.store import open_readers
from engine.mllp.client import MllpClient
from engine.mllp.listener import Listener
from engine.mllp.options import ListenerOptions
from engine.neighbours import Receiver, send_in_order
from tests.acceptance.site_process import LONG, SiteProcess, admission, site_at, wards_of

PATIENT = re.compile(r"DOE|JANE|4711|19690203")


@pytest.fixture
def site(tmp_path: Path) -> SiteProcess:
    return site_at(tmp_path / "site")


@contextmanager
def billing(site: SiteProcess, code: str = "AA") -> Iterator[list[bytes]]:
    """A billing system that answers *code*, in a loop of its own, for as long as the block runs."""
    got: list[bytes] = []
    up, down = Event(), Event()

    async def receive() -> None:
        receiver = Receiver(lambda _payload: code, got.append)
        async with Listener(ListenerOptions("billing", port=site.billing), receiver) as listener:
            up.set()
            await asyncio.to_thread(down.wait)
            listener.stop_accepting()
            await listener.finish(2.0)

    thread = Thread(target=asyncio.run, args=(receive(),))
    thread.start()
    try:
        assert up.wait(LONG)
        yield got
    finally:
        down.set()
        thread.join()


def send(site: SiteProcess, *payloads: bytes) -> None:
    """Send messages to the engine; each must be accepted."""
    codes: list[str] = []
    client = MllpClient("127.0.0.1", site.listener, connect_timeout=LONG, answer_timeout=LONG)
    asyncio.run(send_in_order(client, payloads, lambda exchange: codes.append(exchange.code)))
    assert codes == ["AA"] * len(payloads)


def trail(site: SiteProcess) -> list[tuple[str, int | None, int | None]]:
    """Return the audit trail, oldest first."""
    readers = open_readers(site.folder / "data" / "engine.db")
    with readers.reading() as connection:
        rows = [(each["action"], each["message_id"], each["ordinal"]) for each in audit_trail(connection)]
    readers.close()
    return rows[::-1]


def test_a_parked_message_is_mended_and_released(site: SiteProcess) -> None:
    """The whole way of an operator: see it, learn why, mend the table, start again, release, see it delivered."""
    with site.running():
        send(site, admission(1, "W9"))
        parked = site.run("deliveries", "list", "--format", "json").json
        why = site.run("deliveries", "release", "1/1")
        value = site.run("deliveries", "release", "1/1", "--show-values")
    wards_of(site.folder, "W1", "W9")
    with billing(site) as got, site.running():
        released = site.run("deliveries", "release", "1/1")
        site.until("delivery.released", message_id=1)
        again = site.run("deliveries", "release", "1/1")

    assert [(each["delivery"], each["state"], each["reason"]) for each in parked] == [("1/1", "parked", "unknown-code")]
    assert (why.code, why.out) == (1, "")
    assert "1/1: today's rules cannot make it either: unknown-code at mappings/by-ward.yaml:6:17" in why.err
    assert "W9" not in why.err
    assert "W9" in value.out
    assert (released.code, released.err) == (0, "")
    assert released.out == "1/1: was parked; made with today's rules and queued for billing\n"
    assert again.code == 1
    assert [b"WARD-W9" in payload for payload in got] == [True]
    assert trail(site) == [
        ("release-failed", 1, 1),
        ("release-failed", 1, 1),
        ("delivery-opened", 1, 1),
        ("delivery-released", 1, 1),
    ]


def test_what_waits_for_its_next_try_leaves_when_somebody_says_so(site: SiteProcess) -> None:
    """Billing was down, the next try is an hour away; retry sends, skip does not, the order stays."""
    with site.running():
        send(site, admission(1), admission(2), admission(3))
        site.until("delivery.failed", message_id=1)
        with billing(site) as got:
            skipped = site.run("deliveries", "skip", "2/1", "--reason", "billed by hand")
            retried = site.run("deliveries", "retry", "1/1", "7/1")
            settled = _until_nothing_waits(site)

    assert skipped.out == "2/1: was pending; it is not sent to billing, and what waited behind it goes on\n"
    assert (retried.code, retried.out) == (1, "1/1: was pending (refused); it is sent to billing now\n")
    assert retried.err == "engine: 7/1: there is no delivery 7/1\n"
    assert settled == []
    assert len(got) == 2
    assert trail(site) == [("delivery-skipped", 2, 1), ("delivery-retried", 1, 1)]


def test_a_body_is_shown_only_to_those_whom_the_trail_names(site: SiteProcess) -> None:
    """With and without a running engine; without --show-values no command shows anything of the patient."""
    with site.running():
        send(site, admission(1, "W9"))
        plain = [
            site.run("messages", "list"),
            site.run("messages", "show", "1"),
            site.run("messages", "show", "1", "--format", "json"),
            site.run("deliveries", "list", "--format", "json"),
            site.run("deliveries", "show", "1/1"),
        ]
        opened = site.run("messages", "show", "1", "--show-values")
    after = site.run("deliveries", "show", "1/1", "--show-values")
    stopped = site.run("messages", "list", "--state", "accepted", "--type", "ADT^A01", "--since", "1h")

    assert [each.code for each in plain] == [0] * 5
    assert not any(PATIENT.search(each.out + each.err) for each in plain)
    assert "PID|1||4711^^^STMARY||DOE^JANE||19690203\nPV1|1|I|W9\n" in opened.out
    assert "W9" in after.out
    assert "M1" in stopped.out
    assert trail(site) == [("message-opened", 1, None), ("delivery-opened", 1, 1)]
    assert not any(PATIENT.search(str(event)) for event in site.events)


def test_without_an_engine_acting_says_how_to_start_one(site: SiteProcess) -> None:
    """Exit code 3, and the command that helps; looking works all the same."""
    nothing = site.run("messages", "list")
    with site.running():
        send(site, admission(1, "W9"))

    acted = [site.run("deliveries", do, "1/1", *more) for do, more in _DEEDS]
    listed = site.run("deliveries", "list")

    assert nothing.code == 3
    assert "there is no store yet" in nothing.err
    assert [each.code for each in acted] == [3, 3, 3]
    assert all("engine serve --config config.yaml" in each.err for each in acted)
    assert listed.code == 0
    assert trail(site) == []


_DEEDS: list[tuple[str, list[str]]] = [("retry", []), ("release", []), ("skip", ["--reason", "x"])]


def test_the_socket_is_the_engines_own_and_goes_with_it(site: SiteProcess) -> None:
    """Mode 0600 beside the store; a dead engine's socket is in nobody's way."""
    path = site.folder / "data" / "engine.db.sock"
    with site.running():
        mode = stat.S_IMODE(path.stat().st_mode)
        second = site.run("serve")
        assert site.process is not None
        pid = site.process.pid
    gone = not path.exists()
    os.mknod(path, stat.S_IFSOCK | 0o600)
    with site.running():
        send(site, admission(1))
        answered = site.run("deliveries", "retry", "1/1")

    assert mode == 0o600
    assert gone
    assert (second.code, f"the store is in use by process {pid}" in second.err) == (3, True)
    assert answered.code in {0, 1}


def test_wrong_words_are_told_before_anything_is_asked(site: SiteProcess) -> None:
    """Exit code 2: a state that is none, a name that is none, a time that is none, a file that is not there."""
    with site.running():
        wrong = [
            site.run("messages", "list", "--state", "sent"),
            site.run("deliveries", "list", "--state", "accepted"),
            site.run("deliveries", "retry", "1-1"),
            site.run("messages", "list", "--since", "yesterday"),
            site.run("messages", "list", "--config", "elsewhere.yaml"),
        ]
        missing = [site.run("messages", "show", "9"), site.run("deliveries", "show", "9/1", "--show-values")]

    assert [each.code for each in wrong] == [2] * 5
    assert [each.code for each in missing] == [1, 1]
    assert trail(site) == []


def test_a_mistake_in_a_route_keeps_nobody_from_looking(site: SiteProcess) -> None:
    """The rules are broken at night, and somebody must see what is parked."""
    with site.running():
        send(site, admission(1, "W9"))
    (site.folder / "routes" / "main.yaml").write_text("route: [", "utf-8")

    listed = site.run("deliveries", "list", "--format", "json")

    assert [each["delivery"] for each in listed.json] == ["1/1"]


def _until_nothing_waits(site: SiteProcess) -> list[object]:
    """Look at the store until nothing is pending any more."""
    readers = open_readers(site.folder / "data" / "engine.db")
    deadline = Event()
    try:
        for _ in range(600):
            with readers.reading() as connection:
                rows = connection.exec_driver_sql("SELECT 1 FROM delivery WHERE state = 1").all()
            if not rows:
                return []
            deadline.wait(0.05)
        return list(rows)
    finally:
        readers.close()
