"""hl7apy's verdict beside ours."""

from collections.abc import Iterator, Mapping

from engine.decision import Receipt
from engine.errors import Hl7Error
from engine.hl7.message import Message
from engine.routing import Rules
from engine.workbench.deep import DeepVerdict, deep_verdict
from engine.workbench.explain.lines import BAD, DOUBT, GOOD, Line, Piece, heading, line
from engine.workbench.explain.told import Explanation


def deep_lines(told: Explanation, receipt: Receipt, rules: Rules) -> Iterator[Line]:
    """Yield what hl7apy says, and what we say."""
    found = _verdict(receipt, rules)
    yield heading("hl7apy, on a sanitised copy")
    if found.failure:
        yield line("  ", Piece(f"no verdict: {found.failure}", DOUBT))
    elif not found.lines:
        yield line("  ", Piece("nothing wrong", GOOD))
    yield from (line("  ", Piece(each, DOUBT if each.startswith("Warning") else BAD)) for each in found.lines)
    ours = ", ".join(f"{each.code} {each.where}" for each in told.findings) or "nothing wrong"
    yield line(f"  ours: {ours}")


def deep_document(receipt: Receipt, rules: Rules) -> Mapping[str, object]:
    """Return what hl7apy says."""
    found = _verdict(receipt, rules)
    return {"lines": list(found.lines), "failure": found.failure}


def _verdict(receipt: Receipt, rules: Rules) -> DeepVerdict:
    try:
        message = Message.parse(receipt.payload, rules.listeners[receipt.listener].reading)
    except Hl7Error as error:
        return DeepVerdict((), error.code)
    return deep_verdict(message)
