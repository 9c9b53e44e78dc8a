"""Functions that ask the site's code tables."""

from datetime import date

from engine.errors import RuleFailed
from engine.expression.environment import Env, Table
from engine.expression.functions.times import day_of
from engine.expression.registry import Example, Parameter, Takes, function
from engine.expression.syntax import Kind

_TABLE = Parameter("table", Takes.TABLE)
_VALUE = Parameter("value")
_AS_OF = Parameter("as_of", optional=True)


def translate(env: Env, table: str, value: str, as_of: str = "") -> str:
    """Give the table's ``to`` for the code *value*; an unknown code goes by the table's policy. '' gives ''."""
    return _table(env, table).translate(value, _day(env, as_of)) if value else ""


def lookup(env: Env, table: str, value: str, column: str, as_of: str = "") -> str:
    """Give another column of the row for the code *value*. '' gives ''; an unknown code fails under ``error``, else ''."""
    return _table(env, table).lookup(value, column, _day(env, as_of)) if value else ""


def listed(env: Env, table: str, value: str, as_of: str = "") -> bool:
    """Ask whether the table has the code *value*; never a failure for an unknown one."""
    return bool(value) and _table(env, table).listed(value, _day(env, as_of))


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
        Kind.TEXT,
        Example("translate('patient-class', PV1-2)", "INP"),
        Example("translate('patient-class', '')", ""),
    ),
    function(
        lookup,
        (_TABLE, _VALUE, Parameter("column", Takes.COLUMN), _AS_OF),
        Kind.TEXT,
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
