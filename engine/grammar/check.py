"""Findings about a message's structure: what is missing, misplaced or too often there. Never a field's value."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from engine.grammar.definitions import GroupNode, Part, Slot
from engine.grammar.placement import (
    NO_SLOT,
    NOT_IN_STRUCTURE,
    OUT_OF_ORDER,
    SKIPPED,
    TOO_MANY,
    UNKNOWN_SEGMENT,
    GroupInstance,
    Placement,
)
from engine.grammar.structure import Structure

MISSING = "required-missing"
UNKNOWN_STRUCTURE = "unknown-structure"

_SEGMENT_NAME = re.compile(r"[A-Z][A-Z0-9]{2}")


@dataclass(frozen=True, slots=True)
class Finding:
    """One deviation from the standard. Safe to log: names of the standard and positions only."""

    code: str
    segment_index: int
    """The segment it was found at; for what is missing, the first segment of the group that lacks it."""
    segment: str
    """Name of the segment, or of the group, that is missing or out of place; empty for a line that names none."""
    detail: str = ""
    """Where in the structure, e.g. ``ORU_R01_ORDER_OBSERVATION``."""


def structure_findings(structure: Structure | None, placement: Placement, names: Sequence[str]) -> tuple[Finding, ...]:
    """Return everything in which *names* deviate from *structure*, in the order of the message."""
    if structure is None:
        return (Finding(UNKNOWN_STRUCTURE, 0, _safe(names[0]) if names else ""),)
    found = [*_misplaced(placement, names), *_lacking(structure, placement)]
    return tuple(sorted(found, key=lambda finding: finding.segment_index))


def sequence_gives(structure: Structure, names: Sequence[str]) -> tuple[Finding, ...]:
    """Return why *names* in this order cannot be the structure's order; what is missing does not count."""
    return tuple(_misplaced(structure.place(names), names))


def _misplaced(placement: Placement, names: Sequence[str]) -> Iterator[Finding]:
    for code, index in placement.notes:
        if code != SKIPPED:  # what was skipped is reported as missing
            yield Finding(code, index, _safe(names[index]), placement.groups[placement.group_of[index]].full_name)


def _lacking(structure: Structure, placement: Placement) -> Iterator[Finding]:
    for group in placement.groups:
        present = set(_elements(structure, placement, group))
        for part in group.node.parts:
            if part.needed and present.isdisjoint(part.choices):
                yield Finding(MISSING, group.first, _name(part), group.full_name)


def _elements(structure: Structure, placement: Placement, group: GroupInstance) -> Iterator[Slot | GroupNode]:
    slots = structure.automaton.slots
    for index in group.members:
        if placement.slots[index] != NO_SLOT:
            yield slots[placement.slots[index]]
    for child in group.children:
        yield placement.groups[child].node


def _name(part: Part) -> str:
    return "|".join(choice.name for choice in part.choices)


def _safe(name: str) -> str:
    """A line that is no segment may begin with anything, also with three letters of a patient's name."""
    return name if _SEGMENT_NAME.fullmatch(name) else ""


__all__ = [
    "MISSING",
    "NOT_IN_STRUCTURE",
    "OUT_OF_ORDER",
    "TOO_MANY",
    "UNKNOWN_SEGMENT",
    "UNKNOWN_STRUCTURE",
    "Finding",
    "sequence_gives",
    "structure_findings",
]
