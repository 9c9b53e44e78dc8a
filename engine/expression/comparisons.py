"""Comparing: the rules of == < in matches for texts, numbers, null, structure and lists, and the frequent shapes."""

import operator
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from engine.expression.closures import Truth, Values
from engine.expression.environment import Env
from engine.expression.numbers import as_number
from engine.expression.patterned import pattern_of
from engine.expression.raws import NULL, is_blank, leaf_text, whole_text
from engine.expression.syntax import Compare, Constant, Kind, Listing, Node, Number, Value, kind_of
from engine.hl7.message import Message

if TYPE_CHECKING:
    from engine.expression.compiler import Compiler


class RawText(str):
    """An operand that is a raw text of the message: what it means depends on what it is compared with."""

    __slots__ = ()


Operand = RawText | Value
Operands = Callable[[Env], Sequence[Operand]]
Test = Callable[[Operand, Operand, Message], bool]


def general(compiler: "Compiler", node: Compare) -> Truth:
    """Compile a comparison of any two things: it holds if it holds for any element of either side."""
    if kind_of(node.left) is Kind.TRUTH:
        one, other, negated = compiler.truth(node.left), compiler.truth(node.right), node.negated
        return lambda env: (one(env) is other(env)) is not negated
    left = _operands(compiler, node.left)
    if node.sign == "matches":
        finds = pattern_of(node.right).finds
        return lambda env: any(_matches(each, finds, env.message) for each in left(env))
    right, test = _operands(compiler, node.right), _TESTS[node.sign]

    def holds(env: Env) -> bool:
        message, ones, others = env.message, left(env), right(env)
        return any(test(one, other, message) for one in ones for other in others)

    return (lambda env: not holds(env)) if node.negated else holds


def shape(compiler: "Compiler", node: Compare) -> Truth | None:
    """Compile ``PATH == 'text'``, ``PATH in ['a', 'b']`` and ``PATH == ''``: nearly every condition there is."""
    kind = kind_of(node.left)
    if isinstance(node.right, Constant) and _is_number(node.right.value):
        return _number_compared(compiler, node, node.right.value)
    if kind is not Kind.PATH and kind is not Kind.TEXT:
        return _any_equals(compiler, node) if kind is Kind.PATHS else None
    if node.sign == "==" and isinstance(node.right, Constant):
        if kind is Kind.PATH:
            return _one_equals(compiler, node.left, node.right, negated=node.negated)
        if kind is Kind.TEXT and isinstance(node.right.value, str):
            text, wanted, negated = compiler.text(node.left), node.right.value, node.negated
            return lambda env: (text(env) == wanted) is not negated
    if node.sign == "in" and kind is Kind.PATH and isinstance(node.right, Listing):
        return _one_among(compiler, node, node.right)
    return _matched(compiler, node) if node.sign == "matches" and kind is Kind.PATH else None


def _one_among(compiler: "Compiler", node: Compare, listed: Listing) -> Truth | None:
    filled = [item for item in listed.items if not (isinstance(item, Constant) and item.value == "")]
    plain, negated = [_plain(item) for item in filled], node.negated
    if None in plain:
        return None
    among = frozenset(plain)
    if len(filled) == len(listed.items):
        leaf = compiler.leaf(node.left)
        return (lambda env: leaf(env) not in among) if negated else (lambda env: leaf(env) in among)
    raw = compiler.raw(node.left)

    def holds(env: Env) -> bool:
        text = raw(env)
        return not text or leaf_text(text, env.message) in among or is_blank(text, env.message.delimiters)

    return (lambda env: not holds(env)) if negated else holds


def _matched(compiler: "Compiler", node: Compare) -> Truth:
    leaf, finds = compiler.leaf(node.left), pattern_of(node.right).finds
    return lambda env: (text := leaf(env)) != NULL and finds(text)


def _one_equals(compiler: "Compiler", left: Node, right: Constant, *, negated: bool) -> Truth | None:
    wanted = _plain(right)
    if wanted is not None:
        leaf = compiler.leaf(left)
        return (lambda env: leaf(env) != wanted) if negated else (lambda env: leaf(env) == wanted)
    if right.value == "":
        raw = compiler.raw(left)
        return lambda env: is_blank(raw(env), env.message.delimiters) is not negated
    if right.value is None:
        raw = compiler.raw(left)
        return lambda env: (raw(env) == NULL) is not negated
    return None


def _number_compared(compiler: "Compiler", node: Compare, wanted: Value) -> Truth | None:
    """Compile ``PATH > 5`` and ``count(PID) > 1``."""
    compared, negated, kind = _BY_VALUE.get(node.sign), node.negated, kind_of(node.left)
    if compared is None or kind not in {Kind.PATH, Kind.NUMBER}:
        return None
    value: Values = compiler.leaf(node.left) if kind is Kind.PATH else compiler.value(node.left)
    return lambda env: ((found := as_number(value(env))) is not None and compared(found, wanted)) is not negated


def _texts_wanted(node: Compare) -> frozenset[str]:
    """Return the texts of ``== 'a'`` or ``in ['a', 'b']`` that a first leaf can simply be compared with, or none."""
    items: Sequence[Node] = ()
    if node.sign == "==":
        items = (node.right,)
    elif node.sign == "in" and isinstance(node.right, Listing):
        items = node.right.items
    texts = [_plain(item) for item in items]
    return frozenset(text for text in texts if text is not None) if None not in texts else frozenset()


def _any_equals(compiler: "Compiler", node: Compare) -> Truth | None:
    """Compile ``OBX[*]-11 in ['F', 'C']`` and its like."""
    wanted, negated = _texts_wanted(node), node.negated
    if not wanted:
        return None
    raws = compiler.raws(node.left)

    def holds(env: Env) -> bool:
        message = env.message
        for raw in raws(env):  # noqa: SIM110  a generator costs more than most of these lists
            if leaf_text(raw, message) in wanted:
                return True
        return False

    return (lambda env: not holds(env)) if negated else holds


def _plain(node: Node) -> str | None:
    """Return the text of a literal that a first leaf can simply be compared with."""
    if isinstance(node, Constant) and isinstance(node.value, str) and node.value and "^" not in node.value:
        return node.value if node.value != NULL else None
    return None


def _operands(compiler: "Compiler", node: Node) -> Operands:
    if isinstance(node, Listing):
        items = [_operands(compiler, item) for item in node.items]
        return lambda env: [each for item in items for each in item(env)]
    match kind_of(node):
        case Kind.PATH:
            raw = compiler.raw(node)
            return lambda env: (RawText(raw(env)),)
        case Kind.PATHS:
            raws = compiler.raws(node)
            return lambda env: [RawText(each) for each in raws(env)]
        case Kind.LIST:
            return compiler.texts(node)
        case _:
            value = compiler.value(node)
            return lambda env: (value(env),)


def _equal(one: Operand, other: Operand, message: Message) -> bool:  # noqa: PLR0911  one line per rule
    if isinstance(one, RawText) and isinstance(other, RawText):
        return _equal_raws(one, other, message)
    if isinstance(other, RawText):
        one, other = other, one
    if not isinstance(one, RawText):
        if _is_number(one) or _is_number(other):
            first, second = as_number(one), as_number(other)
            return first is not None and first == second
        return one == other
    if other is None:
        return one == NULL
    if not isinstance(other, str):
        return as_number(leaf_text(one, message)) == other
    if not other:
        return is_blank(one, message.delimiters)
    if "^" in other:
        return whole_text(one, message) == other
    return other != NULL and leaf_text(one, message) == other


def _equal_raws(one: str, other: str, message: Message) -> bool:
    first, second = leaf_text(one, message), leaf_text(other, message)
    if first != second:
        return False
    # Two empty first leaves are equal only if nothing stands behind either: compared with '', a path is taken whole.
    return first != "" or (is_blank(one, message.delimiters) and is_blank(other, message.delimiters))


def _ordered(one: Operand, other: Operand, message: Message) -> tuple[Number, Number] | tuple[str, str] | None:
    """Return what can be compared by order, or None: then no order holds."""
    first, second = _simple(one, message), _simple(other, message)
    if first is None or second is None or first == "" or second == "":
        return None
    if isinstance(first, str) and isinstance(second, str):
        return first, second
    numbers = as_number(first), as_number(second)
    return None if numbers[0] is None or numbers[1] is None else (numbers[0], numbers[1])


def _simple(operand: Operand, message: Message) -> Value:
    if not isinstance(operand, RawText):
        return operand
    text = leaf_text(operand, message)
    return None if text == NULL else text


def _less(one: Operand, other: Operand, message: Message) -> bool:
    pair = _ordered(one, other, message)
    return pair is not None and pair[0] < pair[1]  # type: ignore[operator]  # both are texts or both are numbers


def _not_more(one: Operand, other: Operand, message: Message) -> bool:
    pair = _ordered(one, other, message)
    return pair is not None and pair[0] <= pair[1]  # type: ignore[operator]  # both are texts or both are numbers


def _more(one: Operand, other: Operand, message: Message) -> bool:
    return _less(other, one, message)


def _not_less(one: Operand, other: Operand, message: Message) -> bool:
    return _not_more(other, one, message)


def _matches(operand: Operand, finds: Callable[[str], bool], message: Message) -> bool:
    value = _simple(operand, message)
    if value is None:
        return False
    return finds(value if isinstance(value, str) else str(value))


def _is_number(value: Operand) -> bool:
    return value is not None and not isinstance(value, str)


_BY_VALUE: dict[str, Callable[..., bool]] = {
    "==": operator.eq,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_TESTS: dict[str, Test] = {
    "==": _equal,
    "in": _equal,
    "<": _less,
    "<=": _not_more,
    ">": _more,
    ">=": _not_less,
}

__all__ = ["as_number", "general", "shape"]
