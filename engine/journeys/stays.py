"""Patients and their stays: the simulated hospital's memory. What changes it stands in encounters.py."""

from enum import Enum

from engine.journeys.conditions import CHILDRENS_CONDITIONS, CONDITIONS
from engine.journeys.dice import Dice
from engine.journeys.itinerary import Step
from engine.journeys.people import Person
from engine.journeys.places import DOCTORS


class Patient:
    """A number and the person behind it; a person registered twice is two patients until they are merged."""

    __slots__ = ("allergies", "key", "number", "person", "serial")

    def __init__(self, number: str, serial: int, person: Person, key: str = "") -> None:
        self.number = number
        self.serial = serial
        self.person = person
        self.key = key or number
        """The number that outlives every merge."""
        self.allergies: tuple[str, ...] = ()


class Standing(Enum):
    """How a visit stands."""

    NONE = "no visit yet"
    PLANNED = "planned"
    ACTIVE = "active"
    ADMITTED = "admitted"
    DISCHARGED = "discharged"
    CANCELLED = "cancelled"


_UNDER_CARE = frozenset((Standing.ACTIVE, Standing.ADMITTED, Standing.DISCHARGED))


class Change(Enum):
    """What an update is about, so that the message carries those segments."""

    NOTHING = "nothing"
    PERSON = "address or telephone"
    WORK = "the telephone at work is gone"
    COVERAGE = "insurance"
    DIAGNOSIS = "diagnosis"


class Stay:
    """A patient's way through one visit: what is planned, and how it stands."""

    __slots__ = (
        "account",
        "attending",
        "bed",
        "begun",
        "change",
        "condition",
        "disposition",
        "ended",
        "next_step",
        "number",
        "occurred",
        "patient",
        "patient_class",
        "prior_bed",
        "retired",
        "standing",
        "steps",
        "survivor",
    )

    def __init__(self, patient: Patient, steps: list[Step], dice: Dice, survivor: Patient | None = None) -> None:
        self.patient = patient
        self.survivor = survivor
        """Whom the patient will be merged into, when this is a second registration."""
        self.retired: Patient | None = None
        """Who the patient was before that merge."""
        self.steps = steps
        self.next_step = 0
        self.standing = Standing.NONE
        self.number = ""
        self.account = ""
        self.attending = dice.pick(DOCTORS)
        self.condition = dice.pick(CHILDRENS_CONDITIONS if patient.person.minor else CONDITIONS)
        self.change = Change.NOTHING
        self.patient_class = "O"
        self.bed = ""
        self.prior_bed = ""
        self.disposition = ""
        self.begun = 0
        self.ended = 0
        self.occurred = 0
        """When the last act happened, or the act that it took back: EVN-6."""

    @property
    def under_care(self) -> bool:
        """Whether there is a visit that orders can belong to, and somebody alive to examine."""
        return self.standing in _UNDER_CARE and not self.patient.person.death

    @property
    def finished(self) -> bool:
        """Whether nothing is planned any more."""
        return self.next_step >= len(self.steps)
