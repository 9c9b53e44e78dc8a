"""``engine tables unmapped``: codes that messages brought and tables do not list. They are values of messages."""

from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import RowMapping

from engine.cli.asking import open_values, reading, site_of, stop
from engine.cli.check import CONFIG
from engine.cli.exits import WRONG_USAGE
from engine.cli.screens import FORMAT, Format, print_json, print_table, shown_time, written_time
from engine.config.site import Site
from engine.config.tables import TableSource, read_tables
from engine.journal.unknown_codes import unknown_codes
from engine.operations import OpenedCodes
from engine.problems import did_you_mean

COLUMNS = ("table", "code", "sender", "messages", "parked", "held", "first seen", "last seen", "unknown code")
OTHERS = "(others)"
"""Shown for what came when too many different codes had come already."""


def unmapped(
    table: Annotated[str, typer.Option(help="Only what this table was asked for.")] = "",
    form: Annotated[Format, FORMAT] = Format.TEXT,
    config: Annotated[Path, CONFIG] = Path("config.yaml"),
) -> None:
    """List codes that no table lists: how often, from whom, and how many outputs wait for each. This is audited."""
    site, tables = site_of(config), read_tables(config)
    if table and table not in tables:
        hint = did_you_mean(table, tables) or "see `engine tables list`"
        stop(f"there is no table '{table}' ({hint})", WRONG_USAGE)
    open_values(site, OpenedCodes(table))
    with reading(site) as connection:
        rows = unknown_codes(connection, table or None)
    if form is Format.JSON:
        print_json([_as_json(row, site) for row in rows])
    else:
        print_table(COLUMNS, [_as_row(row, site, tables.get(row["table_name"])) for row in rows])


def _as_row(row: RowMapping, site: Site, source: TableSource | None) -> tuple[object, ...]:
    sender = " ".join(filter(None, (row["listener"], row["application"], row["facility"])))
    seen = shown_time(row["first_at"], site.zone), shown_time(row["last_at"], site.zone)
    policy = "(no such table now)" if source is None else source.unknown
    waiting = row["parked"] or "", row["held"] or ""
    return (row["table_name"], row["code"] or OTHERS, sender, row["count"], *waiting, *seen, policy)


def _as_json(row: RowMapping, site: Site) -> dict[str, object]:
    return {
        "table": row["table_name"],
        "code": row["code"],
        "listener": row["listener"],
        "application": row["application"],
        "facility": row["facility"],
        "messages": row["count"],
        "parked": row["parked"],
        "held": row["held"],
        "first_seen": written_time(row["first_at"], site.zone),
        "last_seen": written_time(row["last_at"], site.zone),
    }
