"""``${env:NAME}`` and ``${file:PATH}`` in config.yaml: what stands behind them, so that no secret stands in it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from engine.documents import Entries, Items, Node, Scalar
from engine.problems import Problems

_REFERENCE = re.compile(r"\$\{(env|file):([^}]*)\}")
_BEGUN = re.compile(r"\$\{")


class Referred(str):
    """A text that holds what a reference led to: perhaps a secret, so that nobody repeats it."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "'***'"


class Reference(Referred):
    """A value that one reference names as a whole: the only thing a secret's field accepts."""

    __slots__ = ()


def shown(text: str) -> str:
    """Return *text* in quotes as a problem may repeat it."""
    return "'***'" if isinstance(text, Referred) else f"'{text}'"


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What references may reach."""

    folder: Path
    environment: Mapping[str, str]


def resolve_references(node: Node, around: Surroundings, problems: Problems) -> Node | None:
    """Return *node* with its references resolved; a value whose reference leads nowhere is reported and left out."""
    match node:
        case Scalar():
            return _resolved(node, around, problems)
        case Items():
            values = (resolve_references(value, around, problems) for value in node.values)
            return replace(node, values=tuple(value for value in values if value is not None))
        case Entries():
            pairs = [(key, resolve_references(value, around, problems)) for key, value in node.pairs]
            lost = {key.text for key, value in pairs if value is None}
            kept = tuple((key, value) for key, value in pairs if value is not None)
            return replace(node, pairs=kept, left_out=node.left_out | lost)


def refuse_references(node: Node, problems: Problems) -> None:
    """Report references in a file that is not config.yaml: rules are shown to many people."""
    match node:
        case Scalar() if found := _REFERENCE.search(node.text):
            hint = "name it in config.yaml and use what that sets"
            problems.add(node.place_of(found.start()), "reference-not-here", "'${...}' works in config.yaml only", hint)
        case Items():
            for value in node.values:
                refuse_references(value, problems)
        case Entries():
            for _, value in node.pairs:
                refuse_references(value, problems)


def _resolved(scalar: Scalar, around: Surroundings, problems: Problems) -> Scalar | None:
    if not _BEGUN.search(scalar.text):
        return scalar
    found = list(_REFERENCE.finditer(scalar.text))
    if len(found) != len(_BEGUN.findall(scalar.text)):
        hint = "write ${env:NAME} or ${file:PATH}"
        place = scalar.place_of(scalar.text.index("${"))
        problems.add(place, "bad-reference", "'${' begins a reference that cannot be read", hint)
        return None
    values = [_value(each, scalar, around, problems) for each in found]
    if any(value is None for value in values):
        return None
    remaining = iter(values)
    text = _REFERENCE.sub(lambda _: next(remaining) or "", scalar.text)
    # The file's text no longer shows what the value holds: no comment to complain of, no offsets to map.
    named = Reference(text) if found[0].span() == (0, len(scalar.text)) else Referred(text)
    return replace(scalar, text=named, plain=False)


def _value(found: re.Match[str], scalar: Scalar, around: Surroundings, problems: Problems) -> str | None:
    place = scalar.place_of(found.start())
    name = found[2].strip()
    if found[1] == "env":
        if name not in around.environment:
            problems.add(place, "missing-variable", f"the environment holds no variable '{name}'")
        return around.environment.get(name)
    try:
        return (around.folder / name).read_text("utf-8").rstrip("\r\n")
    except OSError:
        problems.add(place, "missing-file", f"the file '{name}' cannot be read")
    except UnicodeDecodeError:
        problems.add(place, "bad-reference", f"the file '{name}' holds no UTF-8 text")
    return None
