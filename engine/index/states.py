"""The rows that a batch works on: what was stored, what has changed, and what is new. Pure; no statement in sight."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from engine.context import Charge, Context, Identifier
from engine.index.effects import Effect, Facts
from engine.index.identity import founding_key
from engine.index.joining import IdentityHistory, Joining, NoIdentityHistory
from engine.index.records import (
    BedRow,
    EncounterRecord,
    EventRecord,
    IdentifierRow,
    LocationRow,
    OrderRecord,
    PatientRecord,
    QualityRow,
    ResultRecord,
    TurnRow,
)
from engine.index.wire import grouped

OPEN = 1

ResultKey = tuple[str, str]


class History(IdentityHistory, Protocol):
    """The events stored before this batch; asked only when something comes late or is taken back."""

    def of_patients(self, patient_ids: Sequence[int], lowest_rank: int) -> Sequence[EventRecord]:
        """Return the events of these patients that say at least that much of demographics."""
        ...

    def of_encounter(self, encounter_id: int) -> Sequence[EventRecord]:
        """Return a visit's events."""
        ...

    def of_order(self, order_id: int) -> Sequence[EventRecord]:
        """Return an order's events."""
        ...

    def encounters_of(self, patient_ids: Sequence[int]) -> Sequence[EncounterRecord]:
        """Return the stored visits of these patients."""
        ...

    def merged_into(self, patient_ids: Sequence[int]) -> Sequence[PatientRecord]:
        """Return the patients whose stored pointer leads to one of these."""
        ...


class NoHistory(NoIdentityHistory):
    """A store in which nothing has happened."""

    def of_patients(self, patient_ids: Sequence[int], lowest_rank: int) -> Sequence[EventRecord]:
        """Return nothing."""
        return ()

    def of_encounter(self, encounter_id: int) -> Sequence[EventRecord]:
        """Return nothing."""
        return ()

    def of_order(self, order_id: int) -> Sequence[EventRecord]:
        """Return nothing."""
        return ()

    def encounters_of(self, patient_ids: Sequence[int]) -> Sequence[EncounterRecord]:
        """Return nothing."""
        return ()

    def merged_into(self, patient_ids: Sequence[int]) -> Sequence[PatientRecord]:
        """Return nothing."""
        return ()


class States(Joining):
    """Everything the fold reads and writes."""

    def __init__(self, history: History) -> None:
        super().__init__()
        self.history: History = history
        self.telling = 0
        """The message whose words are being folded: what they bring is known to have come by it."""
        self._segments: tuple[str, ...] = ()
        self._parts: dict[str, list[str]] = {}
        self.last_patient = self.last_encounter = self.last_order = 0
        self.identifiers: dict[str, int] = {}
        self.patients: dict[int, PatientRecord] = {}
        self.encounters: dict[str, list[EncounterRecord]] = {}
        self.orders: dict[str, list[OrderRecord]] = {}
        """By filler's and by placer's key."""
        self.results: dict[int, dict[ResultKey, ResultRecord]] = {}
        """By order: the current revisions."""
        self.new_identifiers: list[IdentifierRow] = []
        self.changed_patients: dict[int, PatientRecord] = {}
        self.changed_encounters: dict[int, EncounterRecord] = {}
        self.changed_orders: dict[int, OrderRecord] = {}
        self.changed_results: dict[int, ResultRecord] = {}
        """By the object's identity: a later revision of the same row is written after it."""
        self.refolded_orders: set[int] = set()
        """Orders whose result rows are all written anew."""
        self.refolded_encounters: set[int] = set()
        """Visits whose location rows are all written anew."""
        self.new_locations: list[LocationRow] = []
        self.new_turns: list[TurnRow] = []
        self.beds: dict[str, BedRow] = {}
        self.changed_beds: dict[str, BedRow] = {}
        self.changed_sets: dict[tuple[str, int, int], PatientRecord | EncounterRecord] = {}
        """(segment, patient, visit or 0) -> who holds the raw segments that the detail rows are made from."""
        self.events: list[EventRecord] = []
        self.quality: dict[tuple[str, str], QualityRow] = {}
        self.charges: dict[str, dict[str, str]] = {}
        """By order and code: 'charged' or 'credited'."""
        self.new_charges: dict[tuple[str, str], tuple[str, int]] = {}
        """(order, code) -> the state and the message that brought it."""
        self.locations: dict[int, list[LocationRow]] = {}
        """By visit: the stored stays, of those visits that somebody asks about."""

    def context_for(self, facts: Facts) -> Context:
        """Return what is known of the identifiers that *facts* names."""
        return Context(self.lanes_of(facts))

    def lanes_of(self, facts: Facts) -> dict[Identifier, tuple[str, ...]]:
        """Return the lanes of the patients that *facts* names and the index knows."""
        lanes: dict[Identifier, tuple[str, ...]] = {}
        for identifier in facts.identifiers:
            patient_id = self.identifiers.get(founding_key(identifier))
            if patient_id is not None:
                lanes[identifier] = tuple(patient.lane_key for patient in self.chain(self.patients[patient_id]))
        return lanes

    # what rules ask and record

    def charges_of(self, orders: Iterable[str]) -> dict[tuple[str, str], str]:
        """Return what is recorded of these orders."""
        charges = self.charges
        return {(order, code): state for order in orders for code, state in charges.get(order, {}).items()}

    def record(self, message_id: int, charges: Iterable[Charge]) -> None:
        """Take note of what became of charges."""
        for order, code, state in charges:
            self.charges.setdefault(order, {})[code] = state
            self.new_charges[order, code] = (state, message_id)

    def stays_of(self, visit: EncounterRecord) -> tuple[tuple[int, str], ...]:
        """Return since when a visit was where, in order: as stored, and as the batch has changed it."""
        rows = [] if visit.id in self.refolded_encounters else [*self.locations.get(visit.id, ())]
        rows += [row for row in self.new_locations if row.encounter_id == visit.id]
        return tuple((row.since_at, row.place) for row in sorted(rows, key=lambda row: (row.since_at, row.number)))

    def parts_of(self, effect: Effect) -> dict[str, list[str]]:
        """Return the effect's segments by name; person and visit both ask, one after the other."""
        segments = effect.segments
        if segments is not self._segments:
            self._segments, self._parts = segments, grouped(segments)
        return self._parts

    # patients

    def chain(self, patient: PatientRecord) -> list[PatientRecord]:
        """Return *patient* and its survivors, the last of which is merged into nobody."""
        found = [patient]
        while patient.merged_into is not None:
            patient = self.patients[patient.merged_into]
            found.append(patient)
        return found

    def survivor(self, patient_id: int) -> int:
        """Return the number of the patient through whom *patient_id* is read today."""
        patient = self.patients.get(patient_id)
        while patient is not None and patient.merged_into is not None:
            patient_id = patient.merged_into
            patient = self.patients.get(patient_id)
        return patient_id

    def landing(self, patient: PatientRecord, effective_us: int) -> PatientRecord:
        """Return the patient whom an event of *patient* at that time tells about: merges count from their own time."""
        while patient.merged_into is not None and effective_us >= patient.merged_at:
            patient = self.patients[patient.merged_into]
        return patient

    def found_patient(self, identifiers: Sequence[Identifier]) -> PatientRecord:
        """Return a new patient, known by the first of *identifiers* for ever."""
        self.last_patient += 1
        patient = PatientRecord(self.last_patient, founding_key(identifiers[0]))
        self.patients[patient.id] = patient
        self.changed_patients[patient.id] = patient
        return patient

    def give_identifiers(
        self, patient: PatientRecord, identifiers: Iterable[Identifier], types: Mapping[Identifier, str]
    ) -> None:
        """Add those identifiers to the patient that nobody has."""
        for identifier in identifiers:
            key = founding_key(identifier)
            if key not in self.identifiers:
                self.identifiers[key] = patient.id
                shown = (identifier.authority, identifier.value, types.get(identifier, ""))
                row = IdentifierRow(key, *shown, patient.id, self.telling)
                self.new_identifiers.append(row)

    def family_of(self, patient: PatientRecord) -> list[PatientRecord]:
        """Return *patient* and every patient that was merged into it, at whatever remove."""
        family = [patient]
        seen = {patient.id}
        for member in family:
            for record in self.history.merged_into([member.id]):
                self.patients.setdefault(record.id, record)
            for record in self.patients.values():
                if record.merged_into == member.id and record.id not in seen:
                    seen.add(record.id)
                    family.append(record)
        return family

    # visits and orders: numbers are only unique within their patient

    def encounter_of(self, number_key: str, patient: PatientRecord) -> EncounterRecord | None:
        """Return the visit of that number that is read through the same patient, or was before it was moved."""
        records = self.encounters.get(number_key)
        if not records:
            return None
        owner = self.survivor(patient.id)
        for record in records:
            if self.survivor(record.moved_to or record.patient_id) == owner:
                return record if record.merged_into is None else self.visit_merged(record)
        for record in records:
            if record.moved_to is not None and self.survivor(record.patient_id) == owner:
                return record if record.merged_into is None else self.visit_merged(record)
        return None

    def found_encounter(self, number_key: str, patient: PatientRecord) -> EncounterRecord:
        """Return a new visit of *patient*."""
        self.last_encounter += 1
        record = EncounterRecord(self.last_encounter, number_key, patient.id)
        self.encounters.setdefault(number_key, []).append(record)
        return record

    def encounters_of(self, patient_ids: set[int]) -> list[EncounterRecord]:
        """Return every visit of these patients, stored or new."""
        for record in self.history.encounters_of(sorted(patient_ids)):
            known = self.encounters.setdefault(record.number_key, [])
            if all(each.id != record.id for each in known):
                known.append(record)
        everyone = (record for records in self.encounters.values() for record in records)
        return [record for record in everyone if record.patient_id in patient_ids]

    def is_erased(self, visit: EncounterRecord) -> bool:
        """Tell whether an A29 deleted the visit, or something that it may once have held."""
        patient = self.patients[visit.patient_id]
        if patient.erased_at is None and patient.merged_into is None:
            return False
        return self.erasure_of(visit) is not None

    def erasure_of(self, visit: EncounterRecord) -> tuple[int, int] | None:
        """Return when an A29 deleted whatever there was of the visit, and the message's number."""
        patient = self.patients[visit.patient_id]
        found = None if patient.erased_at is None else (patient.erased_at, patient.erased_by)
        while patient.merged_into is not None:
            joined_at, patient = patient.merged_at, self.patients[patient.merged_into]
            erased = patient.erased_at
            if erased is not None and erased >= joined_at and (found is None or erased > found[0]):
                found = (erased, patient.erased_by)
        return found

    def order_of(self, filler: str, placer: str, patient: PatientRecord) -> OrderRecord | None:
        """Return the order by its filler's number, else by its placer's unless the fillers differ."""
        owner = self.survivor(patient.id)
        if filler:
            for record in self.orders.get(filler, ()):
                if record.filler_key == filler and owner in self.readers_of(record):
                    return record
        if placer:
            for record in self.orders.get(placer, ()):
                fits = record.placer_key == placer and not (filler and record.filler_key)
                if fits and owner in self.readers_of(record):
                    return record
        return None

    def found_order(self, filler: str, placer: str, patient: PatientRecord) -> OrderRecord:
        """Return a new order of *patient*."""
        self.last_order += 1
        record = OrderRecord(self.last_order, patient.id, filler, placer)
        self.results[record.id] = {}
        for key in {filler, placer} - {""}:
            self.orders.setdefault(key, []).append(record)
        return record

    # what a person should look at

    def report(self, code: str, subject: str, message_id: int, patients: Sequence[int] = ()) -> None:
        """Put something on the list of things to look at, once for each code and subject."""
        if (code, subject) not in self.quality:
            first, second = [*patients, None, None][:2]
            self.quality[code, subject] = QualityRow(code, subject, message_id, first, second, OPEN)
