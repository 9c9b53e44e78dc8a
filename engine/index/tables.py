"""The record index's tables: integers for time (UTC microseconds), rows as records.py orders them.

Nothing here is the only copy of anything but ``event`` and ``charge``: all other tables are folded from the events and
can be again.
"""

from typing import Any, ClassVar

from sqlalchemy import BigInteger, Column, Index, Integer, SmallInteger, Table, Text, text
from sqlmodel import Field, SQLModel

from engine.index import identity_tables
from engine.index.charge_table import CHARGE

BIG = BigInteger().with_variant(Integer, "sqlite")
CLUSTERED: dict[str, Any] = {"sqlite_with_rowid": False}
"""Rows live in the order of their key, beside their neighbours."""


def _key() -> Any:
    return Field(sa_column=Column(BIG, primary_key=True, autoincrement=False))


def _text_key() -> Any:
    return Field(sa_column=Column(Text, primary_key=True))


def _text() -> Any:
    return Field(sa_column=Column(Text, nullable=False))


def _big() -> Any:
    return Field(sa_column=Column(BIG, nullable=False))


def _big_or_null() -> Any:
    return Field(default=None, sa_column=Column(BIG))


def _small() -> Any:
    return Field(sa_column=Column(SmallInteger, nullable=False))


def _number() -> Any:
    return Field(sa_column=Column(Integer, nullable=False))


def _partial(name: str, column: str) -> Index:
    where = text(f"{column} IS NOT NULL")
    return Index(name, column, sqlite_where=where, postgresql_where=where)


class Patient(SQLModel, table=True):
    """One patient as first identified; a merged one points to its survivor and stays."""

    __tablename__: ClassVar[str] = "patient"
    __table_args__ = (_partial("ix_patient_merged", "merged_into"),)

    id: int = _key()
    lane_key: str = Field(sa_column=Column(Text, nullable=False, unique=True))
    """The identifier it was founded with: never changes, so that lanes do not."""
    merged_into: int | None = _big_or_null()
    merged_at: int = _big()
    joined_at: int = _big()
    rank: int = _small()
    effective_at: int = _big()
    recorded_at: int = _big()
    sent_at: int = _big()
    family: str = _text()
    given: str = _text()
    born: str = _text()
    """As sent: a year, a month or a day, and sometimes a time."""
    sex: str = _text()
    died: str = _text()
    deceased: str = _text()
    pid: str = _text()
    """The segment as the updates left it, without PID-29 and PID-30."""
    pd1: str = _text()
    nk1: str = _text()
    in1: str = _text()
    """The person's own insurance; a visit's stands with the visit."""
    allergies: str = _text()
    allergies_by: str = _text()
    pid_by: int = _big()
    nk1_by: int = _big()
    in1_by: int = _big()
    death_by: int = _big()
    erased_at: int | None = _big_or_null()
    erased_by: int = _big()


class PatientIdentifier(SQLModel, table=True):
    """One number of one assigning authority, and the patient that it was given to."""

    __tablename__: ClassVar[str] = "patient_identifier"
    __table_args__ = (Index("ix_patient_identifier_patient", "patient_id"), CLUSTERED)

    key: str = _text_key()
    """``authority|value``"""
    authority: str = _text()
    value: str = _text()
    type_code: str = _text()
    patient_id: int = _big()
    message_id: int = _big()
    """Who brought it; likewise below."""


class Encounter(SQLModel, table=True):
    """One visit; its number is only unique within its patient."""

    __tablename__: ClassVar[str] = "encounter"
    __table_args__ = (
        Index("ix_encounter_number", "number_key"),
        Index("ix_encounter_patient", "patient_id"),
        _partial("ix_encounter_held", "moved_to"),
    )

    id: int = _key()
    number_key: str = _text()
    patient_id: int = _big()
    """Whom it was sent for; read through that patient's survivor, unless it was moved."""
    moved_to: int | None = _big_or_null()
    merged_into: int | None = _big_or_null()
    status: int = _small()
    provisional: int = _small()
    cancels: int = _small()
    movements: int = _number()
    turns: int = _number()
    effective_at: int = _big()
    recorded_at: int = _big()
    sent_at: int = _big()
    patient_class: str = _text()
    former_key: str = _text()
    location: str = _text()
    temporary: str = _text()
    pending: str = _text()
    begun_at: int | None = _big_or_null()
    ended_at: int | None = _big_or_null()
    disposition: str = _text()
    flags: str = _text()
    pv1: str = _text()
    pv2: str = _text()
    dg1: str = _text()
    pr1: str = _text()
    gt1: str = _text()
    in1: str = _text()
    visit_by: int = _big()
    dg1_by: int = _big()
    pr1_by: int = _big()
    gt1_by: int = _big()
    in1_by: int = _big()


class Location(SQLModel, table=True):
    """Where a visit was, from when on."""

    __tablename__: ClassVar[str] = "location"
    __table_args__ = (CLUSTERED,)

    encounter_id: int = _key()
    number: int = _key()
    since_at: int = _big()
    kind: str = _text()
    place: str = _text()
    unit: str = _text()
    message_id: int = _big()


class VisitTurn(SQLModel, table=True):
    """What changed in a visit besides its place, and when: its status, who attends, where it is for a while."""

    __tablename__: ClassVar[str] = "visit_turn"
    __table_args__ = (CLUSTERED,)

    encounter_id: int = _key()
    number: int = _key()
    aspect: int = _small()
    since_at: int = _big()
    kind: str = _text()
    value: str = _text()
    message_id: int = _big()


class Bed(SQLModel, table=True):
    """One bed, as A20 told of it last."""

    __tablename__: ClassVar[str] = "bed"
    __table_args__ = (CLUSTERED,)

    key: str = _text_key()
    place: str = _text()
    status: str = _text()
    """Table 0116."""
    effective_at: int = _big()
    recorded_at: int = _big()
    sent_at: int = _big()
    message_id: int = _big()


class Allergy(SQLModel, table=True):
    """One allergy or adverse reaction of a person."""

    __tablename__: ClassVar[str] = "allergy"
    __table_args__ = (CLUSTERED,)

    patient_id: int = _key()
    number: int = _key()
    kind: str = _text()
    code: str = _text()
    system: str = _text()
    name: str = _text()
    severity: str = _text()
    reaction: str = _text()
    since: str = _text()
    """As sent."""
    status: str = _text()
    message_id: int = _big()


class Diagnosis(SQLModel, table=True):
    """One diagnosis of a visit, in the order sent."""

    __tablename__: ClassVar[str] = "diagnosis"
    __table_args__ = (CLUSTERED,)

    encounter_id: int = _key()
    number: int = _key()
    code: str = _text()
    system: str = _text()
    name: str = _text()
    kind: str = _text()
    priority: str = _text()
    message_id: int = _big()


class Procedure(SQLModel, table=True):
    """One procedure of a visit, in the order sent."""

    __tablename__: ClassVar[str] = "procedure"
    __table_args__ = (CLUSTERED,)

    encounter_id: int = _key()
    number: int = _key()
    code: str = _text()
    system: str = _text()
    name: str = _text()
    done: str = _text()
    """PR1-5 as sent."""
    message_id: int = _big()


class Coverage(SQLModel, table=True):
    """One insurance of a visit, or of the person (visit 0), in the order sent."""

    __tablename__: ClassVar[str] = "coverage"
    __table_args__ = (CLUSTERED,)

    patient_id: int = _key()
    encounter_id: int = _key()
    number: int = _key()
    plan: str = _text()
    company: str = _text()
    company_name: str = _text()
    policy: str = _text()
    group_number: str = _text()
    starts: str = _text()
    ends: str = _text()
    message_id: int = _big()


class Order(SQLModel, table=True):
    """One order that was reported on."""

    __tablename__: ClassVar[str] = "lab_order"
    __table_args__ = (
        Index("ix_lab_order_filler", "filler_key"),
        Index("ix_lab_order_placer", "placer_key"),
        Index("ix_lab_order_patient", "patient_id"),
        _partial("ix_lab_order_held", "moved_to"),
    )

    id: int = _key()
    patient_id: int = _big()
    filler_key: str = _text()
    placer_key: str = _text()
    visit_key: str = _text()
    """Which visit of the patient, by its number; the visit may be told of later."""
    effective_at: int = _big()
    recorded_at: int = _big()
    sent_at: int = _big()
    code: str = _text()
    system: str = _text()
    name: str = _text()
    status: str = _text()
    collected_at: int | None = _big_or_null()
    reported_at: int | None = _big_or_null()
    obr: str = _text()
    message_id: int = _big()
    moved_to: int | None = _big_or_null()


class Result(SQLModel, table=True):
    """One revision of one result of an order."""

    __tablename__: ClassVar[str] = "result"
    __table_args__ = (CLUSTERED,)

    order_id: int = _key()
    code: str = _text_key()
    sub_id: str = _text_key()
    revision: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    current: int = _small()
    status: str = _text()
    value_type: str = _text()
    name: str = _text()
    value: str = _text()
    units: str = _text()
    reference_range: str = _text()
    flags: str = _text()
    observed_at: int | None = _big_or_null()
    message_id: int = _big()


class Event(SQLModel, table=True):
    """What one message said of one patient, visit or order: the history that everything else is folded from."""

    __tablename__: ClassVar[str] = "event"
    __table_args__ = (
        Index("ix_event_patient", "patient_id", "rank"),
        _partial("ix_event_encounter", "encounter_id"),
        _partial("ix_event_order", "order_id"),
    )

    message_id: int = _key()
    ordinal: int = _key()
    patient_id: int | None = _big_or_null()
    encounter_id: int | None = _big_or_null()
    order_id: int | None = _big_or_null()
    kind: str = _text()
    rank: int = _small()
    effective_at: int = _big()
    recorded_at: int = _big()
    sent_at: int = _big()
    received_at: int = _big()
    origin: str = _text()
    notes: str = _text()
    version: int = _small()
    facts: str = _text()


class QualityItem(SQLModel, table=True):
    """Something for a person to look at, once for each code and subject: no value of a message in it."""

    __tablename__: ClassVar[str] = "quality_item"
    __table_args__ = (CLUSTERED,)

    code: str = _text_key()
    subject: str = _text_key()
    message_id: int = _big()
    """The first message that showed it."""
    patient_id: int | None = _big_or_null()
    other_id: int | None = _big_or_null()
    state: int = _small()


def _table(model: type[SQLModel]) -> Table:
    return SQLModel.metadata.tables[str(model.__tablename__)]


PATIENT, IDENTIFIER = _table(Patient), _table(PatientIdentifier)
ENCOUNTER, LOCATION, TURN = _table(Encounter), _table(Location), _table(VisitTurn)
BED, ALLERGY = _table(Bed), _table(Allergy)
DIAGNOSIS, PROCEDURE, COVERAGE = _table(Diagnosis), _table(Procedure), _table(Coverage)
ORDER, RESULT = _table(Order), _table(Result)
MERGE, OVERLAY = identity_tables.MERGE, identity_tables.OVERLAY
EVENT, QUALITY = _table(Event), _table(QualityItem)
FOLDED_TABLES = (
    PATIENT,
    IDENTIFIER,
    ENCOUNTER,
    LOCATION,
    TURN,
    BED,
    ALLERGY,
    DIAGNOSIS,
    PROCEDURE,
    COVERAGE,
    ORDER,
    RESULT,
    MERGE,
    OVERLAY,
    QUALITY,
)
"""All that is folded from EVENT."""
INDEX_TABLES = (*FOLDED_TABLES, EVENT, CHARGE)
