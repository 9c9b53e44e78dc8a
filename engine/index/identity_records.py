"""Rows of who is who: what was asked to be merged, moved or linked, what was held back, what became of it. Pure."""

from enum import IntEnum
from typing import NamedTuple


class MergeRow(NamedTuple):
    """One merge, move, change or link that was asked for, and whether it was done."""

    message_id: int
    ordinal: int
    number: int
    kind: str
    source_id: int
    target_id: int
    source_key: str
    """The number that is moved, changed or merged: of an identifier, an account or a visit; empty: the patient is."""
    target_key: str
    effective_at: int
    decided: int
    state: int
    reason: str

    @property
    def key(self) -> tuple[int, int, int]:
        """What people call it by."""
        return self[:3]

    @property
    def position(self) -> tuple[int, int, int, int]:
        """What merges are folded in the order of."""
        return (self.effective_at, *self[:3])

    def __repr__(self) -> str:
        return f"<Merge {self.message_id}.{self.ordinal}.{self.number}>"


class MergeState(IntEnum):
    """What became of a merge."""

    APPLIED = 1
    KEPT_ASIDE = 2
    """For a person to decide."""
    UNDONE = 3
    """Taken back: by a person, or a link by an unlink."""
    NO_EFFECT = 4
    """It was so already."""


class Decided(IntEnum):
    """What a person decided about a merge."""

    NOT = 0
    APPLY = 1
    UNDO = 2


class OverlayState(IntEnum):
    """What became of an update that makes another person of a patient."""

    HELD = 1
    """For a person to decide: the index does not know what it says."""
    ACCEPTED = 2
    REJECTED = 3


class OverlayRow(NamedTuple):
    """One update that was held back from the index."""

    message_id: int
    ordinal: int
    patient_id: int
    state: int
    reason: str
    """What it would change at once, as codes."""
