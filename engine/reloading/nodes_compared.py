"""Two documents held against each other, value by value; conditions clause by clause. Pure."""

from collections import Counter
from collections.abc import Iterator
from difflib import SequenceMatcher

from engine.documents import Entries, Items, Node, Scalar
from engine.errors import InvalidExpression
from engine.expression.parser import parse
from engine.expression.syntax import Logic

_CONDITIONS = frozenset({"accept", "when"})
_LONGEST = 160
_ONLY_COUNTED = "cases"
"""The analyst's own tests decide nothing: how many there are is enough."""


def map_changes(path: str, before: Entries, after: Entries) -> Iterator[str]:
    """Tell what is different in *after*, a line each."""
    old = {key.text: value for key, value in before.pairs}
    new = {key.text: value for key, value in after.pairs}
    for key in (*old, *(key for key in new if key not in old)):
        inner = f"{path}.{key}" if path else key
        if key not in new:
            yield f"- {inner}: {shown(old[key])}"
        elif key not in old:
            yield f"+ {inner}: {shown(new[key])}"
        else:
            yield from node_changes(inner, old[key], new[key])
    if list(old) != list(new) and old.keys() == new.keys():
        yield f"{path or 'keys'}: in another order"


def node_changes(path: str, before: Node, after: Node) -> Iterator[str]:
    """Tell what is different between two values of one key."""
    if _plain(before) == _plain(after):
        return
    name = path.rpartition(".")[2]
    if name == _ONLY_COUNTED and isinstance(before, Items) and isinstance(after, Items):
        old, new = len(before.values), len(after.values)
        yield f"cases: {new}, not the same as before" if old == new else f"cases: {old} -> {new}"
    elif name in _CONDITIONS and isinstance(before, Scalar) and isinstance(after, Scalar):
        yield from _condition_changes(path, before.text, after.text)
    elif isinstance(before, Entries) and isinstance(after, Entries):
        yield from map_changes(path, before, after)
    elif isinstance(before, Items) and isinstance(after, Items):
        yield from _list_changes(path, before.values, after.values)
    else:
        yield f"{path}: {shown(before)} -> {shown(after)}".removeprefix(": ")


def shown(node: Node) -> str:
    """Return a value on one line, not too long a one."""
    text = " ".join(_plain(node).split()) or "(empty)"
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."


def _plain(node: Node) -> str:
    match node:
        case Scalar():
            return node.text
        case Items():
            return f"[{', '.join(map(_plain, node.values))}]"
        case Entries():
            return f"{{{', '.join(f'{key.text}: {_plain(value)}' for key, value in node.pairs)}}}"


def _list_changes(path: str, before: tuple[Node, ...], after: tuple[Node, ...]) -> Iterator[str]:
    matcher = SequenceMatcher(None, [*map(_plain, before)], [*map(_plain, after)], autojunk=False)
    for what, start, end, begin, stop in matcher.get_opcodes():
        if what == "equal":
            continue
        if end - start == stop - begin:
            for number, (old, new) in enumerate(zip(before[start:end], after[begin:stop], strict=True), begin + 1):
                yield from node_changes(f"{path}[{number}]", old, new)
            continue
        yield from (f"- {path}[{number}]: {shown(each)}" for number, each in enumerate(before[start:end], start + 1))
        yield from (f"+ {path}[{number}]: {shown(each)}" for number, each in enumerate(after[begin:stop], begin + 1))


def _condition_changes(path: str, before: str, after: str) -> Iterator[str]:
    """Tell which clauses came and went; as a whole where the clauses are joined otherwise than before."""
    old, new = _clauses(before), _clauses(after)
    if old is None or new is None or (old[0] and new[0] and old[0] != new[0]):
        yield f"{path}: {before} -> {after}"
        return
    word = old[0] or new[0]
    gone, come = Counter(old[1]) - Counter(new[1]), Counter(new[1]) - Counter(old[1])
    joined = f"{word} " if word else ""
    yield from (f"- {path}: {joined}{each}" for each in gone.elements())
    yield from (f"+ {path}: {joined}{each}" for each in come.elements())


def _clauses(text: str) -> tuple[str, tuple[str, ...]] | None:
    """Return the word that joins the clauses ('' for a single one) and each clause; None for what cannot be read."""
    try:
        node = parse(text)
    except InvalidExpression:
        return None
    if isinstance(node, Logic):
        return node.word, tuple(" ".join(text[each.start : each.end].split()) for each in node.operands)
    return "", (" ".join(text.split()),)
