"""Reading what is stored about the patients of a batch: one SELECT per table, whatever the batch's length."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Dialect, bindparam, func, or_, select
from sqlalchemy.engine.interfaces import DBAPICursor

from engine.index import tables
from engine.index.charge_table import CHARGE
from engine.index.effects import Facts
from engine.index.fold_beds import beds_in
from engine.index.identity import founding_key
from engine.index.kinds import BEDS
from engine.index.load_identity import IdentityReads, StoredIdentityHistory
from engine.index.records import (
    BedRow,
    Content,
    EncounterRecord,
    EventRecord,
    LocationRow,
    OrderRecord,
    PatientRecord,
    ResultRecord,
)
from engine.index.states import States
from engine.statements import Prepared, in_list, listed

LATEST = 1 << 62
"""No message has this number."""


class Wanted(NamedTuple):
    """Of which visits rules ask the locations, and of which orders the charges."""

    visits: frozenset[str]
    orders: frozenset[str]

    def __repr__(self) -> str:
        return f"<Wanted {len(self.visits)} visits, {len(self.orders)} orders>"


NOTHING_WANTED = Wanted(frozenset(), frozenset())


class Reads:
    """The statements of loading."""

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect

        def among(table: Any, column: Any) -> Prepared:
            return Prepared(select(table).where(in_list(column, "keys")), ("keys",), dialect)

        identifier, order, event = tables.IDENTIFIER.c, tables.ORDER.c, tables.EVENT.c
        known = select(identifier.key, identifier.patient_id).where(in_list(identifier.key, "keys"))
        self.identifiers = Prepared(known, ("keys",), dialect)
        self.patients = among(tables.PATIENT, tables.PATIENT.c.id)
        self.merged = among(tables.PATIENT, tables.PATIENT.c.merged_into)
        self.identity = IdentityReads(dialect)
        self.encounters = among(tables.ENCOUNTER, tables.ENCOUNTER.c.number_key)
        self.patient_encounters = among(tables.ENCOUNTER, tables.ENCOUNTER.c.patient_id)
        self.beds = among(tables.BED, tables.BED.c.key)
        either = or_(in_list(order.filler_key, "keys"), in_list(order.placer_key, "placers"))
        self.orders = Prepared(select(tables.ORDER).where(either), ("keys", "placers"), dialect)
        current = select(tables.RESULT).where(in_list(tables.RESULT.c.order_id, "keys"))
        self.results = Prepared(current.where(tables.RESULT.c.current == bindparam("one")), ("keys", "one"), dialect)
        highest = (select(func.max(table.c.id)).scalar_subquery() for table in _NUMBERED)
        self.highest = Prepared(select(*highest), (), dialect)
        earlier = event.message_id < bindparam("before")
        of_patients = select(tables.EVENT).where(in_list(event.patient_id, "keys"), earlier)
        ranked = of_patients.where(event.rank >= bindparam("lowest"))
        self.patient_events = Prepared(ranked, ("keys", "before", "lowest"), dialect)
        for_visit = select(tables.EVENT).where(event.encounter_id == bindparam("owner"), earlier)
        self.encounter_events = Prepared(for_visit, ("owner", "before"), dialect)
        for_order = select(tables.EVENT).where(event.order_id == bindparam("owner"), earlier)
        self.order_events = Prepared(for_order, ("owner", "before"), dialect)
        self.locations = among(tables.LOCATION, tables.LOCATION.c.encounter_id)
        charge = CHARGE.c
        recorded = select(charge.order_key, charge.code, charge.state).where(in_list(charge.order_key, "keys"))
        self.charges = Prepared(recorded, ("keys",), dialect)

    def keys(self, values: Iterable[Any]) -> Any:
        """Return a list as `in_list` takes it."""
        return listed(list(values), self.dialect)


_NUMBERED = (tables.PATIENT, tables.ENCOUNTER, tables.ORDER)


class StoredHistory(StoredIdentityHistory):
    """The events stored before message *before*."""

    __slots__ = ("_before", "_reads")

    def __init__(self, reads: Reads, cursor: DBAPICursor, before: int) -> None:
        super().__init__(reads.identity, cursor)
        self._reads = reads
        self._before = before

    def of_patients(self, patient_ids: Sequence[int], lowest_rank: int) -> Sequence[EventRecord]:
        """Return the events of these patients that say at least that much of demographics."""
        row = (self._reads.keys(patient_ids), self._before, lowest_rank)
        return self._events(self._reads.patient_events, row)

    def of_encounter(self, encounter_id: int) -> Sequence[EventRecord]:
        """Return a visit's events."""
        return self._events(self._reads.encounter_events, (encounter_id, self._before))

    def of_order(self, order_id: int) -> Sequence[EventRecord]:
        """Return an order's events."""
        return self._events(self._reads.order_events, (order_id, self._before))

    def encounters_of(self, patient_ids: Sequence[int]) -> Sequence[EncounterRecord]:
        """Return the stored visits of these patients."""
        found = self._reads.patient_encounters.rows(self._cursor, (self._reads.keys(patient_ids),))
        return [EncounterRecord(*row) for row in found]

    def merged_into(self, patient_ids: Sequence[int]) -> Sequence[PatientRecord]:
        """Return the patients whose stored pointer leads to one of these."""
        found = self._reads.merged.rows(self._cursor, (self._reads.keys(patient_ids),))
        return [PatientRecord(*row) for row in found]

    def _events(self, statement: Prepared, row: tuple[Any, ...]) -> Sequence[EventRecord]:
        return [EventRecord(*found) for found in statement.rows(self._cursor, row)]


def load(reads: Reads, cursor: DBAPICursor, batch: Sequence[Facts], before: int) -> States:
    """Return the rows that *batch* may read or change."""
    states = States(StoredHistory(reads, cursor, before))
    effects = [effect for facts in batch for effect in facts.effects]
    beds = {key for effect in effects if effect.kind == BEDS for key, _ in beds_in(effect)}
    if beds:
        states.beds = {row[0]: BedRow(*row) for row in reads.beds.rows(cursor, (reads.keys(beds),))}
    names = {founding_key(identifier) for facts in batch for identifier in facts.identifiers}
    if not names:
        return states
    highest = reads.highest.rows(cursor, ())[0]
    states.last_patient, states.last_encounter, states.last_order = (number or 0 for number in highest)
    states.identifiers = dict(reads.identifiers.rows(cursor, (reads.keys(names),)))
    _load_patients(reads, cursor, states)
    visits = {effect.visit for effect in effects if effect.visit}
    if visits:
        for row in reads.encounters.rows(cursor, (reads.keys(visits),)):
            encounter = EncounterRecord(*row)
            states.encounters.setdefault(encounter.number_key, []).append(encounter)
    _load_orders(reads, cursor, states, {(effect.filler, effect.placer) for effect in effects})
    _load_patients(reads, cursor, states)
    return states


def load_for_rules(reads: Reads, cursor: DBAPICursor, states: States, wanted: Wanted) -> None:
    """Load what rules ask about the messages of the batch beyond what their facts are folded into."""
    visits = [each.id for key in wanted.visits for each in states.encounters.get(key, ())]
    if visits:
        for row in reads.locations.rows(cursor, (reads.keys(visits),)):
            states.locations.setdefault(row[0], []).append(LocationRow(*row))
    if wanted.orders:
        for order, code, state in reads.charges.rows(cursor, (reads.keys(wanted.orders),)):
            states.charges.setdefault(order, {})[code] = state


def _load_patients(reads: Reads, cursor: DBAPICursor, states: States) -> None:
    """Load the patients that are named, those that own the visits and orders found, and all their survivors."""
    patients = states.patients
    wanted = set(states.identifiers.values())
    wanted.update(record.patient_id for records in states.encounters.values() for record in records)
    wanted.update(record.patient_id for records in states.orders.values() for record in records)
    for visits in states.encounters.values():
        wanted.update(record.moved_to for record in visits if record.moved_to is not None)
    for orders in states.orders.values():
        wanted.update(record.moved_to for record in orders if record.moved_to is not None)
    wanted -= patients.keys()
    while wanted:
        found = [PatientRecord(*row) for row in reads.patients.rows(cursor, (reads.keys(wanted),))]
        patients.update((record.id, record) for record in found)
        wanted = {record.merged_into for record in found if record.merged_into is not None} - patients.keys()


def _load_orders(reads: Reads, cursor: DBAPICursor, states: States, numbers: set[tuple[str, str]]) -> None:
    fillers = {filler for filler, _ in numbers if filler}
    placers = {placer for _, placer in numbers if placer}
    if not fillers and not placers:
        return
    for row in reads.orders.rows(cursor, (reads.keys(fillers), reads.keys(placers))):
        order = OrderRecord(*row)
        states.results[order.id] = {}
        for key in {order.filler_key, order.placer_key} - {""}:
            states.orders.setdefault(key, []).append(order)
    if states.results:
        for row in reads.results.rows(cursor, (reads.keys(states.results), 1)):
            order_id, code, sub_id, revision, current, status, *content, message_id = row
            result = ResultRecord(order_id, code, sub_id, revision, current, status, Content(*content), message_id)
            states.results[result.order_id][result.code, result.sub_id] = result
