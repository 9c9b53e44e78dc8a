"""Where a segment or group could stand, and how often it does: once for each group instance that has a place for it."""

from collections.abc import Iterator, Sequence

from engine.grammar import GroupInstance, Placement
from engine.grammar.definitions import GroupNode
from engine.validation.profile import Locator


def occurrences(names: Sequence[str], placement: Placement, at: Locator) -> Iterator[tuple[int, list[int]]]:
    """Yield for each group instance the index of its first segment, and those of what *at* names directly in it."""
    listed = False
    if placement.known:
        for group in placement.groups:
            if at.group in ("", group.name) and at.name in _listed_in(group.node):
                listed = True
                yield group.first, _found(names, placement, group, at.name)
    if not listed and not at.group:
        # Z segments, and messages without a known structure: the message is one group.
        yield 0, [index for index, name in enumerate(names) if name == at.name]


def _found(names: Sequence[str], placement: Placement, group: GroupInstance, name: str) -> list[int]:
    children = (placement.groups[number] for number in group.children)
    inside = [child.first for child in children if child.name == name]
    return inside or [index for index in group.members if names[index] == name]


def _listed_in(node: GroupNode) -> frozenset[str]:
    return frozenset(choice.name for part in node.parts for choice in part.choices)
