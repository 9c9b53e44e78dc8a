"""Demographics by the snapshot rules (HL7.md 3.3): who may say what, and what an empty field means. Pure."""

from engine.index.effects import Effect
from engine.index.events import rank_of, stored_effect
from engine.index.fold_allergies import fold_allergies
from engine.index.kinds import ALLERGIES, ERASES
from engine.index.records import EventRecord, PatientRecord, Rank
from engine.index.states import NoHistory, States
from engine.index.wire import NULL, component, deletes_all, field, filled, joined, stated, updated

_DIED, _DECEASED = 29, 30
_PERSON_KINDS = frozenset({"A28", "A31"})
"""Events without a visit: their insurance is the person's."""
_BELONGING = frozenset({"IN2", "IN3"})
"""Segments that stand and fall with the IN1 before them."""
_SAYS_NO = frozenset({"N", NULL})


def fold_demographics(states: States, patient: PatientRecord, effect: Effect) -> None:
    """Fold what *effect* says of the person; a merged patient's later events are the survivor's."""
    target = states.landing(patient, effect.effective_us)
    if not _matters(target, effect):
        return
    states.changed_patients[target.id] = target
    if effect.kind == ERASES:
        # Lesser sources may have spoken later, unheard beside the better one that is deleted now.
        target.erased_at = effect.effective_us
        refold_demographics(states, target)
    elif effect.moment >= target.moment:
        _apply(states, target, effect)
    else:
        refold_demographics(states, target)


def refold_demographics(states: States, target: PatientRecord) -> None:
    """Fold the person again from its own events and, from their merges on, those of the patients merged into it."""
    states.changed_patients[target.id] = target
    family = {member.id for member in states.family_of(target)}
    # Whoever was deleted, or was somebody else once, may have been spoken of by lesser sources alone for a while.
    whole = target.rank > Rank.ASIDE and len(family) == 1 and target.erased_at is None
    lowest = Rank.EVENT if whole else Rank.ASIDE
    events: list[EventRecord] = [*states.history.of_patients(sorted(family), lowest)]
    events += [event for event in states.events if event.patient_id in family]
    insured, allergic, telling = (target.in1, target.in1_by), (target.allergies, target.allergies_by), states.telling
    target.forget()
    for event in sorted(events, key=_position):
        owner = states.patients[event.patient_id or 0]
        if states.landing(owner, event.effective_at) is target:
            effect = stored_effect(event)
            if _matters(target, effect):
                states.telling = event.message_id
                _apply(states, target, effect)
    states.telling = telling
    if (target.in1, target.in1_by) != insured:
        states.changed_sets["IN1", target.id, 0] = target
    if (target.allergies, target.allergies_by) != allergic:
        states.changed_sets["ALLERGIES", target.id, 0] = target


def fold_aside(target: PatientRecord, effects: list[Effect]) -> PatientRecord:
    """Fold effects into a patient of no batch: what would be known of it."""
    aside = States(NoHistory())
    for effect in effects:
        if _matters(target, effect):
            _apply(aside, target, effect)
    return target


def _position(event: EventRecord) -> tuple[int, int, int, int, int]:
    return event.position


def _matters(target: PatientRecord, effect: Effect) -> bool:
    rank = rank_of(effect.kind)
    if rank >= target.rank or effect.kind in (ERASES, ALLERGIES):
        return True
    return effect.kind in ("A03", "A13") and any(_death_in(effect))


def _apply(states: States, target: PatientRecord, effect: Effect) -> None:
    rank = rank_of(effect.kind)
    if effect.kind == ERASES:
        _erase(states, target, effect)
        return
    if rank > target.rank:
        # What a lesser source had said was provisional.
        target.pid = target.pd1 = target.nk1 = ""
        target.pid_by = target.nk1_by = 0
        target.rank = rank
    if rank == target.rank:
        _state(states, target, effect)
    if effect.kind == ALLERGIES:
        fold_allergies(states, target, effect, states.parts_of(effect))
    if rank == Rank.SNAPSHOT or effect.kind in ("A03", "A13"):
        before = (target.died, target.deceased)
        _fold_death(target, effect)
        if (target.died, target.deceased) != before:
            target.death_by = states.telling
    target.effective_at, target.recorded_at, target.sent_at = effect.moment


def _erase(states: States, target: PatientRecord, effect: Effect) -> None:
    """A29: nothing is left of the person but the numbers; what is said later begins anew."""
    for name, raw in (("IN1", target.in1), ("ALLERGIES", target.allergies)):
        if raw:
            states.changed_sets[name, target.id, 0] = target
    target.forget()
    target.erased_at, target.erased_by = effect.effective_us, states.telling
    target.effective_at, target.recorded_at, target.sent_at = effect.moment


def _state(states: States, target: PatientRecord, effect: Effect) -> None:
    parts = states.parts_of(effect)
    pid = parts.get("PID")
    if pid is not None and pid[0] != target.pid:
        new = pid[0].split("|")
        old = target.pid.split("|") if target.pid else []
        fields = _merged(old, new, effect)
        fields[_DIED : _DECEASED + 1] = ["", ""][: max(0, len(fields) - _DIED)]
        text = joined(fields)
        if text != target.pid:
            target.pid, target.pid_by = text, states.telling
            _show(target, fields)
    if pd1 := parts.get("PD1"):
        text = joined(_merged(target.pd1.split("|") if target.pd1 else [], pd1[0].split("|"), effect))
        if text != target.pd1:
            target.pd1, target.pid_by = text, states.telling
    if rank_of(effect.kind) == Rank.SNAPSHOT:
        kin = replaced(target.nk1, parts.get("NK1"), effect)
        if kin != target.nk1:
            target.nk1, target.nk1_by = kin, states.telling
        if effect.kind in _PERSON_KINDS:
            insured = replaced(target.in1, parts.get("IN1"), effect)
            if insured != target.in1:
                target.in1, target.in1_by = insured, states.telling
                states.changed_sets["IN1", target.id, 0] = target
        fold_allergies(states, target, effect, parts)


def _merged(old: list[str], new: list[str], effect: Effect) -> list[str]:
    if rank_of(effect.kind) < Rank.SNAPSHOT:
        # HL7: other events carry what is pertinent to them; nothing is deleted from those.
        return filled(old, new)
    return stated(new) if effect.origin.updates == "full" else updated(old, new)


def replaced(old: str, new: list[str] | None, effect: Effect) -> str:
    """Return a set of repeating segments after an update: the message's own, or the old one if it has none."""
    if not new:
        return old if effect.origin.updates == "delta" else ""
    said: list[str] = []
    deleted = False
    for segment in new:
        if segment[:3] not in _BELONGING:
            deleted = deletes_all(segment)
        if not deleted:
            said.append(segment)
    return "\r".join(said)


def _show(target: PatientRecord, fields: list[str]) -> None:
    """Set what patients are searched by."""
    name = field(fields, 5)
    target.family, target.given = component(name, 1), component(name, 2)
    target.born, target.sex = component(field(fields, 7), 1), component(field(fields, 8), 1)


def _death_in(effect: Effect) -> tuple[str, str]:
    for segment in effect.segments:
        if segment.startswith("PID"):
            if segment.count("|") < _DIED:
                break
            fields = segment.split("|", _DECEASED + 1)
            return field(fields, _DIED), field(fields, _DECEASED)
    return "", ""


def _fold_death(target: PatientRecord, effect: Effect) -> None:
    died, deceased = _death_in(effect)
    if effect.kind == "A13":
        if deceased in _SAYS_NO:
            target.died, target.deceased = "", "" if deceased == NULL else deceased
        return
    if effect.kind == "A03":
        target.died, target.deceased = filled([target.died, target.deceased], [died, deceased])
        return
    if effect.origin.updates == "full":
        target.died, target.deceased = stated([died, deceased])
    elif died or deceased:
        target.died, target.deceased = updated([target.died, target.deceased], [died, deceased])
