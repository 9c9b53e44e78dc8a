"""How closely a message is looked at, and what follows from a finding."""

from enum import IntEnum


class Validate(IntEnum):
    """How closely a route looks; the strictest of the accepting routes counts."""

    OFF = 0
    STRUCTURE = 1
    STRICT = 2


class Reaction(IntEnum):
    """What a finding means for the message; the strictest one counts."""

    NOTE = 0
    """It is stored with the message."""
    PARK = 1
    """The sender is told AA, and the outputs wait, without bytes, for a person who releases them."""
    REJECT = 2
    """The sender is told AE and where; the message is kept as rejected."""
