"""``engine test``: the cases of routes and mappings, run by the same code that decides in earnest."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from engine.cli.check import CONFIG, Format
from engine.cli.exits import FINE, PROBLEMS_FOUND, WRONG_USAGE
from engine.cli.mutating import try_mutants
from engine.cli.trial_report import as_json, told, told_shortly
from engine.cli.trying import Tried, Wish, try_cases
from engine.cli.watching import on_every_save
from engine.config.sources import NO_SITE
from engine.errors import InvalidExpression, NotPossible
from engine.workbench.case_reading import Case
from engine.workbench.check import read_site
from engine.workbench.coverage_view import gaps
from engine.workbench.junit import junit_of_cases, junit_of_problems
from engine.workbench.selection import select_by

WAITING = "waiting for a file to be saved (Ctrl-C ends)"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("test")(run)


def run(
    names: Annotated[list[str] | None, typer.Argument(metavar="[ROUTE]...", show_default=False)] = None,
    config: Annotated[Path, CONFIG] = Path("config.yaml"),
    words: Annotated[
        str, typer.Option("-k", help="Only cases whose name has these words: merge and not registry")
    ] = "",
    stops: Annotated[bool, typer.Option("--fail-fast", "-x", help="Stop at the first case that fails.")] = False,
    watch: Annotated[bool, typer.Option("--watch", help="Run them again whenever a file is saved.")] = False,
    junit: Annotated[Path | None, typer.Option(help="Write JUnit XML there, for build servers.")] = None,
    uncovered: Annotated[bool, typer.Option("--coverage", help="List what no case shows at work.")] = False,
    mutate: Annotated[bool, typer.Option("--mutate", help="Change the rules, and list what no case notices.")] = False,
    form: Annotated[Format, typer.Option("--format", help="text for people, json for programs.")] = Format.TEXT,
) -> None:
    """Run the cases of routes and mappings (or of those named), and tell which entries none of them reaches."""
    if not config.exists():
        raise _usage(f"there is no file {config}: {NO_SITE}")
    wish = Wish(names or [], _selection(words), stops)
    if mutate and (watch or stops or wish.chosen or junit):
        raise _usage("--mutate takes all cases, once: leave out -k, -x, --watch and --junit")
    if watch:
        raise typer.Exit(_Watch(config, wish, junit, form).run())
    try:
        tried = try_cases(config, wish)
    except NotPossible as error:
        raise _usage(error.text) from None
    if junit is not None:
        _write_junit(junit, tried)
    if mutate and not tried.failed:
        raise typer.Exit(try_mutants(tried, wish.names, form))
    typer.echo(as_json(tried) if form is Format.JSON else "\n".join(told(tried)))
    if uncovered and tried.coverage is not None and form is Format.TEXT:
        typer.echo("\n".join(gaps(tried.coverage)) or "the cases show everything at work")
    raise typer.Exit(PROBLEMS_FOUND if tried.failed else FINE)


def _selection(words: str) -> Callable[[Case], bool] | None:
    if not words.strip():
        return None
    try:
        return select_by(words)
    except InvalidExpression as error:
        hint = f" ({error.hint})" if error.hint else ""
        raise _usage(f"-k: {error.text}{hint}\n  {words}\n  {' ' * error.offset}^") from None


def _usage(text: str) -> typer.Exit:
    typer.echo(f"engine test: {text}", err=True)
    return typer.Exit(WRONG_USAGE)


def _write_junit(file: Path, tried: Tried) -> None:
    problems = tried.site.report.problems
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(junit_of_problems(problems) if tried.trials is None else junit_of_cases(tried.timed))
    except OSError as error:
        raise _usage(f"{file} cannot be written: {error.strerror}") from None


@dataclass(slots=True)
class _Watch:
    """Runs them on every save until somebody presses Ctrl-C."""

    config: Path
    wish: Wish
    junit: Path | None
    form: Format
    last: Tried | None = None

    def run(self) -> int:
        """Return how the last run ended."""
        try:
            on_every_save(read_site(self.config).files, self._look)
        except KeyboardInterrupt:
            typer.echo("")
        return PROBLEMS_FOUND if self.last is None or self.last.failed else FINE

    def _look(self) -> Iterable[Path]:
        before = self.last
        try:
            self.last = try_cases(self.config, self.wish)
        except NotPossible as error:
            if before is None:
                raise _usage(error.text) from None
            # Somebody is renaming: the files are still worth waiting for.
            typer.echo(f"engine test: {error.text}", err=True)
            return before.site.files
        if self.junit is not None:
            _write_junit(self.junit, self.last)
        lines = told(self.last) if before is None else told_shortly(self.last)
        typer.echo(as_json(self.last) if self.form is Format.JSON else "\n".join([*lines, WAITING]))
        return self.last.site.files
