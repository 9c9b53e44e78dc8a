"""Codes that no table lists, as messages brought them: how often, from whom, and which deliveries wait for one.

The codes are values of messages. They are kept here, as protected as bodies, and nowhere else: never in a log.
"""

from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    Dialect,
    RowMapping,
    and_,
    case,
    delete,
    func,
    literal_column,
    select,
    text,
)
from sqlalchemy.engine.interfaces import DBAPICursor

from engine.errors import Miss
from engine.journal.deliveries import Place
from engine.journal.items import DecisionLike, PlanLike
from engine.journal.statements import bound, insert_into
from engine.journal.tables import AWAITED_CODE, DELIVERY, UNKNOWN_CODE
from engine.statements import Prepared, Row, cursor_of
from engine.states import DeliveryState

LONGEST = 200
"""Characters of a code that are kept: a rule may ask a table for a whole comment."""
MOST = 50_000
"""Codes that are told apart; what is new beyond them is counted together, under the code ''."""
_PAGE = 100

Key = tuple[str, str, str, str, str]
"""Listener, MSH-3, MSH-4, table and code."""


class Sender(NamedTuple):
    """Whose messages they are."""

    listener: str
    application: str = ""
    """MSH-3.1."""
    facility: str = ""
    """MSH-4.1."""


class UnknownCodes:
    """Counts misses in the writer's transaction; what it remembers between them is only how many there are."""

    def __init__(self, dialect: Dialect, most: int = MOST) -> None:
        names = tuple(UNKNOWN_CODE.columns.keys())
        upsert = insert_into(UNKNOWN_CODE, dialect).values(bound(*names))
        own, new = UNKNOWN_CODE.c, upsert.excluded
        counted = upsert.on_conflict_do_update(
            index_elements=names[:5],
            set_={
                "count": own["count"] + new["count"],
                "first_at": case((new.first_at < own.first_at, new.first_at), else_=own.first_at),
                "last_at": case((new.last_at > own.last_at, new.last_at), else_=own.last_at),
            },
        )
        self._counted = Prepared(counted, names, dialect)
        self._awaited = awaited_statement(dialect)
        self._most = most
        self._known: set[Key] | None = None

    def write(self, cursor: DBAPICursor, missed: Iterable[tuple[int, PlanLike, DecisionLike]]) -> None:
        """Count the misses of messages just decided, each with its number, and note which outputs wait for a code."""
        found: dict[Key, list[int]] = {}
        awaited: list[Row] = []
        for message_id, plan, made in missed:
            sender, at = sender_of(plan), plan.receipt.received_ns // 1_000
            for miss in made.missed:
                count = found.setdefault(self._key(cursor, (*sender, miss.table, kept(miss.code))), [0, at, at])
                count[0] += 1
                count[1], count[2] = min(count[1], at), max(count[2], at)
            for output in made.outputs:
                if output.miss is not None:
                    awaited.append((message_id, output.ordinal, output.miss.table, kept(output.miss.code), *sender))
        self._counted.many(cursor, [(*key, *count) for key, count in found.items()])
        self._awaited.many(cursor, awaited)

    def _key(self, cursor: DBAPICursor, key: Key) -> Key:
        """Return *key*, or the one of all that are too many to be told apart."""
        if self._known is None:
            cursor.execute("SELECT listener, application, facility, table_name, code FROM unknown_code")
            self._known = {(row[0], row[1], row[2], row[3], row[4]) for row in cursor.fetchall()}
        if key in self._known:
            return key
        if len(self._known) >= self._most:
            return (key[0], "", "", key[3], "")
        self._known.add(key)
        return key


def awaited_statement(dialect: Dialect) -> Prepared:
    """Return the statement that notes which code a delivery waits for, in place of another one."""
    names = tuple(AWAITED_CODE.columns.keys())
    upsert = insert_into(AWAITED_CODE, dialect).values(bound(*names))
    told = {name: upsert.excluded[name] for name in names[2:]}
    return Prepared(upsert.on_conflict_do_update(index_elements=names[:2], set_=told), names, dialect)


def sender_of(plan: PlanLike) -> Sender:
    """Return who sent a message."""
    message = plan.message
    if message is None:
        return Sender(plan.receipt.listener)
    return Sender(plan.receipt.listener, kept(message.value("MSH", 3)), kept(message.value("MSH", 4)))


def kept(value: str) -> str:
    """Return as much of *value* as is kept, in characters that every store takes."""
    return value[:LONGEST].encode("utf-8", "replace").decode()


def wait_for(connection: Connection, place: Place, sender: Sender, miss: Miss | None) -> None:
    """Note which code a delivery waits for, or that it waits for none."""
    if miss is None:
        at = (AWAITED_CODE.c.message_id == place[0], AWAITED_CODE.c.ordinal == place[1])
        connection.execute(delete(AWAITED_CODE).where(*at))
        return
    row = (*place, miss.table, kept(miss.code), *sender)
    awaited_statement(connection.dialect).one(cursor_of(connection), row)


_STANDS = text("delivery.state IN (3, 4)")
_IS_AT = and_(DELIVERY.c.message_id == AWAITED_CODE.c.message_id, DELIVERY.c.ordinal == AWAITED_CODE.c.ordinal)
_SENDER = ("listener", "application", "facility", "table_name", "code")


def unknown_codes(connection: Connection, table: str | None = None) -> list[RowMapping]:
    """List what no table lists: those that outputs wait for first, then the most frequent. Callers audit it."""
    waits = (
        select(
            *(AWAITED_CODE.c[name] for name in _SENDER),
            func.sum(case((DELIVERY.c.state == int(DeliveryState.PARKED), 1), else_=0)).label("parked"),
            func.sum(case((DELIVERY.c.state == int(DeliveryState.HELD), 1), else_=0)).label("held"),
        )
        .join(DELIVERY, _IS_AT)
        .where(_STANDS)
        .group_by(*(AWAITED_CODE.c[name] for name in _SENDER))
        .subquery()
    )
    same = and_(*(UNKNOWN_CODE.c[name] == waits.c[name] for name in _SENDER))
    zero: ColumnElement[int] = literal_column("0")
    parked, held = func.coalesce(waits.c.parked, zero), func.coalesce(waits.c.held, zero)
    query = select(UNKNOWN_CODE, parked.label("parked"), held.label("held")).outerjoin(waits, same)
    if table is not None:
        query = query.where(UNKNOWN_CODE.c.table_name == table)
    order = ((parked + held).desc(), UNKNOWN_CODE.c.count.desc(), *(UNKNOWN_CODE.c[name] for name in _SENDER))
    return list(connection.execute(query.order_by(*order)).mappings())


def waiting_for(connection: Connection, miss: Miss, after: Place = (0, 0), limit: int = _PAGE) -> list[Place]:
    """Return the parked and held deliveries that wait for one code, in the order of their messages."""
    own = AWAITED_CODE.c
    later = (own.message_id > after[0]) | ((own.message_id == after[0]) & (own.ordinal > after[1]))
    query = (
        select(own.message_id, own.ordinal)
        .join(DELIVERY, _IS_AT)
        .where(own.table_name == miss.table, own.code == kept(miss.code), _STANDS, later)
        .order_by(own.message_id, own.ordinal)
        .limit(limit)
    )
    return [(row.message_id, row.ordinal) for row in connection.execute(query)]
