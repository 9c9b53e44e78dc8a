"""Kinds of listeners and destinations that the design knows and this release does not have."""

from dataclasses import replace

from engine.documents import Entries
from engine.problems import Problems

_LATER = {
    "listeners": ("http", "mqtt", "folder"),
    "destinations": ("http", "mqtt", "file", "folder"),
}


def leave_out_later(entries: Entries, problems: Problems) -> Entries:
    """Return config.yaml's map without what comes with a later release; each is reported, its name stays known."""
    pairs = []
    for key, node in entries.pairs:
        kinds = _LATER.get(key.text, ())
        pairs.append((key, _without(kinds, node, problems) if kinds and isinstance(node, Entries) else node))
    return replace(entries, pairs=tuple(pairs))


def _without(kinds: tuple[str, ...], section: Entries, problems: Problems) -> Entries:
    kept = tuple((name, value) for name, value in section.pairs if not _is_later(kinds, value, problems))
    left_out = {name.text for name, _ in section.pairs} - {name.text for name, _ in kept}
    return replace(section, pairs=kept, left_out=section.left_out | left_out)


def _is_later(kinds: tuple[str, ...], value: object, problems: Problems) -> bool:
    found = [name for name, _ in value.pairs if name.text in kinds] if isinstance(value, Entries) else []
    for name in found:
        text = f"'{name.text}' comes with a later release: this one speaks MLLP only"
        problems.add(name.place, "later-release", text, "'mllp: HOST:PORT' works today")
    return bool(found)
