"""A system that receives over MLLP and answers as it is told; it keeps nothing but counts unless somebody listens."""

from collections.abc import Callable
from dataclasses import replace
from itertools import count

from engine.errors import NotHl7
from engine.hl7.ack import AckPlan, build_ack, minimal_ack
from engine.hl7.batch import is_batch, split_batch
from engine.hl7.header import Header
from engine.mllp.handler import Caller

SILENCE = ""
"""As an answer: none at all."""

Answering = Callable[[bytes], str]


def accept(_payload: bytes) -> str:
    """Accept everything."""
    return "AA"


class Receiver:
    """A handler for an MLLP listener: answers each frame at once with the code that *answering* gives."""

    def __init__(self, answering: Answering = accept, heard: Callable[[bytes], None] | None = None) -> None:
        self.received = 0
        self._answering = answering
        self._heard = heard
        self._numbers = count(1)

    def on_frame(self, caller: Caller, payload: bytes, ticket: int) -> None:
        """Take a message."""
        self.received += 1
        if self._heard is not None:
            self._heard(payload)
        code = self._answering(payload)
        caller.answer(ticket, self._answer(payload, code) if code else None)

    def on_too_big(self, caller: Caller, header: bytes, ticket: int) -> None:
        """Refuse what is too long."""
        caller.answer(ticket, self._answer(header, "AR"))

    def _answer(self, payload: bytes, code: str) -> bytes:
        plan = AckPlan(code, control_id=f"R{next(self._numbers)}")
        if is_batch(payload):
            return _answer_to_batch(payload, plan)
        header = Header.peek(payload)
        return minimal_ack(plan) if header is None else build_ack(header, plan)


def _answer_to_batch(payload: bytes, plan: AckPlan) -> bytes:
    try:
        batch = split_batch(payload)
    except NotHl7:
        return minimal_ack(plan)
    return build_ack(batch.header, replace(plan, answers=batch.control_id))
