"""What a step writes: a literal or a formula, as raw text cut to what its target can hold."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import IntEnum
from typing import cast

from engine.documents import Scalar, report_comment
from engine.errors import RuleFailed, UnsafeValue
from engine.expression import Formula, Kind, Leaf, Many, Null, Raw, Written, compile_formula
from engine.expression.environment import Env, text_of
from engine.expression.syntax import Value as Single
from engine.hl7.delimiters import STANDARD, Delimiters
from engine.hl7.escapes import escape
from engine.mapping.literals import Literal, read_literal
from engine.mapping.loading import Loading
from engine.problems import Problems

_YAML_NULLS = frozenset({"null", "Null", "NULL", "~"})
_HL7_NULL = '""'

Reader = Callable[[Env], str]


class Depth(IntEnum):
    """How much structure a target can hold."""

    FIELD = 0
    REPETITION = 1
    COMPONENT = 2
    SUBCOMPONENT = 3


@dataclass(frozen=True, slots=True)
class Fixed:
    """The same text for every message."""

    literal: Literal
    bare: Reader = field(init=False, compare=False, repr=False)
    """As ``raw``, for a hot path: without a trace, and its caller says where a failure happened."""

    def __post_init__(self) -> None:
        """Take the reader apart once: it is called for every message."""
        literal, usual = self.literal, self.literal.standard
        object.__setattr__(self, "bare", lambda env: usual if env.message.delimiters is STANDARD else _of(literal, env))

    def raw(self, env: Env) -> str:
        """Return the text in the message's delimiters."""
        return self.bare(env)

    def blame(self, failure: RuleFailed) -> None:
        """A literal fails where its target stands."""


@dataclass(frozen=True, slots=True)
class Computed:
    """What a formula gives."""

    formula: Formula
    depth: Depth
    bare: Reader = field(init=False, compare=False, repr=False)
    """As ``raw``, for a hot path: without a trace, and its caller says where a failure happened."""

    def __post_init__(self) -> None:
        """Choose the reader once: it is called for every message."""
        object.__setattr__(self, "bare", _fitting_reader(self.formula, self.depth))

    def raw(self, env: Env) -> str:
        """Return the formula's value as raw text that fits the target."""
        return _fitting(self.formula.written(env), self.depth, env.message.delimiters)

    def blame(self, failure: RuleFailed) -> None:
        """Say that *failure* happened here, unless somebody nearer has."""
        failure.at(self.formula.place)


@dataclass(frozen=True, slots=True)
class ComputedText:
    """What a formula gives that is always one text or number: no need to ask what it gave."""

    formula: Formula
    bare: Reader = field(init=False, compare=False, repr=False)
    """As ``raw``, for a hot path: without a trace, and its caller says where a failure happened."""

    def __post_init__(self) -> None:
        """Take the reader apart once: it is called for every message."""
        read = self.formula.bare_text
        object.__setattr__(self, "bare", lambda env: escape(read(env), env.message.delimiters))

    def raw(self, env: Env) -> str:
        """Return the text as one leaf."""
        return escape(self.formula.text(env), env.message.delimiters)

    def blame(self, failure: RuleFailed) -> None:
        """Say that *failure* happened here, unless somebody nearer has."""
        failure.at(self.formula.place)


@dataclass(frozen=True, slots=True)
class CopiedField:
    """A formula that is only a path, written into a whole field: its raw text fits as it stands."""

    formula: Formula
    bare: Reader = field(init=False, compare=False, repr=False)
    """As ``raw``, for a hot path: without a trace, and its caller says where a failure happened."""

    def __post_init__(self) -> None:
        """Take the reader apart once: it is called for every message."""
        object.__setattr__(self, "bare", self.formula.bare_stored)

    def raw(self, env: Env) -> str:
        """Return the raw text at the path."""
        return cast("str", self.formula.stored(env))

    def blame(self, failure: RuleFailed) -> None:
        """Say that *failure* happened here, unless somebody nearer has."""
        failure.at(self.formula.place)


Value = Fixed | Computed | ComputedText | CopiedField

_ONE_TEXT = frozenset({Kind.TEXT, Kind.NUMBER})
_STRUCTURED = frozenset({Kind.PATH, Kind.PATHS, Kind.LIST})


def _of(literal: Literal, env: Env) -> str:
    return literal.raw(env.message.delimiters)


def _fitting_reader(formula: Formula, depth: Depth) -> Reader:
    """Return what gives a formula's value as raw text for a target of that depth."""
    if formula.kind in _STRUCTURED:
        written = formula.bare_written
        return lambda env: _fitting(written(env), depth, env.message.delimiters)
    stored = formula.bare_stored
    return lambda env: _one(cast("Single", stored(env)), env.message.delimiters)


def _one(value: Single, delimiters: Delimiters) -> str:
    return _HL7_NULL if value is None else escape(text_of(value), delimiters)


def _fitting(written: Written, depth: Depth, delimiters: Delimiters) -> str:
    match written:
        case Raw(text):
            return cut(text, depth, delimiters)
        case Leaf(text):
            return escape(text, delimiters)
        case Null():
            return _HL7_NULL
        case Many(items) if depth is Depth.FIELD:
            return delimiters.repetition.join([_fitting(each, depth, delimiters) for each in items])
        case Many(items):
            return _fitting(items[0], depth, delimiters) if items else ""


def cut(raw: str, depth: Depth, delimiters: Delimiters) -> str:
    """Return of *raw* the first part that a target of that depth can hold: a component takes no whole name."""
    if depth >= Depth.REPETITION:
        raw = raw.partition(delimiters.repetition)[0]
    if depth >= Depth.COMPONENT:
        raw = raw.partition(delimiters.component)[0]
    if depth >= Depth.SUBCOMPONENT and delimiters.subcomponent:
        raw = raw.partition(delimiters.subcomponent)[0]
    return raw


def load_value(scalar: Scalar, depth: Depth, loading: Loading) -> Value | None:
    """Return what *scalar* gives to a target of that depth; None where it is wrong, and then that is reported."""
    problems = loading.problems
    report_comment(scalar, problems)
    if is_yaml_null(scalar, problems):
        return None
    if scalar.text.startswith("="):
        formula = compile_formula(scalar, loading.vocabulary, problems)
        if formula is None:
            return None
        if formula.kind is Kind.PATH and depth is Depth.FIELD:
            return CopiedField(formula)
        return ComputedText(formula) if formula.kind in _ONE_TEXT else Computed(formula, depth)
    return load_fixed(scalar, depth, problems)


def is_yaml_null(scalar: Scalar, problems: Problems) -> bool:
    """Report an unquoted ``null`` or ``~``; return whether it was reported."""
    if not scalar.plain or scalar.text not in _YAML_NULLS:
        return False
    hint = "'' clears, =null writes the HL7 null"
    problems.add(scalar.place, "yaml-null", f"unquoted {scalar.text} says two things", hint)
    return True


def load_fixed(scalar: Scalar, depth: Depth, problems: Problems) -> Fixed | None:
    """Return the text in *scalar* for a target of that depth; None where it does not fit, and then that is reported."""
    try:
        literal = read_literal(scalar.text)
    except UnsafeValue:
        problems.add(scalar.place, "unsafe-value", "the text holds a control character", "newline is written =newline")
        return None
    for least, mark, name in ((1, "~", "repetitions"), (2, "^", "components"), (3, "&", "subcomponents")):
        if depth >= least and mark in scalar.text:
            at = scalar.place_of(scalar.text.index(mark))
            hint = f"for the character itself write a formula: ='{scalar.text}'"
            problems.add(at, "too-much-structure", f"'{mark}' means {name}, which the target cannot hold", hint)
            return None
    return Fixed(literal)
