"""A visit's state from its events: status transitions, location history, attributes (HL7.md 3.2 to 3.4). Pure."""

from engine.index.cancels import Cancelled, cancelled_by
from engine.index.effects import Effect
from engine.index.events import stored_effect
from engine.index.kinds import BEGINS, CANCELS, CONVERTS, DELETES, ERASES, PLANS
from engine.index.records import Aspect, EncounterRecord, EventRecord, TurnRow, VisitStatus
from engine.index.states import States
from engine.index.transitions import OF_CLASS, STAYS, STEPS, status_of_class
from engine.index.visit_segments import (
    DISPOSITION,
    ENDED,
    MOVES,
    STILL,
    TEMPORARY,
    put,
    state_attributes,
    state_void,
    turn,
)
from engine.index.whereabouts import OWN, flag, move, provider, settle, take_back
from engine.index.wire import component, field, us_of

_UNKNOWN, _PLANNED, _DISCHARGED = VisitStatus.UNKNOWN, VisitStatus.PLANNED, VisitStatus.DISCHARGED
_CANCELLED, _DELETED = VisitStatus.CANCELLED, VisitStatus.DELETED
_PROVISIONAL = frozenset({_PLANNED, VisitStatus.ACTIVE, VisitStatus.ADMITTED})
"""States that an event about something else may correct while nobody has announced the visit."""
_ANNOUNCES = BEGINS | PLANS | CONVERTS
_PRESENT = BEGINS | CONVERTS
_ENDS = frozenset({"A03", "A08"})
_REFOLDS = CANCELS | {DELETES}
_NAMES = tuple(status.name.lower() for status in VisitStatus)

Sets = tuple[tuple[str, int], ...]


def fold_visit(states: States, visit: EncounterRecord, effect: Effect) -> None:
    """Fold one event into its visit: on top if it is the newest, else the visit is folded again."""
    states.changed_encounters[visit.id] = visit
    if effect.kind in _REFOLDS or visit.cancels or effect.moment <= visit.moment or states.is_erased(visit):
        refold_visit(states, visit)
    else:
        _apply(states, visit, effect)


def refold_visit(states: States, visit: EncounterRecord) -> None:
    """Fold the visit again from all its events."""
    states.changed_encounters[visit.id] = visit
    events: list[EventRecord] = [*states.history.of_encounter(visit.id)]
    events += [event for event in states.events if event.encounter_id == visit.id]
    events.sort(key=lambda event: event.position)
    # What was sent twice happened once.
    events = list({(event.kind, *event.position[:3], event.facts): event for event in reversed(events)}.values())[::-1]
    before, telling = _sets(visit), states.telling
    visit.forget()
    states.refolded_encounters.add(visit.id)
    _forget_rows(states, visit)
    _Refolding(states, visit, [stored_effect(event) for event in events]).run([event.message_id for event in events])
    states.telling = telling
    _note_sets(states, visit, before)


class _Refolding:
    """One visit being folded from the beginning: what is taken back counts as if it had not been sent."""

    def __init__(self, states: States, visit: EncounterRecord, effects: list[Effect]) -> None:
        self._states = states
        self._visit = visit
        self._effects = effects
        self._cancelled: Cancelled = cancelled_by(effects)
        self._providers: dict[tuple[str, int], tuple[str, str]] = {}
        """What an A54 or A61 at that time changed, and what it said."""

    def run(self, messages: list[int]) -> None:
        """Fold every event; *messages* brought them."""
        states, visit = self._states, self._visit
        erasure = states.erasure_of(visit)
        for place, (effect, message_id) in enumerate(zip(self._effects, messages, strict=True)):
            if erasure is not None and effect.effective_us > erasure[0]:
                _erase(states, visit, erasure)
                erasure = None
            states.telling = message_id
            self._fold(place, effect)
        if erasure is not None:
            _erase(states, visit, erasure)

    def _fold(self, place: int, effect: Effect) -> None:
        states, visit, cancelled = self._states, self._visit, self._cancelled
        kind = effect.kind
        if kind in ("A54", "A61"):
            self._remember_providers(effect)
        if place in cancelled.void or place in cancelled.outlived:
            visit.cancels |= kind in CANCELS
            if visit.status != _DELETED:
                state_void(states, visit, effect)
            visit.effective_at, visit.recorded_at, visit.sent_at = effect.moment
            return
        visit.cancels |= kind in CANCELS
        status = visit.status
        _apply(states, visit, effect)
        if place not in cancelled.settled:
            if kind == "A53":
                _set_status(states, visit, effect, status)
        elif kind in CANCELS and visit.status != _DELETED:
            original = _ORIGINALS.get(kind, "")
            take_back(states, visit, effect, self._providers.get((original, cancelled.original_at[place])))

    def _remember_providers(self, effect: Effect) -> None:
        number = 7 if effect.kind == "A54" else 9
        said = next((field(each.split("|"), number) for each in effect.segments if each.startswith("PV1")), "")
        self._providers.setdefault((effect.kind, effect.effective_us), (provider(self._visit, effect.kind), said))


_ORIGINALS = {"A55": "A54", "A62": "A61"}


def _apply(states: States, visit: EncounterRecord, effect: Effect) -> None:
    kind, before = effect.kind, visit.status
    step = STEPS[kind][_UNKNOWN if before == _PLANNED and visit.provisional else before]
    if step.flag:
        flag(visit, step.flag)
    if kind == DELETES:
        _wipe(states, visit, (effect.effective_us, kind))
    elif before != _DELETED or step.after != STAYS:
        fields = state_attributes(states, visit, effect, before)
        _go_on(states, visit, effect, _after(visit, effect, step.after, fields), fields)
        if kind in MOVES or (before == _UNKNOWN and kind not in STILL):
            move(states, visit, effect, fields)
            if visit.pending or visit.temporary or (len(fields) > TEMPORARY and fields[TEMPORARY]):
                settle(states, visit, effect, fields)
        if kind in OWN:
            OWN[kind](states, visit, effect, fields)
    visit.effective_at, visit.recorded_at, visit.sent_at = effect.moment


def _go_on(states: States, visit: EncounterRecord, effect: Effect, after: int, fields: list[str]) -> None:
    """Set the status, and when and how the visit began or ended."""
    kind, before = effect.kind, visit.status
    if kind in BEGINS or after == _CANCELLED or (before == _DISCHARGED and after != before):
        _reopen(visit)
    _set_status(states, visit, effect, after)
    if kind in _ANNOUNCES or after == _CANCELLED:
        visit.provisional = 0
        if kind in _PRESENT and visit.begun_at is None:
            visit.begun_at = effect.effective_us
    elif after == _DISCHARGED and kind in _ENDS:
        _end(visit, effect, fields)


def _after(visit: EncounterRecord, effect: Effect, after: int, fields: list[str]) -> int:
    """Return the status after an event."""
    kind, status = effect.kind, visit.status
    if after == STAYS:
        if not (visit.provisional and status in _PROVISIONAL):
            return status
        after = OF_CLASS
    if after != OF_CLASS:
        return after
    if kind == "A08" and status == _UNKNOWN and component(field(fields, ENDED), 1):
        return _DISCHARGED
    return status_of_class(component(field(fields, 2), 1) or visit.patient_class, kind)


def _set_status(states: States, visit: EncounterRecord, effect: Effect, status: int) -> None:
    if status != visit.status:
        visit.status = status
        turn(states, visit, effect, Aspect.STATUS, _NAMES[status])


def _reopen(visit: EncounterRecord) -> None:
    """Forget how the visit ended."""
    visit.ended_at, visit.disposition = None, ""
    if visit.pv1.count("|") >= DISPOSITION:
        put(visit, DISPOSITION, "")
        put(visit, ENDED, "")


def _end(visit: EncounterRecord, effect: Effect, fields: list[str]) -> None:
    """Set when and how the visit ended, or correct it."""
    ended = us_of(component(field(fields, ENDED), 1), effect.origin.zone)
    if ended is not None:
        visit.ended_at = ended
    elif visit.ended_at is None or effect.kind == "A03":
        visit.ended_at = effect.effective_us
    if disposition := component(field(fields, DISPOSITION), 1):
        visit.disposition = disposition


def _erase(states: States, visit: EncounterRecord, erasure: tuple[int, int]) -> None:
    """A29: the visit went with its patient."""
    moment = visit.moment
    at, states.telling = erasure
    _wipe(states, visit, (at, ERASES))
    visit.effective_at, visit.recorded_at, visit.sent_at = moment


def _wipe(states: States, visit: EncounterRecord, when: tuple[int, str]) -> None:
    """Leave nothing of the visit but that there was one, and who deleted it."""
    cancels, (at, kind) = visit.cancels, when
    visit.forget()
    _forget_rows(states, visit)
    visit.cancels, visit.provisional, visit.status, visit.turns = cancels, 0, _DELETED, 1
    row = TurnRow(visit.id, 1, Aspect.STATUS, at, kind, _NAMES[_DELETED], states.telling)
    states.new_turns.append(row)


def _forget_rows(states: States, visit: EncounterRecord) -> None:
    states.new_locations[:] = [row for row in states.new_locations if row.encounter_id != visit.id]
    states.new_turns[:] = [row for row in states.new_turns if row.encounter_id != visit.id]


def _sets(visit: EncounterRecord) -> Sets:
    return (visit.dg1, visit.dg1_by), (visit.pr1, visit.pr1_by), (visit.in1, visit.in1_by)


def _note_sets(states: States, visit: EncounterRecord, before: Sets) -> None:
    """Note which detail rows are to be written anew."""
    after = _sets(visit)
    if after != before:
        for name, old, new in zip(("DG1", "PR1", "IN1"), before, after, strict=True):
            if old != new:
                states.changed_sets[name, visit.patient_id, visit.id] = visit
