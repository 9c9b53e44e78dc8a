"""One deviation, by code and place: safe to log and to store, for no value of the message is in it."""

from typing import NamedTuple

from engine.hl7.places import path_of

MOST_FINDINGS = 500
"""Beyond this nobody reads on; a hostile message must not fill the store."""


class Finding(NamedTuple):
    """Where, counted from 1; 0 where a part is not meant. What is missing stands where it would have stood."""

    code: str
    """A word of `codes.Code`, or of a rule in a profile."""
    segment: str
    """The segment's name; of a missing group, the group's."""
    number: int
    """Which segment of the message it is."""
    field: int = 0
    repetition: int = 0
    component: int = 0
    subcomponent: int = 0

    @property
    def stored(self) -> list[str | int]:
        """The finding as it is stored: ``[code, segment, number, field, ...]``, without the zeros at its end."""
        end = 7
        while end > 3 and not self[end - 1]:
            end -= 1
        return list(self[:end])

    @property
    def path(self) -> str:
        """The place as people write it, e.g. ``PID-3[2].1``."""
        return path_of(self[1:])
