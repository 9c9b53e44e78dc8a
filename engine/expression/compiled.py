"""Conditions and formulas, loaded: from a located text to something that is asked per message, or to its problems."""

from collections.abc import Callable, Iterator
from dataclasses import fields
from functools import cache
from typing import cast, get_args

from engine.context import NO_NEEDS, Needs
from engine.errors import InvalidExpression, RuleFailed
from engine.expression.binder import Binder
from engine.expression.compiler import Compiler, Source
from engine.expression.environment import Env, Stored, text_of
from engine.expression.listening import ListeningCompiler, shape_of
from engine.expression.names import Vocabulary
from engine.expression.parser import parse
from engine.expression.syntax import Invoke, Kind, Node, Read, Value, kind_of
from engine.expression.tracing import Asked, Shape, Trace
from engine.expression.written import NULL, Leaf, Many, Raw, Written
from engine.hl7.path import Path, Root
from engine.problems import Place, Problems


class Condition:
    """An expression that is true or false. A failure of its own knows its place."""

    __slots__ = ("_asked_in_trace", "_holds", "_node", "_source", "needs", "place", "reads")

    def __init__(self, source: Source, node: Node) -> None:
        self._source, self._node = source, node
        self._holds = Compiler(source).truth(node)
        self._asked_in_trace: Callable[[Env], bool] | None = None
        self.place = source.place
        self.reads = segments_read(node)
        self.needs = needs_of(node)

    @property
    def text(self) -> str:
        """The expression as written."""
        return self._source.text

    @property
    def shape(self) -> Shape:
        """How it is put together from clauses, asked or not."""
        return shape_of(self._node, self._source)

    @property
    def node(self) -> Node:
        """What it means, for tools that ask which part of a message would have to be another."""
        return self._node

    @property
    def source(self) -> Source:
        """Where it stands."""
        return self._source

    def holds(self, env: Env) -> bool:
        """Whether it holds; raise RuleFailed where it cannot be told."""
        if env.trace is not None:
            return self._traced(env, env.trace)
        try:
            return self._holds(env)
        except RuleFailed as failure:
            failure.at(self.place)
            raise

    def _traced(self, env: Env, trace: Trace) -> bool:
        ask = self._asked_in_trace
        if ask is None:
            ask = self._asked_in_trace = ListeningCompiler(self._source).truth(self._node)
        outer, trace.clauses = trace.clauses, []
        try:
            holds = ask(env)
            trace.asked.append(self._asked(trace, "", holds=holds))
        except RuleFailed as failure:
            failure.at(self.place)
            trace.failed.append(self._asked(trace, failure.code, holds=False))
            raise
        finally:
            trace.clauses = outer
        return holds

    def _asked(self, trace: Trace, failure: str, *, holds: bool) -> Asked:
        clauses, number = tuple(trace.clauses), trace.next()
        return Asked(self.text, self.place, holds, clauses, number, trace.output, trace.turns, failure)


class Formula:
    """An expression that gives a value; how it is written depends on what it is."""

    __slots__ = (
        *("_in_trace", "_node", "_place", "_source", "bare_stored", "bare_text", "bare_written"),
        *("kind", "needs", "only_path", "reads", "reads_out"),
    )

    def __init__(self, source: Source, node: Node) -> None:
        self._source, self._node, self.kind = source, node, kind_of(node)
        self._place = source.place
        self._in_trace: _Forms | None = None
        # What hot paths read that take no trace and say themselves where a failure happened.
        self.bare_stored, self.bare_text, self.bare_written = _forms(Compiler(source), node)
        self.only_path: Path | None = node.path if isinstance(node, Read) else None
        """The path, if the formula is nothing else."""
        self.reads = segments_read(node)
        self.reads_out = any(read.path.root is Root.OUT for read in _reads(node))
        """Whether it depends on how far the message being built has come."""
        self.needs = needs_of(node)

    @property
    def place(self) -> Place:
        """Where it stands."""
        return self._place

    @property
    def node(self) -> Node:
        """What it means, for tools that ask what it reads."""
        return self._node

    def text(self, env: Env) -> str:
        """Return its value as text: of a list the first, of null ''."""
        try:
            return self.bare_text(env) if env.trace is None else self._listening(env.trace)[1](env)
        except RuleFailed as failure:
            failure.at(self._place)
            raise

    def written(self, env: Env) -> Written:
        """Return what it writes: structure as it stands, a text for one leaf, null, or repetitions."""
        try:
            return self.bare_written(env) if env.trace is None else self._listening(env.trace)[2](env)
        except RuleFailed as failure:
            failure.at(self._place)
            raise

    def stored(self, env: Env) -> Stored:
        """Return what ``Env.lets`` keeps of it, for a vocabulary that knows its ``kind``."""
        try:
            return self.bare_stored(env) if env.trace is None else self._listening(env.trace)[0](env)
        except RuleFailed as failure:
            failure.at(self._place)
            raise

    def _listening(self, trace: Trace) -> "_Forms":
        trace.begin_formula()
        if self._in_trace is None:
            self._in_trace = _forms(ListeningCompiler(self._source), self._node)
        return self._in_trace


_Forms = tuple[Callable[[Env], Stored], Callable[[Env], str], Callable[[Env], Written]]
"""What a formula gives: for ``Env.lets``, as text, and as what is written."""


def _forms(compiler: Compiler, node: Node) -> _Forms:
    kind, stored = kind_of(node), compiler.stored(node)
    return stored, compiler.text(node) if kind is not Kind.TRUTH else _no_text, _writer(kind, stored)


def compile_condition(source: Source, vocabulary: Vocabulary, problems: Problems) -> Condition | None:
    """Return the condition in *source*, or None after telling *problems* what is wrong with it."""
    node = bound_condition(source, vocabulary, problems)
    return None if node is None else Condition(source, node)


def bound_condition(source: Source, vocabulary: Vocabulary, problems: Problems) -> Node | None:
    """Return the bound tree of the condition in *source*, or None after telling what is wrong with it."""
    if has_formula_sign(source, problems):
        return None
    return bound(source, vocabulary, problems, Binder.condition)


def has_formula_sign(source: Source, problems: Problems) -> bool:
    """Report a ``=`` before what is an expression wherever it stands; return whether it was reported."""
    start = _formula_start(source.text)
    if start:
        hint = "leave out the '=': it begins formulas, where a literal could stand too"
        problems.add(source.place_of(start - 1), "formula-sign", "an expression is expected here, not a formula", hint)
    return start > 0


def compile_formula(source: Source, vocabulary: Vocabulary, problems: Problems) -> Formula | None:
    """Return the formula in *source*, with or without its ``=``, or None after telling what is wrong with it."""
    node = bound(source, vocabulary, problems, Binder.value)
    return None if node is None else Formula(source, node)


def compile_let(source: Source, vocabulary: Vocabulary, problems: Problems) -> Formula | None:
    """Return the formula in *source* for a let, which may also keep what is true or false."""
    node = bound(source, vocabulary, problems, _anything)
    return None if node is None else Formula(source, node)


def bound(
    source: Source, vocabulary: Vocabulary, problems: Problems, bind: Callable[[Binder, Node], Node]
) -> Node | None:
    """Parse and bind the text of *source*; None after telling *problems* of every mistake."""
    binder = Binder(vocabulary)
    try:
        node: Node | None = bind(binder, parse(source.text, _formula_start(source.text)))
    except InvalidExpression as error:
        binder.told.append(error)
        node = None
    for told in binder.told:
        problems.add(source.place_of(told.offset), told.code, told.text, told.hint)
    for doubt in binder.doubts:
        problems.warn(source.place_of(doubt.offset), doubt.code, doubt.text, doubt.hint)
    return None if binder.told else node


def segments_read(node: Node) -> frozenset[str]:
    """Return the names of the segments that *node* reads from the message that came."""
    return frozenset(read.path.segment for read in _reads(node) if read.path.root is Root.MESSAGE)


def needs_of(node: Node) -> Needs:
    """Return what *node* reads beyond the message."""
    known = frozenset(read.path.segment for read in _reads(node) if read.path.root is Root.KNOWN)
    needs = Needs(known) if known else NO_NEEDS
    for each in nodes_in(node):
        if isinstance(each, Invoke):
            needs |= each.function.needs
    return needs


def nodes_in(node: Node) -> Iterator[Node]:
    """Yield *node* and every node in it, also those in brackets."""
    yield node
    for child in children_of(node):
        yield from nodes_in(child)


def children_of(node: Node) -> Iterator[Node]:
    """Yield the nodes that *node* is made of."""
    for name in _names_in(type(node)):  # type: ignore[arg-type]
        value = getattr(node, name)
        for child in value if isinstance(value, tuple) else (value,):
            if type(child) in _KINDS:
                yield child


_KINDS = frozenset(get_args(Node))


@cache
def _names_in(kind: type[Node]) -> tuple[str, ...]:
    return tuple(each.name for each in fields(kind))


def _reads(node: Node) -> Iterator[Read]:
    return (each for each in nodes_in(node) if isinstance(each, Read))


def _formula_start(text: str) -> int:
    at = len(text) - len(text.lstrip())
    return at + 1 if text.startswith("=", at) and not text.startswith("==", at) else 0


def _anything(binder: Binder, node: Node) -> Node:
    result = binder.bind(node)
    return result if kind_of(result) is Kind.TRUTH else binder.value(node)


def _no_text(_env: Env) -> str:
    raise AssertionError("true and false have no text")


def _writer(kind: Kind, stored: Callable[[Env], Stored]) -> Callable[[Env], Written]:
    match kind:
        case Kind.PATH:
            return lambda env: Raw(cast("str", stored(env)))
        case Kind.PATHS:
            return lambda env: Many(tuple(map(Raw, cast("list[str]", stored(env)))))
        case Kind.LIST:
            return lambda env: Many(tuple(map(Leaf, cast("list[str]", stored(env)))))
        case _:
            return lambda env: _one(cast("Value", stored(env)))


def _one(value: Value) -> Written:
    return NULL if value is None else Leaf(text_of(value))
