"""`engine explain` at a real engine's store: the rules of a message's time, its deliveries, and who saw its values."""

import re
from pathlib import Path

import pytest

from engine.hl7.message import Message
from engine.workbench.deep import deep_verdict
from tests.acceptance.site_process import SiteProcess, admission, site_at, wards_of
from tests.acceptance.test_operations import PATIENT, billing, send, trail


@pytest.fixture
def site(tmp_path: Path) -> SiteProcess:
    return site_at(tmp_path / "site")


def test_a_stored_message_is_explained_by_the_rules_of_its_time(site: SiteProcess) -> None:
    """Though every rule has changed since; today's are asked for by name, and the difference is told."""
    with billing(site), site.running():
        send(site, admission(1), admission(2, "W9"))
    (site.folder / "routes" / "main.yaml").write_text(
        "route: main\nfrom: adt\nto:\n  billing: {when: PV1-2 == 'O', map: by-ward}\n", "utf-8"
    )
    wards_of(site.folder, "W1", "W9")

    then, now = site.run("explain", "1"), site.run("explain", "1", "--rules", "now", "--to", "billing")
    parked, today = site.run("explain", "2"), site.run("explain", "2", "--rules", "now", "--format", "json")

    assert (then.code, now.code, parked.code, today.code) == (0, 0, 0, 0), then.err + now.err + parked.err + today.err
    assert "decided again with the rules of its time: the same, byte for byte" in then.out
    assert "mappings/wards.csv:2" in then.out
    assert re.search(r"route main, billing 1 asks\s+true\s+-> false", now.out)
    assert "PV1-2 = 'O'" in now.out
    assert "tried: the message was changed so and decided again: sent" in now.out
    assert re.search(r"2/1 +billing +parked .* unknown-code at mappings/by-ward.yaml:6:17", parked.out)
    assert re.search(r"row +wards +none has \*\*\* +mappings/wards.csv", parked.out)
    assert today.json["routes"][0]["entries"][0]["asks"] == "false"
    assert today.json["then"]["outputs"][0]["reason"] == "unknown-code"
    assert not any(PATIENT.search(each.out) for each in (then, now, parked, today))
    assert trail(site) == []


def test_values_are_shown_to_whom_the_trail_names(site: SiteProcess) -> None:
    """With and without a running engine; of a file nobody is asked."""
    with site.running():
        send(site, admission(1, "W9"))
        running = site.run("explain", "1", "--show-values")
    stopped = site.run("explain", "1", "--show-values", "--format", "json")
    (site.folder / "m.hl7").write_bytes(admission(1))
    file = site.run("explain", "m.hl7", "--show-values")

    assert "DOE" in running.out + running.err
    assert "DOE" in stopped.out
    assert "W9" in running.out
    assert file.code == 0
    assert trail(site) == [("message-opened", 1, None), ("message-opened", 1, None)]


def test_what_is_not_there_is_told(site: SiteProcess) -> None:
    """A message, a file, a destination, a listener: each with its code."""
    (site.folder / "m.hl7").write_bytes(admission(1))
    with site.running():
        send(site, admission(1))
        missing = site.run("explain", "7")

    answers = [
        missing,
        site.run("explain", "nothing.hl7"),
        site.run("explain", "m.hl7", "--to", "nowhere"),
        site.run("explain", "m.hl7", "--listener", "none"),
    ]

    assert [each.code for each in answers] == [1, 2, 2, 2]
    assert all(each.err.startswith("engine: ") and not each.out for each in answers)


@pytest.mark.timeout(60)
def test_hl7apy_says_what_it_finds_without_values() -> None:
    """In a process of its own; what takes too long ends with a word."""
    message = Message.parse(admission(1).replace(b"|19690203\r", b"|19690203|QQQ\r"))

    found, none = deep_verdict(message), deep_verdict(message, 0.0)

    assert found.failure == ""
    assert any("is not in table HL70001" in each for each in found.lines)
    assert not any("QQQ" in each or PATIENT.search(each) for each in found.lines)
    assert none.failure == "timeout"
