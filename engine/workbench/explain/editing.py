"""Edits a message so that one comparison answers otherwise; each edit is tried on the comparison before it counts."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

from engine.errors import Hl7Error
from engine.expression import Env, Spot, WholeMessage, raw_at
from engine.expression.compiler import Compiler, Source
from engine.expression.paths import finder, repetition_reader
from engine.expression.syntax import Compare, Constant, Logic, Node, Piece, Read
from engine.hl7.builder import Builder
from engine.hl7.message import Message, Reading
from engine.hl7.path import Number
from engine.mapping.groups import Groups
from engine.mapping.literals import read_literal
from engine.mapping.output import Output, Start
from engine.mapping.whole_output import WholeOutput
from engine.problems import Place
from engine.workbench.explain.flipping import Flip, answered
from engine.workbench.explain.guesses import Guess, Origin, guesses, reads_in

MOST_TRIES = 600
MOST_EDITS = 6
"""Different edits tried for one comparison."""
_MOST_ADDED = 3
_MOST_TARGETS = 12


@dataclass(frozen=True, slots=True)
class Change:
    """A comparison that now answers otherwise, and what was written for it."""

    words: str
    place: Place | None
    """None: it is no comparison of a route, but what the listener takes."""
    answer: bool
    path: str
    """Where it was written: ``OBX[2]-11``, or the segment that was added or removed."""
    value: str = field(repr=False)
    origin: Origin = Origin.RULES


@dataclass(frozen=True, slots=True)
class Edited:
    """A message that was changed."""

    payload: bytes = field(repr=False)
    change: Change


@dataclass(frozen=True, slots=True)
class _Target:
    """Where to write: a spot of the message, or of a segment that is added for it."""

    spot: Spot
    segment: str
    added: bool = False
    also: tuple[tuple[tuple[int, ...], str], ...] = ()
    """What else a new segment or repetition has to hold, so that a predicate means it."""


def surroundings(env: Env, message: Message) -> Env:
    """Return what *env* is, for another message."""
    return Env(message, env.moment, WholeMessage(message), env.tables, env.destination)


def edits(flip: Flip, env: Env, reading: Reading) -> Iterator[Edited]:
    """Yield changed messages of which the comparison answers what is wanted."""
    found = 0
    for payload, path, guess in islice(_tries(flip, env), MOST_TRIES):
        try:
            after = surroundings(env, Message.parse(payload, reading))
        except Hl7Error:
            continue
        leaf = flip.leaf
        if answered(leaf.node, leaf.source, after, leaf.position) is flip.wanted:
            yield Edited(payload, Change(leaf.words, leaf.place, flip.wanted, path, guess.text, guess.origin))
            found += 1
            if found >= MOST_EDITS:
                return


def _tries(flip: Flip, env: Env) -> Iterator[tuple[bytes, str, Guess]]:
    leaf, message = flip.leaf, env.message
    for read in reads_in(leaf.node):
        if isinstance(read, Read) and read.path.field is None:
            yield from _segments(read, message)
            continue
        targets = list(islice(_targets(read, leaf.source, leaf.position, env), _MOST_TARGETS))
        chosen = [[each] for each in targets] + ([targets] if len(targets) > 1 else [])
        for guess in guesses(leaf.node, env, _others(leaf.node, leaf.source, env)):
            for some in chosen:
                for whole in (False, True):
                    payload = _written(message, some, guess.text, whole)
                    if payload is not None and payload != message.payload:
                        yield payload, ", ".join(_path(each, message) for each in some), guess


def _segments(read: Read, message: Message) -> Iterator[tuple[bytes, str, Guess]]:
    """Add the segment, or take all of its kind away."""
    name, builder = read.path.segment, Builder.copying(message)
    positions = message.positions(name)
    output = Output(builder, Start.COPY)
    for count in range(1, _MOST_ADDED + 1):
        WholeOutput(output, Groups(message)).create(name)
        yield builder.encode(), f"{name} added" + (f" {count} times" if count > 1 else ""), Guess("")
    if positions and name != "MSH":
        builder = Builder.copying(message)
        builder.remove_segments(positions)
        yield builder.encode(), f"{name} removed", Guess("")


def _targets(read: Read | Piece, source: Source, position: int | None, env: Env) -> Iterator[_Target]:
    if isinstance(read, Piece):
        if position is not None and read.of_segment:
            number, component, subcomponent = (*read.numbers, None, None)[:3]
            spot = Spot(position, number or 0, 1, component, subcomponent)
            yield _Target(spot, env.message.names[position])
        return
    path, plain, message = read.path, Compiler(source), env.message
    segment_where = plain.truth(read.which_segment) if read.which_segment else None
    repetition_where = plain.truth(read.which_repetition) if read.which_repetition else None
    also = _demanded(read.which_repetition)
    for at in finder(path, segment_where)(env, message, env.scope):
        fields = message.fields(at)
        raw = fields[path.field] if path.field is not None and path.field < len(fields) else ""
        found = repetition_reader(path, repetition_where)(env, env.scope, at, raw)
        for number, _ in found:
            yield _Target(Spot(at, path.field or 0, number or 1, path.component, path.subcomponent), path.segment)
        if not found and also is not None:
            following = raw.count(message.delimiters.repetition) + 2 if raw else 1
            number = path.repetition.number if isinstance(path.repetition, Number) else following
            spot = Spot(at, path.field or 0, number, path.component, path.subcomponent)
            yield _Target(spot, path.segment, also=also)
    if read.which_segment is not None or not message.positions(path.segment):
        demanded = _demanded(read.which_segment)
        if demanded is not None and also is not None:
            held = tuple((numbers, text) for numbers, text in demanded)
            held += tuple(((path.field or 0, *numbers), text) for numbers, text in also)
            spot = Spot(-1, path.field or 0, 1, path.component, path.subcomponent)
            yield _Target(spot, path.segment, added=True, also=held)


def _demanded(predicate: Node | None) -> tuple[tuple[tuple[int, ...], str], ...] | None:
    """Return what a predicate wants to stand where; None where it says more than that parts are equal to texts."""
    if predicate is None:
        return ()
    if isinstance(predicate, Logic) and predicate.word == "and":
        parts = [_demanded(each) for each in predicate.operands]
        return None if None in parts else tuple(each for part in parts if part is not None for each in part)
    if isinstance(predicate, Compare) and predicate.sign == "==" and not predicate.negated:
        left, right = predicate.left, predicate.right
        if isinstance(left, Piece) and isinstance(right, Constant) and isinstance(right.value, str):
            return ((left.numbers, right.value),)
    return None


def _written(message: Message, targets: Sequence[_Target], text: str, whole: bool) -> bytes | None:  # noqa: FBT001
    """Return the message with *text* at the targets; None where it cannot stand there."""
    builder = Builder.copying(message)
    try:
        for target in targets:
            _write(builder, message, target, text, whole)
        return builder.encode()
    except Hl7Error:
        return None


def _write(builder: Builder, message: Message, target: _Target, text: str, whole: bool) -> None:  # noqa: FBT001
    spot = target.spot
    position, repetition = spot.position, spot.repetition or 1
    if target.added:
        position = WholeOutput(Output(builder, Start.COPY), Groups(message)).create(target.segment)
    for numbers, demanded in target.also:
        field_number, component, subcomponent = (*(numbers if target.added else (spot.field, *numbers)), None, None)[:3]
        _put(builder, Spot(position, field_number or 0, repetition, component, subcomponent), demanded)
    component = spot.component if whole or spot.component else 1
    _put(builder, Spot(position, spot.field, repetition, component, spot.subcomponent), text)


def _put(builder: Builder, spot: Spot, text: str) -> None:
    raw = read_literal(text).raw(builder.delimiters)
    if spot.component is None and spot.repetition in {None, 1}:
        builder.set_field(spot.position, spot.field, raw)
    else:
        component, subcomponent = spot.component, spot.subcomponent
        builder.set_leaf(spot.position, spot.field, spot.repetition or 1, component, subcomponent, raw)


def _others(node: Node, source: Source, env: Env) -> Iterator[str]:
    """Yield what stands at the paths of the comparison: one side may be made like the other."""
    for read in reads_in(node):
        if isinstance(read, Read) and read.path.field is not None:
            yield from _texts(read, source, env)


def _texts(read: Read, source: Source, env: Env) -> Iterable[str]:
    for target in _targets(read, source, None, env):
        if not target.added and (raw := raw_at(env.message, target.spot)):
            yield raw


def _path(target: _Target, message: Message) -> str:
    spot, name = target.spot, target.segment
    if target.added:
        which = f"{name}[{len(message.positions(name)) + 1}]" if message.positions(name) else name
    else:
        positions = message.positions(name)
        which = f"{name}[{list(positions).index(spot.position) + 1}]" if len(positions) > 1 else name
    repetition = f"[{spot.repetition}]" if spot.repetition and spot.repetition > 1 else ""
    parts = "".join(f".{each}" for each in (spot.component, spot.subcomponent) if each is not None)
    return f"{which}-{spot.field}{repetition}{parts}"
