"""Plans are made in the order of each connection; a long message keeps nobody else waiting, no fault loses a frame."""

import asyncio
import threading
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from engine.decision import Plan, Receipt, plan
from engine.intake.planning import LONG, Planner
from engine.routing import Rules
from tests.support.decisions import ADT, receipt_of, rules_of
from tests.unit.intake.desk import FakeCaller

LONG_ADT = ADT + b"OBX|1|ED|||" + b"x" * LONG + b"\r"


@pytest.fixture
def rules(tmp_path: Path) -> Rules:
    """Return rules that send everything on."""
    return rules_of(tmp_path, "  billing: {}\n")


@pytest.fixture
async def planner() -> AsyncIterator[Planner]:
    """Return a planner on this test's loop."""
    made = Planner(asyncio.get_running_loop())
    yield made
    await asyncio.to_thread(made.close)


class Gate:
    """Holds the planner's thread until it is opened."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.open = threading.Event()
        self.threads: list[str] = []

        def slow(receipt: Receipt, rules: Rules) -> Plan:
            self.threads.append(threading.current_thread().name)
            if threading.current_thread() is not threading.main_thread():
                self.open.wait(20)
            return plan(receipt, rules)

        monkeypatch.setattr("engine.intake.planning.plan", slow)


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Gate:
    """Return what holds the thread."""
    return Gate(monkeypatch)


class Heard:
    """What was planned, in order."""

    def __init__(self) -> None:
        self.ids: list[str] = []
        self._news = asyncio.Event()

    def __call__(self, plans: Sequence[Plan]) -> None:
        self.ids += [plan.control_id for plan in plans]
        self._news.set()

    async def until(self, count: int) -> list[str]:
        """Wait until so many were planned."""
        async with asyncio.timeout(20):
            while len(self.ids) < count:
                self._news.clear()
                await self._news.wait()
        return self.ids


def _numbered(number: int, payload: bytes = ADT) -> bytes:
    return payload.replace(b"MSG1", b"N%d" % number)


async def test_an_ordinary_message_is_planned_at_once(planner: Planner, rules: Rules) -> None:
    """On the loop: a thread would cost more than the plan."""
    heard = Heard()

    planner.plan(FakeCaller(), (receipt_of(),), rules, heard)

    assert heard.ids == ["MSG1"]


async def test_one_connections_messages_keep_their_order_behind_a_long_one(
    planner: Planner, rules: Rules, gate: Gate
) -> None:
    """What comes behind it waits, also a second long one."""
    caller, heard = FakeCaller(), Heard()
    payloads = [_numbered(1, LONG_ADT), _numbered(2), _numbered(3, LONG_ADT), _numbered(4), _numbered(5)]

    for payload in payloads:
        planner.plan(caller, (receipt_of(payload),), rules, heard)
    before = list(heard.ids)
    gate.open.set()
    planned = await heard.until(5)
    planner.plan(caller, (receipt_of(_numbered(6)),), rules, heard)

    assert before == []
    assert planned == ["N1", "N2", "N3", "N4", "N5", "N6"]
    assert gate.threads[0].startswith("planner")
    assert gate.threads[-1] == "MainThread"


async def test_other_connections_pass_a_long_message(planner: Planner, rules: Rules, gate: Gate) -> None:
    """One sender's scanned letters are no reason for another to wait."""
    slow, quick, heard = FakeCaller(), FakeCaller(), Heard()

    planner.plan(slow, (receipt_of(_numbered(1, LONG_ADT)),), rules, heard)
    planner.plan(quick, (receipt_of(_numbered(2)),), rules, heard)
    passed = list(heard.ids)
    gate.open.set()
    await heard.until(2)

    assert passed == ["N2"]
    assert heard.ids == ["N2", "N1"]


async def test_a_batch_counts_as_a_whole(planner: Planner, rules: Rules, gate: Gate) -> None:
    """Many short messages keep the loop as long as one long one."""
    gate.open.set()
    heard = Heard()
    receipts = [receipt_of(_numbered(number)) for number in range(LONG // len(ADT) + 1)]

    planner.plan(FakeCaller(), receipts, rules, heard)
    await heard.until(len(receipts))

    assert set(gate.threads) == {gate.threads[0]}
    assert gate.threads[0].startswith("planner")


@pytest.mark.parametrize("payload", [ADT, LONG_ADT])
async def test_a_fault_of_ours_costs_that_message_its_outputs_and_no_more(
    planner: Planner, rules: Rules, monkeypatch: pytest.MonkeyPatch, payload: bytes
) -> None:
    """It is kept as quarantined and answered; the one behind it is planned as ever."""

    def broken(receipt: Receipt, rules: Rules) -> Plan:
        if b"BAD" in receipt.payload:
            raise RuntimeError("DOE^JANE")
        return plan(receipt, rules)

    monkeypatch.setattr("engine.intake.planning.plan", broken)
    found: list[Plan] = []
    both = asyncio.Event()

    def heard(plans: Sequence[Plan]) -> None:
        found.extend(plans)
        if len(found) == 2:
            both.set()

    caller = FakeCaller()

    planner.plan(caller, (receipt_of(payload.replace(b"MSG1", b"BAD")),), rules, heard)
    planner.plan(caller, (receipt_of(),), rules, heard)
    async with asyncio.timeout(20):
        await both.wait()

    assert [(each.control_id, each.reason) for each in found] == [("BAD", "engine-failed"), ("MSG1", "")]


async def test_a_connection_that_cannot_go_on_is_closed(planner: Planner, rules: Rules) -> None:
    """A fault behind the plan must not leave its sender waiting for ever, nor its frames in memory."""
    caller, other, heard = FakeCaller(), FakeCaller(), Heard()

    def broken(_plans: Sequence[Plan]) -> None:
        raise RuntimeError("DOE^JANE")

    planner.plan(caller, (receipt_of(LONG_ADT),), rules, broken)
    planner.plan(caller, (receipt_of(),), rules, heard)
    async with asyncio.timeout(20):
        await caller.closed.wait()
    planner.plan(other, (receipt_of(),), rules, heard)

    assert heard.ids == ["MSG1"]
    assert planner._lines == {}


async def test_closing_waits_for_one_plan_and_not_for_a_queue_of_them(rules: Rules, gate: Gate) -> None:
    """What was not begun stays unanswered: its sender is told by the closing connection."""
    planner, heard = Planner(asyncio.get_running_loop()), Heard()
    callers = [FakeCaller() for _ in range(3)]
    for number, caller in enumerate(callers):
        planner.plan(caller, (receipt_of(_numbered(number, LONG_ADT)),), rules, heard)

    closing = asyncio.create_task(asyncio.to_thread(planner.close))
    async with asyncio.timeout(20):
        for caller in callers[1:]:
            await caller.closed.wait()
    gate.open.set()
    await closing
    await heard.until(1)

    assert heard.ids == ["N0"]
    assert [caller.is_closed for caller in callers] == [False, True, True]
