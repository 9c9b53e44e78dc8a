"""What merges, moves and links read and change of a batch: asked of the store only when one of them is met. Pure."""

from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from engine.index.identity_records import MergeRow, OverlayRow
from engine.index.records import EncounterRecord, EventRecord, OrderRecord, PatientRecord, Rank

ActKey = tuple[int, int, int]
EventKey = tuple[int, int]
Tie = tuple[int | None, int | None]
"""The patient and the visit that an event belongs to."""


class IdentityHistory(Protocol):
    """What is stored about who is who."""

    def of_patients(self, patient_ids: Sequence[int], lowest_rank: int) -> Sequence[EventRecord]:
        """Return the events of these patients that say at least that much of demographics."""
        ...

    def of_encounter(self, encounter_id: int) -> Sequence[EventRecord]:
        """Return a visit's events."""
        ...

    def event(self, message_id: int, ordinal: int) -> EventRecord | None:
        """Return one event."""
        ...

    def merges_of(self, patient_ids: Sequence[int]) -> Sequence[MergeRow]:
        """Return the merges, moves and links that name one of these patients."""
        ...

    def merge(self, key: ActKey) -> MergeRow | None:
        """Return one of them."""
        ...

    def overlay(self, key: EventKey) -> OverlayRow | None:
        """Return one update that was held back."""
        ...

    def patients(self, patient_ids: Sequence[int]) -> Sequence[PatientRecord]:
        """Return these patients."""
        ...

    def visits_of(self, patient_ids: Sequence[int]) -> Sequence[EncounterRecord]:
        """Return the visits that were sent for these patients or moved to them."""
        ...

    def orders_of(self, patient_ids: Sequence[int]) -> Sequence[OrderRecord]:
        """Return the orders that were sent for these patients or moved to them."""
        ...


class NoIdentityHistory:
    """A store in which nobody was ever merged."""

    def event(self, message_id: int, ordinal: int) -> EventRecord | None:
        """Return nothing."""
        return None

    def merges_of(self, patient_ids: Sequence[int]) -> Sequence[MergeRow]:
        """Return nothing."""
        return ()

    def merge(self, key: ActKey) -> MergeRow | None:
        """Return nothing."""
        return None

    def overlay(self, key: EventKey) -> OverlayRow | None:
        """Return nothing."""
        return None

    def patients(self, patient_ids: Sequence[int]) -> Sequence[PatientRecord]:
        """Return nothing."""
        return ()

    def visits_of(self, patient_ids: Sequence[int]) -> Sequence[EncounterRecord]:
        """Return nothing."""
        return ()

    def orders_of(self, patient_ids: Sequence[int]) -> Sequence[OrderRecord]:
        """Return nothing."""
        return ()


class Joining:
    """The part of a batch's rows that merges, moves and links concern."""

    history: IdentityHistory
    patients: dict[int, PatientRecord]
    encounters: dict[str, list[EncounterRecord]]
    orders: dict[str, list[OrderRecord]]
    changed_patients: dict[int, PatientRecord]
    changed_encounters: dict[int, EncounterRecord]
    events: list[EventRecord]

    def __init__(self) -> None:
        self.merges: dict[ActKey, MergeRow] = {}
        """Those that are new or have changed."""
        self.ties: dict[EventKey, Tie] = {}
        """Stored events that belong to somebody else now."""
        self.moved_events: dict[EventKey, EventRecord] = {}
        """The same events, as they are now."""
        self.moved_identifiers: dict[str, int] = {}
        """Identifier -> the patient that it belongs to now."""
        self.removed_encounters: set[int] = set()
        self.overlays: dict[EventKey, OverlayRow] = {}

    def survivor(self, patient_id: int) -> int:
        """Return the number of the patient through whom *patient_id* is read today."""
        raise NotImplementedError

    # who is read through whom

    def readers_of(self, record: OrderRecord) -> tuple[int, int]:
        """Return the patients that an order is found by: whom it is read through, and whom it was sent for."""
        origin = self.survivor(record.patient_id)
        return (origin if record.moved_to is None else self.survivor(record.moved_to)), origin

    def visit_merged(self, record: EncounterRecord) -> EncounterRecord:
        """Return the visit that the events of *record* belong to."""
        while record.merged_into is not None:
            found = self._visit(record.merged_into)
            if found is None:
                found = next(
                    (each for each in self.visits_of([record.patient_id]) if each.id == record.merged_into), None
                )
            if found is None:
                break
            record = found
        return record

    def _visit(self, encounter_id: int) -> EncounterRecord | None:
        for records in self.encounters.values():
            for record in records:
                if record.id == encounter_id:
                    return record
        return None

    # loading what a merge concerns

    def patient(self, patient_id: int) -> PatientRecord:
        """Return a patient, loaded if the batch had not named it, with everybody it is read through."""
        wanted: int | None = patient_id
        while wanted is not None:
            if wanted not in self.patients:
                self.patients.update((record.id, record) for record in self.history.patients([wanted]))
            wanted = self.patients[wanted].merged_into
        return self.patients[patient_id]

    def merges_of(self, patient_ids: Iterable[int]) -> list[MergeRow]:
        """Return all that names one of these patients, with what the batch has changed."""
        ids = set(patient_ids)
        found = {row.key: row for row in self.history.merges_of(sorted(ids))}
        found.update((key, row) for key, row in self.merges.items() if row.source_id in ids or row.target_id in ids)
        return list(found.values())

    def merges_around(self, patient_ids: Iterable[int]) -> tuple[list[MergeRow], set[int]]:
        """Return all that is tied together with these patients by merges and moves, and everybody whom it names."""
        members: set[int] = set()
        found: dict[ActKey, MergeRow] = {}
        wanted = set(patient_ids)
        while wanted:
            members |= wanted
            found.update((row.key, row) for row in self.merges_of(wanted))
            wanted = {each for row in found.values() for each in (row.source_id, row.target_id)} - members
        return sorted(found.values(), key=lambda row: row.position), members

    def visits_of(self, patient_ids: Iterable[int]) -> list[EncounterRecord]:
        """Return every visit of these patients, loaded where the batch had not named it."""
        ids = set(patient_ids)
        known = {record.id for records in self.encounters.values() for record in records}
        for record in self.history.visits_of(sorted(ids)):
            if record.id not in known and record.id not in self.removed_encounters:
                self.encounters.setdefault(record.number_key, []).append(record)
        for records in list(self.encounters.values()):
            for record in records:
                for owner in (record.patient_id, record.moved_to):
                    if owner is not None:
                        self.patient(owner)
        return sorted(
            (r for records in self.encounters.values() for r in records if r.patient_id in ids or r.moved_to in ids),
            key=lambda record: record.id,
        )

    def orders_of(self, patient_ids: Iterable[int]) -> list[OrderRecord]:
        """Return every order of these patients, loaded where the batch had not named it; without its results."""
        ids = set(patient_ids)
        loaded = {record.id: record for records in self.orders.values() for record in records}
        for record in self.history.orders_of(sorted(ids)):
            loaded.setdefault(record.id, record)
        return [record for record in loaded.values() if record.patient_id in ids or record.moved_to in ids]

    # the events of a patient or a visit, wherever they are tied now

    def events_of_patients(self, patient_ids: Iterable[int]) -> list[EventRecord]:
        """Return every event of these patients, in the order in which they are folded."""
        ids = set(patient_ids)
        found = [*self.history.of_patients(sorted(ids), Rank.NONE)]
        found += [event for event in self.events if event.patient_id in ids]
        return sorted(found, key=lambda event: event.position)

    def events_of_visit(self, encounter_id: int) -> list[EventRecord]:
        """Return every event of a visit, in the order in which they are folded."""
        found = [*self.history.of_encounter(encounter_id)]
        found += [event for event in self.events if event.encounter_id == encounter_id]
        return sorted(found, key=lambda event: event.position)

    def tie(self, event: EventRecord, patient_id: int | None, encounter_id: int | None) -> None:
        """Let an event belong to somebody else."""
        for place, each in enumerate(self.events):
            if each[:2] == event[:2]:
                self.events[place] = each._replace(patient_id=patient_id, encounter_id=encounter_id)
                return
        if not self.ties:
            self.history = Retied(self.history, self.moved_events)
        self.ties[event[:2]] = (patient_id, encounter_id)
        self.moved_events[event[:2]] = event._replace(patient_id=patient_id, encounter_id=encounter_id)


class Retied:
    """What is stored, with the events that this batch has tied to somebody else."""

    def __init__(self, stored: Any, moved: dict[EventKey, EventRecord]) -> None:
        self._stored = stored
        self._moved = moved

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stored, name)

    def event(self, message_id: int, ordinal: int) -> EventRecord | None:
        """Return one event."""
        return self._moved.get((message_id, ordinal)) or self._stored.event(message_id, ordinal)

    def of_patients(self, patient_ids: Sequence[int], lowest_rank: int) -> Sequence[EventRecord]:
        """Return the events of these patients that say at least that much of demographics."""
        kept = [event for event in self._stored.of_patients(patient_ids, lowest_rank) if event[:2] not in self._moved]
        moved = self._moved.values()
        return kept + [event for event in moved if event.patient_id in patient_ids and event.rank >= lowest_rank]

    def of_encounter(self, encounter_id: int) -> Sequence[EventRecord]:
        """Return a visit's events."""
        kept = [event for event in self._stored.of_encounter(encounter_id) if event[:2] not in self._moved]
        return kept + [event for event in self._moved.values() if event.encounter_id == encounter_id]
