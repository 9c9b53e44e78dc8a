"""``copy`` and ``delete``: what a list names is found first, then taken over or taken away."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from fnmatch import translate

from engine.context import KEPT_SEGMENTS
from engine.documents import Node, Scalar, report_comment
from engine.errors import RuleFailed
from engine.expression import CompiledPath, Spot, raw_at
from engine.expression.environment import Env, Scope
from engine.hl7.message import View
from engine.hl7.path import All, First
from engine.mapping.copied_turn import CopiedTurn
from engine.mapping.empty_turn import EmptyTurn
from engine.mapping.lefthand import load_left_path, refuse_delimiters, refuse_msh
from engine.mapping.loading import Loading, scalars_in
from engine.mapping.output import Start
from engine.mapping.places import InEach, One, field_at, in_each, spend_on
from engine.mapping.run import Run
from engine.mapping.turns import Turn
from engine.problems import Place

_KNOWN = "known."
_GLOB = re.compile(r"[A-Z0-9?*]*[?*][A-Z0-9?*]*")


class Reach(Enum):
    """How far a pattern looks."""

    GROUP = auto()
    MESSAGE = auto()


@dataclass(frozen=True, slots=True)
class Named:
    """``PID`` or ``OBX[3.1 == 'X']``: segments by path; without an index every one."""

    text: str
    path: CompiledPath

    @property
    def every(self) -> str:
        """The segment's name where every one of that name is meant, '' where an index or a predicate chooses."""
        return self.path.path.segment if isinstance(self.path.path.occurrence, First | All) else ""

    def find(self, env: Env, view: View, scope: Scope) -> Sequence[int]:
        """Return where they stand."""
        return self.path.every_segment(env, view, scope)


@dataclass(frozen=True, slots=True)
class Glob:
    """``Z*``: segments by pattern; in a loop those of this occurrence's group only. The MSH is never meant."""

    text: str
    matches: Callable[[str], object]
    reach: Reach

    def find(self, env: Env, view: View, scope: Scope) -> Sequence[int]:
        """Return where they stand."""
        names = [name for name in dict.fromkeys(view.names) if name != "MSH" and self.matches(name)]
        look = scope.positions
        if self.reach is Reach.GROUP and isinstance(scope, Turn | CopiedTurn | EmptyTurn):
            look = scope.within
        return sorted(position for name in names for position in look(name))


@dataclass(frozen=True, slots=True)
class Known:
    """``known.IN1``: segments that the record index keeps, as they were received."""

    text: str
    name: str
    place: Place


Segments = Named | Glob


@dataclass(frozen=True, slots=True)
class Copy:
    """``copy: [PID, "Z*"]``: takes segments over in inbound order, byte for byte."""

    place: Place
    segments: tuple[Segments, ...]
    names: tuple[str, ...] = ()
    """The names, where every segment of each is meant: nearly always."""
    known: tuple[Known, ...] = ()
    """What is taken from the record index, behind what the message has."""

    def run(self, run: Run) -> None:
        """Add a copy of every segment named."""
        self._of_message(run)
        if self.known:
            self._of_index(run)

    def _of_index(self, run: Run) -> None:
        if run.env.index is None:
            raise RuleFailed("index-unavailable", "", self.place)
        view, wanted = run.env.index.view, {each.name for each in self.known}
        for name, text in zip(view.names, view.segments, strict=True):
            if name in wanted:
                run.env.budget.grow(len(text))
                run.output.append(text)
                if run.trace is not None:
                    run.record("copy", f"known.{name}", "", text)

    def _of_message(self, run: Run) -> None:
        env, message = run.env, run.message
        scope = env.scope
        found: list[int] = []
        positions = scope.positions
        for name in self.names:
            found += positions(name)
        for each in () if self.names else self.segments:
            found += each.find(env, message, scope)
        if not found:
            return
        if len(self.segments) > 1:
            found = sorted(set(found))
        texts = message.segments
        env.budget.grow(sum([len(texts[position]) for position in found]))
        run.output.copy(found)
        if run.trace is not None:
            for position in found:
                run.record("copy", message.names[position], "", texts[position])


@dataclass(frozen=True, slots=True)
class Delete:
    """``delete: [NK1, "Z*", PID-19]``: all is found before anything is removed; nothing found is no error."""

    place: Place
    segments: tuple[Segments, ...]
    fields: tuple[InEach, ...]

    def run(self, run: Run) -> None:
        """Clear the fields, take out the repetitions from behind, then the segments."""
        env, left, output = run.env, run.left, run.output
        spots = {spot for each in self.fields for spot in _spots(run, each)}
        doomed = sorted({at for each in self.segments for at in each.find(env, output.builder, left)})
        env.budget.spend(len(spots) + len(doomed))
        for spot in sorted(spots, key=_from_behind):
            _clear(run, spot)
        if run.trace is not None:
            for position in doomed:
                run.record("delete", output.builder.names[position], output.builder.segments[position], "")
        if doomed:
            output.remove(doomed)


def _spots(run: Run, path: InEach) -> Iterable[Spot]:
    env, left, builder = run.env, run.left, run.output.builder
    for position in path.compiled.every_segment(env, builder, left):
        yield from path.in_one.spots(env, builder, One(position, left))


def _from_behind(spot: Spot) -> tuple[int, int, int, int, int]:
    """The last repetition first, so that the numbers of the others stay right."""
    position, field, repetition, component, subcomponent = spot
    return (position, field, -(repetition or 0), component or 0, subcomponent or 0)


def _clear(run: Run, spot: Spot) -> None:
    builder, (position, field, repetition, component, subcomponent) = run.output.builder, spot
    spend_on(run, position, field)
    raw = field_at(builder.fields(position), field)
    if not raw_at(builder, spot):
        return
    if component is not None:
        builder.set_leaf(position, field, repetition or 1, component, subcomponent, "")
    elif repetition is None:
        builder.set_field(position, field, "")
    else:
        mark = builder.delimiters.repetition
        repetitions = raw.split(mark)
        del repetitions[repetition - 1 : repetition]
        builder.set_field(position, field, mark.join(repetitions))
        run.left.forget_repetition(position, field, repetition)
    if run.trace is not None:
        run.record("delete", f"{builder.names[position]}-{field}", raw, field_at(builder.fields(position), field))


def load_copy(node: Node, loading: Loading, place: Place) -> Copy | None:
    """Return a ``copy``; None where it may not stand, and then that is reported."""
    if loading.start is Start.COPY:
        text = "the output begins as a copy of the message: everything is there already"
        loading.problems.add(place, "copy-onto-copy", text, "'delete' what is not wanted, or say 'start: empty'")
        return None
    found = [_segments(scalar, loading) for scalar in scalars_in(node, loading)]
    segments = tuple(each for each in found if isinstance(each, Named | Glob))
    names = tuple(each.every if isinstance(each, Named) else "" for each in segments)
    known = tuple(each for each in found if isinstance(each, Known))
    return Copy(place, segments, names if all(names) else (), known)


def load_delete(node: Node, loading: Loading, place: Place) -> Delete:
    """Return a ``delete`` of segments and fields."""
    segments: list[Segments] = []
    fields: list[InEach] = []
    for scalar in scalars_in(node, loading):
        if _GLOB.fullmatch(scalar.text):
            segments.append(_glob(scalar, loading))
            continue
        compiled = load_left_path(scalar, loading)
        if compiled is None or refuse_msh(compiled, scalar, loading):
            continue
        if compiled.path.field is None:
            segments.append(Named(scalar.text, compiled))
        elif not refuse_delimiters(compiled, scalar, loading):
            fields.append(in_each(compiled))
    return Delete(place, tuple(segments), tuple(fields))


def _known(scalar: Scalar, loading: Loading) -> Known | None:
    report_comment(scalar, loading.problems)
    name = scalar.text.removeprefix(_KNOWN)
    if name in KEPT_SEGMENTS:
        return Known(scalar.text, name, scalar.place)
    hint = f"as in known.IN1; it keeps {', '.join(KEPT_SEGMENTS)}"
    loading.problems.add(scalar.place, "not-kept", f"the index keeps no segment {name}", hint)
    return None


def _segments(scalar: Scalar, loading: Loading) -> Segments | Known | None:
    if scalar.text.startswith(_KNOWN):
        return _known(scalar, loading)
    if _GLOB.fullmatch(scalar.text):
        return _glob(scalar, loading)
    compiled = load_left_path(scalar, loading)
    if compiled is None or refuse_msh(compiled, scalar, loading):
        return None
    if compiled.path.field is not None:
        hint = f"as in {compiled.path.segment}"
        loading.problems.add(
            scalar.place, "not-a-segment", f"{scalar.text} is a field; whole segments are copied", hint
        )
        return None
    return Named(scalar.text, compiled)


def _glob(scalar: Scalar, loading: Loading) -> Glob:
    # A split is a loop around everything: what stands outside its group belongs to each of its messages.
    reach = Reach.GROUP if loading.loops else Reach.MESSAGE
    return Glob(scalar.text, re.compile(translate(scalar.text)).match, reach)
