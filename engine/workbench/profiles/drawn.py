"""A conformance profile as it was drawn elsewhere, before it is written as ours: the two kinds of XML become this."""

from dataclasses import dataclass

UNBOUNDED = -1


@dataclass(frozen=True, slots=True)
class Part:
    """A field, a component or a subcomponent."""

    number: int
    usage: str = ""
    """As it stands there: R, RE, C, CE, O, X, W, B, or C(a/b)."""
    least: int | None = None
    most: int | None = None
    shortest: int = 0
    longest: int = 0
    """0: nothing is said."""
    datatype: str = ""
    value: str = ""
    table: str = ""
    told: tuple[str, ...] = ()
    """What it says in words: a predicate, an implementation note."""
    parts: "tuple[Part, ...]" = ()


@dataclass(frozen=True, slots=True)
class Presence:
    """A segment, or a group, at one place of the message."""

    name: str
    group: str
    """The group that it stands in, by its short name; '' for the message itself."""
    usage: str
    least: int
    most: int
    fields: tuple[Part, ...] = ()
    """Of a segment."""
    is_group: bool = False


@dataclass(frozen=True, slots=True)
class Drawn:
    """One message's profile."""

    about: str
    message: str
    """As ORU^R01^ORU_R01."""
    version: str
    presences: tuple[Presence, ...]
    """In the order of the message."""
    notes: tuple[str, ...] = ()
    """What the file holds besides, and cannot be taken over."""
