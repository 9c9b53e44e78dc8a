"""``engine duplicates``: patients who may be one person, why, and what people decide about them."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Annotated, Any

import typer
from sqlalchemy import Connection, select

from engine import clock
from engine.cli.asking import ask_engine, note_first, reading, site_of, stop
from engine.cli.check import CONFIG
from engine.cli.exits import COULD_NOT_START, PROBLEMS_FOUND, WRONG_USAGE
from engine.cli.screens import FORMAT, Format, print_json, print_pairs, print_table, us_of
from engine.config.site import Site
from engine.control import ask
from engine.control.callers import ourselves
from engine.errors import NoEngine, NotPossible, StoreError
from engine.index.tables import IDENTIFIER, PATIENT
from engine.journal.store import open_readers, open_store
from engine.observe.audit import Deed, record
from engine.operations.duplicates import VERDICTS, OpenedDuplicates, read_pair
from engine.quality.looking import Everybody, look_at_all, save_all
from engine.quality.pairs import Listed, pairs
from engine.quality.rates import rates
from engine.quality.tables import Verdict

app = typer.Typer(no_args_is_help=True, help="Patients who may be one person, and what people decide about them.")
_PATIENCE = 60.0
_PAGE = 400
"""Pairs in one request to the engine."""
_DAY_US = 86_400_000_000


def register(parent: typer.Typer) -> None:
    """Add the commands."""
    parent.add_typer(app, name="duplicates")


@app.command()
def find(config: Annotated[Path, CONFIG] = Path("config.yaml")) -> None:
    """Compare all patients of the index, now; a running engine compares those whom messages change by itself."""
    site = site_of(config)
    everybody = _look(site)
    _save(site, everybody)
    found = everybody.found
    typer.echo(f"{len(found.pairs)} possible duplicates among {len(found.patients)} patients")
    if found.crowded:
        typer.echo(f"{found.crowded} keys were too common to compare by", err=True)


@app.command("list")
def list_(
    decided: Annotated[bool, typer.Option("--decided", help="Those that somebody has decided, too.")] = False,
    least: Annotated[int, typer.Option(min=1, max=99, help="Only with this score or more.")] = 50,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many.")] = 50,
    show_values: Annotated[bool, typer.Option("--show-values", help="Also who they are; this is audited.")] = False,
    form: Annotated[Format, FORMAT] = Format.TEXT,
    config: Annotated[Path, CONFIG] = Path("config.yaml"),
) -> None:
    """List pairs of patients who may be one person, the likeliest first, with the reasons."""
    site = site_of(config)
    with reading(site) as connection:
        wanted = (each for each in pairs(connection) if each.pair.score >= least and (decided or not each.verdict))
        found = list(islice(wanted, limit + 1))
    people: dict[int, dict[str, str]] = {}
    if show_values:
        note_first(site, "duplicates.open", OpenedDuplicates(len(found[:limit])), "shown")
        with reading(site) as connection:
            people = _people(connection, found[:limit])
    if form is Format.JSON:
        print_json([_as_json(each, people) for each in found[:limit]])
        return
    columns = ("pair", "score", "decided", "reasons", *(("one", "other") if show_values else ()))
    print_table(columns, [_as_row(each, people) for each in found[:limit]], "nothing found")
    if len(found) > limit:
        typer.echo("there are more: name a --limit", err=True)


@app.command()
def decide(
    names: Annotated[list[str], typer.Argument(help="Pairs, as 12+57.", metavar="PAIR ...")],
    as_: Annotated[str, typer.Option("--as", help="different, same, or open to take a decision back.")],
    reason: Annotated[str, typer.Option(help="For the audit trail; no patient's name or number.")] = "",
    config: Annotated[Path, CONFIG] = Path("config.yaml"),
) -> None:
    """Decide that two patients are different people, or the same; it stays decided. Merging them is another step."""
    if as_ not in VERDICTS:
        stop(f"--as is different, same or open; never '{as_}'", WRONG_USAGE)
    try:
        places = [read_pair(name) for name in names]
    except NotPossible as error:
        stop(error.text, WRONG_USAGE)
    asked = [f"{first}+{second}" for first, second in places]
    done = ask_engine(site_of(config), "duplicates.decide", {"pairs": asked, "as": as_, "reason": reason})
    typer.echo(f"{done} decided: {as_}")


@app.command("rates")
def rates_(
    days: Annotated[int, typer.Option(min=1, help="The period: the last so many days.")] = 30,
    since: Annotated[str, typer.Option(help="Or from this day on, as 2026-03-01.")] = "",
    form: Annotated[Format, FORMAT] = Format.TEXT,
    config: Annotated[Path, CONFIG] = Path("config.yaml"),
) -> None:
    """Tell the duplicate error rate and the duplicate creation rate, by AHIMA's formulas."""
    site = site_of(config)
    until = clock.now_us()
    with reading(site) as connection:
        found = rates(connection, _from(since, site) if since else until - days * _DAY_US, until)
    told = {
        "records": found.records,
        "possible duplicate records": found.possible,
        "duplicate error rate": round(found.error_rate, 3),
        "registrations": found.registrations,
        "confirmed duplicates": found.confirmed,
        "duplicate creation rate": round(found.creation_rate, 3),
    }
    if form is Format.JSON:
        print_json({name.replace(" ", "_"): value for name, value in told.items()})
        return
    print_pairs([(name, f"{value:.3f} %" if name.endswith("rate") else str(value)) for name, value in told.items()])


@contextmanager
def _page(site: Site) -> Iterator[Connection]:
    readers = open_readers(site.store)
    try:
        with readers.reading(_PATIENCE) as connection:
            yield connection
    finally:
        readers.close()


def _look(site: Site) -> Everybody:
    try:
        return look_at_all(lambda: _page(site))
    except StoreError as error:
        stop(error.text, COULD_NOT_START)


def _save(site: Site, everybody: Everybody) -> None:
    """Hand what was found to the running engine; without one, write it."""
    found = everybody.found.pairs
    rows = [[each.first_id, each.second_id, each.score, " ".join(each.reasons)] for each in found]
    try:
        for start in range(0, max(1, len(rows)), _PAGE):
            ask(site.store, "duplicates.found", {"pairs": rows[start : start + _PAGE], "first": start == 0})
    except NoEngine as error:
        if error.code != "no-engine":
            stop(error.text, COULD_NOT_START)
        _save_alone(site, everybody)
    except NotPossible as error:
        stop(error.text, PROBLEMS_FOUND)


def _save_alone(site: Site, everybody: Everybody) -> None:
    try:
        store = open_store(site.store)
    except StoreError as error:
        stop(error.text, COULD_NOT_START)
    try:
        with store.connection.begin():
            save_all(store.connection, everybody)
            record(store.connection, Deed(ourselves().name, "duplicates-found"))
    finally:
        store.close()


def _people(connection: Connection, found: list[Listed]) -> dict[int, dict[str, str]]:
    told: dict[int, dict[str, str]] = {}
    for patient_id in {number for each in found for number in (each.pair.first_id, each.pair.second_id)}:
        row = connection.execute(select(PATIENT).where(PATIENT.c.id == patient_id)).one()
        numbers = select(IDENTIFIER.c.key).where(IDENTIFIER.c.patient_id == patient_id).order_by(IDENTIFIER.c.key)
        told[patient_id] = {
            "name": f"{row.family}, {row.given}",
            "born": row.born,
            "sex": row.sex,
            "identifiers": " ".join(connection.execute(numbers).scalars()),
        }
    return told


def _as_json(each: Listed, people: dict[int, dict[str, str]]) -> dict[str, Any]:
    pair = each.pair
    told: dict[str, Any] = {
        "pair": each.name,
        "patients": [pair.first_id, pair.second_id],
        "score": pair.score,
        "reasons": list(pair.reasons),
        "decided": _word(each.verdict),
    }
    return told | ({"values": [people[pair.first_id], people[pair.second_id]]} if people else {})


def _as_row(each: Listed, people: dict[int, dict[str, str]]) -> tuple[object, ...]:
    pair = each.pair
    row = (each.name, pair.score, _word(each.verdict), " ".join(pair.reasons))
    return row + tuple("; ".join(filter(None, people[number].values())) for number in pair[:2]) if people else row


def _word(verdict: Verdict | None) -> str:
    return "" if verdict is None else verdict.name.lower()


def _from(text: str, site: Site) -> int:
    try:
        return us_of(datetime.fromisoformat(text).replace(tzinfo=site.zone))
    except ValueError:
        stop(f"'{text}' is no day: 2026-03-01", WRONG_USAGE)
