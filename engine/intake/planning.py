"""Where plans are made: at once on the loop for ordinary messages, in a thread for those that would hold others up.

Long ones share one thread; what may wait for a function in Python has threads of its own. Messages of one connection
keep their order: what comes behind one in a thread waits for it; other connections pass it.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

import structlog

from engine.decision import Plan, Receipt, failed, plan
from engine.mllp.handler import Caller
from engine.routing import Rules
from engine.telemetry import where

log = structlog.get_logger()

LONG = 256 * 1024
"""Bytes from which a message is planned aside: it would keep the loop from everybody else."""

WAITING = 4
"""Threads that may wait for functions in Python; how many of these run at the same time, config.yaml says."""

Planned = Callable[[Sequence[Plan]], None]


class Planner:
    """Makes plans; `done` is called on the loop, in the order in which one caller's messages came."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="planner")
        self._waiting = ThreadPoolExecutor(WAITING, thread_name_prefix="planner-python")
        self._lines: dict[Caller, deque[tuple[Sequence[Receipt], Rules, Planned]]] = {}
        """Callers that have a long message in the thread, and what has come behind it."""

    def plan(self, caller: Caller, receipts: Sequence[Receipt], rules: Rules, done: Planned) -> None:
        """Plan *receipts*, which came in one frame, and hand the plans to *done*."""
        if caller in self._lines:
            self._lines[caller].append((receipts, rules, done))
        elif _belongs_aside(receipts, rules):
            self._lines[caller] = deque()
            self._aside(caller, receipts, rules, done)
        else:
            done(plans_of(receipts, rules))

    def close(self) -> None:
        """Give the thread up; what it is planning is finished first, what waits for it stays without an answer.

        It blocks: call it in another thread while the loop runs.
        """
        for each in (self._thread, self._waiting):
            each.shutdown(wait=True, cancel_futures=True)

    def _aside(self, caller: Caller, receipts: Sequence[Receipt], rules: Rules, done: Planned) -> None:
        def back(future: Future[list[Plan]]) -> None:
            self._loop.call_soon_threadsafe(self._continue, caller, future, done)

        thread = self._waiting if receipts[0].listener in rules.aside else self._thread
        thread.submit(plans_of, receipts, rules).add_done_callback(back)

    def _continue(self, caller: Caller, future: Future[list[Plan]], done: Planned) -> None:
        try:
            if not future.cancelled():
                done(future.result())
                self._follow(caller)
                return
        except Exception as error:  # noqa: BLE001  boundary: a connection that cannot go on is closed, never left waiting
            log.error("planning.crashed", **where(error))
        self._lines.pop(caller, None)
        caller.close_without_answer()

    def _follow(self, caller: Caller) -> None:
        line = self._lines[caller]
        while line:
            receipts, rules, following = line.popleft()
            if _belongs_aside(receipts, rules):
                self._aside(caller, receipts, rules, following)
                return
            following(plans_of(receipts, rules))
        del self._lines[caller]


def _belongs_aside(receipts: Sequence[Receipt], rules: Rules) -> bool:
    return receipts[0].listener in rules.aside or sum([len(receipt.payload) for receipt in receipts]) > LONG


def plans_of(receipts: Sequence[Receipt], rules: Rules) -> list[Plan]:
    """Plan each; a fault of ours costs that message its outputs and no more: it is quarantined, and told."""
    return [_plan_of(receipt, rules) for receipt in receipts]


def _plan_of(receipt: Receipt, rules: Rules) -> Plan:
    try:
        return plan(receipt, rules)
    except Exception as error:  # noqa: BLE001  boundary: the message is kept whatever our own code does with it
        log.error("message.crashed", listener=receipt.listener, bytes=len(receipt.payload), **where(error))
        return failed(receipt, rules)
