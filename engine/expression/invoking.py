"""Calling the Python behind a function: each argument read as its parameter wants it, each failure with its place."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from engine.errors import RuleFailed
from engine.expression.closures import Anything
from engine.expression.environment import Env, text_of
from engine.expression.numbers import as_number
from engine.expression.raws import whole_text
from engine.expression.registry import Takes
from engine.expression.syntax import Constant, Invoke, Kind, Node, kind_of

if TYPE_CHECKING:
    from engine.expression.compiler import Compiler


@dataclass(frozen=True, slots=True)
class _Same:
    """An argument that is the same for every message."""

    given: object

    def __call__(self, _env: Env) -> object:
        return self.given


def leaf_change(compiler: "Compiler", node: Invoke) -> Callable[[Env], Callable[[str], str]]:
    """Compile a function that keeps structure to what it does to one leaf."""
    run = node.function.run
    rest = [_argument(compiler, node, index) for index in range(1, len(node.arguments))]

    def change(env: Env) -> Callable[[str], str]:
        others = [argument(env) for argument in rest]
        return lambda leaf: cast("str", run(env, leaf, *others))

    return change


def _argument(compiler: "Compiler", node: Invoke, index: int) -> Anything:  # noqa: PLR0911  one line per kind
    parameter, argument = node.function.parameter(index), node.arguments[index]
    match parameter.takes:
        case Takes.LITERAL:
            return _Same(node.prepared[index])
        case Takes.TABLE | Takes.COLUMN if isinstance(argument, Constant):
            return _Same(text_of(argument.value))
        case Takes.LIST:
            return compiler.texts(argument)
        case Takes.NUMBER:
            return _number(compiler, argument, parameter.name)
        case Takes.TRUTH:
            return compiler.truth(argument)
        case Takes.VALUE:
            return compiler.value(argument)
        case Takes.WHOLE:
            return _whole(compiler, argument)
        case _:
            return compiler.text(argument)


def _whole(compiler: "Compiler", argument: Node) -> Anything:
    if kind_of(argument) is Kind.PATH:
        raw = compiler.raw(argument)
        return lambda env: whole_text(raw(env), env.message)
    return compiler.text(argument)


def _number(compiler: "Compiler", node: Node, name: str) -> Anything:
    if isinstance(node, Constant):
        constant = node.value
        return lambda _: constant
    value = compiler.value(node)

    def number(env: Env) -> object:
        given = value(env)
        found = as_number(given)
        if found is None:
            raise RuleFailed("not-a-number", f"{name} is {text_of(given)!r}")
        return found

    return number


def call(compiler: "Compiler", node: Invoke) -> Anything:
    """Compile a call of plain Python; a failure learns where in the rules it happened."""
    run = compiler.runs(node.function)
    place = compiler.source.place_of(node.start)
    arguments = [_argument(compiler, node, index) for index in range(len(node.arguments))]
    applied = _applied(run, arguments)

    def call(env: Env) -> object:
        try:
            return applied(env)
        except RuleFailed as failure:
            failure.at(place)
            raise

    return call


def _applied(run: Callable[..., object], arguments: list[Anything]) -> Anything:  # noqa: PLR0911  one line per form
    """Return the call itself; the frequent kinds of arguments, those of ``translate`` and its like, are written out."""
    match arguments:
        case [only]:
            return lambda env: run(env, only(env))
        case [_Same(name), one]:
            return lambda env: run(env, name, one(env))
        case [_Same(name), one, _Same(same)]:
            return lambda env: run(env, name, one(env), same)
        case [_Same(name), one, _Same(same), other]:
            return lambda env: run(env, name, one(env), same, other(env))
        case [_Same(name), one, other]:
            return lambda env: run(env, name, one(env), other(env))
        case [one, two]:
            return lambda env: run(env, one(env), two(env))
        case [one, two, three]:
            return lambda env: run(env, one(env), two(env), three(env))
        case [one, two, three, four]:
            return lambda env: run(env, one(env), two(env), three(env), four(env))
        case _:
            return lambda env: run(env, *[argument(env) for argument in arguments])
