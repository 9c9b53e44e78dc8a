"""From a bound tree to closures over Env. What a node gives is known beforehand, so no closure asks what it holds."""

from collections.abc import Callable
from typing import Protocol, cast

from engine.expression import asking, comparisons, invoking
from engine.expression.closures import Anything, Text, Texts, Truth, Values
from engine.expression.environment import Env, Stored, text_of
from engine.expression.paths import (
    NO_PREDICATES,
    Predicates,
    piece_reader,
    raw_reader,
    raws_reader,
    text_reader,
)
from engine.expression.raws import NULL, each_leaf, leaf_text
from engine.expression.registry import Function, Run
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
from engine.problems import Place


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

    def runs(self, function: Function) -> Run:
        """Return the Python behind a function; the tracing one asks it which row of a table it used."""
        return function.run

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
                return asking.exists(self, node.arguments[0])
            case Invoke() if node.function.name == "if":
                condition, one, other = (self.truth(each) for each in node.arguments)
                return lambda env: one(env) if condition(env) else other(env)
            case Invoke():
                return cast("Truth", invoking.call(self, node))
            case _:
                raise AssertionError(f"{type(node).__name__} is no condition")

    def _text(self, node: Node) -> Text:  # noqa: PLR0911  one line per kind of node
        kind = kind_of(node)
        if isinstance(node, Constant):
            text = node.written or text_of(node.value)
            return lambda _: text
        if isinstance(node, Join):
            return self._join(node)
        if isinstance(node, Let) and kind is Kind.TEXT:
            name = node.name
            return cast("Text", lambda env: env.lets.get(name, ""))
        if kind is Kind.PATH:
            leaf = self._leaf(node)
            return lambda env: "" if (text := leaf(env)) == NULL else text
        if kind in (Kind.PATHS, Kind.LIST):
            texts = self.texts(node)
            return lambda env: next(iter(texts(env)), "")
        if kind is Kind.TEXT and isinstance(node, Invoke) and not node.function.has_own_form:
            return cast("Text", invoking.call(self, node))
        value = self._value(node)
        return lambda env: text_of(value(env))

    def _value(self, node: Node) -> Values:  # noqa: PLR0911  one line per kind of node
        kind = kind_of(node)
        match node:
            case Constant():
                constant = node.value
                return lambda _: constant
            case Let() if kind in (Kind.TEXT, Kind.NUMBER, Kind.ANY, Kind.NULL):
                name = node.name
                return cast("Values", lambda env: env.lets.get(name, ""))
            case Invoke() if node.function.name == "if" and kind is not Kind.LIST:
                return self._if(node)
            case Invoke() if node.function.name == "coalesce":
                return self._coalesce(node)
            case Invoke() if node.function.name == "count":
                return asking.count(self, node.arguments[0])
            case Invoke() if kind in (Kind.NUMBER, Kind.ANY):
                return cast("Values", invoking.call(self, node))
        if kind is Kind.PATH:
            leaf = self._leaf(node)
            return lambda env: None if (text := leaf(env)) == NULL else text
        return self._text(node)

    def leaf(self, node: Node) -> Text:
        """Compile the first leaf of a PATH, null as it is written."""
        return cast("Text", self.watched(node, self._leaf(node)))

    def _leaf(self, node: Node) -> Text:
        if isinstance(node, Read):
            return text_reader(node.path, self.predicates(node))
        if isinstance(node, Invoke) and node.function.keeps_structure:
            leaf, change = self.leaf(node.arguments[0]), invoking.leaf_change(self, node)
            return lambda env: text if (text := leaf(env)) == NULL else change(env)(text)
        raw = self._raw(node)
        return lambda env: leaf_text(raw(env), env.message)

    def _raw(self, node: Node) -> Text:
        match node:
            case Read():
                return raw_reader(node.path, self.predicates(node))
            case Here():
                return lambda env: env.value
            case Let():
                name = node.name
                return cast("Text", lambda env: env.lets.get(name, ""))
            case Piece():
                return piece_reader(node)
            case Invoke() if not node.function.keeps_structure:
                return cast("Text", invoking.call(self, node))
            case Invoke():
                raw, change = self.raw(node.arguments[0]), invoking.leaf_change(self, node)
                return lambda env: each_leaf(raw(env), env.message, change(env))
            case _:
                raise AssertionError(f"{type(node).__name__} has no raw text")

    def _raws(self, node: Node) -> Texts:
        match node:
            case Read():
                return raws_reader(node.path, self.predicates(node))
            case Let():
                name = node.name
                return cast("Texts", lambda env: env.lets.get(name, []))
            case Invoke():
                raws, change = self.raws(node.arguments[0]), invoking.leaf_change(self, node)
                return lambda env: _each_changed(raws(env), env, change(env))
            case _:
                raise AssertionError(f"{type(node).__name__} has no raw texts")

    def _list(self, node: Node) -> Texts:
        match node:
            case Let():
                name = node.name
                return cast("Texts", lambda env: env.lets.get(name, []))
            case Invoke() if node.function.name == "if":
                condition = self.truth(node.arguments[0])
                one, other = self.texts(node.arguments[1]), self.texts(node.arguments[2])
                return lambda env: one(env) if condition(env) else other(env)
            case Invoke():
                return cast("Texts", invoking.call(self, node))
            case _:
                raise AssertionError(f"{type(node).__name__} is no list")

    def predicates(self, node: Read) -> Predicates:
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


def _joined(word: str, operands: list[Truth]) -> Truth:
    if len(operands) == 2:
        one, other = operands
        if word == "and":
            return lambda env: one(env) and other(env)
        return lambda env: one(env) or other(env)
    if word == "and":
        return lambda env: all(operand(env) for operand in operands)
    return lambda env: any(operand(env) for operand in operands)


def _each_changed(raws: list[str], env: Env, change: Callable[[str], str]) -> list[str]:
    return [each_leaf(raw, env.message, change) for raw in raws]


def _without_null(text: str) -> str:
    return "" if text == NULL else text
