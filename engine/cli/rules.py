"""``engine rules``: every version of the rules that ever decided a message, and the way back to one."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from difflib import unified_diff
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import Connection, RowMapping

from engine.cli.asking import note_first, reading, site_of, stop
from engine.cli.check import CONFIG
from engine.cli.exits import PROBLEMS_FOUND, WRONG_USAGE
from engine.cli.reload import reload_site
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
from engine.config import survey
from engine.config.site import Site
from engine.errors import NotPossible
from engine.journal.queries import holds_rules_text, rules_texts, rules_versions, rules_versions_like
from engine.operations import Restored
from engine.reloading import differences, summary
from engine.workbench.restoring import Restoring, restore, restoring

app = typer.Typer(no_args_is_help=True, help="Every version of the rules that decided a message.")

_VERSION = typer.Argument(help="A version, or how it begins; 'now' is what the files say.", metavar="VERSION")
_NOW = "now"
_DIGITS = frozenset("0123456789abcdef")


def register(into: typer.Typer) -> None:
    """Add the commands."""
    into.add_typer(app, name="rules")


@dataclass(frozen=True, slots=True)
class _Version:
    name: str
    texts: Mapping[str, str]
    row: RowMapping | None = None
    """None for what the files say now."""


@app.command("list")
def list_versions(
    limit: Annotated[int, typer.Option(help="How many at most.", min=1)] = 20,
    config: Annotated[Path, CONFIG] = Path("config.yaml"),
    form: Annotated[Format, FORMAT] = Format.TEXT,
) -> None:
    """List the versions that decided messages, newest first, each with what it changed."""
    site = site_of(config)
    with reading(site) as connection:
        rows = rules_versions(connection, limit + 1)
        texts = [rules_texts(connection, row["id"]) for row in rows]
    said = [summary(differences(old, new)) for old, new in zip(texts[1:], texts, strict=False)]
    if len(rows) > limit:
        rows, more = rows[:limit], True
    else:
        said, more = [*said, "the first"] if rows else [], False
    if form is Format.JSON:
        print_json([_row_json(row, changed, site) for row, changed in zip(rows, said, strict=False)])
        return
    print_table(
        ("rules", "since", "messages", "last one", "changed"),
        [
            (
                row["hash"][:12],
                shown_time(row["first_used_at"], site.zone),
                row["messages"],
                shown_time(row["last_at"], site.zone) if row["last_at"] else "",
                changed,
            )
            for row, changed in zip(rows, said, strict=False)
        ],
    )
    if more:
        typer.echo(f"there are older ones: --limit {limit * 2}", err=True)


@app.command("show")
def show_version(
    version: Annotated[str, _VERSION],
    file: Annotated[str, typer.Argument(help="One of its files; without it all are named.")] = "",
    config: Annotated[Path, CONFIG] = Path("config.yaml"),
    form: Annotated[Format, FORMAT] = Format.TEXT,
) -> None:
    """Show the files of a version, or the text of one."""
    site = site_of(config)
    with reading(site) as connection:
        found = _version(connection, version, site)
    if file and file not in found.texts:
        stop(f"rules {found.name[:12]} have no file {file}: see `engine rules show {found.name[:12]}`", PROBLEMS_FOUND)
    if form is Format.JSON:
        texts = {file: found.texts[file]} if file else found.texts
        print_json({"rules": found.name, "files": dict(texts)})
    elif file:
        print_lines(found.texts[file].removesuffix("\n").split("\n"))
    else:
        since = shown_time(found.row["first_used_at"], site.zone) if found.row is not None else ""
        print_pairs([("rules", found.name), ("since", since)])
        print_table(("file", "lines"), [(name, text.count("\n")) for name, text in sorted(found.texts.items())])


@app.command("diff")
def diff_versions(
    before: Annotated[str, _VERSION],
    after: Annotated[str, _VERSION] = _NOW,
    text: Annotated[bool, typer.Option("--text", help="The lines of the files too.")] = False,
    config: Annotated[Path, CONFIG] = Path("config.yaml"),
    form: Annotated[Format, FORMAT] = Format.TEXT,
) -> None:
    """Tell what two versions say differently: routes, clauses, steps, rows; with --text line by line."""
    site = site_of(config)
    with reading(site) as connection:
        one, other = _version(connection, before, site), _version(connection, after, site)
    found = differences(one.texts, other.texts)
    lines = _text_differences(one, other)
    if form is Format.JSON:
        told = [
            {"kind": each.kind, "name": each.name, "fate": each.fate.value, "details": list(each.details)}
            for each in found
        ]
        print_json({"before": one.name, "after": other.name, "differences": told, "text": lines})
        return
    for each in found:
        print_lines([each.title, *(f"  {line}" for line in each.details)])
    if not found:
        print_lines(["they say the same" + ("" if lines or one.name == other.name else ", letter for letter")])
    if text:
        print_lines(lines)


@app.command("restore")
def restore_version(
    version: Annotated[str, _VERSION],
    force: Annotated[bool, typer.Option("--force", help="Replace files that no version ever had, too.")] = False,
    config: Annotated[Path, CONFIG] = Path("config.yaml"),
) -> None:
    """Write the files of a version back, keep a copy of what they replace, and have a running engine read them."""
    site = site_of(config)
    with reading(site) as connection:
        wanted = _version(connection, version, site)
        plan = _plan(connection, wanted, site)
    if plan.unknown and not force:
        for name in plan.unknown:
            typer.echo(f"{name}: no version has it as it is now", err=True)
        stop("nothing was changed: --force replaces these, and keeps a copy", PROBLEMS_FOUND)
    if not plan.touched:
        print_lines([f"the files are those of rules {wanted.name[:12]} already"])
        raise typer.Exit(0)
    runs = note_first(site, "rules.restored", Restored(wanted.name, len(plan.touched)), "restored")
    kept = site.store.parent / "replaced" / datetime.now(site.zone).strftime("%Y%m%d-%H%M%S-%f")
    try:
        restore(plan, kept)
    except OSError as error:
        stop(f"{error.filename}: {error.strerror}; what was there before is in {kept}", PROBLEMS_FOUND)
    print_lines(
        [*(f"{name}: written" for name in sorted(plan.written)), *(f"{name}: taken away" for name in plan.removed)]
    )
    print_lines([f"what they replaced is in {kept}"])
    if runs:
        raise typer.Exit(reload_site(site, Format.TEXT))
    print_lines(["no engine runs: they take effect at its next start"])


def _plan(connection: Connection, wanted: _Version, site: Site) -> Restoring:
    try:
        return restoring(
            site.file.parent,
            wanted.texts,
            _today(site).texts,
            lambda name, text: holds_rules_text(connection, name, text),
        )
    except NotPossible as error:
        stop(error.text, PROBLEMS_FOUND)


def _version(connection: Connection, prefix: str, site: Site) -> _Version:
    if prefix == _NOW:
        return _today(site)
    if not prefix or not set(prefix) <= _DIGITS:
        stop(f"'{prefix}' is no version: see `engine rules list`, or say 'now'", WRONG_USAGE)
    found = rules_versions_like(connection, prefix)
    if not found:
        stop(f"no version that decided a message begins with {prefix}: see `engine rules list`", PROBLEMS_FOUND)
    if len(found) > 1:
        names = ", ".join(row["hash"][:12] for row in found[:5])
        stop(f"{len(found)} versions begin with {prefix}: {names}", PROBLEMS_FOUND)
    return _Version(found[0]["hash"], rules_texts(connection, found[0]["id"]), found[0])


def _today(site: Site) -> _Version:
    """Return what the files say now, as far as they can be read."""
    found = survey(site.file)
    if found.rules is None:
        return _Version(_NOW, _files_of(found.folder, found.files))
    return _Version(found.rules.version, dict(found.rules.texts.values()))


def _files_of(folder: Path, files: tuple[Path, ...]) -> dict[str, str]:
    texts: dict[str, str] = {}
    for file in files:
        with suppress(OSError, UnicodeDecodeError, ValueError):
            texts[file.relative_to(folder).as_posix()] = file.read_text("utf-8-sig")
    return texts


def _text_differences(one: _Version, other: _Version) -> list[str]:
    lines: list[str] = []
    for name in sorted({*one.texts, *other.texts}):
        old, new = one.texts.get(name, ""), other.texts.get(name, "")
        if old != new:
            labels = (f"{one.name[:12]}/{name}", f"{other.name[:12]}/{name}")
            lines += unified_diff(old.split("\n"), new.split("\n"), *labels, lineterm="")
    return lines


def _row_json(row: RowMapping, changed: str, site: Site) -> dict[str, object]:
    return {
        "rules": row["hash"],
        "since": written_time(row["first_used_at"], site.zone),
        "messages": row["messages"],
        "last": written_time(row["last_at"], site.zone) if row["last_at"] else None,
        "changed": changed,
    }
