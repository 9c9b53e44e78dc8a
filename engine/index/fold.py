"""One message's facts folded into the rows of a batch: who it is about, then demographics, merge, visit, order. Pure.

State is the fold of events in effective order. The newest event is applied on top; anything else folds its patient,
visit or order again from its events, so that the order of arrival never shows.
"""

from engine.context import Identifier
from engine.index.decisions import Choice, choice_in
from engine.index.effects import Effect, Facts
from engine.index.events import event_of, notes_text, rank_of, stored_facts
from engine.index.fold_beds import fold_beds
from engine.index.fold_decisions import decide, hold_back
from engine.index.fold_joins import JOINS, PAIRED, join, resettle, then_owner
from engine.index.fold_order import fold_order
from engine.index.fold_patient import fold_demographics
from engine.index.fold_visit import fold_visit, refold_visit
from engine.index.identity import founding_key, types_of
from engine.index.kinds import BEDS, ERASES, SNAPSHOTS
from engine.index.records import EncounterRecord, EventRecord, OrderRecord, PatientRecord, Rank
from engine.index.states import States
from engine.index.transitions import STEPS

_UNDEFINED = "ADT^"


def fold(states: States, message_id: int, facts: Facts, first: int = 1) -> None:
    """Fold what one message says into *states*; a person's decision is numbered behind the effects of a message."""
    states.telling = message_id
    for code, _ in facts.notes:
        if facts.effects:
            states.report(code, f"listener {facts.effects[0].origin.listener}", message_id)
    notes = notes_text(facts.notes)
    for ordinal, effect in enumerate(facts.effects, first):
        _fold_effect(states, (message_id, ordinal), effect, notes if ordinal == 1 else "")
    if facts.kind in PAIRED and len(facts.effects) < 2:
        states.report("link-without-pair", f"message {message_id}", message_id)


def _fold_effect(states: States, number: tuple[int, int], effect: Effect, notes: str) -> None:
    event = event_of(effect, *number, notes)
    if not effect.subject or effect.kind.startswith(_UNDEFINED):
        _fold_without_patient(states, event, effect)
        return
    patient = _patient(states, effect, number[0])
    if patient.rank == Rank.SNAPSHOT and effect.kind in SNAPSHOTS and hold_back(states, patient, effect, number):
        states.events.append(event)
        return
    encounter: EncounterRecord | None = None
    order: OrderRecord | None = None
    if effect.filler or effect.placer:
        order = _order(states, effect, patient, number[0])
    elif effect.visit and effect.kind in STEPS:  # a report without an order says nothing of the visit itself
        encounter = _encounter(states, effect, patient, number[0])
    event = event._replace(
        patient_id=patient.id,
        encounter_id=None if encounter is None else encounter.id,
        order_id=None if order is None else order.id,
    )
    states.events.append(event)
    fold_demographics(states, patient, effect)
    if effect.kind == ERASES:
        _erase_visits(states, states.landing(patient, effect.effective_us))
    if effect.kind in JOINS:
        join(states, patient, effect, number)
    if encounter is not None:
        fold_visit(states, encounter, effect)
    if order is not None:
        fold_order(states, order, effect)
    if patient.joined_at:
        resettle(states, patient, effect)


def _fold_without_patient(states: States, event: EventRecord, effect: Effect) -> None:
    """Fold what is said of nobody: of beds, a person's decision, or nothing that the index knows."""
    states.events.append(event._replace(patient_id=_known(states, effect)))
    if effect.kind == BEDS:
        fold_beds(states, effect)
    elif (choice := choice_in(effect)) is not None:
        _decide(states, choice)


def _decide(states: States, choice: Choice) -> None:
    """Do what a person has decided; an update that was held back is folded in where it belongs."""
    event = decide(states, choice)
    if event is None:
        return
    effect = stored_facts([event]).effects[0]
    patient = _patient(states, effect, event.message_id)
    encounter = _encounter(states, effect, patient, event.message_id) if effect.visit else None
    states.tie(event, patient.id, None if encounter is None else encounter.id)
    states.telling = event.message_id
    fold_demographics(states, patient, effect)
    if encounter is not None:
        refold_visit(states, encounter)


def _known(states: States, effect: Effect) -> int | None:
    """Return the patient that the first known identifier leads to: an event that says nothing founds nobody."""
    found = (states.identifiers.get(founding_key(identifier)) for identifier in effect.subject)
    return next((patient_id for patient_id in found if patient_id is not None), None)


def _erase_visits(states: States, patient: PatientRecord) -> None:
    """A29: what there was of visits until then goes with the person."""
    for visit in states.encounters_of({member.id for member in states.family_of(patient)}):
        refold_visit(states, visit)


def _patient(states: States, effect: Effect, message_id: int) -> PatientRecord:
    """Return the patient of PID-3, a new one if nobody is known by any of it; the first known identifier decides."""
    known: dict[int, None] = {}
    missing = False
    for identifier in effect.subject:
        found = states.identifiers.get(founding_key(identifier))
        if found is None:
            missing = True
        else:
            known[found] = None
    if not known:
        patient = states.found_patient(effect.subject)
        _give(states, patient, effect)
        return patient
    patient = states.patients[next(iter(known))]
    if effect.effective_us < patient.joined_at:
        patient = then_owner(states, patient, effect)
    if len(known) > 1:
        _report_conflict(states, list(known), message_id)
    if patient.merged_into is not None:
        states.report("via-merged-id", f"patient {patient.id}", message_id, (patient.id, patient.merged_into))
    if missing and (rank_of(effect.kind) > Rank.ASIDE or patient.rank <= Rank.ASIDE):
        # A laboratory's own numbers are not added to a patient that admissions feeds (HL7.md 3.7).
        _give(states, patient, effect)
    return patient


def _give(states: States, patient: PatientRecord, effect: Effect) -> None:
    states.give_identifiers(patient, effect.subject, _types(effect, "PID", 3))


def _types(effect: Effect, name: str, number: int) -> dict[Identifier, str]:
    for segment in effect.segments:
        if segment.startswith(name):
            fields = segment.split("|", number + 1)
            return types_of(fields[number], effect.origin.authority) if len(fields) > number else {}
    return {}


def _report_conflict(states: States, known: list[int], message_id: int) -> None:
    owners = {states.survivor(patient_id): patient_id for patient_id in reversed(known)}
    if len(owners) > 1:
        first, second = sorted(owners)[:2]
        states.report("identifier-conflict", f"patients {first} {second}", message_id, (first, second))


def _encounter(states: States, effect: Effect, patient: PatientRecord, message_id: int) -> EncounterRecord:
    found = states.encounter_of(effect.visit, patient)
    if found is not None:
        return found
    _report_foreign_visit(states, effect, patient, message_id)
    return states.found_encounter(effect.visit, patient)


def _order(states: States, effect: Effect, patient: PatientRecord, message_id: int) -> OrderRecord:
    if effect.visit and states.encounter_of(effect.visit, patient) is None:
        # PV1-19 only checks; it never overrides PID-3 (HL7.md 3.7).
        _report_foreign_visit(states, effect, patient, message_id)
    found = states.order_of(effect.filler, effect.placer, patient)
    if found is not None:
        if effect.filler and not found.filler_key:
            found.filler_key = effect.filler
            states.orders.setdefault(effect.filler, []).append(found)
        return found
    others = [record.patient_id for record in states.orders.get(effect.filler, ()) if effect.filler]
    if others and not effect.filler.startswith("?"):
        pair = (patient.id, others[0])
        states.report("order-of-another-patient", f"patients {pair[0]} {pair[1]}", message_id, pair)
    return states.found_order(effect.filler, effect.placer, patient)


def _report_foreign_visit(states: States, effect: Effect, patient: PatientRecord, message_id: int) -> None:
    others = states.encounters.get(effect.visit, ())
    if others and not effect.visit.startswith("?"):
        pair = (patient.id, others[0].patient_id)
        states.report("visit-of-another-patient", f"patients {pair[0]} {pair[1]}", message_id, pair)
