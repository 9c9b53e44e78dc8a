"""The places a ``set`` writes to: found in the message being built, created up to the target where missing."""

from dataclasses import dataclass
from enum import Enum, auto

from engine.expression import CompiledPath
from engine.expression.paths import Cut, cutter
from engine.hl7.path import EVERY, First
from engine.mapping.loading import Loading
from engine.mapping.output import Start
from engine.mapping.places import SetLeaves, SetPlaces, create, in_each, there
from engine.mapping.run import Run
from engine.mapping.values import Value
from engine.problems import Place


class Turns(Enum):
    """Whether the loops around a step can mean one repetition by a path that names none."""

    MAY_CHOOSE = auto()
    NEVER_CHOOSE = auto()


@dataclass(frozen=True, slots=True)
class SetField:
    """``PID-5``: the whole field with all its repetitions."""

    place: Place
    text: str
    segment: str
    number: int
    value: Value
    turns: Turns

    def run(self, run: Run) -> None:
        """Write the field, creating its segment if it is missing."""
        raw = self.value.bare(run.env) if run.trace is None else self.value.raw(run.env)
        position = run.left.first(self.segment)
        if position < 0:
            if not raw:
                return
            position = create(run, self.segment)
        self.write(run, position, raw)

    def write_at(self, run: Run, position: int) -> None:
        """Write the field of the segment at *position*."""
        self.write(run, position, self.value.raw(run.env))

    def write(self, run: Run, position: int, raw: str) -> None:
        """Write *raw*; in a loop over the field's own repetitions only this turn's."""
        run.env.budget.grow(len(raw))
        if run.trace is None and self.turns is Turns.NEVER_CHOOSE:
            run.output.builder.set_field(position, self.number, raw)
            return
        repetition = run.left.repetition(position, self.number) if self.turns is Turns.MAY_CHOOSE else None
        if run.trace is not None:
            run.record("set", self.text, there(run, position, self.number, repetition or 0), raw)
        if repetition is None:
            run.output.builder.set_field(position, self.number, raw)
        else:
            run.output.builder.set_leaf(position, self.number, repetition, None, None, raw)


@dataclass(frozen=True, slots=True)
class SetPart:
    """``PID-5.1``: a component or subcomponent of the first repetition."""

    place: Place
    text: str
    segment: str
    number: int
    component: int
    subcomponent: int | None
    value: Value
    cut: Cut
    turns: Turns

    def run(self, run: Run) -> None:
        """Write the part, creating what is missing up to it."""
        raw = self.value.bare(run.env) if run.trace is None else self.value.raw(run.env)
        position = run.left.first(self.segment)
        if position < 0:
            if not raw:
                return
            position = create(run, self.segment)
        self.write(run, position, raw)

    def write_at(self, run: Run, position: int) -> None:
        """Write the part in the segment at *position*."""
        self.write(run, position, self.value.raw(run.env))

    def write(self, run: Run, position: int, raw: str) -> None:
        """Write *raw*; clearing what is not there creates nothing."""
        run.env.budget.grow(len(raw))
        repetition = 1
        if self.turns is Turns.MAY_CHOOSE:
            repetition = run.left.repetition(position, self.number) or 1
        if not raw or run.trace is not None:
            before = self.cut(there(run, position, self.number, repetition), run.output.builder.delimiters)
            run.record("set", self.text, before, raw)
            if not raw and not before:
                return
        builder = run.output.builder
        builder.set_leaf(position, self.number, repetition, self.component, self.subcomponent, raw)


Setter = SetField | SetPart | SetPlaces | SetLeaves


def setter(compiled: CompiledPath, text: str, value: Value, loading: Loading) -> Setter:
    """Return the quickest way to write *value* to a path."""
    path, place = compiled.path, compiled.place
    around = (path.segment, path.field) in loading.loops or (loading.loops and loading.start is Start.EMPTY)
    turns = Turns.MAY_CHOOSE if around else Turns.NEVER_CHOOSE
    number = path.field or 0
    if number == EVERY:
        return SetLeaves(place, text, compiled, value)
    if isinstance(path.occurrence, First) and isinstance(path.repetition, First):
        if path.component is None:
            return SetField(place, text, path.segment, number, value, turns)
        return SetPart(place, text, path.segment, number, path.component, path.subcomponent, value, cutter(path), turns)
    return SetPlaces(place, text, in_each(compiled), value)
