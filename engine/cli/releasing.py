"""What becomes of deliveries that somebody releases, told one by one; and the release of all that wait for one code."""

from collections.abc import Iterator, Mapping
from typing import Any, NoReturn

import typer

from engine.cli.asking import ask_engine
from engine.cli.exits import FINE, PROBLEMS_FOUND
from engine.cli.screens import Format, print_json, print_lines, printable
from engine.config.site import Site


def release_by_code(site: Site, arguments: Mapping[str, object], form: Format) -> NoReturn:
    """Have the engine decide all that wait for a code again, page by page; exit 1 if something stays."""
    reports: list[dict[str, Any]] = []
    for report in _reports(site, arguments):
        reports.append(report)
        if form is Format.TEXT:
            tell(report)
    done = sum(1 for report in reports if report["done"])
    if form is Format.JSON:
        print_json(reports)
    else:
        stay = f", {len(reports) - done} stay" if len(reports) > done else ""
        typer.echo(f"{done} released{stay}" if reports else "nothing waits for this code")
    raise typer.Exit(FINE if done == len(reports) else PROBLEMS_FOUND)


def _reports(site: Site, arguments: Mapping[str, object]) -> Iterator[dict[str, Any]]:
    after = ""
    while True:
        page = ask_engine(site, "deliveries.release-code", {**arguments, "after": after})
        yield from page["reports"]
        after = page["after"]
        if not after:
            return


def tell(report: Mapping[str, Any]) -> None:
    """Tell what came of one delivery: what could not be done, and what to heed, on standard error."""
    is_named = report["text"].startswith(report["delivery"])
    text = report["text"] if is_named else f"{report['delivery']}: {report['text']}"
    typer.echo(printable(text if report["done"] else f"engine: {text}"), err=not report["done"])
    for warning in report["warnings"]:
        typer.echo(printable(f"engine: warning: {report['delivery']}: {warning}"), err=True)
    if report["detail"]:
        print_lines([report["detail"]])
