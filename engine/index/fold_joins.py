"""What a message asks about who is who, folded: each trigger event to its merge, move, change or link. Pure."""

from engine.context import Identifier
from engine.index.asked_joins import (
    ACCOUNT_MOVE,
    ASKS,
    CHANGE,
    EXTERNAL_CHANGE,
    LINK,
    MERGE,
    MOVE,
    MOVE_KINDS,
    PATIENT_KINDS,
    UNLINK,
    VISIT_CHANGE,
    VISIT_MERGE,
    VISIT_MOVE,
    Asked,
    account_pair,
    external_pairs,
    moved_identifiers,
    visit_pairs,
)
from engine.index.effects import Effect
from engine.index.fold_merge import ask, decided_as, merge, settle_merges
from engine.index.fold_moves import owner_at, settle_moves
from engine.index.identity import founding_key
from engine.index.identity_records import MergeRow, MergeState
from engine.index.records import PatientRecord
from engine.index.states import States

__all__ = ["JOINS", "PAIRED", "join", "resettle", "settle", "then_owner"]

PAIRED = frozenset({"A24", "A37"})
"""Events whose two patients stand side by side, without MRG."""
JOINS = frozenset(ASKS)

Number = tuple[int, int]


def join(states: States, patient: PatientRecord, effect: Effect, number: Number) -> None:
    """Do what *effect*, whose PID-3 is *patient*'s, asks for."""
    for kind in ASKS[effect.kind]:
        if kind in (MERGE, CHANGE):
            merge(states, patient, effect, number, kind)
            settle_moves(states, [patient.id])
        elif kind == MOVE:
            _move_identifiers(states, patient, effect, number)
        elif kind in (VISIT_MERGE, VISIT_CHANGE, VISIT_MOVE):
            _visits(states, patient, effect, number, kind)
        elif kind == EXTERNAL_CHANGE:
            _rename_external(states, patient, effect, number)
        elif kind in (LINK, UNLINK):
            _link(states, patient, effect, number, kind)
        else:
            _account(states, patient, effect, number, kind)


def _link(states: States, patient: PatientRecord, effect: Effect, number: Number, kind: str) -> None:
    """A24, A37: the patient before this one in the message and this one; they stay two."""
    before = states.events[-2] if len(states.events) > 1 else None
    if before is None or before.message_id != number[0] or before.patient_id is None:
        return  # the first of the two
    pair = sorted((before.patient_id, patient.id))
    if pair[0] != pair[1]:
        row = ask(states, number, Asked(kind, (pair[0], pair[1])), effect.effective_us)
        if row is not None:
            settle(states, row)


def settle(states: States, row: MergeRow) -> None:
    """Fold again what *row* is a part of."""
    if row.kind in PATIENT_KINDS:
        settle_merges(states, [row.source_id])
    if row.kind in PATIENT_KINDS or row.kind in MOVE_KINDS:
        settle_moves(states, [row.source_id])
    elif row.kind in (LINK, UNLINK):
        _settle_links(states, row)
    elif row.kind == EXTERNAL_CHANGE:
        decided_as(states, row, MergeState.UNDONE if row.decided == 2 else MergeState.APPLIED)


def resettle(states: States, patient: PatientRecord, effect: Effect) -> None:
    """An event of somebody who was merged or moved: what came late is folded in where it belongs."""
    if effect.kind in JOINS:
        return
    members = {patient.id: patient}
    members.update((each.id, each) for each in states.chain(patient))
    is_late = any(effect.effective_us < each.joined_at for each in members.values())
    if is_late:
        settle_merges(states, list(members))
    if is_late or effect.visit:
        settle_moves(states, list(members))


def then_owner(states: States, patient: PatientRecord, effect: Effect) -> PatientRecord:
    """Return whose the number that led to *patient* was when the event happened, if it was moved since."""
    key = next(key for key in map(founding_key, effect.subject) if key in states.identifiers)
    moves = [row for row in states.merges_around([patient.id])[0] if row.kind == MOVE and row.source_key == key]
    return states.patient(owner_at(moves, effect.effective_us)) if moves else patient


def _source(states: States, identifiers: tuple[Identifier, ...], otherwise: PatientRecord) -> PatientRecord:
    """Return the patient of MRG-1, one that nobody knew where it names one, and *otherwise* where it is silent."""
    if not identifiers:
        return otherwise
    for identifier in identifiers:
        found = states.identifiers.get(founding_key(identifier))
        if found is not None:
            return states.patient(found)
    source = states.found_patient(identifiers)
    states.give_identifiers(source, identifiers, {})
    return source


def _move_identifiers(states: States, target: PatientRecord, effect: Effect, number: Number) -> None:
    """A43: the number that stands in PID-3 and in MRG-1 leaves whom MRG-1 names for whom the rest of PID-3 names."""
    moved = moved_identifiers(effect)
    others = tuple(identifier for identifier in effect.retired if identifier not in moved)
    for identifier in moved:
        key = founding_key(identifier)
        owner = states.identifiers.get(key)
        if owner is None:
            states.give_identifiers(target, [identifier], {})
            continue
        source = _source(states, others, states.patient(owner))
        earlier = [row for row in states.merges_around([owner])[0] if row.kind == MOVE and row.source_key == key]
        base = earlier[0].target_key if earlier else str(owner)
        row = ask(states, number, Asked(MOVE, (source.id, target.id), (key, base)), effect.effective_us)
        if row is not None and effect.subject == identifiers_of_pid(effect, moved):
            decided_as(states, row, MergeState.KEPT_ASIDE, "target-unnamed")
    if not moved:
        row = ask(states, number, Asked(MOVE, (target.id, target.id)), effect.effective_us)
        if row is not None:
            decided_as(states, row, MergeState.KEPT_ASIDE, "number-missing")
    settle_moves(states, [target.id])


def identifiers_of_pid(effect: Effect, moved: list[Identifier]) -> tuple[Identifier, ...]:
    """Return PID-3 if all of it is moved, so that it names nobody to move it to."""
    return tuple(moved) if set(effect.subject) <= set(moved) else ()


def _visits(states: States, patient: PatientRecord, effect: Effect, number: Number, kind: str) -> None:
    pairs = visit_pairs(effect)
    for pair in pairs:
        source = _source(states, pair.owners, patient)
        ask(states, number, Asked(kind, (source.id, patient.id), (pair.source, pair.target)), effect.effective_us)
    if not pairs:
        _incomplete(states, patient, effect, number, kind)
    settle_moves(states, [patient.id])


def _account(states: States, patient: PatientRecord, effect: Effect, number: Number, kind: str) -> None:
    pair = account_pair(effect)
    source = _source(states, effect.retired, patient) if kind == ACCOUNT_MOVE or effect.retired else patient
    target_key = pair.target or (pair.source if kind == ACCOUNT_MOVE else "")
    if pair.source and target_key:
        ask(states, number, Asked(kind, (source.id, patient.id), (pair.source, target_key)), effect.effective_us)
    else:
        _incomplete(states, patient, effect, number, kind)
    settle_moves(states, [patient.id])


def _incomplete(states: States, patient: PatientRecord, effect: Effect, number: Number, kind: str) -> None:
    """Keep aside what does not say what is to be joined."""
    row = ask(states, number, Asked(kind, (patient.id, patient.id)), effect.effective_us)
    if row is not None:
        decided_as(states, row, MergeState.KEPT_ASIDE, "number-missing")


def _rename_external(states: States, patient: PatientRecord, effect: Effect, number: Number) -> None:
    """A46, A48: the person has the old number and the new one, unless somebody else has one of them."""
    for pair in external_pairs(effect):
        owners = {states.survivor(states.identifiers[key]) for key in pair[:2] if key in states.identifiers}
        row = ask(states, number, Asked(EXTERNAL_CHANGE, (patient.id, patient.id), pair[:2]), effect.effective_us)
        if row is None:
            continue
        if owners - {states.survivor(patient.id)}:
            decided_as(states, row, MergeState.KEPT_ASIDE, "of-another-patient")
            continue
        states.give_identifiers(patient, [Identifier(*key.split("|", 1)) for key in pair[:2]], {})
        decided_as(states, row, MergeState.APPLIED)


def _settle_links(states: States, row: MergeRow) -> None:
    """A link holds until the two are unlinked."""
    both = {row.source_id, row.target_id}
    rows = [each for each in states.merges_of(both) if {each.source_id, each.target_id} == both]
    rows = sorted((each for each in rows if each.kind in (LINK, UNLINK)), key=lambda each: each.position)
    ended = [each.position for each in rows if each.kind == UNLINK and each.decided != 2]
    for each in rows:
        undone = each.decided == 2 or (each.kind == LINK and any(end > each.position for end in ended))
        decided_as(states, each, MergeState.UNDONE if undone else MergeState.APPLIED)
