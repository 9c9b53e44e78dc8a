"""What a decision begins with and comes to: a receipt, a plan, its outputs, a decision. Values only."""

from dataclasses import field

from engine.context import Charge, Context, Needs
from engine.errors import Miss
from engine.hl7.ack import AckError
from engine.hl7.message import Message
from engine.index.facts import Facts
from engine.index.knowledge_text import stored_knowledge
from engine.quick import quick_value
from engine.reply import Reply
from engine.routing import Rules
from engine.routing.outputs import Draft, Unfinished
from engine.states import DeliveryState, MessageState
from engine.validation import Inspection


@quick_value
class Receipt:
    """One frame's payload, where and when it came in."""

    listener: str
    payload: bytes = field(repr=False)
    received_ns: int
    """Nanoseconds since 1970 UTC."""
    peer: str = ""


@quick_value
class Output:
    """One message for one destination; without bytes it is parked or held, and says why."""

    ordinal: int
    destination: str
    route: str
    state: DeliveryState
    payload: bytes = field(repr=False)
    control_id: str = field(repr=False)
    lane_keys: tuple[str, ...] = field(repr=False)
    reason: str = ""
    """A stable code."""
    detail: str = field(default="", repr=False)
    """May hold values of the message: stored with it, never logged."""
    position: str = ""
    """The rule, as ``file:line:column``."""
    miss: Miss | None = field(default=None, repr=False)
    """The code that no table row knows, where that is why there are no bytes."""


@quick_value
class Plan:
    """What the message and the rules alone can tell."""

    receipt: Receipt
    rules: Rules = field(repr=False)
    reply: Reply = field(repr=False)
    state: MessageState
    message: Message | None = None
    digest: bytes = field(default=b"", repr=False)
    """What makes a resend recognisable; empty: nothing does."""
    drafts: tuple[Draft, ...] = ()
    findings: bytes = b""
    facts: Facts | None = field(default=None, repr=False)
    control_id: str = field(default="", repr=False)
    message_type: str = field(default="", repr=False)
    """MSH-9.1 and MSH-9.2, as ``ADT^A01``."""
    reason: str = ""
    detail: str = field(default="", repr=False)
    missed: tuple[Miss, ...] = field(default=(), repr=False)
    """Codes that a table was asked for and does not list, each once, whatever the table's policy."""
    unfinished: Unfinished | None = field(default=None, repr=False)
    """Outputs that are made when the record index has been asked; `drafts` are then none yet."""
    parking: Inspection | None = field(default=None, repr=False)
    """What was found in the message, where that is why its outputs wait for a person."""

    def ack_for(self, code: str) -> bytes:
        """Return the answer to a resend whose first copy was answered *code*."""
        return self.reply.saying(code).payload


@quick_value
class Decision:
    """All that follows from one message."""

    state: MessageState
    ack: bytes = field(repr=False)
    ack_code: str
    errors: tuple[AckError, ...]
    control_id: str = field(repr=False)
    message_type: str = field(repr=False)
    outputs: tuple[Output, ...]
    findings: bytes
    reason: str
    detail: str = field(repr=False)
    missed: tuple[Miss, ...] = field(default=(), repr=False)
    charges: tuple[Charge, ...] = field(default=(), repr=False)
    """What becomes of charges with it."""
    context: bytes | None = field(default=None, repr=False)
    """What it read of the record index, to be stored with the message."""


def recalled_context(stored: bytes | None, needs: Needs) -> Context | None:
    """Return the context that a message was decided with, as it was stored; None where it says less than is needed."""
    if stored is None:
        return None
    known = stored_knowledge(stored)
    return Context(knowledge=known) if known.needs.covers(needs) else None
