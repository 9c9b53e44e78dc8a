"""The one word for each state of a message and of a delivery (docs/reference/states.md), as small integers."""

from enum import IntEnum


class MessageState(IntEnum):
    """What became of a received message."""

    ACCEPTED = 1
    """At least one output, sent or parked, was decided for it."""
    FILTERED = 2
    """A route accepted it and no entry asked for an output."""
    REJECTED = 3
    """Refused with AE or AR; nothing was sent anywhere."""
    QUARANTINED = 4
    """Kept for a person: unreadable, or the engine failed on it alone."""


class DeliveryState(IntEnum):
    """What became of one output for one destination."""

    PENDING = 1
    """Waits for its turn or for another try."""
    DELIVERED = 2
    """The destination accepted responsibility."""
    PARKED = 3
    """No bytes could be made, or a person set it aside; later messages pass."""
    HELD = 4
    """Refused by the destination, or asked for by ``on_failure: hold``; its lanes wait."""
    SKIPPED = 5
    """A person decided that it is not sent."""


class Severity(IntEnum):
    """How grave a problem or finding is."""

    NOTE = 0
    WARNING = 1
    ERROR = 2
