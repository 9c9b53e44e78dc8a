"""``engine deliveries``: what goes where, what stands in its way, and what a person decides about it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from sqlalchemy import Connection, RowMapping

from engine.cli.asking import ask_engine, open_values, reading, site_of, stop
from engine.cli.bodies import body_lines
from engine.cli.check import CONFIG
from engine.cli.delivery_rows import DELIVERY_COLUMNS, delivery_json, delivery_row
from engine.cli.exits import FINE, PROBLEMS_FOUND, WRONG_USAGE
from engine.cli.releasing import release_by_code, tell
from engine.cli.screens import (
    FORMAT,
    Format,
    print_json,
    print_lines,
    print_pairs,
    print_table,
    shown_time,
    written_time,
)
from engine.config.site import Site
from engine.errors import NotPossible
from engine.journal.deliveries import (
    DeliveryFilter,
    Place,
    attempts_of,
    deliveries,
    delivery_head,
    delivery_payload,
    delivery_texts,
)
from engine.operations import Opened, name_of, read_place
from engine.states import DeliveryState

app = typer.Typer(no_args_is_help=True, help="What goes where, what stands in its way, and what to do about it.")
STATES = ", ".join(state.name.lower() for state in DeliveryState)
UNFINISHED = (DeliveryState.HELD, DeliveryState.PARKED, DeliveryState.PENDING)
"""What is listed if nothing is said, in this order."""
NAMES = typer.Argument(help="Deliveries, as 12/1.", metavar="MESSAGE/ORDINAL ...")


def register(parent: typer.Typer) -> None:
    """Add the commands."""
    parent.add_typer(app, name="deliveries")


@app.command("list")
def list_(
    destination: Annotated[str, typer.Option(help="Only for this destination.")] = "",
    state: Annotated[str, typer.Option(help=f"Only these: {STATES}. Else all that is unfinished.")] = "",
    after: Annotated[str, typer.Option(help="Only behind this delivery: the next page.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many.")] = 50,
    form: Annotated[Format, FORMAT] = Format.TEXT,
    config: Annotated[Path, CONFIG] = Path("config.yaml"),
) -> None:
    """List deliveries: what is held, parked or pending, or those of one state, oldest first."""
    site = site_of(config)
    states = (_state(state),) if state else UNFINISHED
    place = _place(after) if after else (0, 0)
    found: list[RowMapping] = []
    with reading(site) as connection:
        for each in states:
            room = limit + 1 - len(found)
            found += deliveries(connection, DeliveryFilter(destination or None, each, place, room)) if room > 0 else []
    if form is Format.JSON:
        print_json([delivery_json(row, site) for row in found[:limit]])
        return
    none = "nothing found" if state or after else "nothing waits (--state delivered lists what has gone)"
    print_table(DELIVERY_COLUMNS, [delivery_row(row, site) for row in found[:limit]], none)
    if len(found) > limit:
        last = found[limit - 1]
        page = f"--after {name_of((last['message_id'], last['ordinal']))}" if state else "name a --state or a --limit"
        typer.echo(f"there are more: {page}", err=True)


@app.command()
def show(
    delivery: Annotated[str, typer.Argument(help="The delivery, as 12/1.", metavar="MESSAGE/ORDINAL")],
    show_values: Annotated[bool, typer.Option("--show-values", help="Also what it holds; this is audited.")] = False,
    form: Annotated[Format, FORMAT] = Format.TEXT,
    config: Annotated[Path, CONFIG] = Path("config.yaml"),
) -> None:
    """Show one delivery and its attempts; with --show-values also its bytes and what stands in its way."""
    site, place = site_of(config), _place(delivery)
    with reading(site) as connection:
        told = _told(connection, place, site)
    if show_values:
        open_values(site, Opened(*place))
        with reading(site) as connection:
            told |= _values(connection, place)
    if form is Format.JSON:
        print_json({name: value for name, value in told.items() if name != "text"})
    else:
        _print(told)


@app.command()
def retry(
    names: Annotated[list[str], NAMES],
    form: Annotated[Format, FORMAT] = Format.TEXT,
    config: Annotated[Path, CONFIG] = Path("config.yaml"),
) -> None:
    """Send held deliveries, and those that wait for their next try, at once."""
    _act(site_of(config), "deliveries.retry", _asked(names), form)


@app.command()
def release(
    names: Annotated[list[str] | None, NAMES] = None,
    table: Annotated[str, typer.Option(help="All that wait for a code of this table; with --code.")] = "",
    code: Annotated[str, typer.Option(help="The code, as `engine tables unmapped` shows it.")] = "",
    reason: Annotated[str, typer.Option(help="For the audit trail; no patient's name or number.")] = "",
    show_values: Annotated[bool, typer.Option("--show-values", help="Say why it fails still; audited.")] = False,
    form: Annotated[Format, FORMAT] = Format.TEXT,
    config: Annotated[Path, CONFIG] = Path("config.yaml"),
) -> None:
    """Decide parked or held deliveries again with today's rules, and send them."""
    if bool(names) == bool(table) or bool(table) != bool(code):
        stop("name deliveries, as 12/1, or a --table and a --code that they wait for", WRONG_USAGE)
    if not names:
        release_by_code(site_of(config), {"table": table, "code": code, "reason": reason}, form)
    _act(site_of(config), "deliveries.release", {**_asked(names or ()), "reason": reason, "values": show_values}, form)


@app.command()
def skip(
    names: Annotated[list[str], NAMES],
    reason: Annotated[str, typer.Option(help="Why it is not sent, for the audit trail; no patient's name or number.")],
    form: Annotated[Format, FORMAT] = Format.TEXT,
    config: Annotated[Path, CONFIG] = Path("config.yaml"),
) -> None:
    """Decide that deliveries are not sent; what waits behind them goes on."""
    _act(site_of(config), "deliveries.skip", {**_asked(names), "reason": reason}, form)


def _asked(names: Sequence[str]) -> dict[str, object]:
    return {"deliveries": [name_of(_place(name)) for name in names]}


def _act(site: Site, do: str, arguments: dict[str, object], form: Format) -> None:
    """Ask the engine, tell what came of each delivery; exit 1 if something could not be done."""
    reports: list[dict[str, Any]] = ask_engine(site, do, arguments)
    if form is Format.JSON:
        print_json(reports)
    else:
        for report in reports:
            tell(report)
    raise typer.Exit(FINE if all(report["done"] for report in reports) else PROBLEMS_FOUND)


def _told(connection: Connection, place: Place, site: Site) -> dict[str, Any]:
    """Return all about a delivery that holds no value of its message."""
    head = delivery_head(connection, place)
    if head is None:
        stop(f"there is no delivery {name_of(place)} (see `engine messages show {place[0]}`)", PROBLEMS_FOUND)
    attempts = attempts_of(connection, place)
    return {
        **delivery_json(head, site),
        "attempts": [
            {"number": each["number"], "at": written_time(each["at"], site.zone), "reason": each["reason"]}
            for each in attempts
        ],
        "text": {
            "changed": shown_time(head["updated_at"], site.zone),
            "next_try": shown_time(head["next_at"], site.zone) if head["next_at"] else "",
            "rows": [(each["number"], shown_time(each["at"], site.zone), each["reason"]) for each in attempts],
        },
    }


def _values(connection: Connection, place: Place) -> dict[str, Any]:
    texts, payload = delivery_texts(connection, place), delivery_payload(connection, place)
    return {
        "detail": texts["detail"] if texts is not None else "",
        "evidence": texts["evidence"] if texts is not None else "",
        "body": None if payload is None else body_lines(payload),
    }


def _print(told: dict[str, Any]) -> None:
    text = told["text"]
    print_pairs(
        [
            ("delivery", told["delivery"]),
            ("destination", told["destination"]),
            ("route", told["route"]),
            ("state", f"{told['state']} {told['reason']}".strip()),
            ("rule", told["position"]),
            ("changed", text["changed"]),
            ("control id", told["control_id"]),
            ("next try", text["next_try"]),
            (
                "possible duplicate",
                "yes, an earlier attempt may have arrived" if told["possible_duplicate"] else "",
            ),
            ("detail", told.get("detail", "")),
            ("evidence", told.get("evidence", "")),
        ]
    )
    if text["rows"]:
        typer.echo("")
        print_table(("failed try", "at", "reason"), text["rows"])
    if "body" in told:
        typer.echo("")
        print_lines(told["body"] if told["body"] is not None else ["(there are no bytes)"])


def _place(name: str) -> Place:
    try:
        return read_place(name)
    except NotPossible as error:
        stop(error.text, WRONG_USAGE)


def _state(name: str) -> DeliveryState:
    if name.upper() not in DeliveryState.__members__:
        stop(f"a delivery is {STATES}; never '{name}'", WRONG_USAGE)
    return DeliveryState[name.upper()]
