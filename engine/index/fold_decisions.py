"""What people decide, folded in: merges applied and undone, and updates that the identity guard holds back. Pure."""

from engine.index.decisions import Action, Choice
from engine.index.effects import Effect
from engine.index.fold_joins import settle
from engine.index.identity_records import Decided, OverlayRow, OverlayState
from engine.index.overlays import suspicion
from engine.index.records import EventRecord, PatientRecord
from engine.index.states import States


def hold_back(states: States, patient: PatientRecord, effect: Effect, number: tuple[int, int]) -> bool:
    """Keep an update from the index that would make another person of the patient, until somebody decides."""
    target = states.landing(patient, effect.effective_us)
    reason = suspicion(target, effect)
    if not reason:
        return False
    states.overlays[number] = OverlayRow(*number, target.id, OverlayState.HELD, reason)
    states.report("suspected-overlay", f"patient {target.id}", number[0], (target.id,))
    return True


def decide(states: States, choice: Choice) -> EventRecord | None:
    """Do what a person has decided; return the update that is let in by it."""
    if choice.action in (Action.ACCEPT, Action.REJECT):
        return _decide_overlay(states, choice)
    row = states.merges.get(choice.key) or states.history.merge(choice.key)
    if row is None:
        return None
    decided = Decided.APPLY if choice.action is Action.APPLY else Decided.UNDO
    states.merges[row.key] = row._replace(decided=int(decided))
    settle(states, states.merges[row.key])
    for patient_id in {row.source_id, row.target_id}:
        _date(states, states.patient(patient_id))
    return None


def _date(states: States, patient: PatientRecord) -> None:
    """Set when the newest merge that names the patient happened; one that was undone did not."""
    rows = [row for row in states.merges_of([patient.id]) if row.decided != Decided.UNDO]
    joined_at = max((row.effective_at for row in rows), default=0)
    if patient.joined_at != joined_at:
        patient.joined_at = joined_at
        states.changed_patients[patient.id] = patient


def _decide_overlay(states: States, choice: Choice) -> EventRecord | None:
    number = choice.key[:2]
    row = states.overlays.get(number) or states.history.overlay(number)
    if row is None or row.state != OverlayState.HELD:
        return None
    state = OverlayState.ACCEPTED if choice.action is Action.ACCEPT else OverlayState.REJECTED
    states.overlays[number] = row._replace(state=int(state))
    if state is OverlayState.REJECTED:
        return None
    here = next((event for event in states.events if event[:2] == number), None)
    return here or states.history.event(*number)
