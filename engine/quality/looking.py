"""Looking at patients of the store: at all of them once, or at those whom new messages have changed.

Everything here but `save_*` only reads, so that it can run beside the writer: what was found is written afterwards.
"""

from array import array
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    Dialect,
    Select,
    bindparam,
    delete,
    func,
    insert,
    literal_column,
    select,
)

from engine.index.tables import EVENT, PATIENT
from engine.quality.blocks import MOST_MEMBERS, blocks_of
from engine.quality.finding import Found, Pair, find_pairs, pair_of
from engine.quality.pairs import add, forget, replace_all
from engine.quality.profile import Profile, profile_of
from engine.quality.tables import BLOCK, PROGRESS, SEEN
from engine.statements import Prepared, cursor_of, in_list, listed

Reading = Callable[[], AbstractContextManager[Connection]]
_PAGE = 5_000
MESSAGES = 64
"""Whose patients are looked at in one step: some hundredths of a second of work."""


class Look(NamedTuple):
    """What one step found: to be written as it stands."""

    through: int
    """The last message that it heeds."""
    seen: dict[int, tuple[int, bytes]]
    """Changed patients: their stamp and their keys."""
    gone: tuple[int, ...]
    """Patients who are merged into others now."""
    pairs: tuple[Pair, ...]


@dataclass(slots=True)
class Everybody:
    """A look at all patients."""

    found: Found
    through: int
    stamps: dict[int, int] = field(repr=False)


def look_at_all(reading: Reading) -> Everybody:
    """Compare all patients of the store, read a page at a time."""
    stamps: dict[int, int] = {}
    with reading() as connection:
        through = connection.execute(select(func.max(EVENT.c.message_id))).scalar() or 0

    def profiles() -> Iterator[Profile]:
        for patient_id, pid in _everybody(reading):
            stamps[patient_id] = _stamp(pid)
            yield profile_of(patient_id, pid)

    return Everybody(find_pairs(profiles()), through, stamps)


def save_all(connection: Connection, everybody: Everybody) -> None:
    """Store what a look at all patients has found, so that new messages need only be compared with it."""
    replace_all(connection, everybody.found.pairs)
    start_over(connection)
    found = everybody.found
    cursor, dialect = cursor_of(connection), connection.dialect
    _block(dialect).many(cursor, [(each >> 32, found.patients[each & 0xFFFFFFFF]) for each in found.keyed])
    keys: dict[int, array[int]] = {patient_id: array("q") for patient_id in found.patients}
    for each in found.keyed:
        keys[found.patients[each & 0xFFFFFFFF]].append(each >> 32)
    rows = [(patient_id, everybody.stamps[patient_id], kept.tobytes()) for patient_id, kept in keys.items()]
    _seen(dialect).many(cursor, rows)
    connection.execute(insert(PROGRESS).values(id=1, message_id=everybody.through))


def start_over(connection: Connection) -> None:
    """Forget who has been compared: after the index was folded again numbers may be other patients'."""
    for table in (BLOCK, SEEN, PROGRESS):
        connection.execute(delete(table))


def look_at_news(connection: Connection, messages: int = MESSAGES) -> Look | None:
    """Compare the patients whom the next messages changed with whoever shares a key; None where nothing is new."""
    done = connection.execute(select(PROGRESS.c.message_id)).scalar() or 0
    event = EVENT.c
    first, last = connection.execute(
        select(func.min(event.message_id), func.max(event.message_id)).where(event.message_id > done)
    ).one()
    if first is None:
        return None
    through = min(last, first + messages - 1)
    told = select(event.patient_id).where(event.message_id.between(first, through), event.patient_id.is_not(None))
    return look_at(connection, {row[0] for row in connection.execute(told.distinct())}, through)


def look_at(connection: Connection, patient_ids: Iterable[int], through: int) -> Look:
    """Compare some patients, and those they were merged into, with whoever shares a key, if they have changed."""
    present, gone = _present(connection, set(patient_ids))
    stamps = dict(_rows(connection, select(SEEN.c.patient_id, SEEN.c.stamp), SEEN.c.patient_id, present))
    changed = {each: pid for each, pid in present.items() if stamps.get(each) != _stamp(pid)}
    profiles = {each: profile_of(each, pid) for each, pid in changed.items()}
    keys = {each: blocks_of(profile) for each, profile in profiles.items()}
    candidates = _candidates(connection, keys)
    others = {two for each, twos in candidates.items() for two in twos} - profiles.keys()
    theirs, _ = _present(connection, others)
    known = profiles | {each: profile_of(each, pid) for each, pid in theirs.items()}
    wanted = {(min(each, two), max(each, two)) for each, twos in candidates.items() for two in twos if two in known}
    found = [pair for one, two in sorted(wanted) if (pair := pair_of(known[one], known[two])) is not None]
    seen = {each: (_stamp(pid), array("q", keys[each]).tobytes()) for each, pid in changed.items()}
    return Look(through, seen, tuple(gone), tuple(found))


def save_look(connection: Connection, look: Look) -> None:
    """Store what a step has found; call it in the writer's transaction: it compares nothing."""
    cursor, dialect = cursor_of(connection), connection.dialect
    touched = [*look.seen, *look.gone]
    before = _rows(connection, select(SEEN.c.patient_id, SEEN.c.blocks), SEEN.c.patient_id, touched)
    gone = delete(BLOCK).where(BLOCK.c.block == bindparam("key"), BLOCK.c.patient_id == bindparam("patient"))
    old = [(key, patient_id) for patient_id, kept in before for key in array("q", kept)]
    Prepared(gone, ("key", "patient"), dialect).many(cursor, old)
    forget(connection, touched)
    connection.execute(delete(SEEN).where(in_list(SEEN.c.patient_id, "keys")), {"keys": touched})
    rows = [(key, patient_id) for patient_id, (_, kept) in look.seen.items() for key in array("q", kept)]
    _block(dialect).many(cursor, rows)
    _seen(dialect).many(cursor, [(patient_id, *kept) for patient_id, kept in look.seen.items()])
    add(connection, look.pairs)
    connection.execute(delete(PROGRESS))
    connection.execute(insert(PROGRESS).values(id=1, message_id=look.through))


def _candidates(connection: Connection, keys: dict[int, tuple[int, ...]]) -> dict[int, set[int]]:
    """Return who shares a key with each, the newcomers among each other too; a crowded key leads to nobody."""
    members: dict[int, set[int]] = {}
    for patient_id, own in keys.items():
        for key in own:
            members.setdefault(key, set()).add(patient_id)
    some = (
        select(BLOCK.c.patient_id)
        .where(BLOCK.c.block == bindparam("key"))
        .limit(bindparam("most"))
        .offset(literal_column("0"))
    )
    statement, cursor = Prepared(some, ("key", "most"), connection.dialect), cursor_of(connection)
    for key, sharing in members.items():
        sharing.update(row[0] for row in statement.rows(cursor, (key, MOST_MEMBERS + 1)))
    return {
        each: {two for key in own if len(members[key]) <= MOST_MEMBERS for two in members[key]} - {each}
        for each, own in keys.items()
    }


def _present(connection: Connection, patient_ids: set[int]) -> tuple[dict[int, str], set[int]]:
    """Return PID segments by patient, survivors in place of the merged, and who is merged."""
    found: dict[int, str] = {}
    gone: set[int] = set()
    wanted = patient_ids
    query = select(PATIENT.c.id, PATIENT.c.pid, PATIENT.c.merged_into)
    while wanted:
        following: set[int] = set()
        for patient_id, pid, survivor in _rows(connection, query, PATIENT.c.id, wanted):
            if survivor is None:
                found[patient_id] = pid
            else:
                gone.add(patient_id)
                following.add(survivor)
        wanted = following - found.keys() - gone
    return found, gone


def _everybody(reading: Reading) -> Iterator[tuple[int, str]]:
    last = 0
    while True:
        query = select(PATIENT.c.id, PATIENT.c.pid).where(PATIENT.c.id > last, PATIENT.c.merged_into.is_(None))
        with reading() as connection:
            rows = connection.execute(query.order_by(PATIENT.c.id).limit(_PAGE)).all()
        if not rows:
            return
        last = rows[-1].id
        for row in rows:
            yield row.id, row.pid


def _rows(
    connection: Connection, query: Select[Any], column: ColumnElement[Any], keys: Iterable[int]
) -> list[tuple[Any, ...]]:
    """Run *query* for the rows whose *column* is one of *keys*."""
    statement = Prepared(query.where(in_list(column, "keys")), ("keys",), connection.dialect)
    return statement.rows(cursor_of(connection), (listed(list(keys), connection.dialect),))


def _stamp(pid: str) -> int:
    return int.from_bytes(blake2b(pid.encode("utf-8", "replace"), digest_size=8).digest(), "big") >> 1


def _block(dialect: Dialect) -> Prepared:
    values: dict[str, Any] = {"block": bindparam("key"), "patient_id": bindparam("patient")}
    return Prepared(insert(BLOCK).values(**values), ("key", "patient"), dialect)


def _seen(dialect: Dialect) -> Prepared:
    values: dict[str, Any] = {
        "patient_id": bindparam("patient"),
        "stamp": bindparam("mark"),
        "blocks": bindparam("keys"),
    }
    return Prepared(insert(SEEN).values(**values), ("patient", "mark", "keys"), dialect)
