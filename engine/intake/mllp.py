"""MLLP intake: each frame becomes one submission to the journal, and its committed decision the answer."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

import structlog

from engine import clock
from engine.decision import Plan, Receipt, refuse_too_long
from engine.hl7.batch import is_batch, several_headers, split_messages
from engine.intake.batches import Frame, answer_to_batch, frame_of
from engine.intake.planning import Planner
from engine.journal.items import Answer, Answered, NoAnswer, Submission
from engine.mllp.handler import Caller
from engine.routing import Rules

log = structlog.get_logger()

Submit = Callable[[Submission], None]


class MllpIntake:
    """The handler of one MLLP listener."""

    def __init__(self, listener: str, rules: Callable[[], Rules], planner: Planner, submit: Submit) -> None:
        self._listener = listener
        self._rules = rules
        """Asked for each frame: a reload takes effect between two messages."""
        self._planner = planner
        self._submit = submit

    def on_frame(self, caller: Caller, payload: bytes, ticket: int) -> None:
        """Take a frame: a message, a batch, or several messages."""
        receipt, rules = Receipt(self._listener, payload, clock.receipt_ns(), caller.peer), self._rules()
        if is_batch(payload) and (frame := frame_of(receipt, rules)) is not None:
            self._on_batch(caller, ticket, frame)
        elif rules.listeners[self._listener].splits_several and several_headers(payload):
            receipts = [replace(receipt, payload=part) for part in split_messages(payload)]
            self._planner.plan(
                caller, receipts, rules, partial(self._journal, caller, partial(_answer_each, caller, ticket))
            )
        else:
            self._planner.plan(
                caller, (receipt,), rules, partial(self._journal, caller, partial(_answer, caller, ticket))
            )

    def on_too_big(self, caller: Caller, header: bytes, ticket: int) -> None:
        """Answer AR to a frame whose rest was never read."""
        log.warning("message.refused", listener=self._listener, reason="too-long")
        receipt = Receipt(self._listener, header, clock.receipt_ns(), caller.peer)
        caller.answer(ticket, refuse_too_long(header, receipt, self._rules()))

    def _journal(self, caller: Caller, answered: Answered, plans: Sequence[Plan]) -> None:
        self._submit(Submission(plans, answered, caller))

    def _on_batch(self, caller: Caller, ticket: int, frame: Frame) -> None:
        batch = frame.batch
        if batch.notes:
            log.warning("batch.miscounted", listener=self._listener, messages=len(batch.messages))
        if not batch.messages:
            caller.answer(ticket, answer_to_batch(frame, ()))  # nothing in it that could be lost
            return
        receipts = [replace(frame.receipt, payload=part) for part in batch.messages]
        answered = partial(_answer_batch, caller, ticket, frame)
        self._planner.plan(caller, receipts, frame.rules, partial(self._journal, caller, answered))


def _answer(caller: Caller, ticket: int, answers: Sequence[Answer] | NoAnswer) -> None:
    if isinstance(answers, NoAnswer):
        caller.close_without_answer()
    else:
        caller.answer(ticket, answers[0].ack or None)


def _answer_each(caller: Caller, ticket: int, answers: Sequence[Answer] | NoAnswer) -> None:
    if isinstance(answers, NoAnswer):
        caller.close_without_answer()
    else:
        caller.answer_all(ticket, [answer.ack for answer in answers if answer.ack])


def _answer_batch(caller: Caller, ticket: int, frame: Frame, answers: Sequence[Answer] | NoAnswer) -> None:
    if isinstance(answers, NoAnswer):
        caller.close_without_answer()
    else:
        caller.answer(ticket, answer_to_batch(frame, answers))
