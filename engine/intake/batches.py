"""The one answer to a batch frame: MSA-2 is the batch's number, the code the worst, one ERR per message not AA."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from engine.decision import Decision, Receipt, reply_to
from engine.errors import NotHl7
from engine.hl7.ack import AckError, AckPlan, build_ack
from engine.hl7.batch import Batch, split_batch
from engine.hl7.charset import BOM
from engine.hl7.header import Header
from engine.journal.items import Answer
from engine.routing import Rules

_WORST = ("AA", "AE", "AR")
_ENVELOPE = re.compile(rb"(?:FHS|BHS|BTS|FTS)(?![A-Za-z0-9])[^\r\n]*")


@dataclass(frozen=True, slots=True)
class Frame:
    """A batch frame and when it came in."""

    batch: Batch
    receipt: Receipt
    rules: Rules


def frame_of(receipt: Receipt, rules: Rules) -> Frame | None:
    """Return the batch that was received; None if it has no messages and yet something that could be lost."""
    try:
        batch = split_batch(receipt.payload)
    except NotHl7:
        return None
    if not batch.messages and _ENVELOPE.sub(b"", receipt.payload.removeprefix(BOM)).strip(b" \t\r\n\x00"):
        return None
    return Frame(batch, receipt, rules)


def answer_to_batch(frame: Frame, answers: Sequence[Answer]) -> bytes:
    """Return the acknowledgement of a batch whose messages were answered *answers*, in their order."""
    code = max((answer.ack_code for answer in answers), key=_WORST.index, default="AA")
    errors = tuple(_error(number, answer) for number, answer in enumerate(answers, 1) if answer.ack_code != "AA")
    batch = frame.batch
    number = batch.control_id or (control_id_of(batch.messages[0]) if batch.messages else b"")
    reply = reply_to(frame.receipt, frame.rules)
    return build_ack(batch.header, AckPlan(code, errors, reply.control_id, reply.made_at, answers=number))


def _error(number: int, answer: Answer) -> AckError:
    """Return which message of the batch failed (as the sequence of its MSH) and why."""
    decision = answer.decision
    first = decision.errors[0] if isinstance(decision, Decision) and decision.errors else AckError(code="207")
    return replace(first, segment=first.segment or "MSH", sequence=number)


def control_id_of(message: bytes) -> bytes:
    """Return the MSH-10 of *message* byte for byte."""
    header = Header.peek(message)
    return header.field("MSH", 10).encode("latin-1") if header else b""
