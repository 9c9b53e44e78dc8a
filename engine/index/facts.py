"""Message and origin in, facts out: pure, on the event loop, and never an exception for bad data (notes instead)."""

from itertools import pairwise
from typing import TYPE_CHECKING

from engine.errors import Unencodable
from engine.hl7.delimiters import STANDARD
from engine.hl7.message import Message
from engine.hl7.rewriting import Style, rewriter
from engine.index.effects import Effect, Facts, Note, Origin
from engine.index.facts_adt import ADT_SEGMENTS, adt_effect, former_visit
from engine.index.facts_oru import order_effect, reports_in
from engine.index.identity import first_usable, identifiers_of
from engine.index.kinds import BEDS, CONVERTS, NAMING_CANCELS, QUERY, is_defined
from engine.index.wire import us_of

__all__ = ["Facts", "Origin", "authority_for", "facts_of"]

if TYPE_CHECKING:
    from engine.context import Identifier

_DAY_US = 86_400_000_000
_LEAVING = frozenset({"EVN", "PID", "PV1", "MRG"})


def facts_of(message: Message, origin: Origin) -> Facts:
    """Return what the index may remember of *message*."""
    return _Reader(message, origin).facts()


def authority_for(message: Message, origin: Origin) -> str:
    """Return whose the numbers are that name no authority."""
    if origin.authority and "|" not in origin.authority:
        return origin.authority
    # HL7.md 3.1: a number is never bare; the sender's facility names its authority when nothing else does.
    return first_usable((message.value("MSH", 4), f"listener {origin.listener}"))


class _Reader:
    """One message being read: its segments in standard text, its times, and what was odd."""

    __slots__ = ("message", "names", "notes", "origin", "texts")

    def __init__(self, message: Message, origin: Origin) -> None:
        self.message = message
        self.names = message.names
        self.notes: list[Note] = []
        self.texts = message.segments if _is_standard(message) else self._rewritten()
        if (authority := authority_for(message, origin)) != origin.authority:
            known = (origin.zone, origin.received_us, origin.updates, origin.results)
            origin = Origin(origin.listener, authority, *known)
        self.origin = origin

    def facts(self) -> Facts:
        """Return the facts by the message's type."""
        value = self.message.value
        code, event = value("MSH", 9), value("MSH", 9, 2)
        if code == "ADT":
            kind = event or value("EVN", 1)
            effects = self._adt(kind if is_defined(kind) else self._undefined(kind))
        elif code == "ORU":
            effects = self._oru(event if event[:1] == "R" and "^" not in event else "R01")
        else:
            effects = self._other(f"{code}^{event}")
        return self._gathered(effects)

    def _undefined(self, kind: str) -> str:
        self.notes.append(("event-undefined", 0))
        return f"ADT^{kind}"

    def _adt(self, kind: str) -> list[Effect]:
        if kind == QUERY:
            return []  # a question tells nothing
        header = self._times(kind)
        starts = self.message.positions("PID")
        events = self.message.positions("EVN")
        before = [self.texts[events[0]]] if events else []
        # What stands before the first PID, against the structure, is the first patient's.
        bounds = [0, *starts[1:], len(self.names)] if starts else []
        groups = [[*before, *self._kept(start, end, ADT_SEGMENTS)] for start, end in pairwise(bounds) if start < end]
        if kind == BEDS:
            beds = self._kept(0, len(self.names), frozenset({"NPU"}))
            return [adt_effect(kind, header, self.origin, (*before, *beds))]
        if not groups:
            self.notes.append(("no-identifier", 0))
        if kind == "A17" and len(groups) < 2:
            self.notes.append(("swap-incomplete", 0))
        effects = [self._checked(adt_effect(kind, header, self.origin, tuple(group))) for group in groups or [before]]
        return effects if kind not in CONVERTS else effects + [left for each in effects if (left := _left(each))]

    def _oru(self, kind: str) -> list[Effect]:
        """One effect per order; the first of each patient also holds what the report says of the patient."""
        header = self._times(kind)
        effects: list[Effect] = []
        for group in reports_in(self.names, self.texts):
            subject: tuple[Identifier, ...] = ()
            for segments in group:
                effect = order_effect(kind, header, self.origin, segments)
                if segments is group[0]:
                    effect = self._checked(effect)
                    subject = effect.subject
                else:
                    effect = effect._replace(subject=subject)
                effects.append(effect)
        if not any(effect.subject for effect in effects):
            self.notes.append(("no-identifier", 0))
        return effects

    def _other(self, kind: str) -> list[Effect]:
        """Only who it is about: a later version of the index may know more."""
        header = self._times(kind)
        positions = self.message.positions("PID")
        effects = [adt_effect(kind, header, self.origin, (self.texts[position],)) for position in positions]
        return [self._checked(effect) for effect in effects]

    def _kept(self, start: int, end: int, wanted: frozenset[str]) -> list[str]:
        names, texts = self.names, self.texts
        return [texts[at] for at in range(start, end) if names[at] in wanted]

    def _checked(self, effect: Effect) -> Effect:
        for text in effect.segments:
            if text.startswith("PID"):
                fields = text.split("|", 4)
                if not effect.subject:
                    self.notes.append(("no-identifier", 0))
                if len(fields) > 3 and identifiers_of(fields[3], self.origin.authority)[1]:
                    self.notes.append(("identifier-unusable", 0))
        return effect

    def _times(self, kind: str) -> tuple[int, int, int]:
        """Return when it happened, was recorded and was sent; HL7.md 3.2: EVN-6, EVN-2, MSH-7, received."""
        message, received = self.message, self.origin.received_us
        sent = self._time(message.field("MSH", 7), 0)
        recorded = self._time(message.field("EVN", 2), 1)
        # HL7: EVN-6 of a cancel is when the cancelled event happened, not when the cancel did.
        occurred = None if kind in NAMING_CANCELS else self._time(message.field("EVN", 6), 1)
        made = sent if sent is not None else received
        noted = recorded if recorded is not None else made
        return (occurred if occurred is not None else noted), noted, made

    def _time(self, raw: str, segment: int) -> int | None:
        raw = raw.partition(self.message.delimiters.component)[0]
        if not raw or raw == '""':
            return None
        moment = us_of(raw, self.origin.zone)
        if moment is None:
            self.notes.append(("time-unreadable", segment))
        elif moment > self.origin.received_us + _DAY_US:
            # One event from the year 2099 would make every later one of that visit a late one.
            self.notes.append(("time-in-future", segment))
            return None
        return moment

    def _rewritten(self) -> list[str]:
        """Return the segments in the standard's delimiters; one that cannot be written so is left empty, and noted."""
        message = self.message
        rewrite = rewriter(Style(message.delimiters, message.codec), Style(STANDARD, message.codec))
        texts: list[str] = []
        for position, segment in enumerate(message.segments):
            try:
                texts.append(rewrite(segment))
            except Unencodable:
                self.notes.append(("segment-unreadable", position))
                texts.append(segment[:3])
        return texts

    def _gathered(self, effects: list[Effect]) -> Facts:
        notes = tuple(dict.fromkeys(self.notes)) if self.notes else ()
        if len(effects) == 1 and effects[0].subject and not effects[0].retired:
            (only,) = effects
            return Facts(only.kind, only.effective_us, (only.subject,), only.subject, (only,), notes)
        subjects: dict[tuple[Identifier, ...], None] = {}
        for effect in effects:
            if effect.subject:
                subjects[effect.subject] = None
            if effect.retired:
                subjects[effect.retired] = None
        flat = tuple({identifier: None for group in subjects for identifier in group})
        kind, effective = (effects[0].kind, effects[0].effective_us) if effects else ("", self.origin.received_us)
        return Facts(kind, effective, tuple(subjects), flat, tuple(effects), notes)


def _left(effect: Effect) -> Effect | None:
    """Return what a conversion is to the visit that it goes on from under another number; None: it keeps its number."""
    former = former_visit(effect.segments, effect.origin)
    if not former or former == effect.visit:
        return None
    segments = tuple(segment for segment in effect.segments if segment[:3] in _LEAVING)
    return adt_effect(f"{effect.kind}.left", effect.moment, effect.origin, segments)


def _is_standard(message: Message) -> bool:
    delimiters = message.delimiters
    return delimiters is STANDARD or (
        delimiters.field == "|" and delimiters.encoding_characters[:4] == "^~\\&" and not delimiters.repaired
    )
