"""What a left-hand path means outside of loops: a place anywhere in the message being built."""

from collections.abc import Sequence
from typing import Protocol

from engine.grammar import Structure
from engine.grammar.automaton import START, Automaton, Lenience, Step
from engine.mapping.output import Output
from engine.mapping.remembered import insertion_point

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

    @property
    def level(self) -> int:
        """How many loops stand around what is seen."""
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

    def create(self, name: str, /) -> int:
        """Create a missing segment where the structure wants it, and return where it stands."""
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

    __slots__ = ("_counted", "_output", "_rearranged", "_structured", "_tail", "positions")

    def __init__(self, output: Output, structured: Structured) -> None:
        self._output = output
        self._structured = structured
        self.positions = output.builder.positions
        self._tail = START
        """Where in the structure the last of the segments counted stands."""
        self._counted = 0
        self._rearranged = 0

    @property
    def whole(self) -> "WholeOutput":
        """Return itself: there is nothing around it."""
        return self

    @property
    def level(self) -> int:
        """Return 0: no loop."""
        return 0

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

    def create(self, name: str, /) -> int:
        """Create a segment where the structure wants it; without one beside its like, or at the end."""
        output = self._output
        position = output.insert(self.room(name), name)
        output.levels[output.serials[position]] = 0
        return position

    def room(self, name: str) -> int:
        """Return where the structure wants a further segment; without one beside its like, or at the end."""
        place = self.wanted(name)
        if place >= 0:
            return place
        found = self.positions(name)
        return found[-1] + 1 if found else len(self._output.serials)

    def wanted(self, name: str) -> int:
        """Return where the structure wants a further segment, -1 where it has no place for it."""
        structure = self._structured.structure
        if structure is None or not structure.contains(name):
            return NOWHERE
        return insertion_point(structure, self._output.builder.names, name)

    def continues(self, name: str) -> bool:
        """Whether the segment may follow at the end. Every segment is looked at once, however often this is asked."""
        structure, output = self._structured.structure, self._output
        if structure is None:
            return True
        if self._rearranged != output.rearranged:
            self._rearranged, self._counted, self._tail = output.rearranged, 0, START
        names, automaton = output.builder.names, structure.automaton
        for index in range(self._counted, len(names)):
            if step := _step(automaton, self._tail, names[index]):
                self._tail = step[0]
        self._counted = len(names)
        return bool(_step(automaton, self._tail, name))

    def end(self, name: str, /) -> int:
        """Return the structure's place in a copy; what began empty grows at its end."""
        return self.room(name) if self._output.copied else len(self._output.serials)

    def add_repetition(self, _position: int, _field: int, _repetition: int, /) -> None:
        """No loop, no turn's repetition to remember."""

    def forget_repetition(self, _position: int, _field: int, _repetition: int, /) -> None:
        """No loop, no repetitions to count."""


def _step(automaton: Automaton, tail: int, name: str) -> Step | tuple[()] | None:
    """Return the way forward; required segments that are not there do not hinder it."""
    if not automaton.holds(name):
        return None
    return automaton.step(tail, name) or automaton.find(tail, name, Lenience.MISSING)
