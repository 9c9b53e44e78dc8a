"""``engine reload``: has the running engine read its site's files again, and tells what came of it."""

from pathlib import Path
from typing import Annotated, Any

import typer

from engine.cli.asking import ask_engine, site_of
from engine.cli.check import CONFIG
from engine.cli.exits import FINE, PROBLEMS_FOUND
from engine.cli.screens import FORMAT, Format, print_json, print_lines
from engine.config.site import Site

_WHY = {
    "problems": "the files have problems",
    "cases": "cases fail",
    "restart": "a restart is needed",
    "queued": "deliveries would be left behind",
    "address": "an address cannot be had",
    "tls": "a certificate cannot be used",
    "store": "the store does not tell what waits",
}


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(reload)


def reload(
    config: Annotated[Path, CONFIG] = Path("config.yaml"), form: Annotated[Format, FORMAT] = Format.TEXT
) -> None:
    """Have the running engine switch to the files as they are now, if they are sound and all cases pass."""
    raise typer.Exit(reload_site(site_of(config), form))


def reload_site(site: Site, form: Format) -> int:
    """Ask the engine, print its answer, and return the exit code."""
    told = ask_engine(site, "reload", {})
    if form is Format.JSON:
        print_json(told)
    else:
        _print(told)
    return PROBLEMS_FOUND if told["result"] == "refused" else FINE


def _print(told: dict[str, Any]) -> None:
    for each in told["differences"]:
        print_lines([f"{each['kind']} {each['name']}: {each['fate']}", *(f"  {line}" for line in each["details"])])
    waiting = ", ".join(_waiting(name, each) for name, each in told["queued"].items())
    if waiting and told["differences"]:
        print_lines([f"waiting: {waiting}"])
    now, before = told["rules"][:12], told["before"][:12]
    match told["result"]:
        case "switched":
            print_lines([f"rules {now} are in force, in place of {before}; {_cases(told['cases'])}"])
        case "unchanged":
            why = "a saved file takes effect by itself, unless the engine runs with --no-watch"
            print_lines([f"rules {now} are in force already: the files say nothing else ({why})"])
        case _:
            for line in told["problems"]:
                typer.echo(line, err=True)
            why = _WHY.get(told["code"], told["code"])
            typer.echo(f"engine: not switched: {why}; rules {now} stay in force", err=True)


def _waiting(name: str, queued: dict[str, int]) -> str:
    return f"{name} " + " and ".join(f"{count} {state}" for state, count in queued.items() if count)


def _cases(count: int) -> str:
    return "1 case has passed" if count == 1 else f"{count} cases have passed"
