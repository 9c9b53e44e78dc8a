"""The index's rows as the fold works on them: mutable, fields in the order in which they are read and written. Pure.

Raw texts are segments and fields in the standard's delimiters, escaped as received.
"""

from dataclasses import dataclass, fields
from enum import IntEnum
from operator import attrgetter
from typing import Any, NamedTuple

Moment = tuple[int, int, int]
"""Effective, recorded, sent: which of two events is the newer."""

NEVER: Moment = (-(1 << 62), 0, 0)


class VisitStatus(IntEnum):
    """Where a visit stands (HL7.md 3.4)."""

    UNKNOWN = 0
    PLANNED = 1
    ACTIVE = 2
    ADMITTED = 3
    LEAVE = 4
    DISCHARGED = 5
    CANCELLED = 6
    DELETED = 7


class Aspect(IntEnum):
    """What of a visit a turn is about."""

    STATUS = 1
    ATTENDING = 2
    """PV1-7"""
    CONSULTING = 3
    """PV1-9"""
    TEMPORARY = 4
    """PV1-11: where the patient is for a while, the bed being kept."""
    PENDING = 5
    """PV1-42: where the patient is going to be transferred."""
    LEAVING = 6
    """PV2-9: when the discharge is expected."""


class Rank(IntEnum):
    """How much a message may say of a patient's demographics; the highest that was seen speaks alone."""

    NONE = -1
    ASIDE = 0
    """A result, or another system's message: carries copies, often stale."""
    EVENT = 1
    """An ADT event about something else."""
    SNAPSHOT = 2
    """An ADT event that states the demographics."""


@dataclass(slots=True, repr=False)
class PatientRecord:
    """One patient as first identified; merged ones stay and point to their survivor."""

    id: int
    lane_key: str
    merged_into: int | None = None
    merged_at: int = 0
    joined_at: int = 0
    """When the newest merge, move or link that names it happened; 0: none does."""
    rank: int = Rank.NONE
    effective_at: int = NEVER[0]
    recorded_at: int = 0
    sent_at: int = 0
    family: str = ""
    given: str = ""
    born: str = ""
    sex: str = ""
    died: str = ""
    deceased: str = ""
    pid: str = ""
    pd1: str = ""
    nk1: str = ""
    in1: str = ""
    allergies: str = ""
    """AL1 and IAM as the updates left them."""
    allergies_by: str = ""
    """For each of them the message that brought it."""
    pid_by: int = 0
    """The message that brought PID and PD1 as they are; likewise the others. 0: none."""
    nk1_by: int = 0
    in1_by: int = 0
    death_by: int = 0
    erased_at: int | None = None
    """When an A29 deleted the person and all that there was of visits until then."""
    erased_by: int = 0

    @property
    def moment(self) -> Moment:
        """The newest event that said something of this patient."""
        return (self.effective_at, self.recorded_at, self.sent_at)

    def forget(self) -> None:
        """Return to what is known before the first event; identity and merges stay."""
        fresh = PatientRecord(self.id, self.lane_key, self.merged_into, self.merged_at, self.joined_at)
        for each in fields(self):
            setattr(self, each.name, getattr(fresh, each.name))


@dataclass(slots=True, repr=False)
class EncounterRecord:
    """One visit, as its events leave it."""

    id: int
    number_key: str
    patient_id: int
    moved_to: int | None = None
    """The patient that it was moved to."""
    merged_into: int | None = None
    """The visit that its events belong to since its number was changed or merged."""
    status: int = VisitStatus.UNKNOWN
    provisional: int = 1
    """1 until an event that begins visits has been seen."""
    cancels: int = 0
    """1 once an event was taken back: then every new one folds the visit again."""
    movements: int = 0
    """Rows of the location history."""
    turns: int = 0
    """Rows of the history of everything else."""
    effective_at: int = NEVER[0]
    recorded_at: int = 0
    sent_at: int = 0
    patient_class: str = ""
    former_key: str = ""
    """The number of the visit that this one goes on from."""
    location: str = ""
    temporary: str = ""
    pending: str = ""
    begun_at: int | None = None
    ended_at: int | None = None
    disposition: str = ""
    flags: str = ""
    """Codes of what did not fit, in alphabetical order."""
    pv1: str = ""
    pv2: str = ""
    dg1: str = ""
    pr1: str = ""
    gt1: str = ""
    in1: str = ""
    visit_by: int = 0
    """The message that brought PV1 and PV2 as they are; likewise the others. 0: none."""
    dg1_by: int = 0
    pr1_by: int = 0
    gt1_by: int = 0
    in1_by: int = 0

    @property
    def moment(self) -> Moment:
        """The newest event of this visit."""
        return (self.effective_at, self.recorded_at, self.sent_at)

    def forget(self) -> None:
        """Return to what is known before the first event."""
        fresh = EncounterRecord(self.id, self.number_key, self.patient_id, self.moved_to, self.merged_into)
        for each in fields(self):
            setattr(self, each.name, getattr(fresh, each.name))


@dataclass(slots=True, repr=False)
class OrderRecord:
    """One order, by its filler's number where there is one."""

    id: int
    patient_id: int
    filler_key: str
    placer_key: str
    visit_key: str = ""
    effective_at: int = NEVER[0]
    recorded_at: int = 0
    sent_at: int = 0
    code: str = ""
    system: str = ""
    name: str = ""
    status: str = ""
    collected_at: int | None = None
    reported_at: int | None = None
    obr: str = ""
    message_id: int = 0
    """The message that brought the OBR."""
    moved_to: int | None = None
    """The patient that its visit was moved to."""

    @property
    def moment(self) -> Moment:
        """The newest event of this order."""
        return (self.effective_at, self.recorded_at, self.sent_at)

    def forget(self) -> None:
        """Return to what is known before the first event."""
        fresh = OrderRecord(self.id, self.patient_id, self.filler_key, self.placer_key, moved_to=self.moved_to)
        for each in fields(self):
            setattr(self, each.name, getattr(fresh, each.name))


class Content(NamedTuple):
    """What a result says; two equal ones are the same result sent twice."""

    value_type: str
    name: str
    value: str
    units: str
    reference_range: str
    flags: str
    observed_at: int | None

    def __repr__(self) -> str:
        return "<Content>"


@dataclass(slots=True, repr=False)
class ResultRecord:
    """One revision of one result; a correction begins another and leaves this one as it was."""

    order_id: int
    code: str
    """OBX-3.1^OBX-3.3"""
    sub_id: str
    revision: int
    current: int
    status: str
    content: Content
    message_id: int
    """The message that brought the content; its status may be a later one's."""

    @property
    def row(self) -> tuple[object, ...]:
        """What is written."""
        return (
            self.order_id,
            self.code,
            self.sub_id,
            self.revision,
            self.current,
            self.status,
            *self.content,
            self.message_id,
        )


class EventRecord(NamedTuple):
    """One effect as it is stored: enough to fold it again without the message's body."""

    message_id: int
    ordinal: int
    patient_id: int | None
    encounter_id: int | None
    order_id: int | None
    kind: str
    rank: int
    effective_at: int
    recorded_at: int
    sent_at: int
    received_at: int
    origin: str
    notes: str
    version: int
    facts: str

    def __repr__(self) -> str:
        return f"<Event {self.message_id}.{self.ordinal}>"

    @property
    def position(self) -> tuple[int, int, int, int, int]:
        """What events are folded in the order of: ties by receipt."""
        return (self.effective_at, self.recorded_at, self.sent_at, self.message_id, self.ordinal)


class LocationRow(NamedTuple):
    """One stay of a visit at one place."""

    encounter_id: int
    number: int
    since_at: int
    kind: str
    place: str
    unit: str
    message_id: int

    def __repr__(self) -> str:
        return f"<Location {self.encounter_id}.{self.number}>"


class TurnRow(NamedTuple):
    """One change of one aspect of a visit."""

    encounter_id: int
    number: int
    aspect: int
    since_at: int
    kind: str
    value: str
    """A state's name, or the field as sent; '' where there is nothing any more."""
    message_id: int

    def __repr__(self) -> str:
        return f"<Turn {self.encounter_id}.{self.number}>"


class BedRow(NamedTuple):
    """What was last said of a bed itself, whoever lies in it."""

    key: str
    place: str
    status: str
    effective_at: int
    recorded_at: int
    sent_at: int
    message_id: int

    @property
    def moment(self) -> Moment:
        """When it was said."""
        return (self.effective_at, self.recorded_at, self.sent_at)

    def __repr__(self) -> str:
        return "<Bed>"


class QualityRow(NamedTuple):
    """Something for a person to look at: codes and numbers, no values."""

    code: str
    subject: str
    message_id: int
    patient_id: int | None
    other_id: int | None
    state: int


class IdentifierRow(NamedTuple):
    """One identifier and the patient it was given to."""

    key: str
    authority: str
    value: str
    type_code: str
    patient_id: int
    message_id: int

    def __repr__(self) -> str:
        return f"<Identifier of patient {self.patient_id}>"


class Rows:
    """Turns records of one kind into rows, quickly."""

    __slots__ = ("of",)

    def __init__(self, kind: type[Any]) -> None:
        self.of = attrgetter(*(each.name for each in fields(kind)))


PATIENT, ENCOUNTER = Rows(PatientRecord), Rows(EncounterRecord)
ORDER = Rows(OrderRecord)
