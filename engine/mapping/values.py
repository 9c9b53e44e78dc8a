"""What a step writes: a literal or a formula, as raw text cut to what its target can hold."""

from dataclasses import dataclass
from enum import IntEnum
from typing import cast

from engine.documents import Scalar, report_comment
from engine.errors import UnsafeValue
from engine.expression import Formula, Kind, Leaf, Many, Null, Raw, Written, compile_formula
from engine.expression.environment import Env
from engine.hl7.delimiters import Delimiters
from engine.hl7.escapes import escape
from engine.mapping.literals import Literal, read_literal
from engine.mapping.loading import Loading
from engine.problems import Problems

_YAML_NULLS = frozenset({"null", "Null", "NULL", "~"})
_HL7_NULL = '""'


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

    def raw(self, env: Env) -> str:
        """Return the text in the message's delimiters."""
        return self.literal.raw(env.message.delimiters)


@dataclass(frozen=True, slots=True)
class Computed:
    """What a formula gives."""

    formula: Formula
    depth: Depth

    def raw(self, env: Env) -> str:
        """Return the formula's value as raw text that fits the target."""
        return self._fitting(self.formula.written(env), env.message.delimiters)

    def _fitting(self, written: Written, delimiters: Delimiters) -> str:
        match written:
            case Leaf(text):
                return escape(text, delimiters)
            case Raw(text):
                return cut(text, self.depth, delimiters)
            case Null():
                return _HL7_NULL
            case Many(items) if self.depth is Depth.FIELD:
                return delimiters.repetition.join([self._fitting(each, delimiters) for each in items])
            case Many(items):
                return self._fitting(items[0], delimiters) if items else ""


@dataclass(frozen=True, slots=True)
class ComputedText:
    """What a formula gives that is always one text or number: no need to ask what it gave."""

    formula: Formula

    def raw(self, env: Env) -> str:
        """Return the text as one leaf."""
        text = self.formula.text(env)
        return text if text.isalnum() else escape(text, env.message.delimiters)


@dataclass(frozen=True, slots=True)
class CopiedField:
    """A formula that is only a path, written into a whole field: its raw text fits as it stands."""

    formula: Formula

    def raw(self, env: Env) -> str:
        """Return the raw text at the path."""
        return cast("str", self.formula.stored(env))


Value = Fixed | Computed | ComputedText | CopiedField

_ONE_TEXT = frozenset({Kind.TEXT, Kind.NUMBER})


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
