"""Resends: which earlier copy a message repeats, and whether that copy's answer is the whole answer."""

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from sqlalchemy import Connection

from engine.journal.items import PlanLike
from engine.journal.writes import Writes, resend_key
from engine.statements import cursor_of, listed
from engine.states import MessageState

WINDOW_US = 7 * 24 * 3_600 * 1_000_000
_REMEMBERED = 20_000


class Copy(NamedTuple):
    """An earlier copy of a message."""

    message_id: int
    state: int
    ack_code: str
    received_at: int

    @property
    def answers(self) -> bool:
        """Whether a resend gets this copy's answer; a refused copy is decided afresh, since rules may have changed."""
        return self.state in {MessageState.ACCEPTED, MessageState.FILTERED}


class Copies:
    """The copies that a batch's messages may repeat: those in the store, then those of the batch itself."""

    __slots__ = ("_by_digest",)

    def __init__(self, found: Iterable[tuple[bytes, Copy]] = ()) -> None:
        self._by_digest: dict[bytes, Copy] = {}
        for digest, copy in found:
            self.add(digest, copy)

    def add(self, digest: bytes, copy: Copy) -> None:
        """Remember a copy: the first that answers counts, else the latest."""
        known = self._by_digest.get(digest)
        if digest and (known is None or not known.answers):
            self._by_digest[digest] = copy

    def of(self, plan: PlanLike) -> Copy | None:
        """Return the copy that *plan* repeats, if it came within the window."""
        copy = self._by_digest.get(plan.digest) if plan.digest else None
        if copy is None or plan.receipt.received_ns // 1_000 - copy.received_at > WINDOW_US:
            return None
        return copy


def stored_copies(connection: Connection, writes: Writes, plans: Sequence[PlanLike]) -> Copies:
    """Look up every plan's earlier copies with one SELECT."""
    wanted = {plan.digest: resend_key(plan) for plan in plans if plan.digest}
    if not wanted:
        return Copies()
    since = min(plan.receipt.received_ns for plan in plans) // 1_000 - WINDOW_US
    keys = listed(list(wanted.values()), connection.dialect)
    rows = writes.earlier.rows(cursor_of(connection), (keys, since))
    return Copies((row[1], Copy(row[0], row[2], row[3], row[4])) for row in rows if row[1] in wanted)


class RecentIds:
    """The control ids seen last, so that one used again for another message is flagged; older ones are forgotten."""

    __slots__ = ("_seen",)

    def __init__(self) -> None:
        self._seen: OrderedDict[tuple[str, str, str, str], bytes] = OrderedDict()

    def reused(self, plan: PlanLike) -> bool:
        """Note the message's control id; say whether its sender used it before for other content."""
        message = plan.message
        if message is None or not (plan.control_id and plan.digest):
            return False
        key = (plan.receipt.listener, message.value("MSH", 3), message.value("MSH", 4), plan.control_id)
        before = self._seen.pop(key, plan.digest)
        self._seen[key] = plan.digest
        if len(self._seen) > _REMEMBERED:
            self._seen.popitem(last=False)
        return before != plan.digest
