"""The message being built, and which of its segments stand for which of the message that came."""

from collections.abc import Sequence
from enum import Enum

from engine.hl7.builder import Builder


class Start(Enum):
    """What an output begins as."""

    EMPTY = "empty"
    COPY = "copy"


class Output:
    """A builder whose segments have serial numbers: those of the message that came, then those added, in order."""

    __slots__ = ("_hint", "builder", "inbound", "last_inserted", "levels", "next_serial", "rearranged", "serials")

    def __init__(self, builder: Builder, start: Start) -> None:
        self.builder = builder
        self.next_serial = len(builder.names)
        self.serials = list(range(self.next_serial))
        self.inbound = self.next_serial if start is Start.COPY else 0
        """How many segments came with the message; 0 where the output began empty."""
        self.last_inserted = -1
        """The serial number of what was last put anywhere else than at the end."""
        self.rearranged = 0
        """How often something happened elsewhere than at the end."""
        self.levels: dict[int, int] = {}
        """How many loops around it a segment belongs to, where it was created outside of the innermost one."""
        self._hint = 0

    @property
    def copied(self) -> bool:
        """Whether it began as the message that came."""
        return self.inbound > 0

    def where(self, serial: int) -> int:
        """Return where the segment with that number stands now, -1 if it was deleted."""
        serials = self.serials
        if serial < len(serials) and serials[serial] == serial:
            return serial
        # Loops go forward: the next one stands behind the last one, so a long message is not searched from its start.
        for start in (self._hint, 0):
            try:
                self._hint = serials.index(serial, start)
            except ValueError:
                continue
            return self._hint
        return -1

    def append(self, text: str) -> int:
        """Add a segment at the end and return its position."""
        return self.insert(len(self.serials), text)

    def insert(self, position: int, text: str) -> int:
        """Put a new segment before the one at *position* and return where it stands."""
        self.builder.insert_segment(position, text)
        if position < len(self.serials):
            self.last_inserted = self.next_serial
            self.rearranged += 1
        self.serials.insert(position, self.next_serial)
        self.next_serial += 1
        return position

    def copy(self, positions: Sequence[int]) -> None:
        """Add segments of the message that came at the end, byte for byte."""
        self.builder.copy_own(positions)
        start = self.next_serial
        self.next_serial = start + len(positions)
        self.serials += range(start, self.next_serial)

    def remove(self, positions: Sequence[int]) -> None:
        """Take out the segments at *positions*, all counted before anything is removed."""
        self.builder.remove_segments(positions)
        for position in sorted(set(positions), reverse=True):
            del self.serials[position]
        self.rearranged += 1
        self._hint = 0
