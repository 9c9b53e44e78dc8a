"""What an ADT message (or any that is about a patient) says of one patient and one visit. Pure."""

from typing import TYPE_CHECKING

from engine.index.asked_joins import WIDER, widened
from engine.index.effects import Effect, Origin
from engine.index.identity import identifiers_of, visit_number
from engine.index.kinds import LEFT, VISIT_KINDS
from engine.index.wire import field, us_of

if TYPE_CHECKING:
    from engine.context import Identifier

ADT_SEGMENTS = frozenset(
    {"PID", "PD1", "NK1", "MRG", "PV1", "PV2", "AL1", "IAM", "DG1", "PR1", "GT1", "IN1", "IN2", "IN3", "ACC", "DRG"}
    | {"ZBE"}
)
"""What events keep of an ADT message: all that this and later versions of the fold, and billing, may read."""

Times = tuple[int, int, int]


def adt_effect(kind: str, times: Times, origin: Origin, segments: tuple[str, ...]) -> Effect:
    """Return the effect of one patient's segments, EVN before them."""
    subject: tuple[Identifier, ...] = ()
    retired: tuple[Identifier, ...] = ()
    visit = ""
    authority = origin.authority
    for segment in segments:
        name = segment[:3]
        if name == "PID":
            fields = segment.split("|", 4)
            subject = identifiers_of(field(fields, 3), authority)[0]
        elif name == "MRG":
            fields = segment.split("|", 2)
            retired = identifiers_of(field(fields, 1), authority)[0]
            if kind in LEFT:
                visit = former_visit(segments, origin)
        elif name == "PV1" and not visit and kind in VISIT_KINDS:
            visit = visit_key(segment.split("|"), times[0], origin)
    effect = Effect(kind, *times, origin, subject, retired, visit, "", "", segments)
    return widened(effect) if kind in WIDER else effect


def visit_key(fields: list[str], effective_us: int, origin: Origin) -> str:
    """Return the visit that a PV1 is about: by PV1-19, else PV1-50, else made up from its time and class."""
    if len(fields) < 3 or fields[2] == "N":
        # HL7 table 0004: N, not applicable, is what person-level events put there.
        return ""
    if number := numbered_visit(fields, origin):
        return number
    begun = us_of(field(fields, 44), origin.zone)
    return f"?{effective_us if begun is None else begun}|{fields[2]}"


def former_visit(segments: tuple[str, ...], origin: Origin) -> str:
    """Return the number, with its authority, that MRG-5 says the visit had; '' where it says none."""
    for segment in segments:
        if segment.startswith("MRG"):
            return visit_number(field(segment.split("|"), 5), origin.authority)
    return ""


def numbered_visit(fields: list[str], origin: Origin) -> str:
    """Return the visit's number with its authority, '' where the PV1 names none."""
    for number in (19, 50):
        if (raw := field(fields, number)) and (key := visit_number(raw, origin.authority)):
            return key
    return ""
