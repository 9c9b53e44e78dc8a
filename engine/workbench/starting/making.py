"""Making a starting point: where it belongs, that nothing is overwritten, and that the site is sound with it."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from engine.config import Settings
from engine.documents import Entries, Items, Scalar, read_document
from engine.errors import NotPossible
from engine.problems import Problems, did_you_mean
from engine.states import Severity
from engine.workbench.check import Site, read_site
from engine.workbench.saving import alone, replace_file
from engine.workbench.starting import texts
from engine.workbench.starting.inserting import with_member
from engine.workbench.trials import run_cases

CONFIG = "config.yaml"
_ANY = texts.Ends("", "")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,63}")
_TYPE = re.compile(r"[A-Z]{3}\^[A-Z0-9]{3}")


class Kind(StrEnum):
    """What can be begun."""

    LISTENER = "listener"
    DESTINATION = "destination"
    TABLE = "table"
    MAPPING = "mapping"
    ROUTE = "route"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody wants to begin; what is empty is chosen for them."""

    kind: Kind
    name: str
    address: str = ""
    """Of a listener or a destination."""
    ends: texts.Ends = _ANY
    """Of a route."""
    message_type: str = "ADT^A01"
    """Of the first case's message."""


@dataclass(frozen=True, slots=True)
class Made:
    """What was made, and what its author does next."""

    files: tuple[str, ...]
    """From the folder of config.yaml; the one to edit first."""
    follows: tuple[str, ...]


Files = Mapping[Path, str]


def make(config: Path, wanted: Wanted) -> Made:
    """Write the starting point; NotPossible, and everything as before, where the site would not be sound with it."""
    file = config / CONFIG if config.is_dir() or not config.suffix else config
    if not _NAME.fullmatch(wanted.name):
        hint = "letters, digits, '-', '_' and '.', beginning with a letter; at most 64"
        raise NotPossible("bad-name", f"'{wanted.name}' is no name ({hint})")
    if not _TYPE.fullmatch(wanted.message_type):
        raise NotPossible("bad-type", "a message type is MSH-9.1 and MSH-9.2, as ADT^A01 or ORU^R01")
    with alone(file.parent):
        site = _sound(file)
        files, follows = _MAKERS[wanted.kind](file, wanted, site)
        _write(file, files, wanted)
    return Made(tuple(path.relative_to(file.parent).as_posix() for path in files), follows)


def _sound(file: Path) -> Site | None:
    """Return the site, None where there is none yet."""
    if not file.exists():
        return None
    site = read_site(file)
    if site.settings is None or site.report.errors:
        raise NotPossible("site-has-problems", "the site has problems already: mend what `engine check` tells first")
    return site


def _write(file: Path, files: Files, wanted: Wanted) -> None:
    """Write all files, look at the site with them, and take everything back if it is not sound."""
    before = {path: path.read_bytes() if path.exists() else None for path in files}
    for path, content in before.items():
        if content is not None and path != file:
            raise NotPossible(
                "exists", f"{path.relative_to(file.parent).as_posix()} is there already: nothing was written"
            )
    try:
        for path, text in files.items():
            replace_file(path, text.encode())
        wrong = _wrong(file, wanted)
    except BaseException:
        _undo(before)
        raise
    if wrong:
        _undo(before)
        raise NotPossible("not-sound", "\n".join([*wrong, "nothing was written"]))


def _undo(before: Mapping[Path, bytes | None]) -> None:
    for path, content in before.items():
        if content is not None:
            replace_file(path, content)
        else:
            path.unlink(missing_ok=True)


def _wrong(file: Path, wanted: Wanted) -> list[str]:
    site = read_site(file)
    errors = [str(each) for each in site.report.problems if each.severity is Severity.ERROR]
    if errors or site.settings is None:
        return errors
    own = [case for case in site.cases if case.owner == wanted.name]
    failed = [each for each in run_cases(own, site.settings.rules).results if not each.passed]
    return [f"its first case fails: {each.what}: {each.found}" for result in failed for each in result.differences]


def _listener(file: Path, wanted: Wanted, site: Site | None) -> tuple[Files, tuple[str, ...]]:
    settings = None if site is None else site.settings
    ports = [each.mllp.port for each in settings.listeners.values()] if settings else []
    taken = ports + ([each.mllp.port for each in settings.destinations.values()] if settings else [])
    address = wanted.address or f"127.0.0.1:{_free(max(ports, default=2574) + 1, taken)}"
    refuse_twice("listener", wanted.name, {} if settings is None else settings.listeners)
    files = _in_config(file, "listeners", wanted.name, texts.listener(address))
    follows = (f"config.yaml: the address of {wanted.name}", f"`engine new route NAME --from {wanted.name}`")
    # Where the first lines of the files look for them: with these an editor completes keys.
    return files, follows if site is not None else (*follows, "`engine schema --folder docs/schemas`, for your editor")


def _destination(file: Path, wanted: Wanted, site: Site | None) -> tuple[Files, tuple[str, ...]]:
    settings = None if site is None else site.settings
    ports = [each.mllp.port for each in settings.destinations.values()] if settings else []
    taken = ports + ([each.mllp.port for each in settings.listeners.values()] if settings else [])
    address = wanted.address or f"127.0.0.1:{_free(max(ports, default=2600) + 1, taken)}"
    refuse_twice("destination", wanted.name, {} if settings is None else settings.destinations)
    files = _in_config(file, "destinations", wanted.name, texts.destination(address))
    return files, (f"config.yaml: the address of {wanted.name}", f"`engine new route NAME --to {wanted.name}`")


def _table(file: Path, wanted: Wanted, site: Site | None) -> tuple[Files, tuple[str, ...]]:
    refuse_twice("table", wanted.name, {} if site is None or site.settings is None else site.settings.rules.tables)
    name = f"mappings/tables/{wanted.name}.csv"
    files = {file.parent / name: texts.ROWS, **_in_config(file, "tables", wanted.name, texts.table(name))}
    use = f"=translate('{wanted.name}', PV1-2) in a mapping's set"
    return files, (f"{name}: its rows, or `engine tables add {wanted.name} FROM TO`", "config.yaml: 'unknown'", use)


def _mapping(file: Path, wanted: Wanted, site: Site | None) -> tuple[Files, tuple[str, ...]]:
    settings = _settings(site)
    refuse_twice("mapping", wanted.name, settings.rules.mappings)
    path = _place(file, "mappings", wanted.name)
    text = texts.mapping(wanted.name, wanted.message_type, _schema(file, path, "mapping"))
    name = path.relative_to(file.parent).as_posix()
    return {path: text}, (f"{name}: 'output', the steps and the case", f"`engine new route NAME --map {wanted.name}`")


def _route(file: Path, wanted: Wanted, site: Site | None) -> tuple[Files, tuple[str, ...]]:
    settings = _settings(site)
    rules = settings.rules
    refuse_twice("route", wanted.name, {each.name: each for each in rules.routes})
    ends = _ends(settings, wanted.ends)
    path = _place(file, "routes", wanted.name)
    taken = rules.listeners[ends.listener].sender.processing
    processing = "P" if not taken or "P" in taken else min(taken)
    schema = _schema(file, path, "route")
    text = texts.route(wanted.name, ends, wanted.message_type, processing, schema)
    name = path.relative_to(file.parent).as_posix()
    return {path: text}, (f"{name}: 'accept' and the case: until then it takes nobody's messages", "`engine test`")


_Maker = Callable[[Path, Wanted, Site | None], tuple[Files, tuple[str, ...]]]
_MAKERS: Mapping[Kind, _Maker] = {
    Kind.LISTENER: _listener,
    Kind.DESTINATION: _destination,
    Kind.TABLE: _table,
    Kind.MAPPING: _mapping,
    Kind.ROUTE: _route,
}


def _ends(settings: Settings, wanted: texts.Ends) -> texts.Ends:
    """Return what a route joins: what is named, else what no route uses yet, else the first there is."""
    rules = settings.rules
    entries = [entry for route in rules.routes for entry in route.entries]
    heard = {listener for route in rules.routes for listener in route.listeners}
    listener = _one_of("listener", wanted.listener, rules.listeners, heard)
    destination = _one_of("destination", wanted.destination, rules.destinations, {each.destination for each in entries})
    mapping, used = wanted.mapping, {each.mapping.name for each in entries if each.mapping is not None}
    if mapping:
        _one_of("mapping", mapping, rules.mappings, set())
    elif rules.destinations[destination].header:
        mapping = next((name for name in rules.mappings if name not in used), "")
        if not mapping:
            text = f"{destination} has a 'header', which needs a mapping"
            raise NotPossible("needs-mapping", f"{text}: `engine new mapping NAME` first, or name one with --map")
    return texts.Ends(listener, destination, mapping)


def _one_of(kind: str, name: str, known: Mapping[str, object], used: set[str]) -> str:
    if name and name not in known:
        hint = did_you_mean(name, known) or f"`engine new {kind} {name}` makes one"
        raise NotPossible(f"no-{kind}", f"there is no {kind} '{name}' ({hint})")
    if not known:
        raise NotPossible(f"no-{kind}", f"there is no {kind} yet: `engine new {kind} NAME` first")
    return name or next((each for each in known if each not in used), next(iter(known)))


def refuse_twice(kind: str, name: str, known: Mapping[str, object]) -> None:
    """Refuse a name that is taken."""
    if name in known:
        raise NotPossible("exists", f"there is a {kind} '{name}' already: nothing was written")


def _settings(site: Site | None) -> Settings:
    if site is None or site.settings is None:
        raise NotPossible("no-site", "there is no config.yaml here: `engine new listener NAME` begins one")
    return site.settings


def _in_config(file: Path, section: str, name: str, lines: tuple[str, ...]) -> dict[Path, str]:
    text = file.read_bytes().decode("utf-8") if file.exists() else texts.CONFIG
    entries = read_document(file.name, text, Problems())
    if not isinstance(entries, Entries):
        raise NotPossible("not-a-map", "config.yaml is no map: see `engine check`")
    return {file: with_member(text, entries, section, name, lines)}


def _place(file: Path, section: str, name: str) -> Path:
    """Return the file that the site's patterns would find."""
    node = read_document(file.name, file.read_text("utf-8-sig"), Problems())
    written = node.get(section) if isinstance(node, Entries) else None
    values = written.values if isinstance(written, Items) else (written,)
    patterns = [each.text for each in values if isinstance(each, Scalar)] or [f"{section}/*.yaml"]
    for pattern in patterns:
        path = file.parent / pattern.replace("*", name)
        if pattern.count("*") == 1 and "*" in Path(pattern).name and path.suffix:
            return path
    raise NotPossible("no-pattern", f"'{section}' in config.yaml names no folder as {section}/*.yaml: add one")


def _schema(file: Path, path: Path, kind: str) -> str:
    depth = len(path.relative_to(file.parent).parts) - 1
    return f"{'../' * depth}docs/schemas/{kind}.json"


def _free(port: int, taken: list[int]) -> int:
    while port in taken:
        port += 1
    return port
