"""``engine lineage``: which rules read or write a field and where it arrives, and who talks to an address."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import orjson
import typer

from engine.cli.check import CONFIG, Format
from engine.cli.exits import FINE, PROBLEMS_FOUND, WRONG_USAGE
from engine.config import Settings, load
from engine.config.sources import NO_SITE
from engine.errors import ConfigurationProblems, NotPossible
from engine.workbench.lineage.answer import Lineage, lineage_of, talks_of
from engine.workbench.lineage.arriving import Arrival
from engine.workbench.lineage.neighbours import Talk
from engine.workbench.lineage.uses import Use


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(lineage)


def lineage(
    path: Annotated[str, typer.Argument(metavar="[PATH]", show_default=False)] = "",
    uses: Annotated[str, typer.Option(metavar="HOST:PORT", help="Who talks to this address.")] = "",
    config: Annotated[Path, CONFIG] = Path("config.yaml"),
    form: Annotated[Format, typer.Option("--format", help="text for people, json for programs.")] = Format.TEXT,
) -> None:
    """Tell which rules read or write a field (PID-3, PID-5.1), and where it arrives; or who talks to an address."""
    if bool(path) is bool(uses):
        raise _usage("name a field, as in 'engine lineage PID-3', or an address, as in '--uses 127.0.0.1:2601'")
    if not config.exists():
        raise _usage(f"there is no file {config}: {NO_SITE}")
    try:
        settings = load(config)
    except ConfigurationProblems as error:
        typer.echo("\n".join(map(str, error.problems)), err=True)
        raise typer.Exit(PROBLEMS_FOUND) from None
    try:
        told = _of_address(settings, uses, form) if uses else _of_field(settings, path, form)
    except NotPossible as error:
        raise _usage(error.text) from None
    typer.echo(told)
    raise typer.Exit(FINE)


def _usage(text: str) -> typer.Exit:
    typer.echo(f"engine lineage: {text}", err=True)
    return typer.Exit(WRONG_USAGE)


def _of_field(settings: Settings, path: str, form: Format) -> str:
    found = lineage_of(settings.rules, path)
    return _dumped(_field_json(found)) if form is Format.JSON else "\n".join(_field_text(found))


def _of_address(settings: Settings, address: str, form: Format) -> str:
    talks = talks_of(settings, address)
    if form is Format.JSON:
        found = [{"kind": t.kind, "name": t.name, "address": t.address, "routes": list(t.routes)} for t in talks]
        return _dumped({"address": address, "talks": found})
    return "\n".join(map(_talk, talks)) or f"nothing here listens on {address} or sends to it"


def _talk(talk: Talk) -> str:
    verb = "takes messages for" if talk.kind == "listener" else "gets messages of"
    return f"{talk.kind} {talk.name} ({talk.address}) {verb} {', '.join(talk.routes) or 'no route'}"


def _field_text(found: Lineage) -> Iterator[str]:
    yield str(found.field)
    if not found.uses:
        yield "  no rule names it"
    width = max((len(str(use.place)) for use in found.uses), default=0)
    for use in found.uses:
        where = f"{use.rule}: {', '.join(use.ways)}" if use.ways else use.rule
        yield f"  {use.manner.value:<8}{use.place!s:<{width}}  {use.words}  ({where})"
    yield "what comes in there"
    for arrival in found.arrivals:
        yield f"  {_way(arrival)}: {_effect(arrival)}"


def _way(arrival: Arrival) -> str:
    through = f" through {arrival.mapping}" if arrival.mapping else ""
    return f"{arrival.route} to {arrival.destination}{through}"


def _effect(arrival: Arrival) -> str:
    decides = "decides whether it is sent" if arrival.decides else ""
    reaches = f"reaches {', '.join(map(str, arrival.fields))}" if arrival.fields else ""
    return ", ".join(each for each in (decides, reaches) if each) or "stays here"


def _field_json(found: Lineage) -> dict[str, object]:
    return {
        "path": str(found.field),
        "uses": [_use_json(use) for use in found.uses],
        "arrivals": [
            {
                "route": each.route,
                "destination": each.destination,
                "mapping": each.mapping,
                "place": str(each.place),
                "decides": each.decides,
                "reaches": [str(reached) for reached in each.fields],
            }
            for each in found.arrivals
        ],
    }


def _use_json(use: Use) -> dict[str, object]:
    told = {"manner": use.manner.value, "place": str(use.place), "words": use.words, "rule": use.rule}
    return {**told, "ways": list(use.ways)}


def _dumped(answer: dict[str, object]) -> str:
    return orjson.dumps(answer, option=orjson.OPT_INDENT_2).decode()
