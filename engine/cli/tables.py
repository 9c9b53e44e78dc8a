"""``engine tables``: the code tables of a site, what is odd about them, what they miss, and a row added to one."""

import shlex
from pathlib import Path
from typing import Annotated

import typer

from engine.cli.asking import site_of, stop
from engine.cli.check import CONFIG
from engine.cli.exits import FINE, PROBLEMS_FOUND, WRONG_USAGE
from engine.cli.screens import FORMAT, Format, print_json, print_table, printable
from engine.cli.unmapped import unmapped
from engine.config.tables import TableSource, read_tables
from engine.control import ask
from engine.errors import NoEngine, NotPossible
from engine.problems import Problems, did_you_mean
from engine.states import Severity
from engine.workbench.table_check import TableCheck, check_tables
from engine.workbench.table_rows import Added, NewRow, add_row

app = typer.Typer(no_args_is_help=True, help="Code tables: look, check, see what they miss, add a row.")
MOST_SHOWN = 50
"""Unused rows of one table; programs are told all of them."""
TABLE = typer.Argument(help="The table's name in config.yaml.", metavar="TABLE", show_default=False)


def register(parent: typer.Typer) -> None:
    """Add the commands."""
    parent.add_typer(app, name="tables")


@app.command("list")
def list_(form: Annotated[Format, FORMAT] = Format.TEXT, config: Annotated[Path, CONFIG] = Path("config.yaml")) -> None:
    """List the tables: their files, how many rows, and what they do with an unknown code."""
    rows = []
    for name, source in _tables(config).items():
        problems = Problems()
        rows.append((name, source.file, len(source.read(problems)), source.unknown, source.targets, problems.errors))
    if form is Format.JSON:
        keys = ("table", "file", "rows", "unknown", "targets", "errors")
        print_json([dict(zip(keys, row, strict=True)) for row in rows])
        return
    told = [(*row[:5], f"{row[5]} problems: see `engine check`" if row[5] else "") for row in rows]
    print_table(("table", "file", "rows", "unknown code", "targets", ""), told)


@app.command()
def show(
    table: Annotated[str, TABLE],
    code: Annotated[str, typer.Option(help="Only the rows of this code.")] = "",
    form: Annotated[Format, FORMAT] = Format.TEXT,
    config: Annotated[Path, CONFIG] = Path("config.yaml"),
) -> None:
    """Show a table's rows, or those of one code."""
    problems = Problems()
    loaded = _source(config, table).read(problems)
    for problem in problems.sorted():
        typer.echo(printable(str(problem)), err=True)
    rows = [row for row in loaded.rows if not code or row.cells["from"] == code.strip()]
    if form is Format.JSON:
        print_json([{"line": row.line, **row.cells} for row in rows])
    else:
        print_table(("line", *loaded.columns), [(row.line, *row.cells.values()) for row in rows])
    raise typer.Exit(PROBLEMS_FOUND if problems.errors or (code and not rows) else FINE)


@app.command()
def check(
    tables: Annotated[list[str] | None, typer.Argument(metavar="[TABLE]...", show_default=False)] = None,
    form: Annotated[Format, FORMAT] = Format.TEXT,
    config: Annotated[Path, CONFIG] = Path("config.yaml"),
) -> None:
    """Tell what is wrong in tables, which targets are none, and which rows no case uses."""
    for name in tables or ():
        _source(config, name)
    site_of(config)
    found = check_tables(config, frozenset(tables or ()))
    if form is Format.JSON:
        print_json(_as_json(found))
    else:
        _print(found)
    raise typer.Exit(PROBLEMS_FOUND if any(each.severity is not Severity.NOTE for each in found.problems) else FINE)


@app.command()
def add(
    table: Annotated[str, TABLE],
    source: Annotated[str, typer.Argument(metavar="FROM", help="The code as it comes.", show_default=False)],
    target: Annotated[str, typer.Argument(metavar="TO", help="What it becomes.", show_default=False)],
    display: Annotated[str, typer.Option(help="What it means, for people.")] = "",
    from_date: Annotated[str, typer.Option(help="The first day it holds, as 2026-01-31.")] = "",
    until: Annotated[str, typer.Option(help="The last day it holds.")] = "",
    column: Annotated[list[str] | None, typer.Option(help="Another column, as cpt=85027.", metavar="NAME=TEXT")] = None,
    config: Annotated[Path, CONFIG] = Path("config.yaml"),
) -> None:
    """Add a row to a table's file; refused where the table would then be wrong."""
    where = _source(config, table)
    others = {"display": display, "effective_from": from_date, "effective_to": until, **_columns(column or [])}
    try:
        added = add_row(where, NewRow(source.strip(), target, others))
    except NotPossible as error:
        stop(printable_lines(error.text), PROBLEMS_FOUND)
    typer.echo(f"{where.file}:{added.line}: added; {table} has {added.rows} rows now")
    _tell_what_follows(config, table, source.strip(), added)


app.command()(unmapped)


def printable_lines(text: str) -> str:
    """Return lines without what a terminal would obey."""
    return "\n".join(map(printable, text.split("\n")))


def _tell_what_follows(config: Path, table: str, code: str, added: Added) -> None:
    """Let the trail of a running engine know, and say how what waits for the code goes on."""
    again = f"`engine deliveries release --table {table} --code {printable(shlex.quote(code))}` sends what waits for it"
    try:
        ask(site_of(config).store, "tables.added", {"table": table, "line": added.line})
    except NoEngine as error:
        if error.code != "no-engine":
            typer.echo(f"engine: warning: the audit trail does not know of it: {error.text}", err=True)
        typer.echo(f"next: `engine check`; start the engine, then {again}")
    except NotPossible as error:
        typer.echo(f"engine: warning: the audit trail does not know of it: {error.text}", err=True)
    else:
        typer.echo(f"next: `engine check`; let the engine take the new rules (`engine reload`), then {again}")


def _columns(written: list[str]) -> dict[str, str]:
    found = {}
    for each in written:
        name, mark, text = each.partition("=")
        if not mark or not name:
            stop("--column takes NAME=TEXT, as cpt=85027", WRONG_USAGE)
        found[name] = text
    return found


def _tables(config: Path) -> dict[str, TableSource]:
    site_of(config)
    return dict(read_tables(config))


def _source(config: Path, name: str) -> TableSource:
    tables = _tables(config)
    if name not in tables:
        hint = did_you_mean(name, tables) or "see `engine tables list`"
        stop(f"there is no table '{name}' ({hint})", WRONG_USAGE)
    return tables[name]


def _print(found: TableCheck) -> None:
    for problem in found.problems:
        typer.echo(printable(str(problem)))
    for table in dict.fromkeys(row.table for row in found.unused):
        rows = [row for row in found.unused if row.table == table]
        for row in rows[:MOST_SHOWN]:
            typer.echo(printable(f"{row.place}: unused-row: no case uses '{row.code}' of {table}"))
        if len(rows) > MOST_SHOWN:
            typer.echo(f"{rows[0].place.file}: and {len(rows) - MOST_SHOWN} rows more that no case uses")
    problems = f"{len(found.problems)} problems"
    if not found.is_tried:
        typer.echo(f"{problems} in {found.rows} rows; no case was run: first mend what `engine check` tells")
        return
    typer.echo(f"{problems}; cases use {found.rows - len(found.unused)} of {found.rows} rows")
    typer.echo("whether messages use a row is not recorded; what messages miss: `engine tables unmapped`")


def _as_json(found: TableCheck) -> dict[str, object]:
    return {
        "problems": [
            {"place": str(each.place), "code": each.code, "text": each.text, "hint": each.hint}
            for each in found.problems
        ],
        "unused": [{"table": each.table, "place": str(each.place), "code": each.code} for each in found.unused],
        "rows": found.rows,
        "cases_run": found.is_tried,
    }
