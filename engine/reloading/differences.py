"""What two sets of rules say differently, in the words of the rules: routes, clauses, steps, rows, addresses. Pure.

Texts are compared by what they mean: comments, quotes, blanks and the order of files make no difference. Values of
messages do not occur in rules; what is told may be shown to whoever may read the files.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import Enum

from engine.documents import Entries, Node, Scalar, read_document
from engine.problems import Problems
from engine.reloading.nodes_compared import map_changes, node_changes
from engine.reloading.rows_compared import row_changes

Texts = Mapping[str, str]
"""File name -> text."""

_NAMED_BY = ("route", "mapping", "shared", "profile")
"""Keys that say what a file holds, and its name."""
_SECTIONS = {"listeners": "listener", "destinations": "destination", "tables": "table"}


class Fate(Enum):
    """What became of one thing."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not as it was."""

    kind: str
    """``route``, ``mapping``, ``listener``, ``destination``, ``table``, ``setting``, ``file`` and so on."""
    name: str
    fate: Fate
    details: tuple[str, ...] = ()
    """What exactly, a line each: ``+`` is new, ``-`` is gone."""

    @property
    def title(self) -> str:
        """The thing and its fate, as ``route lab changed``."""
        return f"{self.kind} {self.name} {self.fate.value}"


def differences(before: Texts, after: Texts) -> tuple[Difference, ...]:
    """Return what is different in *after*, by kind and name."""
    old, new = _parts(before, after), _parts(after, before)
    found: dict[tuple[str, str], Difference] = {}
    for key in sorted({*old, *new}):
        each = _difference(key, old.get(key), new.get(key))
        if each is not None:
            first = found.setdefault((each.kind, each.name), each)
            if first is not each:  # a table's rows, and what config.yaml says of it
                found[each.kind, each.name] = replace(first, details=(*each.details, *first.details))
    return tuple(found.values())


def summary(found: tuple[Difference, ...]) -> str:
    """Return one line for people: every thing by name where they are few, else how many of which kind."""
    if not found:
        return "nothing that a rule says"
    if len(found) <= 3:
        return "; ".join(_in_short(each) for each in found)
    counts: dict[tuple[str, str], int] = {}
    for each in found:
        counts[each.kind, each.fate.value] = counts.get((each.kind, each.fate.value), 0) + 1
    return ", ".join(f"{count} {kind}{'s' * (count > 1)} {fate}" for (kind, fate), count in counts.items())


def _in_short(difference: Difference) -> str:
    if difference.fate is not Fate.CHANGED or not difference.details:
        return difference.title
    more = len(difference.details) - 1
    return f"{difference.title} ({difference.details[0]}{f', and {more} more' if more else ''})"


@dataclass(frozen=True, slots=True)
class _Part:
    """One thing as one side has it."""

    file: str
    node: Node | None = None
    text: str = ""
    """What it holds where it is no document."""


def _parts(texts: Texts, others: Texts) -> dict[tuple[str, str], _Part]:
    """Return what the files hold that the other side does not have letter for letter."""
    found: dict[tuple[str, str], _Part] = {}
    tables: dict[str, str] = {}
    for file, text in texts.items():
        if file.endswith(".csv") or not (others.get(file) != text or _is_configuration(text)):
            continue
        node = read_document(file, text, Problems())
        kind = next((key for key in _NAMED_BY if isinstance(node, Entries) and node.get(key) is not None), "")
        if kind and isinstance(node, Entries):
            found[kind, _name(node, kind, file)] = _Part(file, node)
        elif isinstance(node, Entries) and _is_configuration(text):
            tables = _files_of_tables(node)
            found |= _settings(node, file)
        else:
            found["file", file] = _Part(file, node, text)
    for file, text in texts.items():
        if file.endswith(".csv") and others.get(file) != text:
            found["rows", tables.get(file, file)] = _Part(file, None, text)
    return found


def _is_configuration(text: str) -> bool:
    return any(f"{section}:" in text for section in _SECTIONS) and not text.lstrip().startswith(_NAMED_BY)


def _name(node: Entries, kind: str, file: str) -> str:
    named = node.get(kind)
    return named.text if isinstance(named, Scalar) and named.text else file


def _files_of_tables(node: Entries) -> dict[str, str]:
    section = node.get("tables")
    found: dict[str, str] = {}
    for name, settings in section.pairs if isinstance(section, Entries) else ():
        file = settings.get("file") if isinstance(settings, Entries) else None
        if isinstance(file, Scalar):
            found[file.text] = name.text
    return found


def _settings(node: Entries, file: str) -> dict[tuple[str, str], _Part]:
    found: dict[tuple[str, str], _Part] = {}
    for key, value in node.pairs:
        kind = _SECTIONS.get(key.text)
        if kind is not None and isinstance(value, Entries):
            found |= {(kind, name.text): _Part(file, each) for name, each in value.pairs}
        else:
            found["setting", key.text] = _Part(file, value)
    return found


def _difference(key: tuple[str, str], before: _Part | None, after: _Part | None) -> Difference | None:
    kind, name = ("table", key[1]) if key[0] == "rows" else key
    if before is None:
        return Difference(kind, name, Fate.ADDED, () if after is None else tuple(_contents(key[0], after)))
    if after is None:
        return Difference(kind, name, Fate.REMOVED)
    details = tuple(_details(key[0], before, after))
    return Difference(kind, name, Fate.CHANGED, details) if details else None


def _details(kind: str, before: _Part, after: _Part) -> Iterator[str]:
    if before.file != after.file:
        yield f"now in {after.file}"
    if kind == "rows":
        yield from row_changes(before.text, after.text)
    elif isinstance(before.node, Entries) and isinstance(after.node, Entries):
        yield from map_changes("", before.node, after.node)
    elif before.node is not None and after.node is not None:
        yield from node_changes("", before.node, after.node)
    elif before.text != after.text:
        yield "its text"


def _contents(kind: str, part: _Part) -> Iterator[str]:
    """Say what a new thing holds, where that is short."""
    if kind == "rows":
        yield from row_changes("", part.text)
    elif kind in _SECTIONS.values() and isinstance(part.node, Entries):
        yield from map_changes("", Entries(part.node.place, ()), part.node)
