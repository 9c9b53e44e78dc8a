"""What rules ask about a message's patient, visit and orders, and what they record: one message, in its own delimiters.

Made for each decision, so that deciding again begins with what was known then. Pure.
"""

from collections.abc import Sequence

from engine.context import Charge, Knowledge
from engine.errors import Hl7Error, RuleFailed
from engine.hl7.delimiters import STANDARD
from engine.hl7.message import Message, index_names, split_fields
from engine.hl7.rewriting import Style, rewriter
from engine.index.effects import Origin
from engine.index.facts import authority_for
from engine.index.identity import entity_key
from engine.index.wire import us_of

_NONE: tuple[int, ...] = ()


class Asking:
    """Answers for one message."""

    __slots__ = ("_authority", "_charges", "_known", "_recorded", "_view", "_zone", "message")

    def __init__(self, knowledge: Knowledge, message: Message, origin: Origin) -> None:
        self.message = message
        self._known = knowledge
        self._authority = authority_for(message, origin)
        self._zone = origin.zone
        self._charges = {(each.order, each.code): each.state for each in knowledge.charges}
        self._recorded: list[tuple[Charge, str]] = []
        self._view: KnownView | None = None

    @property
    def view(self) -> "KnownView":
        """The segments that the index keeps, in the delimiters of the message that came."""
        if self._view is None:
            self._refuse()
            self._view = KnownView(self._known.segments, self.message)
        return self._view

    def location_at(self, time: str) -> str:
        """Return the place where the visit was, '' where that is not known; what is no time fails."""
        self._refuse()
        if not time:
            return ""
        at = us_of(time, self._zone)
        if at is None:
            raise RuleFailed("unreadable-time", f"{time!r} is no HL7 time")
        place = next((place for since, place in reversed(self._known.stays) if since <= at), "")
        return _rewritten((place,), self.message)[0] if place else ""

    def charge_state(self, order: str, code: str) -> str:
        """Return what was recorded of an order of the message and a code."""
        key = self._order(order)
        return self._charges.get((key, code), "") if key and code else ""

    def record(self, order: str, code: str, state: str) -> None:
        """Take note; what comes later in the same message sees it."""
        key = self._order(order)
        if not key or not code:
            raise RuleFailed("charge-without-key", "an order without a number or a code cannot be charged")
        self._recorded.append((Charge(key, code, state), self._charges.get((key, code), "")))
        self._charges[key, code] = state

    def begin(self) -> None:
        """Begin an output; what one has recorded that could not be made is forgotten."""
        self._undo(self._recorded)
        self._recorded = []

    def taken(self) -> tuple[Charge, ...]:
        """Return what was recorded since `begin`."""
        recorded, self._recorded = self._recorded, []
        return tuple(charge for charge, _ in recorded)

    def forget(self, charges: Sequence[Charge]) -> None:
        """Return to what was stored of *charges*."""
        stored = {(each.order, each.code): each.state for each in self._known.charges}
        for each in charges:
            self._charges[each.order, each.code] = stored.get((each.order, each.code), "")

    def _undo(self, recorded: list[tuple[Charge, str]]) -> None:
        for charge, before in reversed(recorded):
            self._charges[charge.order, charge.code] = before

    def _order(self, raw: str) -> str:
        key = entity_key(raw, self._authority)
        if key and key not in self._known.orders:
            raise RuleFailed("order-not-in-message", f"{raw!r} is no order of this message: its charges are not known")
        if key in self._known.strange:
            raise RuleFailed("order-of-another-patient", f"{raw!r} is known as an order of another patient")
        return key

    def _refuse(self) -> None:
        if self._known.failure:
            raise RuleFailed(self._known.failure, "the index knows one patient and one visit of a message")


class KnownView:
    """Segments read like those of a message."""

    __slots__ = ("_fields", "_positions", "codec", "delimiters", "names", "segments")

    def __init__(self, segments: Sequence[str], message: Message) -> None:
        self.segments = _rewritten(segments, message)
        self.names = [segment[:3] for segment in self.segments]
        self.delimiters = message.delimiters
        self.codec = message.codec
        self._positions = index_names(self.names)
        self._fields: list[list[str] | None] = [None] * len(self.segments)

    def positions(self, name: str) -> Sequence[int]:
        """Return the indexes of the segments called *name*, in order."""
        return self._positions.get(name, _NONE)

    def fields(self, position: int) -> list[str]:
        """Return the raw fields of a segment. Not to be changed."""
        fields = self._fields[position]
        if fields is None:
            fields = self._fields[position] = split_fields(self.segments[position], self.delimiters.field)
        return fields


def _rewritten(texts: Sequence[str], message: Message) -> list[str]:
    """Return standard texts in the delimiters of *message*."""
    if message.delimiters == STANDARD:
        return list(texts)
    rewrite = rewriter(Style(STANDARD, message.codec), Style(message.delimiters, message.codec))
    try:
        return [rewrite(f"ZZZ{text}")[3:] for text in texts]
    except Hl7Error as error:
        raise RuleFailed(error.code) from None
