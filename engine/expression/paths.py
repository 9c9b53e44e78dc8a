"""From a bound path to closures that read it: positions of segments, raw texts, and the decoded first leaf."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from engine.expression.environment import Env, Scope, WholeMessage
from engine.expression.raws import leaf_text
from engine.expression.syntax import Piece
from engine.hl7.delimiters import HEADERS, Delimiters
from engine.hl7.escapes import unescape
from engine.hl7.message import View
from engine.hl7.path import ALL, First, Number, Path, Root, Where

ReadText = Callable[[Env], str]
ReadTexts = Callable[[Env], list[str]]
Ask = Callable[[Env], bool]
Cut = Callable[[str, Delimiters], str]


class Finds(Protocol):
    """Which segments a path means, in a view as far as a scope shows it."""

    def __call__(self, env: Env, view: View, scope: Scope, /) -> Sequence[int]: ...


@dataclass(frozen=True, slots=True)
class Predicates:
    """The compiled questions in the brackets of a path."""

    segment: Ask | None = None
    repetition: Ask | None = None


NO_PREDICATES = Predicates()


def view_of(env: Env, root: Root) -> tuple[View, Scope] | None:
    """Return what *root* reads from and how much of it; None when there is no such message."""
    match root:
        case Root.MESSAGE:
            return env.message, env.scope
        case Root.OUT:
            view, scope = env.out, env.out_scope
        case Root.KNOWN:
            return None if env.index is None else (view := env.index.view, WholeMessage(view))
    return None if view is None else (view, scope or WholeMessage(view))


def finder(path: Path, predicate: Ask | None) -> Finds:
    """Return a closure giving the positions of the segments that *path* selects."""
    name = path.segment
    match path.occurrence:
        case First():
            return lambda _env, _view, scope: scope.positions(name)[:1]
        case Number(number):
            return lambda _env, _view, scope: scope.positions(name)[number - 1 : number]
        case Where() if predicate is not None:
            return _segments_where(name, predicate)
        case _:
            return lambda _env, _view, scope: scope.positions(name)


def text_reader(path: Path, predicates: Predicates) -> ReadText:
    """Return a closure giving the decoded first leaf of a path that is no list; null as it is written."""
    if path.root is Root.MESSAGE and isinstance(path.occurrence, First) and isinstance(path.repetition, First):
        if path.segment in HEADERS and path.field in (1, 2):
            return raw_reader(path, predicates)
        return _leaf_of_first(path.segment, path.field or 0, path.component or 1, path.subcomponent or 1)
    read = raw_reader(path, predicates)
    return lambda env: leaf_text(read(env), env.message)


def raw_reader(path: Path, predicates: Predicates) -> ReadText:
    """Return a closure giving the raw text of a path that is no list: all repetitions where none is named."""
    read = raws_reader(path, predicates)

    def raw(env: Env) -> str:
        found = read(env)
        return found[0] if found else ""

    if path.root is Root.MESSAGE and isinstance(path.occurrence, First) and isinstance(path.repetition, First):
        return _raw_of_first(path.segment, path.field or 0, cutter(path))
    return raw


def raws_reader(path: Path, predicates: Predicates) -> ReadTexts:
    """Return a closure giving the raw texts of a path, in message order."""
    find = finder(path, predicates.segment)
    repetitions = repetition_reader(path, predicates.repetition)
    cut = cutter(path)
    root, number = path.root, path.field or 0

    def read(env: Env) -> list[str]:
        seen = view_of(env, root)
        if seen is None:
            return []
        view, scope = seen
        delimiters = view.delimiters
        found: list[str] = []
        for position in find(env, view, scope):
            fields = view.fields(position)
            raw = fields[number] if number < len(fields) else ""
            for _, repetition in repetitions(env, scope, position, raw):
                found.append(cut(repetition, delimiters))
        env.budget.spend(len(found))
        return found

    return read


class Repeats(Protocol):
    """Which repetitions a path means in one raw field, with their numbers; 0 stands for the whole field."""

    def __call__(self, env: Env, scope: Scope, position: int, raw: str, /) -> Sequence[tuple[int, str]]: ...


def repetition_reader(path: Path, predicate: Ask | None) -> Repeats:
    """Return a closure giving the repetitions that *path* selects."""
    match path.repetition:
        case First():
            return _first_repetition(path)
        case Number(number):
            return lambda env, _scope, _position, raw: _repetitions(raw, env)[number - 1 : number]
        case Where() if predicate is not None:
            return _repetitions_where(predicate)
        case _:
            return lambda env, _scope, _position, raw: _repetitions(raw, env)


def cutter(path: Path) -> Cut:
    """Return what takes the component and subcomponent of *path* out of a raw repetition."""
    component, subcomponent = path.component, path.subcomponent
    if component is None:
        return _whole
    if path.segment in HEADERS and path.field in (1, 2):
        return lambda raw, _: raw if component == 1 and subcomponent in (None, 1) else ""
    if subcomponent is None:
        return lambda raw, delimiters: part(raw, delimiters.component, component)
    return lambda raw, delimiters: part(
        part(raw, delimiters.component, component), delimiters.subcomponent, subcomponent
    )


def piece_reader(node: Piece) -> ReadText:
    """Return a closure giving the raw text of a part of what a predicate is asked about."""
    first, *rest = node.numbers
    if not node.of_segment:
        rest = [first, *rest]

    def read(env: Env) -> str:
        delimiters, raw = env.message.delimiters, env.chosen
        if isinstance(raw, list):
            raw = raw[first] if first < len(raw) else ""
            if rest:
                raw = raw.partition(delimiters.repetition)[0]
        if rest:
            raw = part(raw, delimiters.component, rest[0])
        return part(raw, delimiters.subcomponent, rest[1]) if len(rest) > 1 else raw

    return read


def _whole(raw: str, _delimiters: Delimiters) -> str:
    return raw


def part(raw: str, delimiter: str, number: int) -> str:
    """Return part *number* of *raw*, counted from 1; '' where there is none."""
    if not delimiter:
        return raw if number == 1 else ""
    if number == 1:
        return raw.partition(delimiter)[0]
    parts = raw.split(delimiter, number)
    return parts[number - 1] if number <= len(parts) else ""


def _raw_of_first(segment: str, number: int, cut: Cut) -> ReadText:
    uncut = cut is _whole

    def read(env: Env) -> str:
        scope = env.scope
        if scope.__class__ is WholeMessage:
            raw = env.message.field(segment, number)
            return raw if uncut or not raw else cut(raw, env.message.delimiters)
        positions = scope.positions(segment)
        if not positions:
            return ""
        position = positions[0]
        fields = env.message.fields(position)
        if number >= len(fields):
            return ""
        raw = fields[number]
        chosen = scope.repetition(position, number)
        if chosen is not None:
            raw = part(raw, env.message.delimiters.repetition, chosen)
        return raw if uncut else cut(raw, env.message.delimiters)

    return read


def _leaf_of_first(segment: str, number: int, component: int, subcomponent: int) -> ReadText:
    """The most frequent path of all, with everything in one place."""
    if segment == "MSH":
        return _header_leaf(number, component, subcomponent)
    return _leaf_of(segment, number, component, subcomponent)


def _header_leaf(number: int, component: int, subcomponent: int) -> ReadText:
    """Every condition of every route asks for the same few leaves of the MSH: the message remembers them."""
    place, in_turn = (number, component, subcomponent), _leaf_of("MSH", number, component, subcomponent)

    def read(env: Env) -> str:
        return env.message.header_value(place) if env.scope.__class__ is WholeMessage else in_turn(env)

    return read


def _leaf_of(segment: str, number: int, component: int, subcomponent: int) -> ReadText:
    outermost = component == subcomponent == 1
    raw_of_turn = _raw_of_first(segment, number, _whole)

    def read(env: Env) -> str:
        message = env.message
        whole = env.scope.__class__ is WholeMessage
        raw = message.field(segment, number) if whole else raw_of_turn(env)
        if not raw or raw.isalnum():
            return raw if outermost else ""
        delimiters = message.delimiters
        if delimiters.repetition in raw:
            raw = raw.partition(delimiters.repetition)[0]
        if component == 1:
            raw = raw.partition(delimiters.component)[0]
        else:
            parts = raw.split(delimiters.component, component)
            if component > len(parts):
                return ""
            raw = parts[component - 1]
        if subcomponent > 1 or (delimiters.subcomponent and delimiters.subcomponent in raw):
            raw = part(raw, delimiters.subcomponent, subcomponent)
        mark = delimiters.escape
        return unescape(raw, delimiters, message.codec) if mark and mark in raw else raw

    return read


def _segments_where(name: str, predicate: Ask) -> Finds:
    def find(env: Env, view: View, scope: Scope) -> Sequence[int]:
        positions = scope.positions(name)
        env.budget.spend(len(positions))
        before, found = env.chosen, []
        try:
            for position in positions:
                env.chosen = view.fields(position)
                if predicate(env):
                    found.append(position)
        finally:
            env.chosen = before
        return found

    return find


def _first_repetition(path: Path) -> Repeats:
    number, whole = path.field or 0, path.component is None

    def read(env: Env, scope: Scope, position: int, raw: str) -> Sequence[tuple[int, str]]:
        chosen = scope.repetition(position, number)
        if chosen is not None:
            return ((chosen, part(raw, env.message.delimiters.repetition, chosen)),)
        if whole:
            return ((0, raw),)
        if path.segment in HEADERS and number in (1, 2):
            return ((1, raw),)
        return ((1, raw.partition(env.message.delimiters.repetition)[0]),)

    return read


def _repetitions_where(predicate: Ask) -> Repeats:
    def read(env: Env, _scope: Scope, _position: int, raw: str) -> Sequence[tuple[int, str]]:
        before, found = env.chosen, []
        try:
            for number, repetition in _repetitions(raw, env):
                env.chosen = repetition
                if predicate(env):
                    found.append((number, repetition))
        finally:
            env.chosen = before
        return found

    return read


def _repetitions(raw: str, env: Env) -> Sequence[tuple[int, str]]:
    if not raw:
        return ()
    repetitions = raw.split(env.message.delimiters.repetition)
    env.budget.spend(len(repetitions))
    return tuple(enumerate(repetitions, 1))


def selects_list(path: Path) -> bool:
    """Whether *path* gives a list: ``[*]`` or a predicate stands in it."""
    return any(selector is ALL or isinstance(selector, Where) for selector in (path.occurrence, path.repetition))
