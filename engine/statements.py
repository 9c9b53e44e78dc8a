"""Core statements compiled once: hot ones run as text on the driver with plain tuples, which is much faster.

It knows no table: the journal and the record index write their own statements with it.
"""

from collections.abc import Sequence
from typing import Any

import orjson
from sqlalchemy import ARRAY, BigInteger, Boolean, ColumnElement, Connection, Dialect, Executable, Text
from sqlalchemy import bindparam as bind
from sqlalchemy.engine.interfaces import DBAPICursor
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator, TypeEngine

Row = tuple[Any, ...]


class Prepared:
    """A Core statement as the driver takes it; rows are tuples in the order of *names*."""

    __slots__ = ("_names", "_order", "sql")

    def __init__(self, statement: Executable, names: Sequence[str], dialect: Dialect) -> None:
        compiled = statement.compile(dialect=dialect)  # type: ignore[attr-defined]  # every Executable of ours is a ClauseElement
        self.sql = str(compiled)
        self._names = tuple(names)
        wanted = tuple(compiled.positiontup or ()) if compiled.positional else ()
        if set(compiled.params) != set(names):
            raise ValueError(f"a statement takes {sorted(compiled.params)}, not {sorted(names)}")
        self._order = None if wanted == self._names else tuple(self._names.index(name) for name in wanted)

    def many(self, cursor: DBAPICursor, rows: Sequence[Row]) -> None:
        """Run once per row."""
        if rows:
            cursor.executemany(self.sql, rows if self._order is None else [self._arranged(row) for row in rows])

    def one(self, cursor: DBAPICursor, row: Row) -> int:
        """Run once and return how many rows it touched."""
        cursor.execute(self.sql, row if self._order is None else self._arranged(row))
        return cursor.rowcount

    def rows(self, cursor: DBAPICursor, row: Row) -> list[tuple[Any, ...]]:
        """Run a SELECT once and return all it finds."""
        cursor.execute(self.sql, row if self._order is None else self._arranged(row))
        return cursor.fetchall()  # type: ignore[return-value]  # the drivers we know return tuples

    def _arranged(self, row: Row) -> Any:
        if self._order:
            return tuple(row[place] for place in self._order)
        return dict(zip(self._names, row, strict=True))


def in_list(column: ColumnElement[Any], name: str) -> ColumnElement[bool]:
    """Return `column is one of the list given as parameter *name*`: one statement for every length of list."""
    return _InList(column, bind(name, type_=_Listed(column.type)))


def shares_any(column: ColumnElement[Any], name: str) -> ColumnElement[bool]:
    """Return `the JSON list of texts in *column* has one of the list given as parameter *name*`."""
    return _SharesAny(column, bind(name, type_=_Listed(Text())))


def listed(values: Sequence[object], dialect: Dialect) -> object:
    """Return *values* as `in_list` wants them in a prepared statement."""
    return list(values) if dialect.name == "postgresql" else orjson.dumps(values).decode()


def cursor_of(connection: Connection) -> DBAPICursor:
    """Return a driver cursor inside the connection's transaction."""
    return connection.connection.cursor()


class _Listed(TypeDecorator[Any]):
    """A Python list as one parameter: JSON text for SQLite, an array for PostgreSQL."""

    impl = Text
    cache_ok = True

    def __init__(self, item: TypeEngine[Any]) -> None:
        super().__init__()
        self.item = item

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Pick the parameter's type."""
        if dialect.name != "postgresql":
            return Text()
        return ARRAY(Text() if isinstance(self.item, Text) else BigInteger())

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        """Turn the list into what the driver takes."""
        return listed(list(value), dialect)


class _InList(FunctionElement[bool]):
    name = "in_list"
    type = Boolean()
    inherit_cache = True

    def self_group(self, against: Any = None) -> Any:
        """Stay a condition: SQLAlchemy would write `... = 1` after it for databases without booleans."""
        return self


@compiles(_InList, "sqlite")
def _json_each(element: _InList, compiler: SQLCompiler, **options: Any) -> str:
    column, values = (compiler.process(part, **options) for part in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({values}))"  # noqa: S608  both parts are compiled SQL, no values


@compiles(_InList, "postgresql")
def _any_of(element: _InList, compiler: SQLCompiler, **options: Any) -> str:
    column, values = (compiler.process(part, **options) for part in element.clauses)
    return f"{column} = ANY({values})"


class _SharesAny(FunctionElement[bool]):
    name = "shares_any"
    type = Boolean()
    inherit_cache = True

    def self_group(self, against: Any = None) -> Any:
        """Stay a condition, as above."""
        return self


@compiles(_SharesAny, "sqlite")
def _both_json_each(element: _SharesAny, compiler: SQLCompiler, **options: Any) -> str:
    column, values = (compiler.process(part, **options) for part in element.clauses)
    wanted = f"SELECT value FROM json_each({values})"  # noqa: S608  both parts are compiled SQL, no values
    return f"EXISTS (SELECT 1 FROM json_each({column}) AS own WHERE own.value IN ({wanted}))"  # noqa: S608


@compiles(_SharesAny, "postgresql")
def _any_element(element: _SharesAny, compiler: SQLCompiler, **options: Any) -> str:
    column, values = (compiler.process(part, **options) for part in element.clauses)
    own = f"jsonb_array_elements_text(CAST({column} AS jsonb)) AS own(value)"
    return f"EXISTS (SELECT 1 FROM {own} WHERE own.value = ANY({values}))"  # noqa: S608  compiled SQL, no values
