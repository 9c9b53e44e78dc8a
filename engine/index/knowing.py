"""What the record index knows of one message's patient, visit and orders before that message. Pure.

It never guesses: of a message about several patients, or whose numbers lead to several, it says only that.
"""

from collections.abc import Iterable, Iterator

from engine.context import Charge, Knowledge, Needs
from engine.index.effects import Facts
from engine.index.identity import founding_key
from engine.index.records import EncounterRecord, PatientRecord
from engine.index.states import States

_OF_PATIENT = ("PID", "PD1", "NK1")
_OF_VISIT = ("PV1", "PV2", "DG1", "PR1", "GT1")
_INSURANCE = frozenset({"IN1", "IN2", "IN3"})


def order_keys(facts: Facts) -> frozenset[str]:
    """Return the numbers of a message's orders, without those that had to be made up."""
    numbers = {number for effect in facts.effects for number in (effect.filler, effect.placer)}
    return frozenset(number for number in numbers if number and not number.startswith("?"))


def visit_keys(facts: Facts) -> frozenset[str]:
    """Return the visits that a message is about."""
    return frozenset(effect.visit for effect in facts.effects if effect.visit)


def knowledge_of(states: States, facts: Facts, needs: Needs) -> Knowledge:
    """Return what *needs* ask of the message that *facts* were taken from."""
    orders = order_keys(facts) if needs.charges else frozenset[str]()
    charges = tuple(Charge(order, code, state) for (order, code), state in sorted(states.charges_of(orders).items()))
    strange = frozenset(_strange(states, facts, orders))
    owners = _owners(states, facts)
    if len(owners) > 1:
        return Knowledge(needs, (), (), orders, strange, charges, "several-patients")
    patient = _patient(states, owners)
    visit = None if patient is None else _visit(states, facts, patient)
    segments = tuple(_segments(patient, visit, needs.known)) if needs.known else ()
    stays = states.stays_of(visit) if visit is not None and needs.locations else ()
    return Knowledge(needs, segments, stays, orders, strange, charges)


def _owners(states: States, facts: Facts) -> frozenset[int | str]:
    """Return the patients that the message is about, as they are read today; one that is not known by its numbers."""
    found: set[int | str] = set()
    for effect in facts.effects:
        known = [states.identifiers.get(founding_key(each)) for each in effect.subject]
        owners = {states.survivor(each) for each in known if each is not None}
        found |= owners or {founding_key(each) for each in effect.subject[:1]}
    return frozenset(found)


def _patient(states: States, owners: frozenset[int | str]) -> PatientRecord | None:
    return next((states.patients[owner] for owner in owners if isinstance(owner, int)), None)


def _visit(states: States, facts: Facts, patient: PatientRecord) -> EncounterRecord | None:
    """Return the visit of the message, None where it names none, or several."""
    numbers = visit_keys(facts)
    return states.encounter_of(next(iter(numbers)), patient) if len(numbers) == 1 else None


def _segments(patient: PatientRecord | None, visit: EncounterRecord | None, names: Iterable[str]) -> Iterator[str]:
    """Yield the segments called one of *names*; a visit's insurance comes before what is kept of the person."""
    wanted = frozenset(names)
    raws: list[str] = []
    if patient is not None:
        raws += [getattr(patient, name.lower()) for name in _OF_PATIENT if name in wanted]
    if visit is not None:
        raws += [getattr(visit, name.lower()) for name in _OF_VISIT if name in wanted]
    if wanted & _INSURANCE:
        raws.append((visit.in1 if visit is not None else "") or (patient.in1 if patient is not None else ""))
    for raw in raws:
        yield from (segment for segment in raw.split("\r") if segment[:3] in wanted)


def _strange(states: States, facts: Facts, orders: frozenset[str]) -> Iterator[str]:
    """Yield the numbers under which only other patients have orders: what was charged for them is not this one's."""
    for effect in facts.effects if orders else ():
        known = [states.identifiers.get(founding_key(each)) for each in effect.subject]
        owners = {states.survivor(each) for each in known if each is not None}
        for number in {effect.filler, effect.placer} & orders:
            have = {states.survivor(record.patient_id) for record in states.orders.get(number, ())}
            if have and not have & owners:
                yield number
