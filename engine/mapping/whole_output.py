"""What a left-hand path means outside of loops: a place anywhere in the message being built."""

from collections.abc import Sequence
from typing import Protocol

from engine.grammar import Structure
from engine.mapping.output import Output

NOWHERE = -1


class Structured(Protocol):
    """What knows the structure that the output is to have."""

    @property
    def structure(self) -> Structure | None: ...


class OutScope(Protocol):
    """What left-hand paths, and ``out.``, see of the message being built."""

    @property
    def whole(self) -> "WholeOutput":
        """What stands around all loops."""
        ...

    def positions(self, name: str, /) -> Sequence[int]:
        """Return the segments called *name* that are meant, in order."""
        ...

    def first(self, name: str, /) -> int:
        """Return the one that is meant where no index is written, -1 if there is none."""
        ...

    def repetition(self, position: int, field: int, /) -> int | None:
        """Return the repetition that is meant where none is named; None: the loops choose none."""
        ...

    def sees(self, position: int, name: str, /) -> bool:
        """Whether a segment that was added to the output is meant here."""
        ...

    def room(self, name: str, /) -> int:
        """Return where a missing segment is created: where the structure wants it."""
        ...

    def end(self, name: str, /) -> int:
        """Return where ``append`` adds a segment."""
        ...

    def add_repetition(self, position: int, field: int, repetition: int, /) -> None:
        """Take note of a repetition that ``append`` has begun."""
        ...

    def forget_repetition(self, position: int, field: int, repetition: int, /) -> None:
        """Take note of a repetition that was deleted: those behind it have moved up."""
        ...


class WholeOutput:
    """The whole message being built."""

    __slots__ = ("_output", "_structured", "positions")

    def __init__(self, output: Output, structured: Structured) -> None:
        self._output = output
        self._structured = structured
        self.positions = output.builder.positions

    @property
    def whole(self) -> "WholeOutput":
        """Return itself: there is nothing around it."""
        return self

    def first(self, name: str, /) -> int:
        """Return the first segment of that name."""
        found = self.positions(name)
        return found[0] if found else NOWHERE

    def repetition(self, _position: int, _field: int, /) -> int | None:
        """Return None: nothing is chosen."""
        return None

    def sees(self, _position: int, _name: str, /) -> bool:
        """Return True: nothing is hidden."""
        return True

    def room(self, name: str, /) -> int:
        """Return where the structure wants a further segment; without one beside its like, or at the end."""
        place = self.wanted(name)
        if place >= 0:
            return place
        found = self.positions(name)
        return found[-1] + 1 if found else len(self._output.serials)

    def wanted(self, name: str) -> int:
        """Return where the structure wants a further segment, -1 where it has no place for it."""
        structure = self._structured.structure
        return NOWHERE if structure is None else structure.insertion_point(self._output.builder.names, name)

    def end(self, name: str, /) -> int:
        """Return the structure's place in a copy; what began empty grows at its end."""
        return self.room(name) if self._output.copied else len(self._output.serials)

    def add_repetition(self, _position: int, _field: int, _repetition: int, /) -> None:
        """No loop, no turn's repetition to remember."""

    def forget_repetition(self, _position: int, _field: int, _repetition: int, /) -> None:
        """No loop, no repetitions to count."""
