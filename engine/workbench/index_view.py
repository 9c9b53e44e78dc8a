"""What a case's messages make of an empty record index, as texts by name, for the cases' ``index``. Pure."""

from collections.abc import Iterable, Mapping
from itertools import chain
from typing import TypeVar

from engine.index.identity_records import MergeState
from engine.index.records import EncounterRecord, OrderRecord, PatientRecord, VisitStatus
from engine.index.states import States

RecordT = TypeVar("RecordT")

COUNTS = ("patients", "visits", "orders", "results", "merges")
PATIENT = ("family", "given", "born", "sex", "died")
VISIT = ("number", "status", "class", "location", "disposition")
ORDER = ("filler", "placer", "code", "name", "status")
QUALITY = "quality"
NAMES = (
    *COUNTS,
    QUALITY,
    *(f"patient.{each}" for each in PATIENT),
    *(f"visit.{each}" for each in VISIT),
    *(f"order.{each}" for each in ORDER),
)
"""What a case may expect: counts, the codes on the data-quality list, and texts of the first of each kind."""


def index_view(states: States) -> Mapping[str, str]:
    """Return by name what an index that holds *states* tells; what is not there is ''."""
    patients, visits = list(states.patients.values()), _distinct(states.encounters.values())
    orders = _distinct(states.orders.values())
    told = dict.fromkeys(NAMES, "")
    merges = sum(1 for each in states.merges.values() if each.state == MergeState.APPLIED)
    counts = (len(patients), len(visits), len(orders), sum(map(len, states.results.values())), merges)
    told.update(zip(COUNTS, map(str, counts), strict=True))
    told[QUALITY] = ", ".join(sorted({code for code, _ in states.quality}))
    for patient in patients[:1]:
        told.update((f"patient.{key}", text) for key, text in _patient(patient).items())
    for visit in visits[:1]:
        told.update((f"visit.{key}", text) for key, text in _visit(visit).items())
    for order in orders[:1]:
        told.update((f"order.{key}", text) for key, text in _order(order).items())
    return told


def _distinct(lists: Iterable[list[RecordT]]) -> list[RecordT]:
    """Return the records of all lists, each once: an order stands under its filler's and its placer's number."""
    return list({id(each): each for each in chain.from_iterable(lists)}.values())


def _patient(record: PatientRecord) -> Mapping[str, str]:
    return dict(zip(PATIENT, (record.family, record.given, record.born, record.sex, record.died), strict=True))


def _visit(record: EncounterRecord) -> Mapping[str, str]:
    status = VisitStatus(record.status).name.lower()
    values = (record.number_key, status, record.patient_class, record.location, record.disposition)
    return dict(zip(VISIT, values, strict=True))


def _order(record: OrderRecord) -> Mapping[str, str]:
    values = (record.filler_key, record.placer_key, record.code, record.name, record.status)
    return dict(zip(ORDER, values, strict=True))
