"""What follows from the names of a message's segments alone, remembered: most messages of a sender look like another.

Everything here is pure and only read, so that messages, and the planner's thread, may share it. Bounded.
"""

from collections.abc import Sequence
from functools import lru_cache

from engine.grammar import Placement, Structure, place_by_position

FEW = 200
"""Segments up to which a sequence of names is worth remembering."""


def placed(structure: Structure | None, names: Sequence[str]) -> Placement:
    """Return where every segment stands in *structure*; None: in the message itself."""
    if structure is None:
        return place_by_position(names)
    return _placed(structure, tuple(names)) if len(names) <= FEW else structure.place(names)


def insertion_point(structure: Structure, names: Sequence[str], segment: str) -> int:
    """Return where the structure wants a further *segment*, -1 where it has no place for it."""
    if len(names) > FEW:
        return structure.insertion_point(names, segment)
    return _insertion_point(structure, tuple(names), segment)


@lru_cache(maxsize=512)
def _placed(structure: Structure, names: tuple[str, ...]) -> Placement:
    return structure.place(names)


@lru_cache(maxsize=512)
def _insertion_point(structure: Structure, names: tuple[str, ...], segment: str) -> int:
    return structure.insertion_point(names, segment)
