"""The record index's forms of statements: rows written in their table's order, whole."""

from typing import Any

from sqlalchemy import Dialect, Table, bindparam
from sqlalchemy.dialects import postgresql, sqlite

from engine.statements import Prepared


def insert_into(table: Table, dialect: Dialect) -> Any:
    """Return the dialect's INSERT, one parameter per column, that knows on_conflict."""
    insert = postgresql.insert if dialect.name == "postgresql" else sqlite.insert
    return insert(table).values({name: bindparam(name) for name in _names(table)})


def inserting(table: Table, dialect: Dialect) -> Prepared:
    """Return a plain INSERT of rows in the table's order."""
    return Prepared(insert_into(table, dialect), _names(table), dialect)


def upserting(table: Table, fixed: frozenset[str], dialect: Dialect) -> Prepared:
    """Return an INSERT that, where the key is taken, sets all columns but the key and *fixed* ones."""
    statement = insert_into(table, dialect)
    keys = [column.name for column in table.primary_key]
    changing = [name for name in _names(table) if name not in fixed and name not in keys]
    conflict = statement.on_conflict_do_update(
        index_elements=keys, set_={name: statement.excluded[name] for name in changing}
    )
    return Prepared(conflict, _names(table), dialect)


def inserting_once(table: Table, dialect: Dialect) -> Prepared:
    """Return an INSERT that leaves a row alone whose key is taken."""
    return Prepared(insert_into(table, dialect).on_conflict_do_nothing(), _names(table), dialect)


def _names(table: Table) -> list[str]:
    return [column.name for column in table.columns]
