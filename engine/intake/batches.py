"""The one answer to a batch frame: MSA-2 is the batch's number, the code the worst, one ERR per message not AA."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from engine.decision import Decision, Receipt, reply_to
from engine.hl7.ack import AckError, AckPlan, build_ack
from engine.hl7.batch import Batch
from engine.journal.items import Answer
from engine.routing import Rules

_WORST = ("AA", "AE", "AR")


@dataclass(frozen=True, slots=True)
class Frame:
    """A batch frame and when it came in."""

    batch: Batch
    receipt: Receipt
    rules: Rules


def answer_to_batch(frame: Frame, answers: Sequence[Answer]) -> bytes:
    """Return the acknowledgement of a batch whose messages were answered *answers*, in their order."""
    code = max((answer.ack_code for answer in answers), key=_WORST.index, default="AA")
    errors = tuple(
        _error(number, answer) for number, answer in enumerate(answers, 1) if answer.ack_code != "AA"
    )
    batch = frame.batch
    number = batch.control_id or _first_control_id(batch)
    reply = reply_to(frame.receipt, frame.rules)
    return build_ack(batch.header, AckPlan(code, errors, reply.control_id, reply.made_at, answers=number))


def _error(number: int, answer: Answer) -> AckError:
    """Return which message of the batch failed (as the sequence of its MSH) and why."""
    decision = answer.decision
    first = decision.errors[0] if isinstance(decision, Decision) and decision.errors else AckError(code="207")
    return replace(first, segment=first.segment or "MSH", sequence=number)


def _first_control_id(batch: Batch) -> bytes:
    message = batch.messages[0] if batch.messages else b""
    fields = message.partition(b"\r")[0].split(message[3:4] or b"|", 10)
    return fields[9] if len(fields) > 9 else b""
