"""A drawn profile to the lines of our YAML: only what it says otherwise than the standard, one element to a line."""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from engine.grammar import FieldDef, Grammar
from engine.grammar.definitions import GroupNode
from engine.grammar.lengths import length_of
from engine.workbench.profiles.drawn import UNBOUNDED, Drawn, Part, Presence

_PLAIN = re.compile(r"[A-Za-z0-9_.^/*-]+")
_MOST_WORDS = 160
_USAGES = {"R": "R", "RE": "RE", "X": "X", "W": "X", "C": "RE", "CE": "RE"}


@dataclass(frozen=True, slots=True)
class Line:
    """One element's line, before it is known whether we can read it."""

    section: str
    key: str
    words: tuple[tuple[str, str], ...]
    told: tuple[str, ...] = ()
    """What it says in words; written above the line."""


class Lines:
    """The lines of one profile."""

    def __init__(self, drawn: Drawn, grammar: Grammar) -> None:
        self._drawn, self._grammar = drawn, grammar
        self.notes: list[str] = []

    def made(self) -> list[Line]:
        """Return the lines of segments and groups, then those of fields."""
        code, event, name, *_ = (*self._drawn.message.split("^"), "", "")
        structure = self._grammar.structure(self._grammar.structure_name(code, event, name))
        known = {} if structure is None else _occurrences(structure.automaton.root)
        lines = []
        for each in self._drawn.presences:
            line = _presence(each, known.get((each.group, each.name), each.most))
            lines += [] if line is None else [line]
        places: dict[str, dict[tuple[Part, ...], list[str]]] = defaultdict(dict)
        for each in self._drawn.presences:
            if not each.is_group:
                places[each.name].setdefault(each.fields, []).append(each.group)
        for name, variants in places.items():
            lines += self._segment(name, variants)
        return list({(line.section, line.key): line for line in lines}.values())

    def _segment(self, name: str, variants: dict[tuple[Part, ...], list[str]]) -> Iterator[Line]:
        """Yield the fields of a segment: once, or, where its places differ, for each group."""
        if len(variants) == 1:
            yield from self._fields(name, "", next(iter(variants)))
            return
        for fields, groups in variants.items():
            for group in groups:
                if group:
                    yield from self._fields(name, f"{group}/", fields)
                else:
                    self.notes.append(
                        f"{name} outside every group is described otherwise than inside, which has no place here"
                    )

    def _fields(self, segment: str, group: str, fields: tuple[Part, ...]) -> Iterator[Line]:
        definition = self._grammar.segment(segment)
        known = {} if definition is None else definition.fields
        for each in fields:
            path = f"{group}{segment}-{each.number}"
            standard = known.get(each.number)
            longest = length_of(self._grammar.version, segment, each.number)
            yield from self._element(path, each, standard, longest)
            yield from self._parts(path, each, standard)

    def _parts(self, path: str, whole: Part, standard: FieldDef | None) -> Iterator[Line]:
        """Yield what is said of components; what is said below an element that nobody sends is not asked."""
        if _USAGES.get(_usage(whole)) == "X":
            return
        datatype = None if standard is None else self._grammar.datatype(whole.datatype or standard.datatype)
        for each in whole.parts:
            inner = None if datatype is None else datatype.components.get(each.number)
            yield from self._element(f"{path}.{each.number}", each, inner, 0)
            if path.count(".") == 0:
                yield from self._parts(f"{path}.{each.number}", each, inner)

    def _element(self, path: str, part: Part, standard: FieldDef | None, longest: int) -> Iterator[Line]:
        usage = _usage_word(part, standard)
        if _usage(part) in ("X", "W"):
            if usage:
                yield Line("fields", path, (("usage", usage),), part.told)
            return
        words = [("usage", usage)] if usage else []
        told = part.told
        if _usage(part).startswith("C") and not told:
            told = ("conditional, and no condition is written down",)
        if "." not in path:
            words += _cardinality(part, standard)
            words += _datatype(part, standard)
        if part.longest and (part.longest != longest or part.shortest > 1):
            words.append(("length", f"{part.shortest}..{part.longest}" if part.shortest else str(part.longest)))
        if part.value:
            words.append(("value", part.value))
        if part.table and part.table != (standard.table if standard is not None else ""):
            if self._grammar.table(part.table):
                words.append(("table", part.table))
            else:
                told = (*told, f"codes of {part.table}, which the standard does not publish")
        if words or told:
            yield Line("fields", path, tuple(words), told)


def yaml_text(line: Line) -> str:
    """Return a line as it stands in the file, with its comments above it."""
    words = [f"{key}: {quoted(value)}" for key, value in line.words]
    comments = "".join(f"  # {line.key}: {each[:_MOST_WORDS]}\n" for each in line.told)
    if not words:
        return comments
    short = line.words[0][1] if len(words) == 1 and line.words[0][0] == "usage" else f"{{{', '.join(words)}}}"
    return f"{comments}  {line.key}: {short}\n"


def quoted(text: str) -> str:
    """Return a text as YAML holds it inside braces."""
    text = " ".join(text.splitlines())
    return text if _PLAIN.fullmatch(text) else "'" + text.replace("'", "''") + "'"


def _presence(each: Presence, most: int) -> Line | None:
    """Return the line of a segment or group, which the standard has *most* times at its place."""
    key = f"{each.group}/{each.name}" if each.group else each.name
    words = []
    if each.usage not in ("", "O", "B"):
        words.append(("usage", _USAGES.get(each.usage.partition("(")[0], "RE")))
    if each.usage not in ("X", "W") and (each.least > 1 or each.most not in (most, 0)):
        words.append(("cardinality", f"{each.least}..{'*' if each.most == UNBOUNDED else each.most}"))
    told = ("conditional: see its predicate",) if each.usage.startswith("C") else ()
    return Line("segments", key, tuple(words), told) if words else None


def _occurrences(node: GroupNode, group: str = "") -> dict[tuple[str, str], int]:
    """Return how often the standard has each segment and group, by the group around it and its name."""
    found: dict[tuple[str, str], int] = {}
    for part in node.parts:
        for choice in part.choices:
            found[group, choice.name] = part.max
            if isinstance(choice, GroupNode):
                found |= _occurrences(choice, choice.name)
    return found


def _usage(part: Part) -> str:
    return part.usage.partition("(")[0]


def _usage_word(part: Part, standard: FieldDef | None) -> str:
    """Return our usage where it is another than the standard's own."""
    usage = _USAGES.get(_usage(part), "")
    if usage == "R" and standard is not None and standard.min == 1 and "." not in standard.name:
        return "R"  # said all the same: a profile may be used without the standard's own rules
    if usage == "X" and standard is not None and standard.withdrawn:
        return ""
    return usage


def _cardinality(part: Part, standard: FieldDef | None) -> list[tuple[str, str]]:
    if part.most is None or part.most == 0 or _usage(part) in ("X", "W"):
        return []
    most = 1 if standard is None else standard.max
    least = part.least or 0
    if most == part.most and least <= 1:
        return []
    return [("cardinality", f"{least}..{'*' if part.most == UNBOUNDED else part.most}")]


def _datatype(part: Part, standard: FieldDef | None) -> list[tuple[str, str]]:
    if not part.datatype or standard is None or part.datatype in (standard.datatype, "-", "varies", "Varies", "VARIES"):
        return []
    return [("type", part.datatype)]
