"""Functions that ask the site's code tables."""

from collections.abc import Sequence
from datetime import date
from typing import cast

from engine.errors import RuleFailed
from engine.expression.environment import Env, Table, text_of
from engine.expression.functions.times import day_of
from engine.expression.registry import Example, Parameter, Takes, function
from engine.expression.syntax import Kind, Value
from engine.expression.tracing import RowUsed

_TABLE = Parameter("table", Takes.TABLE)
_VALUE = Parameter("value", Takes.VALUE)
_AS_OF = Parameter("as_of", optional=True)


def translate(env: Env, table: str, value: Value, as_of: str = "") -> Value:
    """Give the table's ``to`` for the code *value*; an unknown code goes by the table's policy. '' and null stay."""
    key = text_of(value)
    return _table(env, table).translate(key, _day(env, as_of), env.missed) if key else value


def lookup(env: Env, table: str, value: Value, column: str, as_of: str = "") -> Value:
    """Give another column of the row of *value*. '' and null stay; an unknown one fails (``error``) or is ''."""
    key = text_of(value)
    return _table(env, table).lookup(key, column, _day(env, as_of), env.missed) if key else value


def listed(env: Env, table: str, value: Value, as_of: str = "") -> bool:
    """Ask whether the table has the code *value*; never a failure for an unknown one."""
    key = text_of(value)
    return bool(key) and _table(env, table).listed(key, _day(env, as_of))


def row_used(env: Env, function: str, arguments: Sequence[object], answer: str) -> RowUsed | None:
    """Return the row that answered, or would have, a question to a table; None where none was needed."""
    name, value, *rest = (*arguments, "")
    key, as_of = text_of(cast("Value", value)), str(rest[1 if function == "lookup" and len(rest) > 1 else 0])
    table = env.tables.get(str(name))
    if not key or table is None:
        return None
    return RowUsed(str(name), table.file, table.line_of(key, _day(env, as_of)), key, answer)


def _table(env: Env, name: str) -> Table:
    found = env.tables.get(name)
    if found is None:
        raise RuleFailed("unknown-table", f"there is no table {name!r}")
    return found


def _day(env: Env, as_of: str) -> date:
    return day_of(as_of, env.moment.zone) if as_of else env.moment.received_at.date()


TABLES = (
    function(
        translate,
        (_TABLE, _VALUE, _AS_OF),
        Kind.ANY,
        Example("translate('patient-class', PV1-2)", "INP"),
        Example("translate('patient-class', '')", ""),
    ),
    function(
        lookup,
        (_TABLE, _VALUE, Parameter("column", Takes.COLUMN), _AS_OF),
        Kind.ANY,
        Example("lookup('patient-class', PV1-2, 'display')", "Inpatient"),
    ),
    function(
        listed,
        (_TABLE, _VALUE, _AS_OF),
        Kind.TRUTH,
        Example("listed('patient-class', 'I')", gives=True),
        Example("listed('patient-class', 'X')", gives=False),
    ),
)
