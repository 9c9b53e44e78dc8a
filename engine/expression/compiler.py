"""From a bound tree to closures over Env. What a node gives is known beforehand, so no closure asks what it holds."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Protocol, cast

from engine.errors import RuleFailed
from engine.expression import comparisons
from engine.expression.environment import Env, Stored, number_text, text_of
from engine.expression.paths import (
    NO_PREDICATES,
    Predicates,
    finder,
    part,
    raw_reader,
    raws_reader,
    text_reader,
    view_of,
)
from engine.expression.raws import NULL, each_leaf, is_filled, leaf_text
from engine.expression.registry import Takes
from engine.expression.syntax import (
    Compare,
    Constant,
    Here,
    Invoke,
    Join,
    Kind,
    Let,
    Logic,
    Node,
    Not,
    Piece,
    Read,
    Value,
    kind_of,
)
from engine.hl7.path import ALL, First
from engine.problems import Place

Text = Callable[[Env], str]
Texts = Callable[[Env], list[str]]
Truth = Callable[[Env], bool]
Values = Callable[[Env], Value]
Anything = Callable[[Env], object]


class Source(Protocol):
    """A text of the rules that knows where in its file each character stands."""

    @property
    def text(self) -> str: ...
    @property
    def place(self) -> Place: ...
    def place_of(self, offset: int, /) -> Place: ...


class Compiler:
    """Makes closures for the hot path; ``watched`` is where the tracing one listens."""

    def __init__(self, source: Source) -> None:
        self.source = source

    def truth(self, node: Node) -> Truth:
        """Compile a node that is true or false."""
        match node:
            case Logic():
                return _joined(node.word, [self.truth(each) for each in node.operands])
            case Not():
                operand = self.truth(node.operand)
                return lambda env: not operand(env)
            case _:
                return self.clause(node, self._question(node))

    def clause(self, _node: Node, closure: Truth) -> Truth:
        """Take note of a clause; here: none."""
        return closure

    def shape(self, node: Compare) -> Truth | None:
        """Return a closure for a frequent shape of comparison, or None for the general one."""
        return comparisons.shape(self, node)

    def watched(self, _node: Node, closure: Anything) -> Anything:
        """Take note of what a node gave; here: none."""
        return closure

    def text(self, node: Node) -> Text:
        """Compile a node where text is needed: null is '', a list its first element."""
        return cast("Text", self.watched(node, self._text(node)))

    def value(self, node: Node) -> Values:
        """Compile a node where one value is needed, null included."""
        return cast("Values", self.watched(node, self._value(node)))

    def raw(self, node: Node) -> Text:
        """Compile a PATH where its raw text is needed."""
        return cast("Text", self.watched(node, self._raw(node)))

    def raws(self, node: Node) -> Texts:
        """Compile a PATH or PATHS where its raw texts are needed."""
        if kind_of(node) is Kind.PATH:
            one = self.raw(node)
            return lambda env: [one(env)]
        return cast("Texts", self.watched(node, self._raws(node)))

    def texts(self, node: Node) -> Texts:
        """Compile a node where a list of texts is needed; a single value is a list of one, '' of none."""
        match kind_of(node):
            case Kind.LIST:
                return cast("Texts", self.watched(node, self._list(node)))
            case Kind.PATHS:
                raws = self.raws(node)
                return lambda env: [_without_null(leaf_text(raw, env.message)) for raw in raws(env)]
            case _:
                one = self.text(node)
                return lambda env: [text] if (text := one(env)) else []

    def stored(self, node: Node) -> Callable[[Env], Stored]:
        """Compile what a let keeps of *node*, which ``Let`` nodes of the same kind read back."""
        match kind_of(node):
            case Kind.TRUTH:
                return self.truth(node)
            case Kind.PATH:
                return self.raw(node)
            case Kind.PATHS:
                return self.raws(node)
            case Kind.LIST:
                return self.texts(node)
            case _:
                return self.value(node)

    def _question(self, node: Node) -> Truth:
        match node:
            case Constant():
                answer = node.value is True
                return lambda _: answer
            case Let():
                name = node.name
                return lambda env: env.lets.get(name) is True
            case Compare():
                return self.shape(node) or comparisons.general(self, node)
            case Invoke() if node.function.name == "exists":
                return self._exists(node.arguments[0])
            case Invoke() if node.function.name == "if":
                condition, one, other = (self.truth(each) for each in node.arguments)
                return lambda env: one(env) if condition(env) else other(env)
            case Invoke():
                return cast("Truth", self._call(node))
            case _:
                raise AssertionError(f"{type(node).__name__} is no condition")

    def _text(self, node: Node) -> Text:
        kind = kind_of(node)
        if isinstance(node, Constant):
            text = node.written or text_of(node.value)
            return lambda _: text
        if isinstance(node, Join):
            return self._join(node)
        if kind is Kind.PATH:
            leaf = self._leaf(node)
            return lambda env: _without_null(leaf(env))
        if kind in (Kind.PATHS, Kind.LIST):
            texts = self.texts(node)
            return lambda env: next(iter(texts(env)), "")
        if kind is Kind.TEXT and isinstance(node, Invoke) and node.function.run:
            return cast("Text", self._call(node))
        value = self._value(node)
        return lambda env: text_of(value(env))

    def _value(self, node: Node) -> Values:
        kind = kind_of(node)
        match node:
            case Constant():
                constant = node.value
                return lambda _: constant
            case Let() if kind in (Kind.TEXT, Kind.NUMBER, Kind.ANY, Kind.NULL):
                name = node.name
                return lambda env: cast("Value", env.lets.get(name, ""))
            case Invoke() if node.function.name == "if" and kind is not Kind.LIST:
                return self._if(node)
            case Invoke() if node.function.name == "coalesce":
                return self._coalesce(node)
            case Invoke() if node.function.name == "count":
                return self._count(node.arguments[0])
            case Invoke() if kind in (Kind.NUMBER, Kind.ANY):
                return cast("Values", self._call(node))
        if kind is Kind.PATH:
            leaf = self._leaf(node)
            return lambda env: None if (text := leaf(env)) == NULL else text
        return self._text(node)

    def leaf(self, node: Node) -> Text:
        """Compile the first leaf of a PATH, null as it is written."""
        return cast("Text", self.watched(node, self._leaf(node)))

    def _leaf(self, node: Node) -> Text:
        if isinstance(node, Read):
            return text_reader(node.path, self._predicates(node))
        if isinstance(node, Invoke):
            leaf, change = self.leaf(node.arguments[0]), self._leaf_change(node)
            return lambda env: text if (text := leaf(env)) == NULL else change(env)(text)
        raw = self._raw(node)
        return lambda env: leaf_text(raw(env), env.message)

    def _raw(self, node: Node) -> Text:
        match node:
            case Read():
                return raw_reader(node.path, self._predicates(node))
            case Here():
                return lambda env: env.value
            case Let():
                name = node.name
                return lambda env: cast("str", env.lets.get(name, ""))
            case Piece():
                return _piece(node)
            case Invoke():
                raw, change = self.raw(node.arguments[0]), self._leaf_change(node)
                return lambda env: each_leaf(raw(env), env.message, change(env))
            case _:
                raise AssertionError(f"{type(node).__name__} has no raw text")

    def _raws(self, node: Node) -> Texts:
        match node:
            case Read():
                return raws_reader(node.path, self._predicates(node))
            case Let():
                name = node.name
                return lambda env: cast("list[str]", env.lets.get(name, []))
            case Invoke():
                raws, change = self.raws(node.arguments[0]), self._leaf_change(node)
                return lambda env: _each_changed(raws(env), env, change(env))
            case _:
                raise AssertionError(f"{type(node).__name__} has no raw texts")

    def _list(self, node: Node) -> Texts:
        match node:
            case Let():
                name = node.name
                return lambda env: cast("list[str]", env.lets.get(name, []))
            case Invoke() if node.function.name == "if":
                condition = self.truth(node.arguments[0])
                one, other = self.texts(node.arguments[1]), self.texts(node.arguments[2])
                return lambda env: one(env) if condition(env) else other(env)
            case Invoke():
                return cast("Texts", self._call(node))
            case _:
                raise AssertionError(f"{type(node).__name__} is no list")

    def _predicates(self, node: Read) -> Predicates:
        """Compile the questions in brackets; they are asked too often to be traced."""
        if node.which_segment is None and node.which_repetition is None:
            return NO_PREDICATES
        plain = Compiler(self.source)
        return Predicates(
            plain.truth(node.which_segment) if node.which_segment else None,
            plain.truth(node.which_repetition) if node.which_repetition else None,
        )

    def _join(self, node: Join) -> Text:
        operands = [self.text(each) for each in node.operands]

        def joined(env: Env) -> str:
            text = "".join([operand(env) for operand in operands])
            env.budget.grow(len(text))
            return text

        return joined

    def _if(self, node: Invoke) -> Values:
        condition = self.truth(node.arguments[0])
        one, other = self.value(node.arguments[1]), self.value(node.arguments[2])
        return lambda env: one(env) if condition(env) else other(env)

    def _coalesce(self, node: Invoke) -> Values:
        values = [self.value(each) for each in node.arguments]

        def first_filled(env: Env) -> Value:
            for value in values:
                found = value(env)
                if found is not None and found != "":
                    return found
            return ""

        return first_filled

    def _exists(self, node: Node) -> Truth:
        match kind_of(node):
            case Kind.SEGMENT:
                positions = self._positions(node)
                return lambda env: len(positions(env)) > 0
            case Kind.PATH:
                raw = self.raw(node)
                return lambda env: is_filled(raw(env), env.message.delimiters)
            case Kind.PATHS:
                raws = self.raws(node)
                return lambda env: any(is_filled(raw, env.message.delimiters) for raw in raws(env))
            case Kind.LIST:
                texts = self.texts(node)
                return lambda env: any(texts(env))
            case _:
                text = self.text(node)
                return lambda env: bool(text(env))

    def _count(self, node: Node) -> Callable[[Env], int]:
        if kind_of(node) is Kind.SEGMENT:
            positions = self._positions(node)
            return lambda env: len(positions(env))
        if kind_of(node) is Kind.PATH and isinstance(node, Read) and node.path.component is None:
            if isinstance(node.path.repetition, First):
                every = replace(node, path=replace(node.path, repetition=ALL), kind=Kind.PATHS)
                return self._count_in_turn(node, self.raws(every))
        if kind_of(node) in (Kind.PATHS, Kind.LIST):
            elements = self.raws(node) if kind_of(node) is Kind.PATHS else self.texts(node)
            return lambda env: len(elements(env))
        exists = self._exists(node)
        return lambda env: int(exists(env))

    def _count_in_turn(self, node: Read, raws: Texts) -> Callable[[Env], int]:
        """In a loop over repetitions of this very field the path means one of them."""
        segment, number = node.path.segment, node.path.field or 0

        def count(env: Env) -> int:
            positions = env.scope.positions(segment)
            if positions and env.scope.repetition(positions[0], number) is not None:
                return 1
            return len(raws(env))

        return count

    def _positions(self, node: Node) -> Callable[[Env], Sequence[int]]:
        assert isinstance(node, Read)
        path = node.path
        if isinstance(path.occurrence, First):
            path = replace(path, occurrence=ALL)
        find, root = finder(path, self._predicates(node).segment), path.root

        def positions(env: Env) -> Sequence[int]:
            seen = view_of(env, root)
            return () if seen is None else find(env, *seen)

        return cast("Callable[[Env], Sequence[int]]", self.watched(node, positions))

    def _leaf_change(self, node: Invoke) -> Callable[[Env], Callable[[str], str]]:
        """Compile a function that keeps structure to what it does to one leaf."""
        run = node.function.run
        assert run is not None
        rest = [self._argument(node, index) for index in range(1, len(node.arguments))]

        def change(env: Env) -> Callable[[str], str]:
            others = [argument(env) for argument in rest]
            return lambda leaf: cast("str", run(env, leaf, *others))

        return change

    def _argument(self, node: Invoke, index: int) -> Anything:
        parameter, argument = node.function.parameter(index), node.arguments[index]
        assert parameter is not None
        match parameter.takes:
            case Takes.LITERAL:
                prepared = node.prepared[index]
                return lambda _: prepared
            case Takes.LIST:
                return self.texts(argument)
            case Takes.NUMBER:
                return self._number(argument, parameter.name)
            case Takes.TRUTH:
                return self.truth(argument)
            case _:
                return self.text(argument)

    def _number(self, node: Node, name: str) -> Anything:
        if isinstance(node, Constant):
            constant = node.value
            return lambda _: constant
        value = self.value(node)

        def number(env: Env) -> object:
            found = comparisons.as_number(value(env))
            if found is None:
                raise RuleFailed("not-a-number", f"{name} is {text_of(value(env))!r}")
            return found

        return number

    def _call(self, node: Invoke) -> Anything:
        """Compile a call of plain Python; a failure learns where in the rules it happened."""
        run = node.function.run
        assert run is not None, node.function.name
        place = self.source.place_of(node.start)
        arguments = [self._argument(node, index) for index in range(len(node.arguments))]
        if len(arguments) == 1:
            only = arguments[0]

            def call_with_one(env: Env) -> object:
                try:
                    return run(env, only(env))
                except RuleFailed as failure:
                    failure.at(place)
                    raise

            return call_with_one

        def call(env: Env) -> object:
            try:
                return run(env, *[argument(env) for argument in arguments])
            except RuleFailed as failure:
                failure.at(place)
                raise

        return call


def _joined(word: str, operands: list[Truth]) -> Truth:
    if len(operands) == 2:
        one, other = operands
        if word == "and":
            return lambda env: one(env) and other(env)
        return lambda env: one(env) or other(env)
    if word == "and":
        return lambda env: all(operand(env) for operand in operands)
    return lambda env: any(operand(env) for operand in operands)


def _piece(node: Piece) -> Text:
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


def _each_changed(raws: list[str], env: Env, change: Callable[[str], str]) -> list[str]:
    return [each_leaf(raw, env.message, change) for raw in raws]


def _without_null(text: str) -> str:
    return "" if text == NULL else text


__all__ = ["Compiler", "Source", "Text", "Texts", "Truth", "number_text"]
