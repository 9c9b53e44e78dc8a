"""``engine check``: every problem in every file, at once."""

from enum import Enum
from pathlib import Path
from typing import Annotated

import orjson
import typer

from engine.cli.exits import FINE, PROBLEMS_FOUND, WRONG_USAGE
from engine.config.sources import NO_SITE
from engine.states import Severity
from engine.workbench.check import Report, check_site


class Format(Enum):
    """How the problems are written."""

    TEXT = "text"
    JSON = "json"


CONFIG = typer.Option("--config", "-c", help="config.yaml, or the folder that holds it.", show_default=True)
"""The option that every command takes which reads the configuration."""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(check)


def check(
    config: Annotated[Path, CONFIG] = Path("config.yaml"),
    form: Annotated[Format, typer.Option("--format", help="text for people, json for programs.")] = Format.TEXT,
) -> None:
    """Tell every problem in every file, at once."""
    if not config.exists():
        typer.echo(f"engine check: there is no file {config}: {NO_SITE}", err=True)
        raise typer.Exit(WRONG_USAGE)
    report = check_site(config)
    typer.echo(_json(report) if form is Format.JSON else _text(report))
    raise typer.Exit(PROBLEMS_FOUND if report.errors else FINE)


def _text(report: Report) -> str:
    return "\n".join([*(str(problem) for problem in report.problems), report.summary])


def _json(report: Report) -> str:
    problems = [
        {
            "file": problem.place.file,
            "line": problem.place.line,
            "column": problem.place.column,
            "severity": Severity(problem.severity).name.lower(),
            "code": problem.code,
            "text": problem.text,
            "hint": problem.hint,
        }
        for problem in report.problems
    ]
    answer = {"problems": problems, "errors": report.errors, "warnings": report.warnings, "version": report.version}
    return orjson.dumps(answer, option=orjson.OPT_INDENT_2).decode()
