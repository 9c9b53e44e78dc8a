"""Paths on the left of a step, and after ``for each``, ``split``, ``copy`` and ``delete``: places, not values."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from engine.context import Needs
from engine.expression.binder import Binder
from engine.expression.compiled import bound, has_formula_sign, needs_of, segments_read
from engine.expression.compiler import Compiler, Source
from engine.expression.environment import Env, Scope
from engine.expression.names import Vocabulary
from engine.expression.paths import Finds, Predicates, Repeats, finder, part, repetition_reader, selects_list
from engine.expression.syntax import Node, Read, Written
from engine.hl7.delimiters import HEADERS
from engine.hl7.message import View
from engine.hl7.path import ALL, EVERY, First, Path
from engine.problems import Place, Problems


class Spot(NamedTuple):
    """One place in a view. None stands for the whole of what is named before it."""

    position: int
    field: int
    repetition: int | None = None
    component: int | None = None
    subcomponent: int | None = None


@dataclass(frozen=True, slots=True)
class CompiledPath:
    """A path that names places, its predicates compiled."""

    path: Path
    place: Place
    reads: frozenset[str]
    needs: Needs
    many: bool
    """Whether a formula for it runs once per place: with ``[*]``, a predicate or ``SEG-*``."""
    node: Read
    """What it means, for tools that ask what its brackets read."""
    _find: Finds
    _find_every: Finds
    _repeats: Repeats

    def segments(self, env: Env, view: View, scope: Scope) -> Sequence[int]:
        """Return the positions of the segments that it names in *view*, as far as *scope* shows them."""
        return self._find(env, view, scope)

    def every_segment(self, env: Env, view: View, scope: Scope) -> Sequence[int]:
        """Return them with all occurrences meant where no index is written, as ``delete`` and ``split`` want it."""
        return self._find_every(env, view, scope)

    def spots(self, env: Env, view: View, scope: Scope) -> list[Spot]:
        """Return the places that are there and that it names; a plain path names its place also where it is empty."""
        path = self.path
        found: list[Spot] = []
        for position in self._find(env, view, scope):
            if path.field == EVERY:
                found.extend(_filled(position, view))
            elif path.field is not None:
                fields = view.fields(position)
                raw = fields[path.field] if path.field < len(fields) else ""
                for number, _ in self._repeats(env, scope, position, raw):
                    spot = Spot(position, path.field, number or None, path.component, path.subcomponent)
                    found.append(spot)
        env.budget.spend(len(found))
        return found


def compile_path(source: Source, vocabulary: Vocabulary, problems: Problems) -> CompiledPath | None:
    """Return the path that *source* is, or None after telling *problems* what is wrong with it."""
    node = None if has_formula_sign(source, problems) else bound(source, vocabulary, problems, _bind_path)
    if not isinstance(node, Read):
        return None
    return _compiled(source, node)


def raw_at(view: View, spot: Spot) -> str:
    """Return the raw text that stands at *spot*; '' where nothing does."""
    fields, delimiters = view.fields(spot.position), view.delimiters
    raw = fields[spot.field] if spot.field < len(fields) else ""
    if spot.repetition is not None:
        raw = part(raw, delimiters.repetition, spot.repetition)
    if spot.component is not None:
        raw = part(raw, delimiters.component, spot.component)
    return raw if spot.subcomponent is None else part(raw, delimiters.subcomponent, spot.subcomponent)


def _compiled(source: Source, node: Read) -> CompiledPath:
    compiler = Compiler(source)
    predicates = Predicates(
        compiler.truth(node.which_segment) if node.which_segment else None,
        compiler.truth(node.which_repetition) if node.which_repetition else None,
    )
    path = node.path
    every = replace(path, occurrence=ALL) if isinstance(path.occurrence, First) else path
    return CompiledPath(
        path,
        source.place,
        segments_read(node),
        needs_of(node),
        selects_list(path) or path.field == EVERY,
        node,
        finder(path, predicates.segment),
        finder(every, predicates.segment),
        repetition_reader(path, predicates.repetition),
    )


def _bind_path(binder: Binder, node: Node) -> Node:
    if not isinstance(node, Written):
        binder.tell(node.start, "not-a-path", "a path is expected here", "for example PID-5, PID-3[2].1 or OBX")
        return node
    path = binder.numbered(node.path, node.start)
    if path.root.value:
        hint = f"leave out '{path.root.value}.': the step says which message is meant"
        binder.tell(node.start, "root-not-here", "this path needs no root", hint)
    return binder.bind_path(node, path)


def _filled(position: int, view: View) -> Iterator[Spot]:
    """Yield every leaf of a segment in which something stands; the delimiters of a header are no leaves."""
    delimiters = view.delimiters
    fields = view.fields(position)
    first = 3 if fields[0] in HEADERS else 1
    for number, field in enumerate(fields[first:], first):
        for repetition, raw in enumerate(field.split(delimiters.repetition) if field else (), 1):
            for component, inner in enumerate(raw.split(delimiters.component), 1):
                leaves = inner.split(delimiters.subcomponent) if delimiters.subcomponent else [inner]
                for subcomponent, leaf in enumerate(leaves, 1):
                    if leaf:
                        yield Spot(position, number, repetition, component, subcomponent)
