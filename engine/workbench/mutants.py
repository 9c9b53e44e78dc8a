"""Mutants: the rules with one thing in them changed, dropped or turned round, made in what YAML and CSV hold."""

import csv
import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from engine.documents import Entries, Items, Node, Scalar
from engine.mapping.codes import FROM, TO, CodeTable
from engine.problems import Place
from engine.workbench.slight_changes import Change, changes_of, changes_of_condition, changes_of_path

Rebuild = Callable[[Node], Node]
"""Puts another node in the place of one, and returns the whole document."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """One changed file of the rules."""

    place: Place
    what: str
    content: Node | str = field(repr=False)
    """The document, or of a table the text, with the change in it."""


_PATHS = ("copy", "delete")
_LISTS = ("copy", "delete", "number")
_STEPS = ("do", "else", "steps")
_MAY_GO = ("after", "before", "split")
"""Keys without which a step or an output can be loaded too."""


def mutants_of_route(document: Node) -> Iterator[Mutant]:
    """Yield the mutants of a route's file."""
    if not isinstance(document, Entries):
        return
    for key, node, rebuild in _parts(document, _itself):
        if key.text == "accept" and isinstance(node, Scalar):
            yield from _expression(node, rebuild)
        elif key.text == "to" and isinstance(node, Entries):
            yield from _destinations(node, rebuild)


def mutants_of_steps(document: Node) -> Iterator[Mutant]:
    """Yield the mutants of a mapping's file, or of a shared list's."""
    if not isinstance(document, Entries):
        return
    for key, node, rebuild in _parts(document, _itself):
        if key.text == "steps":
            yield from _step_list(node, rebuild)
        elif key.text == "output" and isinstance(node, Entries):
            yield from _keys_that_may_go(node, rebuild)


def mutants_of_table(table: CodeTable, text: str, columns: frozenset[str]) -> Iterator[Mutant]:
    """Yield the mutants of a table's text: of each row each cell that the rules read, or its key if none."""
    rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline="")))
    lines = _line_numbers(text)
    header = [cell.strip().lower() if cell.strip().lower() in (FROM, TO) else cell.strip() for cell in rows[0]]
    for number, row in enumerate(rows[1:], 1):
        for column in sorted(columns & set(header)) or [FROM]:
            index = header.index(column)
            if index < len(row) and row[index].strip():
                changed = [*row[:index], f"{row[index].strip()}X", *row[index + 1 :]]
                what = f"{column} {row[index].strip()!r} made {changed[index]!r}"
                yield Mutant(
                    Place(table.file, lines[number]), what, _csv([*rows[:number], changed, *rows[number + 1 :]])
                )


def _line_numbers(text: str) -> list[int]:
    reader = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""))
    lines, line = [], 1
    for _ in reader:
        lines.append(line)
        line = reader.line_num + 1
    return lines


def _csv(rows: list[list[str]]) -> str:
    written = io.StringIO(newline="")
    csv.writer(written, lineterminator="\n").writerows(rows)
    return written.getvalue()


def _destinations(node: Entries, rebuild: Rebuild) -> Iterator[Mutant]:
    for index, (name, entry) in enumerate(node.pairs):
        below = _in_map(node, index, rebuild)
        if not isinstance(entry, Items):
            yield Mutant(name.place, f"entry left out: to {name.text}", rebuild(_without(node, index)))
            yield from _entry(entry, below)
            continue
        for at, each in enumerate(entry.values):
            yield Mutant(each.place, f"entry left out: to {name.text}, {at + 1}", below(_shorter(entry, at)))
            yield from _entry(each, _in_list(entry, at, below))


def _entry(entry: Node, rebuild: Rebuild) -> Iterator[Mutant]:
    for key, node, below in _parts(entry, rebuild):
        if key.text == "when" and isinstance(node, Scalar):
            yield from _expression(node, below)


def _step_list(node: Node, rebuild: Rebuild) -> Iterator[Mutant]:
    if not isinstance(node, Items):
        return
    for index, step in enumerate(node.values):
        yield Mutant(step.place, f"step left out: {_words(step)}", rebuild(_shorter(node, index)))
        yield from _step(step, _in_list(node, index, rebuild))


def _step(step: Node, rebuild: Rebuild) -> Iterator[Mutant]:
    if isinstance(step, Entries):
        yield from _keys_that_may_go(step, rebuild)
    for key, node, below in _parts(step, rebuild):
        if key.text in _STEPS:
            yield from _step_list(node, below)
        elif key.text == "when" and isinstance(node, Scalar):
            yield from _expression(node, below)
        elif key.text in _LISTS:
            yield from _names(key.text, node, below)
        elif key.text == "for each" and isinstance(node, Scalar):
            yield from _changed(node, changes_of_path(node.text), below)
        elif key.text == "set" and isinstance(node, Entries):
            yield from _settings(node, below)
        elif key.text in ("let", "arguments"):
            for _, value, inner in _parts(node, below):
                yield from _value(value, inner)


def _names(key: str, node: Node, rebuild: Rebuild) -> Iterator[Mutant]:
    several = isinstance(node, Items) and len(node.values) > 1
    for index, each in enumerate(node.values if isinstance(node, Items) else (node,)):
        if isinstance(node, Items) and several:
            yield Mutant(each.place, f"left out of {key}: {_words(each)}", rebuild(_shorter(node, index)))
        if isinstance(each, Scalar) and key in _PATHS:
            below = _in_list(node, index, rebuild) if isinstance(node, Items) else rebuild
            yield from _changed(each, changes_of_path(each.text), below)


def _settings(node: Entries, rebuild: Rebuild) -> Iterator[Mutant]:
    for index, (key, value) in enumerate(node.pairs):
        yield Mutant(key.place, f"left out of set: {key.text}", rebuild(_without(node, index)))
        for change in changes_of_path(key.text):
            changed = (replace(key, text=change.text, source=""), value)
            pairs = (*node.pairs[:index], changed, *node.pairs[index + 1 :])
            yield Mutant(key.place_of(change.offset), change.what, rebuild(replace(node, pairs=pairs)))
        yield from _value(value, _in_map(node, index, rebuild))


def _value(node: Node, rebuild: Rebuild) -> Iterator[Mutant]:
    """Yield the mutants of a formula or of a literal."""
    if not isinstance(node, Scalar):
        return
    if node.text.startswith("="):
        yield from _changed(node, changes_of(node.text, 1), rebuild)
    elif node.text != '""':
        yield Mutant(node.place, f"'{node.text}' made '{node.text}X'", rebuild(_scalar(node, f"{node.text}X")))


def _expression(node: Scalar, rebuild: Rebuild) -> Iterator[Mutant]:
    yield from _changed(node, changes_of_condition(node.text), rebuild)


def _changed(node: Scalar, changes: Iterator[Change], rebuild: Rebuild) -> Iterator[Mutant]:
    for change in changes:
        yield Mutant(node.place_of(change.offset), change.what, rebuild(_scalar(node, change.text)))


def _keys_that_may_go(node: Entries, rebuild: Rebuild) -> Iterator[Mutant]:
    for index, (key, value) in enumerate(node.pairs):
        if key.text in _MAY_GO:
            yield Mutant(key.place, f"left out: {key.text}: {_words(value)}", rebuild(_without(node, index)))


def _parts(node: Node, rebuild: Rebuild) -> Iterator[tuple[Scalar, Node, Rebuild]]:
    """Yield what a map holds, each with what puts another thing there."""
    for index, (key, value) in enumerate(node.pairs if isinstance(node, Entries) else ()):
        yield key, value, _in_map(node, index, rebuild)  # type: ignore[arg-type]  # only a map has pairs


def _in_map(node: Entries, index: int, rebuild: Rebuild) -> Rebuild:
    pairs = node.pairs
    return lambda value: rebuild(replace(node, pairs=(*pairs[:index], (pairs[index][0], value), *pairs[index + 1 :])))


def _in_list(node: Items, index: int, rebuild: Rebuild) -> Rebuild:
    values = node.values
    return lambda value: rebuild(replace(node, values=(*values[:index], value, *values[index + 1 :])))


def _without(node: Entries, index: int) -> Entries:
    return replace(node, pairs=(*node.pairs[:index], *node.pairs[index + 1 :]))


def _shorter(node: Items, index: int) -> Items:
    return replace(node, values=(*node.values[:index], *node.values[index + 1 :]))


def _scalar(node: Scalar, text: str) -> Scalar:
    return Scalar(text, node.place, node.plain)


def _words(node: Node) -> str:
    """Return enough of *node* to recognise it."""
    match node:
        case Scalar():
            return re.sub(r"\s+", " ", node.text)
        case Items():
            return f"[{', '.join(map(_words, node.values))}]"
        case Entries():
            return ", ".join(f"{key.text}: {_words(value)}" for key, value in node.pairs[:1])


def _itself(node: Node) -> Node:
    return node
