"""Visits whose number was changed or merged: their events belong to the visit that they go on as. Pure."""

from engine.index.events import stored_effect
from engine.index.facts_adt import visit_key
from engine.index.fold_visit import refold_visit
from engine.index.records import EncounterRecord, EventRecord
from engine.index.states import States


def settle_numbers(states: States, visits: list[EncounterRecord], numbers: dict[int, int]) -> None:
    """Set the pointers, then give every event to the visit that its number leads to."""
    by_id = {visit.id: visit for visit in visits}
    touched: set[int] = set()
    for visit in visits:
        pointer = numbers.get(visit.id)
        if visit.merged_into != pointer:
            touched |= {each for each in (visit.id, visit.merged_into, pointer) if each is not None}
            visit.merged_into = pointer
            states.changed_encounters[visit.id] = visit
    touched |= {goal for number in list(touched) for goal in _way(number, numbers)}
    group = [by_id[number] for number in sorted(touched)]
    events = [event for visit in group for event in states.events_of_visit(visit.id)]
    for event in events:
        own = _own(event, group)
        if own is not None and event.encounter_id != (goal := _goal(own, numbers)):
            states.tie(event, event.patient_id, goal)
    named = set(numbers) | set(numbers.values())
    for visit in group:
        if states.events_of_visit(visit.id):
            refold_visit(states, visit)
        elif visit.id in named:
            _empty(states, visit)
        else:
            _remove(states, visit)


def _goal(visit: EncounterRecord, numbers: dict[int, int]) -> int:
    return _way(visit.id, numbers)[-1]


def _way(number: int, numbers: dict[int, int]) -> list[int]:
    """Return the visit and those that it goes on as, the last of which is nothing else."""
    way = [number]
    while way[-1] in numbers:
        way.append(numbers[way[-1]])
    return way


def sent_number(event: EventRecord) -> str:
    """Return the number of the visit that an event was sent with."""
    effect = stored_effect(event)
    for segment in effect.segments:
        if segment.startswith("PV1"):
            return visit_key(segment.split("|"), effect.effective_us, effect.origin)
    return ""


def _own(event: EventRecord, group: list[EncounterRecord]) -> EncounterRecord | None:
    """Return the visit whose number the event was sent with."""
    key = sent_number(event)
    found = [visit for visit in group if visit.number_key == key]
    return next((visit for visit in found if visit.patient_id == event.patient_id), next(iter(found), None))


def _empty(states: States, visit: EncounterRecord) -> None:
    """Leave nothing of a visit but its pointer: it goes on as another."""
    sets = [name for name in ("DG1", "PR1", "IN1") if getattr(visit, name.lower())]
    visit.forget()
    states.refolded_encounters.add(visit.id)
    states.new_locations[:] = [row for row in states.new_locations if row.encounter_id != visit.id]
    states.new_turns[:] = [row for row in states.new_turns if row.encounter_id != visit.id]
    for name in sets:
        states.changed_sets[name, visit.patient_id, visit.id] = visit
    states.changed_encounters[visit.id] = visit


def _remove(states: States, visit: EncounterRecord) -> None:
    """Forget a visit that was only founded for a change that is undone."""
    _empty(states, visit)
    del states.changed_encounters[visit.id]
    states.encounters[visit.number_key].remove(visit)
    states.removed_encounters.add(visit.id)
