"""The rules as they are written: documents of routes, mappings and shared lists, by name, for whoever quotes them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from engine.documents import Entries, Items, Node, Scalar, read_document
from engine.problems import Problems
from engine.routing import Rules


@dataclass(frozen=True, slots=True)
class Written:
    """Every file of the rules that names itself."""

    routes: Mapping[str, Entries]
    mappings: Mapping[str, Entries]
    shared: Mapping[str, Entries]


def written_rules(rules: Rules) -> Written:
    """Return what the files of *rules* say, word for word."""
    found: dict[str, dict[str, Entries]] = {"route": {}, "mapping": {}, "shared": {}}
    for file, text in rules.texts.values():
        node = read_document(file, text, Problems()) if file.endswith((".yaml", ".yml")) else None
        if not isinstance(node, Entries) or file.endswith(".cases.yaml"):
            continue
        for kind, named in found.items():
            if name := text_of(node.get(kind)):
                named[name] = node
    return Written(found["route"], found["mapping"], found["shared"])


def text_of(node: Node | None) -> str:
    """Return a single value's text, several as a list in words."""
    if isinstance(node, Scalar):
        return node.text
    return ", ".join(text_of(each) for each in node.values) if isinstance(node, Items) else ""


def listed(node: Node | None) -> tuple[Node, ...]:
    """Return a list's values, or the one that stands instead of it."""
    if node is None:
        return ()
    return node.values if isinstance(node, Items) else (node,)


def pairs_of(node: Node | None) -> Iterator[tuple[str, str]]:
    """Yield the names of a map and the texts behind them."""
    for key, value in node.pairs if isinstance(node, Entries) else ():
        yield key.text, text_of(value)
