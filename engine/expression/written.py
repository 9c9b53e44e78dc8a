"""What a formula writes into a message: structure as it stands, text for one leaf, null, or several repetitions."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Raw:
    """Text in the message's own delimiters and escapes, written as it stands."""

    text: str


@dataclass(frozen=True, slots=True)
class Leaf:
    """Text for one leaf, to be escaped."""

    text: str


@dataclass(frozen=True, slots=True)
class Null:
    """The HL7 null: ``\"\"`` is written."""


@dataclass(frozen=True, slots=True)
class Many:
    """The repetitions of a field; none of them empties it."""

    items: tuple[Raw | Leaf, ...]


Written = Raw | Leaf | Null | Many
NULL = Null()
