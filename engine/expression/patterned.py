"""The right side of ``matches``: a pattern in quotes, compiled when the rules are loaded."""

from collections.abc import Callable

from engine.errors import InvalidExpression
from engine.expression.functions.patterns import Pattern, pattern
from engine.expression.syntax import Constant, Node


def check_pattern(node: Node, tell: Callable[[int, str, str, str], None]) -> None:
    """Tell what is wrong with the pattern that *node* must be."""
    if not isinstance(node, Constant) or not isinstance(node.value, str):
        tell(node.start, "bad-pattern", "the pattern of 'matches' is a text in quotes", "")
        return
    try:
        pattern(node.value)
    except InvalidExpression as error:
        tell(node.start, "bad-pattern", error.text, error.hint)


def pattern_of(node: Node) -> Pattern:
    """Return the pattern of a checked *node*."""
    return pattern(str(node.value) if isinstance(node, Constant) else "")
