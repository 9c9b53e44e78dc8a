"""What a file holds, as it would travel, and at which listener it would come in."""

from dataclasses import dataclass, field

from engine.decision import Receipt
from engine.errors import NotHl7
from engine.hl7.batch import is_batch, split_batch
from engine.routing import Rules
from engine.workbench.explain.gathering import explain
from engine.workbench.explain.told import Truth
from engine.workbench.message_files import as_segments

_START, _END = b"\x0b", b"\x1c"


@dataclass(frozen=True, slots=True)
class Content:
    """The messages of a file, and what had to be done to get at them."""

    payloads: tuple[bytes, ...] = field(repr=False)
    notes: tuple[str, ...]
    """Codes."""


def content_of(content: bytes) -> Content:
    """Return the messages in *content*: out of their MLLP frame, with segments that end with CR."""
    notes: list[str] = []
    if content.startswith(_START):
        content, notes = content[1:].rstrip(b"\r\n").removesuffix(_END), ["mllp-frame-taken-off"]
    made = as_segments(content)
    if made != content:
        notes.append("line-ends-made-cr")
    if not is_batch(made):
        return Content((made,), tuple(notes))
    try:
        batch = split_batch(made)
    except NotHl7 as error:
        return Content((made,), (*notes, error.code))
    codes = [f"batch-of-{len(batch.messages)}", *(each.code for each in batch.notes)]
    return Content(tuple(batch.messages), (*notes, *codes))


@dataclass(frozen=True, slots=True)
class Choice:
    """A listener, and why this one."""

    listener: str
    others: tuple[str, ...]
    """Others that it could have come in at as well."""
    accepts: bool
    """Whether a route of the listener takes the message."""


def choose_listener(payload: bytes, received_ns: int, rules: Rules) -> Choice:
    """Return the first listener one of whose routes takes the message; where none does, the first of all."""
    taking = [name for name in rules.listeners if _takes(Receipt(name, payload, received_ns), rules)]
    names = taking or list(rules.listeners)
    return Choice(names[0], tuple(names[1:]), bool(taking))


def _takes(receipt: Receipt, rules: Rules) -> bool:
    routes = explain(receipt, rules).routes
    return any(each.answer is not Truth.FALSE if each.asked else each.accept is None for each in routes)
