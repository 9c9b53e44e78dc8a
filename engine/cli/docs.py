"""``engine docs``: a partner's interface specification, written from routes and mappings."""

from pathlib import Path
from typing import Annotated

import typer

from engine.cli.asking import stop
from engine.cli.check import CONFIG
from engine.cli.exits import PROBLEMS_FOUND, WRONG_USAGE
from engine.config.sources import NO_SITE
from engine.errors import NotPossible
from engine.problems import did_you_mean
from engine.workbench.check import read_site
from engine.workbench.saving import replace_file
from engine.workbench.specification import specification


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(docs)


def docs(
    partner: Annotated[str, typer.Option("--for", help="A destination or a listener; else all of them.")] = "",
    out: Annotated[Path | None, typer.Option(help="The file to write; else it is printed.", show_default=False)] = None,
    config: Annotated[Path, CONFIG] = Path("config.yaml"),
) -> None:
    """Write what a partner must know: connection, messages, when, what stands in them, answers, examples (Markdown)."""
    if not config.exists():
        stop(f"there is no file {config}: {NO_SITE}", WRONG_USAGE)
    site = read_site(config)
    if site.settings is None or site.report.errors:
        stop("the site has problems: mend what `engine check` tells first", PROBLEMS_FOUND)
    names = [*site.settings.listeners, *site.settings.destinations]
    if partner and partner not in names:
        hint = did_you_mean(partner, names) or f"one of: {', '.join(names)}"
        stop(f"there is no destination or listener '{partner}' ({hint})", WRONG_USAGE)
    text = specification(site.settings, site.cases, partner)
    if out is None:
        typer.echo(text, nl=False)
        return
    try:
        replace_file(out, text.encode())
    except NotPossible as error:
        stop(error.text, PROBLEMS_FOUND)
    typer.echo(f"{out}: {len(text.splitlines())} lines")
