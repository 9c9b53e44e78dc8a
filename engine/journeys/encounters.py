"""What each act of admissions does to a stay: the one place where the simulated hospital's state changes."""

from collections.abc import Callable

from engine.journeys import people
from engine.journeys.conditions import ALLERGIES
from engine.journeys.dice import Dice
from engine.journeys.itinerary import Act
from engine.journeys.places import ADULT_WARDS, CHILDRENS_WARDS, CLINICS, DOCTORS, Beds
from engine.journeys.site_time import stamp
from engine.journeys.stays import Change, Standing, Stay


class Hospital:
    """Beds, numbers and chance: what acts need besides the stay they act on."""

    __slots__ = ("beds", "dice", "visits", "year")

    def __init__(self, dice: Dice, first_number: int, year: int) -> None:
        self.dice = dice
        self.beds = Beds()
        self.visits = first_number
        self.year = year

    def perform(self, stay: Stay, at: int) -> Act:
        """Do the next planned act of *stay*, recorded at *at* and occurred a little earlier; return it."""
        act = stay.steps[stay.next_step].act
        stay.next_step += 1
        stay.change = Change.NOTHING
        stay.occurred = at - self.dice.between(0, 240)
        _ACTS[act](self, stay)
        return act


def _register(hospital: Hospital, stay: Stay) -> None:
    _open(hospital, stay)
    admitted_later = not stay.finished and stay.steps[stay.next_step].act is Act.ADMIT
    emergency = admitted_later or hospital.dice.chance(0.4)
    stay.patient_class = "E" if emergency else "O"
    stay.bed = hospital.beds.take("ED") if emergency else hospital.dice.pick(CLINICS)
    stay.standing = Standing.ACTIVE


def _preadmit(hospital: Hospital, stay: Stay) -> None:
    _open(hospital, stay)
    stay.patient_class = "P"
    stay.standing = Standing.PLANNED


def _admit(hospital: Hospital, stay: Stay) -> None:
    _open(hospital, stay)
    stay.prior_bed = stay.bed
    hospital.beds.leave(stay.bed)
    stay.bed = hospital.beds.take(hospital.dice.pick(_wards_for(stay)))
    stay.patient_class = "I"
    stay.standing = Standing.ADMITTED


def _open(hospital: Hospital, stay: Stay) -> None:
    """Begin the visit; the first act also gives it its numbers."""
    stay.begun = stay.occurred
    if stay.number:
        return
    hospital.visits += 1
    stay.number = f"V{hospital.visits:06d}"
    stay.account = f"A{hospital.visits:06d}"
    if not stay.patient.allergies and hospital.dice.chance(0.3):
        stay.patient.allergies = (hospital.dice.pick(ALLERGIES),)


def _transfer(hospital: Hospital, stay: Stay) -> None:
    here = stay.bed.partition("^")[0]
    stay.prior_bed = stay.bed
    stay.bed = hospital.beds.take(hospital.dice.pick([ward for ward in _wards_for(stay) if ward != here]))
    hospital.beds.leave(stay.prior_bed)
    if hospital.dice.chance(0.3):
        stay.attending = hospital.dice.pick(DOCTORS)


def _wards_for(stay: Stay) -> tuple[str, ...]:
    return CHILDRENS_WARDS if stay.patient.person.minor else ADULT_WARDS


def _discharge(hospital: Hospital, stay: Stay) -> None:
    inpatient = stay.standing is Standing.ADMITTED
    stay.disposition = hospital.dice.pick(("01", "01", "01", "03", "06")) if inpatient else "01"
    if inpatient and stay.finished and hospital.dice.chance(0.02):
        # UB-04 patient status 20: expired
        stay.disposition = "20"
        stay.patient.person = people.died(stay.patient.person, stamp(stay.occurred))
    stay.standing = Standing.DISCHARGED
    stay.ended = stay.occurred
    hospital.beds.leave(stay.bed)


def _cancel_admit(hospital: Hospital, stay: Stay) -> None:
    stay.standing = Standing.CANCELLED
    # HL7: EVN-6 of a cancel is when the cancelled event occurred
    stay.occurred = stay.begun
    hospital.beds.leave(stay.bed)


def _cancel_discharge(hospital: Hospital, stay: Stay) -> None:
    stay.standing = Standing.ADMITTED if stay.patient_class == "I" else Standing.ACTIVE
    stay.occurred = stay.ended
    stay.ended = 0
    stay.disposition = ""
    if stay.patient_class != "O":
        stay.bed = hospital.beds.take_again(stay.bed)


def _update(hospital: Hospital, stay: Stay) -> None:
    patient = stay.patient
    match hospital.dice.between(0, 3):
        case 0:
            stay.change = Change.COVERAGE
            patient.person = people.insured_otherwise(hospital.dice, patient.person, hospital.year)
        case 1:
            stay.change = Change.DIAGNOSIS
        case _:
            _update_person(hospital, stay)


def _update_person(hospital: Hospital, stay: Stay) -> None:
    dice, patient = hospital.dice, stay.patient
    stay.change = Change.PERSON
    if patient.person.work and dice.chance(0.4):
        stay.change = Change.WORK
        patient.person = people.without_work(patient.person)
    elif dice.chance(0.4):
        patient.person = people.moved(dice, patient.person)
    else:
        patient.person = people.reachable_elsewhere(dice, patient.person, patient.serial)


def _code(_hospital: Hospital, stay: Stay) -> None:
    stay.change = Change.DIAGNOSIS


def _merge(_hospital: Hospital, stay: Stay) -> None:
    if stay.survivor is not None:
        stay.retired, stay.patient = stay.patient, stay.survivor


def _nothing(_hospital: Hospital, _stay: Stay) -> None:
    """Change nothing: the person was invented on arrival, or somebody who has not heard of a merge speaks once more."""


_ACTS: dict[Act, Callable[[Hospital, Stay], None]] = {
    Act.ADMIT: _admit,
    Act.TRANSFER: _transfer,
    Act.DISCHARGE: _discharge,
    Act.REGISTER: _register,
    Act.PREADMIT: _preadmit,
    Act.UPDATE: _update,
    Act.CANCEL_ADMIT: _cancel_admit,
    Act.CANCEL_DISCHARGE: _cancel_discharge,
    Act.ADD_PERSON: _nothing,
    Act.UPDATE_PERSON: _update_person,
    Act.MERGE: _merge,
    Act.CODE: _code,
    Act.UPDATE_RETIRED: _nothing,
    Act.RESULT_RETIRED: _nothing,
}
