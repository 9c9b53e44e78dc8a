"""``engine export``: a de-identified copy of the record index for research, and no other."""

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from engine.cli.asking import note_first, site_of, stop
from engine.cli.check import CONFIG
from engine.cli.exits import COULD_NOT_START, PROBLEMS_FOUND, WRONG_USAGE
from engine.clock import at_us, now_us
from engine.config.site import Site
from engine.errors import NotPossible, StoreError
from engine.export.coding import LEAST
from engine.export.files import Dates
from engine.export.secret import Secret, fresh_secret, kept_secret
from engine.export.writing import Exported, Kind, Wanted, export
from engine.journal.store import open_readers
from engine.operations.exporting import ExportBegun

_FOR_EVER = 24 * 3600.0


def register(parent: typer.Typer) -> None:
    """Add the command."""
    parent.command("export")(export_)


def export_(
    out: Annotated[Path, typer.Option(help="A new or empty folder for the files.")],
    deidentify: Annotated[bool, typer.Option("--deidentify", help="Must be said: there is no other export.")] = False,
    form: Annotated[Kind, typer.Option("--format", help="How the files are written.")] = Kind.CSV,
    dates: Annotated[Dates, typer.Option(help="Moved by a number of days of each person's own, or only years.")] = (
        Dates.SHIFT
    ),
    key: Annotated[Path | None, typer.Option(help="A file with the key, made if missing: exports join by it.")] = None,
    least: Annotated[int, typer.Option(min=2, help="People who must share a code for it to be told.")] = LEAST,
    config: Annotated[Path, CONFIG] = Path("config.yaml"),
) -> None:
    """Write a de-identified copy of the index: identifiers gone, dates moved, free text left behind. It is audited."""
    if not deidentify:
        stop("only de-identified copies are written: say --deidentify", WRONG_USAGE)
    site = site_of(config)
    try:
        secret = fresh_secret() if key is None else kept_secret(key)
        note_first(site, "export.begin", ExportBegun(dates.value, key is not None), "exported")
        done = _export(site, secret, Wanted(out, form, dates, least, site.zone, _today(site)))
    except NotPossible as error:
        stop(error.text, PROBLEMS_FOUND)
    except StoreError as error:
        stop(error.text, COULD_NOT_START)
    for name, count in done.lines.items():
        typer.echo(f"{out / name}.{form.value}: {count}")
    for column, count in sorted(done.left_out.items()):
        typer.echo(f"engine: {column}: {count} values left out, nothing proves them safe", err=True)


def _export(site: Site, secret: Secret, wanted: Wanted) -> Exported:
    readers = open_readers(site.store)
    try:
        with readers.reading(_FOR_EVER) as connection:
            return export(connection, secret, wanted)
    finally:
        readers.close()


def _today(site: Site) -> date:
    return at_us(now_us()).astimezone(site.zone).date()
