"""``engine profile``: what partners agreed on, listed and shown, and taken over from conformance profiles in XML."""

import re
from pathlib import Path
from typing import Annotated

import typer

from engine.cli.asking import stop
from engine.cli.check import CONFIG
from engine.cli.exits import PROBLEMS_FOUND, WRONG_USAGE
from engine.cli.screens import FORMAT, Format, print_json, print_lines, print_table, printable
from engine.cli.starting import settings_or_exit
from engine.errors import NotPossible
from engine.problems import did_you_mean
from engine.workbench.profiles import import_profile
from engine.workbench.profiles.telling import constraint_rows, profile_rows, rule_rows
from engine.workbench.saving import replace_file

app = typer.Typer(no_args_is_help=True, help="Profiles: list, show, import from a conformance profile in XML.")


def register(parent: typer.Typer) -> None:
    """Add the commands."""
    parent.add_typer(app, name="profile")


@app.command("list")
def list_(form: Annotated[Format, FORMAT] = Format.TEXT, config: Annotated[Path, CONFIG] = Path("config.yaml")) -> None:
    """List the profiles: what each is about, how much it says, and who uses it."""
    rows = profile_rows(settings_or_exit(config).rules)
    if form is Format.JSON:
        print_json(rows)
    else:
        columns = [key for key in (rows[0] if rows else {}) if key not in ("validate", "at")]
        print_table(columns, [[row[key] for key in columns] for row in rows])


@app.command()
def show(
    name: Annotated[str, typer.Argument(help="The profile's name.", metavar="NAME", show_default=False)],
    form: Annotated[Format, FORMAT] = Format.TEXT,
    config: Annotated[Path, CONFIG] = Path("config.yaml"),
) -> None:
    """Show all that a profile says, with what it inherits, and where each word stands."""
    rules = settings_or_exit(config).rules
    profile = rules.profiles.get(name)
    if profile is None:
        hint = did_you_mean(name, rules.profiles) or "`engine profile list` names them"
        stop(f"no profile is called '{name}' ({hint})", WRONG_USAGE)
    elements, conditions = constraint_rows(profile), rule_rows(profile)
    if form is Format.JSON:
        print_json({"profile": name, "elements": elements, "rules": conditions})
        return
    for rows in (elements, conditions):
        if rows:
            print_table(list(rows[0]), [list(row.values()) for row in rows])
            typer.echo()


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="The conformance profile, XML.", metavar="FILE.xml", show_default=False)],
    out: Annotated[Path | None, typer.Option(help="Write the profile there instead of printing it.")] = None,
    name: Annotated[str, typer.Option(help="Its name; without it that of the file.")] = "",
    message: Annotated[str, typer.Option(help="Of several messages the one, as ORU^R01.")] = "",
) -> None:
    """Make a profile of a conformance profile in XML (HL7v2xConformanceProfile, or NIST's ConformanceProfile).

    What it says and cannot be taken over stands as comments in the profile, and is counted on standard error.
    """
    if out is not None and out.exists():
        stop(f"{out} is there already: name another file, or remove it", WRONG_USAGE)
    try:
        content = file.read_bytes()
    except OSError as error:
        stop(f"{file} cannot be read: {error.strerror}", WRONG_USAGE)
    called = name or re.sub(r"[^a-z0-9.]+", "-", (out or file).stem.lower()).strip("-") or "imported"
    try:
        made = import_profile(content, called, message)
        if out is not None:
            replace_file(out, made.text.encode())
    except NotPossible as error:
        stop(f"{file}: {printable(error.text)}", PROBLEMS_FOUND)
    if out is None:
        print_lines(made.text.splitlines())
    typer.echo(f"{made.elements} elements; not taken over: {len(made.notes)}, told as comments", err=True)
