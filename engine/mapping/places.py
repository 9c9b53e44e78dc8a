"""Many places, or one of several: what an index, ``[*]``, a predicate or ``SEG-*`` on the left writes to."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from engine.errors import RuleFailed
from engine.expression import CompiledPath, Spot, raw_at
from engine.expression.paths import Finds, part
from engine.hl7.delimiters import HEADERS, Delimiters
from engine.hl7.path import First, Number
from engine.mapping.run import Run
from engine.mapping.values import Value
from engine.mapping.whole_output import OutScope
from engine.problems import Place


@dataclass(frozen=True, slots=True)
class InEach:
    """A path whose segments are chosen first, and then the places in each of them."""

    compiled: CompiledPath
    in_one: CompiledPath
    """The same path, asked of one segment at a time."""


@dataclass(frozen=True, slots=True)
class SetPlaces:
    """An index, ``[*]`` or a predicate on the left: each place in its turn, ``value`` being what stands there."""

    place: Place
    text: str
    each: InEach
    value: Value

    def run(self, run: Run) -> None:
        """Write every place; all are found before the first is written."""
        env, builder = run.env, run.output.builder
        positions = self._positions(run)
        if positions is None:
            self._create(run)
            return
        spots = [spot for position in positions for spot in self._spots(run, position)]
        env.budget.spend(len(spots))
        for spot in spots:
            spend_on(run, spot.position, spot.field)
            before = env.value = raw_at(builder, spot)
            self._write(run, spot, before, self.value.raw(env))

    def _positions(self, run: Run) -> Sequence[int] | None:
        """Return the segments meant, or None for the one just past the end."""
        left, path = run.left, self.each.compiled.path
        match path.occurrence:
            case First():
                position = left.first(path.segment)
                return None if position < 0 else (position,)
            case Number(number):
                found = left.positions(path.segment)
                if number > len(found) + 1:
                    raise self._too_far(number, len(found))
                return None if number > len(found) else (found[number - 1],)
            case _:
                return self.each.compiled.segments(run.env, run.output.builder, left)

    def _spots(self, run: Run, position: int) -> Sequence[Spot]:
        path, builder = self.each.compiled.path, run.output.builder
        if not isinstance(path.repetition, Number):
            return self.each.in_one.spots(run.env, builder, One(position, run.left))
        number, field = path.repetition.number, path.field or 0
        raw = field_at(builder.fields(position), field)
        present = raw.count(builder.delimiters.repetition) + 1 if raw else 0
        if number > present + 1:
            raise self._too_far(number, present)
        return (Spot(position, field, number, path.component, path.subcomponent),)

    def _create(self, run: Run) -> None:
        """Write into a segment that does not exist yet; it holds none of the places that a predicate asks for."""
        path = self.each.compiled.path
        if not isinstance(path.repetition, First | Number):
            return
        number = path.repetition.number if isinstance(path.repetition, Number) else None
        if number is not None and number > 1:
            raise self._too_far(number, 0)
        run.env.value = ""
        raw = self.value.raw(run.env)
        if raw:
            position = create(run, path.segment)
            self._write(run, Spot(position, path.field or 0, number, path.component, path.subcomponent), "", raw)

    def _write(self, run: Run, spot: Spot, before: str, raw: str) -> None:
        if run.trace is not None:
            run.record("set", self.text, before, raw)
        if raw == before:
            return
        run.env.budget.grow(len(raw))
        position, field, repetition, component, subcomponent = spot
        if repetition is None and component is None:
            run.output.builder.set_field(position, field, raw)
        else:
            run.output.builder.set_leaf(position, field, repetition or 1, component, subcomponent, raw)

    def _too_far(self, number: int, present: int) -> RuleFailed:
        detail = f"{self.text}: index {number} is more than one past the {present} there are"
        return RuleFailed("index-too-far", detail, self.place)


class One:
    """A scope that shows one segment only."""

    __slots__ = ("_around", "_position")

    def __init__(self, position: int, around: OutScope) -> None:
        self._position = position
        self._around = around

    def positions(self, _name: str, /) -> Sequence[int]:
        """Return the one segment."""
        return (self._position,)

    def repetition(self, position: int, field: int, /) -> int | None:
        """Return what the scope around it has chosen."""
        return self._around.repetition(position, field)


@dataclass(frozen=True, slots=True)
class SetLeaves:
    """``PID-*``: every filled leaf of the segment, null being one."""

    place: Place
    text: str
    compiled: CompiledPath
    value: Value

    def run(self, run: Run) -> None:
        """Write each leaf that has something in it."""
        for position in self._positions(run):
            builder, first = run.output.builder, 3 if self.compiled.path.segment in HEADERS else 1
            fields = builder.fields(position)
            for number in range(first, len(fields)):
                before = fields[number]
                after = self._each_leaf(run, before) if before else before
                if after != before:
                    run.env.budget.grow(len(after))
                    builder.set_field(position, number, after)
                    fields = builder.fields(position)

    def _positions(self, run: Run) -> Sequence[int]:
        path = self.compiled.path
        if isinstance(path.occurrence, First):
            position = run.left.first(path.segment)
            return () if position < 0 else (position,)
        return self.compiled.segments(run.env, run.output.builder, run.left)

    def _each_leaf(self, run: Run, field: str) -> str:
        env = run.env
        parts = _splitter(run.output.builder.delimiters).split(field)
        env.budget.spend(len(parts))
        for index in range(0, len(parts), 2):
            if parts[index]:
                env.value = parts[index]
                parts[index] = self.value.raw(env)
                run.record("set", self.text, env.value, parts[index])
        return "".join(parts)


def in_each(compiled: CompiledPath) -> InEach:
    """Return *compiled* so that its places can be asked for segment by segment."""
    return InEach(compiled, replace(compiled, _find=_all_shown(compiled.path.segment)))


def _all_shown(name: str) -> Finds:
    return lambda _env, _view, scope: scope.positions(name)


def create(run: Run, segment: str) -> int:
    """Create a segment where the structure wants it, in a loop inside this turn's group."""
    run.env.budget.grow(len(segment))
    return run.left.create(segment)


def field_at(fields: list[str], number: int) -> str:
    """Return a raw field, '' where the segment is shorter."""
    return fields[number] if number < len(fields) else ""


def spend_on(run: Run, position: int, number: int) -> None:
    """Take off the budget what rewriting one repetition of a field costs: a long field with thousands of them, much."""
    run.env.budget.rewrite(len(field_at(run.output.builder.fields(position), number)))


def there(run: Run, position: int, number: int, repetition: int) -> str:
    """Return the raw text of a field (repetition 0) or of one of its repetitions, as it stands."""
    builder = run.output.builder
    raw = field_at(builder.fields(position), number)
    return raw if repetition == 0 else part(raw, builder.delimiters.repetition, repetition)


def _splitter(delimiters: Delimiters) -> re.Pattern[str]:
    marks = delimiters.component + delimiters.repetition + delimiters.subcomponent
    return re.compile(f"([{re.escape(marks)}])")  # re keeps the compiled pattern
