"""What a result message says of one order: its numbers and the time of its status; observations stay as text. Pure."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from engine.index.effects import Effect, Origin
from engine.index.facts_adt import Times, numbered_visit
from engine.index.identity import entity_key, identifiers_of
from engine.index.wire import component, field, us_of

if TYPE_CHECKING:
    from engine.context import Identifier

_PERSON = frozenset({"PID", "PD1", "NK1", "PV1"})

_DAY_US = 86_400_000_000


def reports_in(names: Sequence[str], texts: Sequence[str]) -> list[list[tuple[str, ...]]]:
    """Return, for each patient of a message, the segments of each order, those of the patient before the first's.

    A visit stands before each order's: an order is found again without its neighbours.
    """
    groups: list[list[list[str]]] = []
    visit: list[str] = []
    requested: list[str] = []
    follows = aside = False
    for name, text in _patient_first(names, texts):
        if name == "PID" or (name in _PERSON and not groups):
            groups.append([[text]])
            visit, follows = [text] if name == "PV1" else [], False
        elif name in _PERSON and not follows:
            groups[-1][0].append(text)
            visit = [text] if name == "PV1" else visit
        elif name == "ORC":
            requested = [text]
            # It begins another order: an OBX behind it, without an OBR of its own, is none of the last one's.
            aside = aside or (follows and groups[-1][-1][-1][:3] != "OBR")
        elif name == "OBR":
            if not groups:
                groups.append([[]])
            if follows:
                groups[-1].append([*visit])
            groups[-1][-1] += [*requested, text]
            requested, follows, aside = [], True, False
        elif name == "SPM" and follows:
            groups[-1][-1].append(text)
            aside = True
        elif name == "OBX" and follows and not aside:
            # HL7: an OBX behind an SPM describes the specimen, not the order.
            groups[-1][-1].append(text)
    return [[tuple(order) for order in group] for group in groups]


def _patient_first(names: Sequence[str], texts: Sequence[str]) -> list[tuple[str, str]]:
    """Return the segments by name, the first PID before a visit that stands, against the structure, before it."""
    lines = list(zip(names, texts, strict=True))
    at = names.index("PID") if "PID" in names else 0
    before = names[:at]
    if "PV1" in before and "OBR" not in before:
        lines.insert(0, lines.pop(at))
    return lines


def order_effect(kind: str, times: Times, origin: Origin, segments: tuple[str, ...]) -> Effect:
    """Return the effect of one order's segments, its patient's before them where it is the patient's first."""
    subject: tuple[Identifier, ...] = ()
    visit = filler = placer = ""
    requested: list[str] = []
    ordered: list[str] = []
    for segment in segments:
        name = segment[:3]
        if name == "OBX":
            break
        if name == "PID":
            fields = segment.split("|", 4)
            subject = identifiers_of(field(fields, 3), origin.authority)[0]
        elif name == "PV1":
            visit = numbered_visit(segment.split("|"), origin)
        elif name == "ORC":
            requested = segment.split("|")
        elif name == "OBR":
            ordered = segment.split("|")
    if ordered:
        filler, placer = _numbers(requested, ordered, origin)
        times = (_status_time(segments, ordered, times, origin), times[1], times[2])
    return Effect(kind, *times, origin, subject, (), visit, filler, placer, segments)


def _numbers(requested: list[str], ordered: list[str], origin: Origin) -> tuple[str, str]:
    """Return filler and placer; OBR wins over ORC, and an order without either is known by what it is and when."""
    authority = origin.authority
    filler = entity_key(field(ordered, 3), authority) or entity_key(field(requested, 3), authority)
    placer = entity_key(field(ordered, 2), authority) or entity_key(field(requested, 2), authority)
    if not filler and not placer:
        filler = f"?{component(field(ordered, 4), 1)}|{component(field(ordered, 7), 1)}"
    return filler, placer


def _status_time(segments: tuple[str, ...], ordered: list[str], times: Times, origin: Origin) -> int:
    """Return when the report got its status: OBR-22, else its latest OBX-19 or OBX-14, else when it was sent."""
    latest = origin.received_us + _DAY_US
    changed = us_of(component(field(ordered, 22), 1), origin.zone)
    if changed is not None and changed <= latest:
        return changed
    found = [
        moment
        for segment in segments
        if segment.startswith("OBX")
        for fields in (segment.split("|"),)
        if (moment := us_of(component(field(fields, 19) or field(fields, 14), 1), origin.zone)) is not None
        and moment <= latest
    ]
    return max(found, default=times[2])
