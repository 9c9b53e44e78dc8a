"""The record index of one store: one load and one write per batch, the fold between them; a failure is remembered.

A failing fold must not keep a message from being delivered: `write` raises what went wrong, under the writer's
savepoint, and the batch is taken one by one.
"""

from collections.abc import Sequence

from sqlalchemy import Connection, Table, delete
from sqlalchemy import bindparam as bind
from sqlalchemy.engine.interfaces import DBAPICursor

from engine.context import EMPTY_CONTEXT, Charge, Context, Needs
from engine.index import tables
from engine.index.charge_table import CHARGE
from engine.index.details import Row, allergy_rows, coverage_rows, diagnosis_rows, procedure_rows
from engine.index.effects import Facts
from engine.index.events import unfolded
from engine.index.fold import fold
from engine.index.knowing import knowledge_of
from engine.index.load import LATEST, NOTHING_WANTED, Reads, Wanted, load, load_for_rules
from engine.index.records import ENCOUNTER, ORDER, PATIENT
from engine.index.statements import inserting, inserting_once, upserting
from engine.index.states import NoHistory, States
from engine.index.store_identity import IdentityWrites
from engine.statements import Prepared, cursor_of


class WorkingSet:
    """What a batch knows and changes of the index."""

    __slots__ = ("_storage_error", "failure", "states")

    def __init__(self, states: States, storage_error: type[Exception]) -> None:
        self.states = states
        self.failure: Exception | None = None
        """What went wrong first; `Index.write` raises it."""
        self._storage_error = storage_error

    def context_for(self, facts: Facts, needs: Needs | None = None) -> Context:
        """Return what is known of the patients of *facts*, with what the batch has changed so far."""
        if self.failure is not None:
            return EMPTY_CONTEXT
        try:
            if needs is None:
                return self.states.context_for(facts)
            return Context(self.states.lanes_of(facts), knowledge_of(self.states, facts, needs))
        except Exception as error:  # noqa: BLE001
            # Boundary: as in fold.
            self.failure = error
            return EMPTY_CONTEXT

    def record(self, message_id: int, charges: Sequence[Charge]) -> None:
        """Take note of what became of charges: `Index.keep` writes it, whatever becomes of the fold."""
        self.states.record(message_id, charges)

    def fold(self, message_id: int, facts: Facts) -> None:
        """Fold one message's facts in."""
        if self.failure is not None:
            return
        try:
            fold(self.states, message_id, facts)
        except self._storage_error:
            raise
        except Exception as error:  # noqa: BLE001
            # Boundary: a mistake of the index must not cost a delivery. The savepoint around the write tells of it.
            self.failure = error


class Index:
    """Loads and writes; its statements are built with the first batch."""

    def __init__(self) -> None:
        self._reads: Reads | None = None
        self._writes: _Writes | None = None

    def load(
        self, connection: Connection, batch: Sequence[Facts], before: int = LATEST, wanted: Wanted = NOTHING_WANTED
    ) -> WorkingSet:
        """Return what is stored about the patients of *batch*, and what rules want to know of some.

        *before*: as of that message, when folding again.
        """
        reads = self._reads
        if reads is None:
            reads = self._reads = Reads(connection.dialect)
        storage_error: type[Exception] = connection.dialect.loaded_dbapi.Error
        try:
            cursor = cursor_of(connection)
            states = load(reads, cursor, batch, before)
            if wanted is not NOTHING_WANTED:
                load_for_rules(reads, cursor, states, wanted)
            return WorkingSet(states, storage_error)
        except storage_error:
            raise
        except Exception as error:  # noqa: BLE001
            # Boundary: as in WorkingSet.fold; what cannot be asked for is not known.
            working = WorkingSet(States(NoHistory()), storage_error)
            working.failure = error
            return working

    def write(self, connection: Connection, working: WorkingSet) -> None:
        """Write what has changed, or raise what went wrong in the fold."""
        if working.failure is not None:
            raise working.failure
        cursor = cursor_of(connection)
        self._written(connection).all(cursor, working.states)
        cursor.close()

    def keep(self, connection: Connection, working: WorkingSet) -> None:
        """Write what became of charges; not with the index, because what was sent must not be forgotten with it."""
        charges = working.states.new_charges
        if charges:
            cursor = cursor_of(connection)
            rows = [(order, code, state, message_id) for (order, code), (state, message_id) in charges.items()]
            self._written(connection).charge.many(cursor, rows)
            cursor.close()

    def remember(self, connection: Connection, message_id: int, facts: Facts) -> None:
        """Keep what a message says although it could not be folded: rebuilding the index then mends what is missing."""
        cursor = cursor_of(connection)
        self._written(connection).event.many(cursor, unfolded(message_id, facts))
        cursor.close()

    def _written(self, connection: Connection) -> "_Writes":
        writes = self._writes
        if writes is None:
            writes = self._writes = _Writes(connection)
        return writes


class _Writes:
    """The statements of writing."""

    def __init__(self, connection: Connection) -> None:
        dialect = connection.dialect
        self.patient = upserting(tables.PATIENT, frozenset({"lane_key"}), dialect)
        self.identifier = inserting(tables.IDENTIFIER, dialect)
        self.encounter = upserting(tables.ENCOUNTER, frozenset({"number_key", "patient_id"}), dialect)
        self.order = upserting(tables.ORDER, frozenset({"patient_id", "placer_key"}), dialect)
        self.result = upserting(tables.RESULT, frozenset(), dialect)
        self.location = inserting(tables.LOCATION, dialect)
        self.turn = inserting(tables.TURN, dialect)
        self.bed = upserting(tables.BED, frozenset(), dialect)
        self.allergy = inserting(tables.ALLERGY, dialect)
        self.event = inserting(tables.EVENT, dialect)
        self.identity = IdentityWrites(dialect)
        self.quality = inserting_once(tables.QUALITY, dialect)
        self.diagnosis = inserting(tables.DIAGNOSIS, dialect)
        self.procedure = inserting(tables.PROCEDURE, dialect)
        self.coverage = inserting(tables.COVERAGE, dialect)
        self.charge = upserting(CHARGE, frozenset(), dialect)

        def without(table: Table, *columns: str) -> Prepared:
            conditions = [table.c[name] == bind(name) for name in columns]
            return Prepared(delete(table).where(*conditions), columns, dialect)

        self.no_locations = without(tables.LOCATION, "encounter_id")
        self.no_turns = without(tables.TURN, "encounter_id")
        self.no_allergies = without(tables.ALLERGY, "patient_id")
        self.no_results = without(tables.RESULT, "order_id")
        self.no_diagnoses = without(tables.DIAGNOSIS, "encounter_id")
        self.no_procedures = without(tables.PROCEDURE, "encounter_id")
        self.no_coverages = without(tables.COVERAGE, "patient_id", "encounter_id")

    def all(self, cursor: DBAPICursor, states: States) -> None:
        """Write every changed row."""
        self.patient.many(cursor, [PATIENT.of(each) for each in states.changed_patients.values()])
        self.identifier.many(cursor, states.new_identifiers)
        self.encounter.many(cursor, [ENCOUNTER.of(each) for each in states.changed_encounters.values()])
        self.order.many(cursor, [ORDER.of(each) for each in states.changed_orders.values()])
        refolded = [(number,) for number in states.refolded_encounters]
        self.no_locations.many(cursor, refolded)
        self.location.many(cursor, states.new_locations)
        self.no_turns.many(cursor, refolded)
        self.turn.many(cursor, states.new_turns)
        self.bed.many(cursor, list(states.changed_beds.values()))
        self.no_results.many(cursor, [(number,) for number in states.refolded_orders])
        self.result.many(cursor, [each.row for each in states.changed_results.values()])
        self._sets(cursor, states)
        self.event.many(cursor, states.events)
        self.identity.all(cursor, states)
        self.quality.many(cursor, list(states.quality.values()))

    def _sets(self, cursor: DBAPICursor, states: States) -> None:
        """Replace the detail rows of every set that has changed."""
        old: dict[str, list[Row]] = {"DG1": [], "PR1": [], "IN1": [], "ALLERGIES": []}
        new: dict[str, list[Row]] = {"DG1": [], "PR1": [], "IN1": [], "ALLERGIES": []}
        for (name, patient_id, encounter_id), holder in states.changed_sets.items():
            raw: str = getattr(holder, name.lower())
            brought_by = getattr(holder, f"{name.lower()}_by")
            old[name].append((patient_id, encounter_id) if name == "IN1" else (encounter_id or patient_id,))
            if name == "DG1":
                new[name] += diagnosis_rows(encounter_id, raw, brought_by)
            elif name == "PR1":
                new[name] += procedure_rows(encounter_id, raw, brought_by)
            elif name == "IN1":
                new[name] += coverage_rows(patient_id, encounter_id, raw, brought_by)
            else:
                new[name] += allergy_rows(patient_id, raw, brought_by)
        self.no_diagnoses.many(cursor, old["DG1"])
        self.no_procedures.many(cursor, old["PR1"])
        self.no_coverages.many(cursor, old["IN1"])
        self.no_allergies.many(cursor, old["ALLERGIES"])
        self.diagnosis.many(cursor, new["DG1"])
        self.procedure.many(cursor, new["PR1"])
        self.coverage.many(cursor, new["IN1"])
        self.allergy.many(cursor, new["ALLERGIES"])
