"""A visit's state from its events: status transitions, location history, attributes (HL7.md 3.2 to 3.4). Pure."""

from engine.index.cancels import cancelled_by
from engine.index.effects import Effect
from engine.index.events import stored_effect
from engine.index.fold_patient import replaced
from engine.index.records import EncounterRecord, EventRecord, LocationRow, VisitStatus
from engine.index.states import States
from engine.index.wire import component, field, filled, grouped, joined, stated, updated, us_of

_PLANNED, _ACTIVE, _ADMITTED = VisitStatus.PLANNED, VisitStatus.ACTIVE, VisitStatus.ADMITTED
_DISCHARGED, _CANCELLED, _UNKNOWN = VisitStatus.DISCHARGED, VisitStatus.CANCELLED, VisitStatus.UNKNOWN

_BEGINS = {"A01": _ADMITTED, "A04": _ACTIVE}
CANCELS = frozenset({"A11", "A13"})
_STATES_ALL = frozenset({"A01", "A04", "A08"})
"""Events that state the visit's attributes and may delete them; others only add what they carry."""
_MOVES = frozenset({"A01", "A02", "A03", "A04", "A13"})

_LOCATION = (3, 6, 11, 42, 43)
_ENDING = (36, 45)
_OWNED = (*_LOCATION, *_ENDING)
"""Fields of PV1 that only the events move whose business they are."""

_ODD = {
    ("A01", _DISCHARGED): "admitted-after-discharge",
    ("A04", _ADMITTED): "registered-while-admitted",
    ("A04", _DISCHARGED): "registered-after-discharge",
    ("A02", _DISCHARGED): "moved-after-discharge",
    ("A02", _CANCELLED): "moved-after-cancel",
    ("A03", _CANCELLED): "discharged-after-cancel",
}
"""Transitions that the standard does not know: being newer they are applied, and flagged."""


def fold_visit(states: States, visit: EncounterRecord, effect: Effect) -> None:
    """Fold one event into its visit: on top if it is the newest, else the visit is folded again."""
    states.changed_encounters[visit.id] = visit
    if effect.kind in CANCELS or visit.cancels or effect.moment < visit.moment:
        _refold(states, visit)
    else:
        _apply(states, visit, effect)


def _refold(states: States, visit: EncounterRecord) -> None:
    events: list[EventRecord] = [*states.history.of_encounter(visit.id)]
    events += [event for event in states.events if event.encounter_id == visit.id]
    events.sort(key=lambda event: event.position)
    effects = [stored_effect(event) for event in events]
    before = (visit.dg1, visit.pr1, visit.in1)
    visit.forget()
    states.refolded_encounters.add(visit.id)
    states.new_locations[:] = [row for row in states.new_locations if row.encounter_id != visit.id]
    cancelled = cancelled_by(effects)
    for place, effect in enumerate(effects):
        if place in cancelled.void:
            _state(visit, effect, _OWNED)
            _remember(visit, effect)
        elif effect.kind == "A11":
            visit.cancels = 1
            _state(visit, effect, _OWNED)
            _remember(visit, effect)
            if place not in cancelled.outlived:
                _cancel(visit)
        else:
            visit.cancels |= effect.kind == "A13"
            _apply(states, visit, effect)
    _note_sets(states, visit, before)


def _cancel(visit: EncounterRecord) -> None:
    """A11: the visit was entered in error."""
    visit.status, visit.provisional = _CANCELLED, 0
    _reopen(visit)


def _apply(states: States, visit: EncounterRecord, effect: Effect) -> None:
    kind, before = effect.kind, VisitStatus(visit.status)
    if (odd := _ODD.get((kind, before))) is not None:
        _flag(visit, odd)
    sets = (visit.dg1, visit.pr1, visit.in1)
    fields = _state(visit, effect, _kept(kind, before))
    visit.status = _next_status(visit, effect, fields)
    if kind in _BEGINS:
        visit.provisional = 0
        _reopen(visit)
        if visit.begun_at is None:
            visit.begun_at = effect.effective_us
    elif visit.status == _DISCHARGED and kind in ("A03", "A08"):
        _end(visit, effect, fields)
    if kind in _MOVES or before == _UNKNOWN:
        _move(states, visit, effect, fields)
    _remember(visit, effect)
    _note_sets(states, visit, sets)


def _kept(kind: str, before: VisitStatus) -> tuple[int, ...]:
    """Return the fields of PV1 that an event of that kind does not touch."""
    if kind == "A03":
        return ()
    if kind != "A08":
        return _ENDING
    if before == _UNKNOWN:
        return ()
    return _LOCATION if before == _DISCHARGED else _OWNED


def _next_status(visit: EncounterRecord, effect: Effect, fields: list[str]) -> int:
    kind, status = effect.kind, VisitStatus(visit.status)
    if kind == "A04" and status == _ADMITTED:
        return status  # a registration does not end an admission
    if kind in _BEGINS:
        return _BEGINS[kind]
    if kind == "A03" or (kind == "A08" and status == _UNKNOWN and component(field(fields, 45), 1)):
        return _DISCHARGED
    if status in (_UNKNOWN, _PLANNED) or (visit.provisional and status in (_ACTIVE, _ADMITTED)):
        # An event about a visit that nobody announced: it says as much as its class does.
        return _status_of_class(component(field(fields, 2), 1) or visit.patient_class, kind)
    return status


def _reopen(visit: EncounterRecord) -> None:
    """Forget how the visit ended."""
    visit.ended_at, visit.disposition = None, ""
    if visit.pv1.count("|") >= _ENDING[0]:
        fields = visit.pv1.split("|")
        for number in _ENDING:
            fields[number : number + 1] = [""] * len(fields[number : number + 1])
        visit.pv1 = joined(fields)


def _end(visit: EncounterRecord, effect: Effect, fields: list[str]) -> None:
    """Set when and how the visit ended, or correct it."""
    ended = us_of(component(field(fields, 45), 1), effect.origin.zone)
    if ended is not None:
        visit.ended_at = ended
    elif visit.ended_at is None or effect.kind == "A03":
        visit.ended_at = effect.effective_us
    if disposition := component(field(fields, 36), 1):
        visit.disposition = disposition


def _status_of_class(patient_class: str, kind: str) -> int:
    if patient_class == "P" and kind == "A08":
        return _PLANNED
    return _ADMITTED if patient_class == "I" else _ACTIVE


def _state(visit: EncounterRecord, effect: Effect, kept: tuple[int, ...]) -> list[str]:
    """Update the visit's segments, all fields but *kept*; return the PV1 that came."""
    parts = grouped(effect.segments)
    new: list[str] = []
    if pv1 := parts.get("PV1"):
        new = pv1[0].split("|")
        old = visit.pv1.split("|") if visit.pv1 else []
        fields = _merged(old, new, effect)
        for number in kept:
            if number < len(fields):
                fields[number] = field(old, number)
        visit.pv1 = joined(fields)
        visit.patient_class = component(field(fields, 2), 1)
        begun = us_of(component(field(fields, 44), 1), effect.origin.zone)
        if begun is not None:
            visit.begun_at = begun
    if pv2 := parts.get("PV2"):
        visit.pv2 = joined(_merged(visit.pv2.split("|") if visit.pv2 else [], pv2[0].split("|"), effect))
    silent = effect.kind not in _STATES_ALL
    for name in ("DG1", "PR1", "GT1", "IN1"):
        found = parts.get(name)
        if found or not silent:
            column = name.lower()
            setattr(visit, column, replaced(getattr(visit, column), found, effect))
    return new


def _merged(old: list[str], new: list[str], effect: Effect) -> list[str]:
    if effect.kind not in _STATES_ALL:
        return filled(old, new)
    return stated(new) if effect.origin.updates == "full" else updated(old, new)


def _move(states: States, visit: EncounterRecord, effect: Effect, fields: list[str]) -> None:
    place = field(fields, 3)
    if not component(place, 1) or place == visit.location:
        return
    prior = field(fields, 6)
    if effect.kind == "A02" and visit.location and prior and prior != visit.location:
        _flag(visit, "moved-from-elsewhere")
    visit.location = place
    visit.movements += 1
    states.new_locations.append(
        LocationRow(visit.id, visit.movements, effect.effective_us, effect.kind, place, component(place, 1))
    )


def _flag(visit: EncounterRecord, code: str) -> None:
    if code not in visit.flags.split():
        visit.flags = " ".join(sorted([*visit.flags.split(), code]))


def _remember(visit: EncounterRecord, effect: Effect) -> None:
    visit.effective_at, visit.recorded_at, visit.sent_at = effect.moment


def _note_sets(states: States, visit: EncounterRecord, before: tuple[str, str, str]) -> None:
    """Note which detail rows are to be written anew."""
    for name, old, new in zip(("DG1", "PR1", "IN1"), before, (visit.dg1, visit.pr1, visit.in1), strict=True):
        if old != new:
            states.changed_sets[name, visit.patient_id, visit.id] = visit
