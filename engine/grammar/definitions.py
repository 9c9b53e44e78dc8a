"""What one version of the standard defines, as frozen values: segments, fields, data types, parts of structures."""

from collections.abc import Mapping
from dataclasses import dataclass, field

UNBOUNDED = -1


@dataclass(frozen=True, slots=True)
class FieldDef:
    """A field of a segment, or a component of a data type: both are told by the same facts."""

    number: int
    name: str
    """As the tables name it, e.g. ``PID_5`` or ``CX_4``."""
    long_name: str
    """The name that people write, lower case, e.g. ``patient_name``; empty where the version has none."""
    datatype: str
    min: int
    max: int
    """-1: unbounded; 0: withdrawn in this version."""
    table: str
    """Code table, e.g. ``HL70001``; empty where there is none."""

    @property
    def withdrawn(self) -> bool:
        """Whether the version removed this element; later numbers keep their places."""
        return self.max == 0


ComponentDef = FieldDef


@dataclass(frozen=True, slots=True)
class SegmentDef:
    """A segment and its fields by number; a segment that the version withdrew has none."""

    name: str
    fields: Mapping[int, FieldDef]


@dataclass(frozen=True, slots=True)
class DatatypeDef:
    """A data type and its components by number; a primitive type has none."""

    name: str
    components: Mapping[int, ComponentDef]


@dataclass(frozen=True, slots=True, eq=False)
class Slot:
    """One place for a segment in a message structure."""

    number: int
    """Counted through the structure in its order."""
    name: str
    sign: str = ""
    """Only a segment that *sign* follows directly stands here, where another slot could hold it too."""

    @property
    def token(self) -> str:
        """What a segment is called for this slot to take it."""
        return f"{self.name}>{self.sign}" if self.sign else self.name


@dataclass(frozen=True, slots=True, eq=False)
class GroupNode:
    """A group of a message structure; the structure itself is one too."""

    name: str
    """Without the structure's name in front: ``ORDER_OBSERVATION``."""
    full_name: str
    parts: "tuple[Part, ...]"
    closed_to: frozenset[str] = field(default_factory=frozenset)
    """Segments that the tables let begin this group, though by practice they never do."""


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """One step of a group's sequence: a segment, a group, or a choice of segments.

    A choice is no group: the segment chosen stands in the group around it.
    """

    min: int
    max: int
    choices: tuple[Slot | GroupNode, ...]

    @property
    def repeats(self) -> bool:
        """Whether it may come more than once."""
        return self.max != 1

    @property
    def needed(self) -> bool:
        """Whether something of it must come: a required group of which every part is optional asks for nothing."""
        return self.min > 0 and not any(_may_be_empty(choice) for choice in self.choices)


def _may_be_empty(node: Slot | GroupNode) -> bool:
    return isinstance(node, GroupNode) and not any(part.needed for part in node.parts)
