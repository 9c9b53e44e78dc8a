"""``engine test``: the cases that stand in routes and mappings, run by the same code that decides in earnest."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import orjson
import typer

from engine.cli.check import CONFIG, Format
from engine.cli.exits import FINE, PROBLEMS_FOUND, WRONG_USAGE
from engine.problems import did_you_mean
from engine.workbench.check import Report, read_site
from engine.workbench.trials import Result, Trials, run_cases


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("test")(run)


def run(
    names: Annotated[list[str] | None, typer.Argument(metavar="[ROUTE]...", show_default=False)] = None,
    config: Annotated[Path, CONFIG] = Path("config.yaml"),
    form: Annotated[Format, typer.Option("--format", help="text for people, json for programs.")] = Format.TEXT,
) -> None:
    """Run the cases in routes and mappings (or in those named), and tell which entries none of them reaches."""
    if not config.exists():
        raise _usage(f"there is no file {config} (name one with --config)")
    site = read_site(config)
    if site.settings is None or site.report.errors:
        typer.echo(_problems_json(site.report) if form is Format.JSON else _problems(site.report))
        raise typer.Exit(PROBLEMS_FOUND)
    rules, wanted = site.settings.rules, names or []
    _refuse_unknown(wanted, {route.name for route in rules.routes} | set(rules.mappings))
    routes = [route for route in rules.routes if not wanted or route.name in wanted]
    trials = run_cases([case for case in site.cases if not wanted or case.owner in wanted], rules, routes)
    typer.echo(_json(trials) if form is Format.JSON else "\n".join(_text(trials)))
    raise typer.Exit(PROBLEMS_FOUND if trials.failed else FINE)


def _usage(text: str) -> typer.Exit:
    typer.echo(f"engine test: {text}", err=True)
    return typer.Exit(WRONG_USAGE)


def _refuse_unknown(wanted: list[str], known: set[str]) -> None:
    for name in wanted:
        if name not in known:
            hint = did_you_mean(name, known)
            raise _usage(f"no route or mapping is called '{name}'" + (f" ({hint})" if hint else ""))


def _problems(report: Report) -> str:
    told = "no case was run: first these problems"
    return "\n".join([*(str(problem) for problem in report.problems), f"{report.summary}; {told}"])


def _text(trials: Trials) -> Iterator[str]:
    if not trials.results:
        yield "no cases: write some under 'cases' in a route or a mapping (docs/reference/language.md)"
        return
    owner = ""
    for result in trials.results:
        if result.case.place.file != owner:
            owner = result.case.place.file
            yield owner
        yield from _told(result)
    yield from _unreached(trials)
    total, failed = len(trials.results), trials.failed
    yield f"{total} cases: {total - failed} passed, {failed} failed" if total > 1 else _single(failed)


def _single(failed: int) -> str:
    return "1 case: failed" if failed else "1 case: passed"


def _told(result: Result) -> Iterator[str]:
    yield f"  {'ok  ' if result.passed else 'FAIL'}  {result.case.name}"
    for each in result.differences:
        yield f"        {each.place}: {each.what}"
        yield f"          expected {each.expected}"
        yield f"          found    {each.found}"


def _unreached(trials: Trials) -> Iterator[str]:
    if trials.unreached:
        yield "no case reaches"
    for route, entry in trials.unreached:
        yield f"  {entry.place}: {route.name} to {entry.destination}, entry {entry.index + 1}"


def _json(trials: Trials) -> str:
    answer = {
        "cases": [_result_json(each) for each in trials.results],
        "passed": len(trials.results) - trials.failed,
        "failed": trials.failed,
        "unreached": [
            {"place": str(entry.place), "route": route.name, "destination": entry.destination, "entry": entry.index + 1}
            for route, entry in trials.unreached
        ],
    }
    return orjson.dumps(answer, option=orjson.OPT_INDENT_2).decode()


def _result_json(result: Result) -> dict[str, object]:
    case = result.case
    return {
        "case": case.name,
        "in": case.owner,
        "place": str(case.place),
        "passed": result.passed,
        "differences": [
            {"what": each.what, "expected": each.expected, "found": each.found, "place": str(each.place)}
            for each in result.differences
        ],
    }


def _problems_json(report: Report) -> str:
    problems = [str(problem) for problem in report.problems]
    return orjson.dumps({"cases": [], "problems": problems}, option=orjson.OPT_INDENT_2).decode()
