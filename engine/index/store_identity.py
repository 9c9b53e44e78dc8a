"""Writing what merges, moves and links have changed: pointers, and what belongs to somebody else now."""

from sqlalchemy import Dialect, bindparam, delete, update
from sqlalchemy.engine.interfaces import DBAPICursor

from engine.index import tables
from engine.index.statements import upserting
from engine.index.states import States
from engine.statements import Prepared


class IdentityWrites:
    """The statements; nothing runs for a batch that joins and moves nobody."""

    def __init__(self, dialect: Dialect) -> None:
        self._merge = upserting(tables.MERGE, frozenset(), dialect)
        self._overlay = upserting(tables.OVERLAY, frozenset(), dialect)
        event = tables.EVENT.c
        tied = (
            update(tables.EVENT)
            .where(event.message_id == bindparam("of_message"), event.ordinal == bindparam("of_ordinal"))
            .values(patient_id=bindparam("owner"), encounter_id=bindparam("visit"))
        )
        self._tie = Prepared(tied, ("owner", "visit", "of_message", "of_ordinal"), dialect)
        identifier = tables.IDENTIFIER.c
        moved = update(tables.IDENTIFIER).where(identifier.key == bindparam("of_key"))
        self._identifier = Prepared(moved.values(patient_id=bindparam("owner")), ("owner", "of_key"), dialect)
        gone = delete(tables.ENCOUNTER).where(tables.ENCOUNTER.c.id == bindparam("gone"))
        self._no_encounter = Prepared(gone, ("gone",), dialect)

    def all(self, cursor: DBAPICursor, states: States) -> None:
        """Write every changed row; after the identifiers and the events of the batch."""
        self._merge.many(cursor, list(states.merges.values()))
        self._overlay.many(cursor, list(states.overlays.values()))
        self._tie.many(cursor, [(*tie, *key) for key, tie in states.ties.items()])
        self._identifier.many(cursor, [(owner, key) for key, owner in states.moved_identifiers.items()])
        self._no_encounter.many(cursor, [(number,) for number in sorted(states.removed_encounters)])
