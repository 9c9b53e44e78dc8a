"""What a mapping writes, as rows of a table: each target with its source and the conditions around it, as written."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from engine.documents import Entries, Node
from engine.grammar import grammar_for
from engine.workbench.specification.markdown import cell, code
from engine.workbench.specification.written import Written, listed, pairs_of, text_of

Row = tuple[str, str, str]
"""What is written, from what, and when; as Markdown."""
COLUMNS = ("written", "from", "when")
_DEEPEST = 8


@dataclass(frozen=True, slots=True)
class Around:
    """The loops and conditions that a step stands in."""

    loops: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()
    depth: int = 0
    version: str = "2.5.1"
    """Whose names the fields have."""

    def told(self, own: str = "") -> str:
        """Return them as a cell."""
        loops = [f"for each {code(each)}" for each in self.loops]
        held = [code(each) if not each.startswith("not: ") else f"not {code(each[5:])}" for each in self.conditions]
        return ", and ".join([*loops, *held, *([code(own)] if own else [])])


def rows_of(steps: Node | None, written: Written, around: Around) -> Iterator[Row]:
    """Yield a row for everything that the steps do, in their order."""
    for step in listed(steps):
        if isinstance(step, Entries):
            yield from _step(step, written, around)


def _step(step: Entries, written: Written, around: Around) -> Iterator[Row]:
    when = text_of(step.get("when"))
    inside = replace(around, conditions=(*around.conditions, when)) if when else around
    if loop := text_of(step.get("for each")):
        yield from rows_of(step.get("do"), written, replace(inside, loops=(*around.loops, loop)))
        return
    if when and step.get("do") is not None:
        yield from rows_of(step.get("do"), written, inside)
        yield from rows_of(step.get("else"), written, _otherwise(around, when))
        return
    if use := text_of(step.get("use")):
        yield from _use(use, written, replace(inside, depth=around.depth + 1))
        return
    yield from _doing(step, inside.told(), around.version)


def _otherwise(around: Around, when: str) -> Around:
    return replace(around, conditions=(*around.conditions, f"not: {when}"))


def _use(name: str, written: Written, around: Around) -> Iterator[Row]:
    shared = written.shared.get(name)
    if shared is None or around.depth > _DEEPEST:
        yield f"the steps of {code(name)}", "", around.told()
    else:
        yield from rows_of(shared.get("steps"), written, around)


def _doing(step: Entries, when: str, version: str) -> Iterator[Row]:
    """Yield what a step without steps inside does."""
    for name in ("copy", "delete", "number"):
        if (node := step.get(name)) is not None:
            named = ", ".join(code(text_of(each)) for each in listed(node))
            yield named, _WORDS[name], when
    if segment := text_of(step.get("append")):
        where = "".join(f", {key} {code(text_of(step.get(key)))}" for key in ("after", "before") if step.get(key))
        yield f"{code(segment)}", f"a further one{where}", when
    for path, value in pairs_of(step.get("set")):
        yield code(path) + name_of(path, version), source(value), when
    for name, value in pairs_of(step.get("let")):
        yield f"*{cell(name)}* (a name for a value)", source(value), when
    for name in ("fail", "skip"):
        if (node := step.get(name)) is not None:
            yield _WORDS[name], source(text_of(node)), when
    if isinstance(record := step.get("record"), Entries):
        charged = ", ".join(source(text_of(each)) for each in listed(record.get("charge")))
        yield f"the order is noted as {cell(text_of(record.get('state')))}", charged, when
    if function := text_of(step.get("python")):
        arguments = ", ".join(f"{cell(name)} = {source(value)}" for name, value in pairs_of(step.get("arguments")))
        gives = ", ".join(f"*{cell(text_of(each))}*" for each in listed(step.get("gives")))
        yield f"{gives} (names for values)", f"the function {code(function)} of {arguments}", when


def name_of(path: str, version: str) -> str:
    """Return what the standard calls the field that *path* ends at, as the end of a cell; '' where it has no name."""
    found = _FIELD.match(path)
    definition = None if found is None else grammar_for(version).segment(found[1])
    field = None if definition is None or found is None else definition.fields.get(int(found[2]))
    return f" {cell(field.long_name.replace('_', ' '))}" if field is not None and field.long_name else ""


_FIELD = re.compile(r"([A-Z][A-Z0-9]{2})(?:\[[^\]]*\])?-([0-9]+)")
_WORDS = {
    "copy": "as they came",
    "delete": "are left out",
    "number": "set ids counted from 1",
    "fail": "*no message: it is kept for a person*",
    "skip": "*no message is sent*",
}


def source(value: str) -> str:
    """Return where a value comes from: a formula, nothing, or the text itself."""
    if value.startswith("="):
        return code(value)
    return f"the text {code(value)}" if value else "nothing: the field is cleared"
