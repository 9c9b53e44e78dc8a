"""Reading what is stored about merges, moves and links: single statements, run only when one of them is met."""

from collections.abc import Sequence

from sqlalchemy import Dialect, bindparam, or_, select
from sqlalchemy.engine.interfaces import DBAPICursor

from engine.index import tables
from engine.index.identity_records import MergeRow, OverlayRow
from engine.index.joining import ActKey, EventKey
from engine.index.records import EncounterRecord, EventRecord, OrderRecord, PatientRecord
from engine.statements import Prepared, in_list, listed


class IdentityReads:
    """The statements."""

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect
        event, merge = tables.EVENT.c, tables.MERGE.c
        one_event = select(tables.EVENT).where(
            event.message_id == bindparam("message_id"), event.ordinal == bindparam("ordinal")
        )
        self.event = Prepared(one_event, ("message_id", "ordinal"), dialect)
        either = or_(in_list(merge.source_id, "sources"), in_list(merge.target_id, "targets"))
        self.merges = Prepared(select(tables.MERGE).where(either), ("sources", "targets"), dialect)
        names = ("message_id", "ordinal", "number")
        one = select(tables.MERGE).where(*(merge[name] == bindparam(name) for name in names))
        self.merge = Prepared(one, names, dialect)
        held = tables.OVERLAY.c
        overlay = select(tables.OVERLAY).where(
            held.message_id == bindparam("message_id"), held.ordinal == bindparam("ordinal")
        )
        self.overlay = Prepared(overlay, ("message_id", "ordinal"), dialect)
        patients = select(tables.PATIENT).where(in_list(tables.PATIENT.c.id, "keys"))
        self.patients = Prepared(patients, ("keys",), dialect)

        visit, order = tables.ENCOUNTER.c, tables.ORDER.c
        visits = select(tables.ENCOUNTER).where(
            or_(in_list(visit.patient_id, "keys"), in_list(visit.moved_to, "holders"))
        )
        self.visits = Prepared(visits, ("keys", "holders"), dialect)
        orders = select(tables.ORDER).where(or_(in_list(order.patient_id, "keys"), in_list(order.moved_to, "holders")))
        self.orders = Prepared(orders, ("keys", "holders"), dialect)


class StoredIdentityHistory:
    """Who is who, as it is stored."""

    __slots__ = ("_cursor", "_identity")

    def __init__(self, reads: IdentityReads, cursor: DBAPICursor) -> None:
        self._identity = reads
        self._cursor = cursor

    def event(self, message_id: int, ordinal: int) -> EventRecord | None:
        """Return one event."""
        rows = self._identity.event.rows(self._cursor, (message_id, ordinal))
        return EventRecord(*rows[0]) if rows else None

    def merges_of(self, patient_ids: Sequence[int]) -> Sequence[MergeRow]:
        """Return the merges, moves and links that name one of these patients."""
        return [MergeRow(*row) for row in self._identity.merges.rows(self._cursor, (self._ids(patient_ids),) * 2)]

    def merge(self, key: ActKey) -> MergeRow | None:
        """Return one of them."""
        rows = self._identity.merge.rows(self._cursor, key)
        return MergeRow(*rows[0]) if rows else None

    def overlay(self, key: EventKey) -> OverlayRow | None:
        """Return one update that was held back."""
        rows = self._identity.overlay.rows(self._cursor, key)
        return OverlayRow(*rows[0]) if rows else None

    def patients(self, patient_ids: Sequence[int]) -> Sequence[PatientRecord]:
        """Return these patients."""
        return [PatientRecord(*row) for row in self._identity.patients.rows(self._cursor, (self._ids(patient_ids),))]

    def visits_of(self, patient_ids: Sequence[int]) -> Sequence[EncounterRecord]:
        """Return the visits that were sent for these patients or moved to them."""
        rows = self._identity.visits.rows(self._cursor, (self._ids(patient_ids),) * 2)
        return [EncounterRecord(*row) for row in rows]

    def orders_of(self, patient_ids: Sequence[int]) -> Sequence[OrderRecord]:
        """Return the orders that were sent for these patients or moved to them."""
        return [OrderRecord(*row) for row in self._identity.orders.rows(self._cursor, (self._ids(patient_ids),) * 2)]

    def _ids(self, patient_ids: Sequence[int]) -> object:
        return listed(list(patient_ids), self._identity.dialect)
