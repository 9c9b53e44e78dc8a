"""``engine messages``: what was received and what became of it; bodies only on request, which is audited first."""

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
from sqlalchemy import Connection, RowMapping

from engine import clock
from engine.cli.asking import open_values, reading, site_of, stop
from engine.cli.bodies import body_lines
from engine.cli.check import CONFIG
from engine.cli.delivery_rows import DELIVERY_COLUMNS, delivery_json, delivery_row
from engine.cli.exits import PROBLEMS_FOUND, WRONG_USAGE
from engine.cli.screens import (
    FORMAT,
    Format,
    print_json,
    print_lines,
    print_pairs,
    print_table,
    shown_time,
    us_of,
    written_time,
)
from engine.config.site import Site
from engine.config.values import Wrong, read_duration
from engine.hl7.places import path_of
from engine.journal.deliveries import deliveries_of
from engine.journal.queries import MessageFilter, message_head, message_payload, message_texts, messages, rules_versions
from engine.operations import Opened
from engine.states import MessageState

app = typer.Typer(no_args_is_help=True, help="What was received and what became of it.")
STATES = ", ".join(state.name.lower() for state in MessageState)


def register(parent: typer.Typer) -> None:
    """Add the commands."""
    parent.add_typer(app, name="messages")


@app.command("list")
def list_(
    state: Annotated[str, typer.Option(help=f"Only these: {STATES}.")] = "",
    listener: Annotated[str, typer.Option(help="Only what came in there.")] = "",
    kind: Annotated[str, typer.Option("--type", help="Only this type, as ADT^A01.")] = "",
    control_id: Annotated[str, typer.Option(help="Only this MSH-10.")] = "",
    since: Annotated[str, typer.Option(help="30m, 2h, 7d ago; or 2026-03-01, '2026-03-01 14:30'.")] = "",
    before: Annotated[int | None, typer.Option(min=1, help="Only older than this message: the next page.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many.")] = 50,
    form: Annotated[Format, FORMAT] = Format.TEXT,
    config: Annotated[Path, CONFIG] = Path("config.yaml"),
) -> None:
    """List messages, newest first."""
    site = site_of(config)
    wanted = MessageFilter(
        _state(state),
        listener or None,
        kind or None,
        control_id or None,
        _since(since, site) if since else None,
        before,
        limit + 1,
    )
    with reading(site) as connection:
        found = messages(connection, wanted)
    if form is Format.JSON:
        print_json([_json(row, site) for row in found[:limit]])
        return
    columns = ("message", "received", "listener", "type", "control id", "state", "answer", "reason")
    print_table(columns, [_row(row, site) for row in found[:limit]])
    if len(found) > limit:
        typer.echo(f"there are older ones: --before {found[limit - 1]['id']}", err=True)


@app.command()
def show(
    message: Annotated[int, typer.Argument(help="The message's number.", min=1)],
    show_values: Annotated[bool, typer.Option("--show-values", help="Also what it holds; this is audited.")] = False,
    form: Annotated[Format, FORMAT] = Format.TEXT,
    config: Annotated[Path, CONFIG] = Path("config.yaml"),
) -> None:
    """Show one message: how it came, what was decided, its deliveries; with --show-values its body too."""
    site = site_of(config)
    with reading(site) as connection:
        told = _told(connection, message, site)
    if show_values:
        open_values(site, Opened(message))
        with reading(site) as connection:
            told |= _values(connection, message)
    if form is Format.JSON:
        print_json({name: value for name, value in told.items() if name != "text"})
    else:
        _print(told)


def _told(connection: Connection, message: int, site: Site) -> dict[str, Any]:
    """Return all about a message that holds no value of it."""
    head = message_head(connection, message)
    if head is None:
        stop(f"there is no message {message} (see `engine messages list`)", PROBLEMS_FOUND)
    rows = deliveries_of(connection, message)
    hashes = {version["id"]: version["hash"] for version in rules_versions(connection)}
    return {
        **_json(head, site),
        "peer": head["peer"],
        "rules": hashes.get(head["rules_version"], ""),
        "resends": head["resends"],
        "repeats": head["earlier_id"],
        "index_failed": head["index_failed"],
        "findings": orjson.loads(head["findings"] or b"[]"),
        "deliveries": [delivery_json(row, site) for row in rows],
        "text": {
            "received": shown_time(head["received_at"], site.zone),
            "rows": [delivery_row(row, site) for row in rows],
        },
    }


def _values(connection: Connection, message: int) -> dict[str, Any]:
    texts, payload = message_texts(connection, message), message_payload(connection, message)
    return {
        "detail": texts["detail"] if texts is not None else "",
        "body": None if payload is None else body_lines(payload),
    }


def _print(told: dict[str, Any]) -> None:
    text = told["text"]
    findings = ", ".join(f"{code} at {path_of(place)} (segment {place[1]})" for code, *place in told["findings"])
    pairs = [
        ("message", told["message"]),
        ("received", f"{text['received']} on {told['listener']} from {told['peer']}"),
        ("type", told["type"]),
        ("control id", told["control_id"]),
        ("state", f"{told['state']} {told['reason']}".strip()),
        ("answered", told["answer"]),
        ("rules", told["rules"][:12]),
        ("findings", findings),
        ("resends", told["resends"] or ""),
        ("repeats", f"message {told['repeats']}" if told["repeats"] else ""),
        ("index", told["index_failed"]),
        ("detail", told.get("detail", "")),
    ]
    print_pairs(pairs)
    if text["rows"]:
        typer.echo("")
        print_table(DELIVERY_COLUMNS, text["rows"])
    if "body" in told:
        typer.echo("")
        print_lines(told["body"] if told["body"] is not None else ["(its bytes are no longer kept)"])


def _row(row: RowMapping, site: Site) -> tuple[object, ...]:
    return (
        row["id"],
        shown_time(row["received_at"], site.zone),
        row["listener"],
        row["message_type"],
        row["control_id"],
        MessageState(row["state"]).name.lower(),
        row["ack_code"],
        row["reason"],
    )


def _json(row: RowMapping, site: Site) -> dict[str, Any]:
    return {
        "message": row["id"],
        "received": written_time(row["received_at"], site.zone),
        "listener": row["listener"],
        "type": row["message_type"],
        "control_id": row["control_id"],
        "state": MessageState(row["state"]).name.lower(),
        "answer": row["ack_code"],
        "reason": row["reason"],
    }


def _state(name: str) -> MessageState | None:
    if name and name.upper() not in MessageState.__members__:
        stop(f"a message is {STATES}; never '{name}'", WRONG_USAGE)
    return MessageState[name.upper()] if name else None


def _since(text: str, site: Site) -> int:
    """Return the moment that *text* names: a time of the site's, or how long ago."""
    try:
        return clock.now_us() - int(read_duration(text).total_seconds() * 1_000_000)
    except Wrong:
        pass
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        stop(f"'{text}' is no time: 30m, 2h, 7d, 2026-03-01 or '2026-03-01 14:30'", WRONG_USAGE)
    return us_of(moment if moment.tzinfo else moment.replace(tzinfo=site.zone))
