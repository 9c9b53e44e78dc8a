"""The index's Core statements, compiled once per dialect and run on the driver with plain tuples: much faster."""

from collections.abc import Sequence
from typing import Any

import orjson
from sqlalchemy import BigInteger, ColumnElement, Connection, Dialect, Executable, Table, Text, bindparam, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine.interfaces import DBAPICursor

Row = tuple[Any, ...]


class Statement:
    """A statement as the driver takes it; rows are tuples in the order of its parameters' *names*."""

    __slots__ = ("_names", "_order", "sql")

    def __init__(self, statement: Executable, names: Sequence[str], dialect: Dialect) -> None:
        compiled = statement.compile(dialect=dialect)  # type: ignore[attr-defined]  # every Executable of ours is a ClauseElement
        self.sql = str(compiled)
        self._names = tuple(names)
        wanted = tuple(compiled.positiontup or ()) if compiled.positional else ()
        self._order = None if wanted == self._names else tuple(self._names.index(name) for name in wanted)

    def many(self, cursor: DBAPICursor, rows: Sequence[Row]) -> None:
        """Run once per row."""
        if rows:
            cursor.executemany(self.sql, rows if self._order is None else [self._arranged(row) for row in rows])

    def rows(self, cursor: DBAPICursor, row: Row) -> Sequence[Row]:
        """Run once and return what it finds."""
        cursor.execute(self.sql, row if self._order is None else self._arranged(row))
        found: Sequence[Row] = cursor.fetchall()
        return found

    def _arranged(self, row: Row) -> Any:
        if self._order:
            return tuple(row[place] for place in self._order)
        return dict(zip(self._names, row, strict=True))


def cursor_of(connection: Connection) -> DBAPICursor:
    """Return a driver cursor inside the connection's transaction."""
    return connection.connection.cursor()


def one_of(column: ColumnElement[Any], name: str, dialect: Dialect) -> ColumnElement[bool]:
    """Return `column is in the list given as parameter *name*`: one statement for every length of list."""
    if dialect.name == "postgresql":
        item = Text() if isinstance(column.type, Text) else BigInteger()
        return column == func.any(bindparam(name, type_=postgresql.ARRAY(item)))
    listed = func.json_each(bindparam(name, type_=Text())).table_valued("value")
    return column.in_(select(listed.c.value))


def listed(values: Sequence[Any], dialect: Dialect) -> Any:
    """Return a list as the driver takes it for `one_of`."""
    return list(values) if dialect.name == "postgresql" else orjson.dumps(values).decode()


def insert_into(table: Table, dialect: Dialect) -> Any:
    """Return the dialect's INSERT, one parameter per column, that knows on_conflict."""
    insert = postgresql.insert if dialect.name == "postgresql" else sqlite.insert
    return insert(table).values({name: bindparam(name) for name in _names(table)})


def inserting(table: Table, dialect: Dialect) -> Statement:
    """Return a plain INSERT of rows in the table's order."""
    return Statement(insert_into(table, dialect), _names(table), dialect)


def upserting(table: Table, fixed: frozenset[str], dialect: Dialect) -> Statement:
    """Return an INSERT that, where the key is taken, sets all columns but the key and *fixed* ones."""
    statement = insert_into(table, dialect)
    keys = [column.name for column in table.primary_key]
    changing = [name for name in _names(table) if name not in fixed and name not in keys]
    conflict = statement.on_conflict_do_update(
        index_elements=keys, set_={name: statement.excluded[name] for name in changing}
    )
    return Statement(conflict, _names(table), dialect)


def inserting_once(table: Table, dialect: Dialect) -> Statement:
    """Return an INSERT that leaves a row alone whose key is taken."""
    return Statement(insert_into(table, dialect).on_conflict_do_nothing(), _names(table), dialect)


def _names(table: Table) -> list[str]:
    return [column.name for column in table.columns]
