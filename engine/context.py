"""What the store knows about a message's patients when the message is decided: frozen values, no store in sight."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple


class Identifier(NamedTuple):
    """A patient identifier as the record index keys it: (assigning authority, identifier), never a bare number."""

    authority: str
    value: str


@dataclass(frozen=True, slots=True)
class Needs:
    """What a rule reads beyond the message, declared when it is compiled."""

    known: frozenset[str] = frozenset()
    """Segments read through ``known.`` (empty until the record index offers them)."""

    def __or__(self, other: "Needs") -> "Needs":
        return Needs(self.known | other.known)

    def __bool__(self) -> bool:
        return bool(self.known)


NO_NEEDS = Needs()


@dataclass(frozen=True, slots=True)
class Context:
    """The stored facts that a decision may use; what is not here, a decision cannot know."""

    lanes: Mapping[Identifier, tuple[str, ...]] = field(default_factory=dict)
    """Identifier -> the lane keys of its patient and of that patient's survivors. Unknown ones are absent."""


EMPTY_CONTEXT = Context()
