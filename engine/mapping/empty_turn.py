"""A left-hand path inside a loop, ``start: empty``: what was last added in this turn."""

from collections.abc import Sequence

from engine.mapping.output import Output
from engine.mapping.turns import Turn
from engine.mapping.whole_output import NOWHERE, OutScope, WholeOutput


class EmptyTurn:
    """The turns of one loop, one after the other, in an output that began empty."""

    __slots__ = ("_added", "_floor", "_loop_start", "_outer", "_output", "_turn", "_turn_start")

    def __init__(self, output: Output, outer: OutScope, turn: Turn) -> None:
        self._output = output
        self._outer = outer
        self._turn = turn
        self._loop_start = output.next_serial
        self._added: dict[tuple[int, int], int] = {}
        self.begin()

    def begin(self) -> None:
        """Begin a turn: what other turns have added is not its own."""
        self._turn_start = self._output.next_serial
        self._floor = len(self._output.serials)

    @property
    def whole(self) -> WholeOutput:
        """What stands around all loops."""
        return self._outer.whole

    def positions(self, name: str, /) -> Sequence[int]:
        """Return what this turn added under that name; if nothing, what stood there before its loop began."""
        own = self.within(name)
        if own or self._turn.binds(name):
            return own
        serials = self._output.serials
        return [at for at in self._outer.positions(name) if serials[at] < self._loop_start]

    def first(self, name: str, /) -> int:
        """Return the one last added in this turn; else what the turn around it means."""
        own = self.within(name)
        serials = self._output.serials
        if own:
            return max(own, key=serials.__getitem__)
        if self._turn.binds(name):
            return NOWHERE
        around = self._outer.first(name)
        return around if around >= 0 and serials[around] < self._loop_start else NOWHERE

    def within(self, name: str) -> Sequence[int]:
        """Return what this turn added under that name."""
        output = self._output
        names, serials, start = output.builder.names, output.serials, self._turn_start
        # Nearly everything is added at the end: a long message is not searched from its beginning in every turn.
        low = 0 if output.last_inserted >= start else self._floor
        return [at for at in range(low, len(names)) if names[at] == name and serials[at] >= start]

    def sees(self, position: int, name: str, /) -> bool:
        """Whether a segment was added in this turn, or is seen around the loop."""
        serial = self._output.serials[position]
        if serial >= self._loop_start:
            return serial >= self._turn_start
        return self._outer.sees(position, name)

    def repetition(self, position: int, field: int, /) -> int | None:
        """Return the repetition last added in this turn."""
        if self._added and (added := self._added.get((self._output.serials[position], field))) is not None:
            return added
        return self._outer.repetition(position, field)

    def add_repetition(self, position: int, field: int, repetition: int, /) -> None:
        """Remember the repetition that ``append`` has begun."""
        self._added[self._output.serials[position], field] = repetition

    def forget_repetition(self, position: int, field: int, repetition: int, /) -> None:
        """Forget the one added, if it is the one that was deleted."""
        if self._added.get((self._output.serials[position], field)) == repetition:
            del self._added[self._output.serials[position], field]
        else:
            self._outer.forget_repetition(position, field, repetition)

    def room(self, name: str, /) -> int:
        """Return where the structure wants a further segment; one that it does not list goes behind this turn's."""
        place = self.whole.wanted(name)
        return place if place >= 0 else len(self._output.serials)

    def end(self, _name: str, /) -> int:
        """Return the end of the message."""
        return len(self._output.serials)
