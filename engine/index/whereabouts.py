"""Where a visit is, is for a while, and is going to be, and who attends it: what the events that own these do. Pure."""

from collections.abc import Callable

from engine.index.effects import Effect
from engine.index.facts_adt import former_visit
from engine.index.records import Aspect, EncounterRecord, LocationRow
from engine.index.states import States
from engine.index.visit_segments import (
    ATTENDING,
    CONSULTING,
    EXPECTED_RETURN,
    PENDING,
    TEMPORARY,
    forget_expected,
    put,
    turn,
)
from engine.index.wire import NULL, component, field


def move(states: States, visit: EncounterRecord, effect: Effect, fields: list[str]) -> None:
    """Set where the visit is to PV1-3, and write it down."""
    place = fields[3] if len(fields) > 3 else ""  # PV1-3
    if not place or place == visit.location or not component(place, 1):
        return
    prior = field(fields, 6)
    if effect.kind == "A02" and visit.location and prior and prior != visit.location:
        flag(visit, "moved-from-elsewhere")
    visit.location = place
    visit.movements += 1
    since, unit = effect.effective_us, component(place, 1)
    row = LocationRow(visit.id, visit.movements, since, effect.kind, place, unit, states.telling)
    states.new_locations.append(row)


def flag(visit: EncounterRecord, code: str) -> None:
    """Say of the visit that something does not fit."""
    if code not in visit.flags.split():
        visit.flags = " ".join(sorted([*visit.flags.split(), code]))


def settle(states: States, visit: EncounterRecord, effect: Effect, fields: list[str]) -> None:
    """Set what a movement leaves of a stay for a while and of a transfer that was to come."""
    said = _said(fields, TEMPORARY)
    if said or effect.kind in _ARRIVALS:
        _set_temporary(states, visit, effect, said)
    awaited = component(visit.pending, 1)
    if awaited and (effect.kind == "A03" or awaited == component(field(fields, 3), 1)):
        _set_pending(states, visit, effect, "")


_ARRIVALS = frozenset({"A02", "A03", "A17"})

Turning = Callable[[States, EncounterRecord, Effect, list[str]], None]


def _convert(states: States, visit: EncounterRecord, effect: Effect, fields: list[str]) -> None:
    """A06, A07: the visit may go on from another one, whose number MRG-5 says; that is no merge."""
    former = former_visit(effect.segments, effect.origin)
    if former and former != visit.number_key:
        visit.former_key = former


def _leave_number(states: States, visit: EncounterRecord, effect: Effect, fields: list[str]) -> None:
    """The visit goes on under another number."""
    flag(visit, "continued")
    settle(states, visit, effect, [])
    if visit.ended_at is None:
        visit.ended_at = effect.effective_us


def _depart(states: States, visit: EncounterRecord, effect: Effect, fields: list[str]) -> None:
    """A09: on the way to PV1-11 for a while, or to PV1-42; the census does not change."""
    if said := _said(fields, TEMPORARY):
        _set_temporary(states, visit, effect, said)
    if said := _said(fields, PENDING):
        _set_pending(states, visit, effect, said)


def _arrive(states: States, visit: EncounterRecord, effect: Effect, fields: list[str]) -> None:
    """A10: arrived at PV1-11 for a while, else at PV1-3."""
    if said := _said(fields, TEMPORARY):
        _set_temporary(states, visit, effect, said)
        return
    _set_temporary(states, visit, effect, "")
    move(states, visit, effect, fields)
    if visit.location and visit.location == field(fields, 3):
        put(visit, 3, visit.location)
        settle(states, visit, effect, fields)


def _await(states: States, visit: EncounterRecord, effect: Effect, fields: list[str]) -> None:
    """A15: PV1-42 is where the visit is going to be."""
    if (said := field(fields, PENDING)) and (component(said, 1) or said == NULL):
        _set_pending(states, visit, effect, "" if said == NULL else said)


def _return(states: States, visit: EncounterRecord, effect: Effect, fields: list[str]) -> None:
    """A22, A52: nobody is waited for any more."""
    _forget_return(visit)


def _attend(states: States, visit: EncounterRecord, effect: Effect, fields: list[str]) -> None:
    """A54, A61: their own field may be deleted, too."""
    number, aspect = (ATTENDING, Aspect.ATTENDING) if effect.kind == "A54" else (CONSULTING, Aspect.CONSULTING)
    if field(fields, number) == NULL:
        _set_provider(states, visit, effect, (number, aspect, ""))


OWN: dict[str, Turning] = {
    "A06": _convert,
    "A07": _convert,
    "A06.left": _leave_number,
    "A07.left": _leave_number,
    "A09": _depart,
    "A10": _arrive,
    "A15": _await,
    "A22": _return,
    "A52": _return,
    "A54": _attend,
    "A61": _attend,
}
"""Event -> what it does besides what all do."""


def take_back(states: States, visit: EncounterRecord, effect: Effect, before: tuple[str, str] | None) -> None:
    """Do what a cancel does when nothing newer of its kind stands; *before*: what was, and what was taken back."""
    match effect.kind:
        case "A25":
            forget_expected(states, visit, effect)
        case "A26":
            _set_pending(states, visit, effect, "")
        case "A55":
            _give_back(states, visit, effect, (ATTENDING, Aspect.ATTENDING), before)
        case "A62":
            _give_back(states, visit, effect, (CONSULTING, Aspect.CONSULTING), before)


def provider(visit: EncounterRecord, kind: str) -> str:
    """Return what an A54 or A61 is about to change."""
    return field(visit.pv1.split("|"), ATTENDING if kind == "A54" else CONSULTING)


def _give_back(
    states: States,
    visit: EncounterRecord,
    effect: Effect,
    which: tuple[int, Aspect],
    before: tuple[str, str] | None,
) -> None:
    """Set the doctors to those that the cancel names, else to those before the change that it takes back."""
    said = next((field(each.split("|"), which[0]) for each in effect.segments if each.startswith("PV1")), "")
    said = said if component(said, 1) else ""
    if before is not None:
        was, cancelled = before
        said = said if said and said != cancelled else was
    if said or before is not None:
        _set_provider(states, visit, effect, (*which, said))


def _set_provider(states: States, visit: EncounterRecord, effect: Effect, change: tuple[int, Aspect, str]) -> None:
    number, aspect, value = change
    if field(visit.pv1.split("|"), number) != value:
        put(visit, number, value)
        turn(states, visit, effect, aspect, value)


def _set_temporary(states: States, visit: EncounterRecord, effect: Effect, place: str) -> None:
    if place != visit.temporary:
        put(visit, 43, visit.temporary)
        put(visit, TEMPORARY, place)
        visit.temporary = place
        turn(states, visit, effect, Aspect.TEMPORARY, place)


def _set_pending(states: States, visit: EncounterRecord, effect: Effect, place: str) -> None:
    if place != visit.pending:
        put(visit, PENDING, place)
        visit.pending = place
        turn(states, visit, effect, Aspect.PENDING, place)


def _forget_return(visit: EncounterRecord) -> None:
    """Forget when the patient was expected back."""
    fields = visit.pv2.split("|")
    if field(fields, EXPECTED_RETURN):
        fields[EXPECTED_RETURN] = ""
        visit.pv2 = "|".join(fields).rstrip("|")


def _said(fields: list[str], number: int) -> str:
    value = field(fields, number)
    return value if component(value, 1) else ""
