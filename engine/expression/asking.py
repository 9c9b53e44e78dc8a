"""``exists`` and ``count``: whether and how often something is there, without decoding it."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, cast

from engine.expression.closures import Texts, Truth
from engine.expression.environment import Env
from engine.expression.paths import finder, view_of
from engine.expression.raws import is_filled
from engine.expression.syntax import Kind, Node, Read, kind_of
from engine.hl7.path import ALL, First, Root

if TYPE_CHECKING:
    from engine.expression.compiler import Compiler


def exists(compiler: "Compiler", node: Node) -> Truth:
    """Compile ``exists(node)``: empty and null are not there."""
    if isinstance(node, Read) and node.kind is Kind.SEGMENT:
        positions = _positions(compiler, node)
        return lambda env: len(positions(env)) > 0
    match kind_of(node):
        case Kind.PATH:
            raw = compiler.raw(node)
            return lambda env: is_filled(raw(env), env.message.delimiters)
        case Kind.PATHS:
            raws = compiler.raws(node)
            return lambda env: any(is_filled(raw, env.message.delimiters) for raw in raws(env))
        case Kind.LIST:
            texts = compiler.texts(node)
            return lambda env: any(texts(env))
        case _:
            text = compiler.text(node)
            return lambda env: bool(text(env))


def count(compiler: "Compiler", node: Node) -> Callable[[Env], int]:
    """Compile ``count(node)``: what may repeat at the end of a path without an index is counted whole."""
    if isinstance(node, Read) and node.kind is Kind.SEGMENT:
        positions = _positions(compiler, node)
        return lambda env: len(positions(env))
    if isinstance(node, Read) and node.path.component is None and isinstance(node.path.repetition, First):
        every = replace(node, path=replace(node.path, repetition=ALL), kind=Kind.PATHS)
        return _count_in_turn(node, compiler.raws(every)) if kind_of(node) is Kind.PATH else _length(compiler, node)
    if kind_of(node) in (Kind.PATHS, Kind.LIST):
        return _length(compiler, node)
    there = exists(compiler, node)
    return lambda env: int(there(env))


def _length(compiler: "Compiler", node: Node) -> Callable[[Env], int]:
    elements = compiler.raws(node) if kind_of(node) is Kind.PATHS else compiler.texts(node)
    return lambda env: len(elements(env))


def _count_in_turn(node: Read, raws: Texts) -> Callable[[Env], int]:
    """In a loop over repetitions of this very field the path means one of them."""
    segment, number = node.path.segment, node.path.field or 0

    def count(env: Env) -> int:
        positions = env.scope.positions(segment)
        if positions and env.scope.repetition(positions[0], number) is not None:
            return 1
        return len(raws(env))

    return count


def _positions(compiler: "Compiler", node: Read) -> Callable[[Env], Sequence[int]]:
    path = node.path
    if isinstance(path.occurrence, First):
        path = replace(path, occurrence=ALL)
    find, root, name = finder(path, compiler.predicates(node).segment), path.root, path.segment
    if root is Root.MESSAGE and path.occurrence is ALL:
        return cast("Callable[[Env], Sequence[int]]", compiler.watched(node, lambda env: env.scope.positions(name)))
    if root is Root.MESSAGE:
        shown = lambda env: find(env, env.message, env.scope)  # noqa: E731
        return cast("Callable[[Env], Sequence[int]]", compiler.watched(node, shown))

    def positions(env: Env) -> Sequence[int]:
        seen = view_of(env, root)
        return () if seen is None else find(env, *seen)

    return cast("Callable[[Env], Sequence[int]]", compiler.watched(node, positions))
