"""A visit's own segments under an update: attributes by HL7.md 3.3, each field left to the events that own it. Pure."""

from engine.index.effects import Effect
from engine.index.fold_patient import replaced
from engine.index.kinds import CANCELS, DELETES, LEFT, PLANS
from engine.index.records import Aspect, EncounterRecord, TurnRow, VisitStatus
from engine.index.states import States
from engine.index.wire import component, field, filled, joined, stated, updated, us_of

TEMPORARY, PENDING = 11, 42
ATTENDING, CONSULTING = 7, 9
DISPOSITION, ENDED = 36, 45
EXPECTED_END, EXPECTED_RETURN = 9, 47
"""Of PV2."""

_STATES_ALL = frozenset({"A01", "A04", "A05", "A08"})
"""Events that state the visit's attributes and may delete them; others only add what they carry."""
MOVES = frozenset({"A01", "A02", "A03", "A04", "A06", "A07", "A12", "A13", "A17"})
"""Events whose PV1-3 is where the visit is from then on."""
STILL = PLANS | LEFT | {"A10", "A11", "A27", "A38", DELETES}
"""Events that say nothing of where a visit is, not even one that nobody had announced."""
_NOT_BEGUN = PLANS | CANCELS | LEFT | {DELETES}

_TRANSIT = (TEMPORARY, PENDING, 43)
_PLACES = (3, 6, *_TRANSIT)
_PLACES_AND_END = (*_PLACES, DISPOSITION, ENDED)
_TRANSIT_AND_END = (*_TRANSIT, DISPOSITION, ENDED)
_ALL = (*_PLACES_AND_END, ATTENDING, CONSULTING)
_UNTOUCHED = {"A55": (*_PLACES_AND_END, ATTENDING), "A62": (*_PLACES_AND_END, CONSULTING)}
_PRESENT = frozenset({VisitStatus.ACTIVE, VisitStatus.ADMITTED, VisitStatus.LEAVE, VisitStatus.DISCHARGED})

_COLUMNS = {"DG1": "dg1", "PR1": "pr1", "GT1": "gt1", "IN1": "in1"}
"""Sets of segments, and where they are kept."""
_TURNING = ((ATTENDING, Aspect.ATTENDING), (CONSULTING, Aspect.CONSULTING))


def state_attributes(states: States, visit: EncounterRecord, effect: Effect, before: int) -> list[str]:
    """Update the visit's segments as far as the event may; return the PV1 that came."""
    return _state(states, visit, effect, _kept(effect.kind, before))


def state_void(states: States, visit: EncounterRecord, effect: Effect) -> None:
    """Take over what an event that was taken back says besides what it was about."""
    expected = [field(visit.pv2.split("|"), number) for number in (EXPECTED_END, EXPECTED_RETURN)]
    turns = len(states.new_turns)
    _state(states, visit, effect, _ALL)
    for number, value in zip((EXPECTED_END, EXPECTED_RETURN), expected, strict=True):
        visit.pv2 = _with(visit.pv2, number, value)
    visit.turns -= len(states.new_turns) - turns
    del states.new_turns[turns:]


def put(visit: EncounterRecord, number: int, value: str) -> None:
    """Set one field of the visit's PV1."""
    visit.pv1 = _with(visit.pv1, number, value)


def forget_expected(states: States, visit: EncounterRecord, effect: Effect) -> None:
    """Forget when the visit was expected to end."""
    if field(visit.pv2.split("|"), EXPECTED_END):
        visit.pv2 = _with(visit.pv2, EXPECTED_END, "")
        turn(states, visit, effect, Aspect.LEAVING, "")


def turn(states: States, visit: EncounterRecord, effect: Effect, aspect: Aspect, value: str) -> None:
    """Write down that an aspect of the visit has changed."""
    visit.turns += 1
    row = TurnRow(visit.id, visit.turns, aspect, effect.effective_us, effect.kind, value, states.telling)
    states.new_turns.append(row)


def _kept(kind: str, before: int) -> tuple[int, ...]:
    """Return the fields of PV1 that an event of that kind does not touch."""
    if kind == "A08":
        if before == VisitStatus.UNKNOWN:
            return _TRANSIT
        return _PLACES if before == VisitStatus.DISCHARGED else _PLACES_AND_END
    if kind == "A03":
        return _TRANSIT
    if kind in MOVES or (before == VisitStatus.UNKNOWN and kind not in STILL):
        return _TRANSIT_AND_END
    if kind in PLANS and before not in _PRESENT:
        return _TRANSIT_AND_END
    return _UNTOUCHED.get(kind, _PLACES_AND_END)


def _state(states: States, visit: EncounterRecord, effect: Effect, kept: tuple[int, ...]) -> list[str]:
    parts = states.parts_of(effect)
    new: list[str] = []
    if pv1 := parts.get("PV1"):
        new = pv1[0].split("|")
        old = visit.pv1.split("|") if visit.pv1 else []
        fields = _merged(old, new, effect)
        for number in kept:
            if number < len(fields):
                fields[number] = old[number] if number < len(old) else ""
        text = joined(fields)
        if text != visit.pv1:
            visit.pv1, visit.visit_by = text, states.telling
            _note_turns(states, visit, effect, old, fields)
        visit.patient_class = component(field(fields, 2), 1)
        if len(fields) > 44 and fields[44] and effect.kind not in _NOT_BEGUN:  # PV1-44
            begun = us_of(component(fields[44], 1), effect.origin.zone)
            visit.begun_at = visit.begun_at if begun is None else begun
    if (pv2 := parts.get("PV2")) and effect.kind != "A25":
        _state_pv2(states, visit, effect, pv2[0])
    silent = effect.kind not in _STATES_ALL or effect.origin.updates == "delta"
    for name, column in _COLUMNS.items():
        found = parts.get(name)
        if found or not silent:
            _state_set(states, visit, name, replaced(getattr(visit, column), found, effect))
    return new


def _state_set(states: States, visit: EncounterRecord, name: str, text: str) -> None:
    column = _COLUMNS[name]
    if text != getattr(visit, column):
        setattr(visit, column, text)
        setattr(visit, f"{column}_by", states.telling)
        if name != "GT1":
            states.changed_sets[name, visit.patient_id, visit.id] = visit


def _state_pv2(states: States, visit: EncounterRecord, effect: Effect, text: str) -> None:
    old = visit.pv2.split("|") if visit.pv2 else []
    fields = _merged(old, text.split("|"), effect)
    text = joined(fields)
    if text == visit.pv2:
        return
    visit.pv2, visit.visit_by = text, states.telling
    if len(fields) > EXPECTED_END or len(old) > EXPECTED_END:
        expected = field(fields, EXPECTED_END)
        if expected != field(old, EXPECTED_END):
            turn(states, visit, effect, Aspect.LEAVING, expected)


def _note_turns(states: States, visit: EncounterRecord, effect: Effect, old: list[str], new: list[str]) -> None:
    for number, aspect in _TURNING:
        value = field(new, number)
        if value != field(old, number):
            turn(states, visit, effect, aspect, value)


def _merged(old: list[str], new: list[str], effect: Effect) -> list[str]:
    if effect.kind not in _STATES_ALL:
        return filled(old, new)
    return stated(new) if effect.origin.updates == "full" else updated(old, new)


def _with(segment: str, number: int, value: str) -> str:
    fields = segment.split("|")
    if not value and number >= len(fields):
        return segment
    fields += [""] * (number + 1 - len(fields))
    fields[number] = value
    return joined(fields)
