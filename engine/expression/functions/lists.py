"""Lists: what ``[*]``, a predicate or ``split`` gives, and back to one text."""

from engine.errors import InvalidExpression, RuleFailed
from engine.expression.environment import Env
from engine.expression.numbers import whole_number
from engine.expression.registry import TEXT, Example, Function, Parameter, Takes, function
from engine.expression.syntax import Kind, Number

_LIST = Parameter("list", Takes.LIST)


def split(env: Env, text: str, sep: str) -> list[str]:
    """Cut the text at every *sep*. '' gives the empty list."""
    if not sep:
        raise RuleFailed("bad-argument", "the separator of split is empty")
    if not text:
        return []
    parts = text.split(sep)
    env.budget.spend(len(parts))
    return parts


def item(_env: Env, list_: list[str], n: Number) -> str:
    """Return element *n*, counted from 1, or '' if there is none."""
    index = whole_number(n, "n", 1)
    return list_[index - 1] if index <= len(list_) else ""


def join(env: Env, list_: list[str], sep: str) -> str:
    """Write the elements one behind the other with *sep* between them; empty elements are kept."""
    env.budget.grow(sum(map(len, list_)) + len(sep) * len(list_))
    return sep.join(list_)


def first(_env: Env, list_: list[str]) -> str:
    """Return the first element, or '' if there is none."""
    return list_[0] if list_ else ""


def distinct(_env: Env, list_: list[str]) -> list[str]:
    """Return each element once, where it stands first. ``count`` tells how many different ones there are."""
    return list(dict.fromkeys(list_))


def _separator(text: str) -> str:
    if not text:
        raise InvalidExpression("wrong-argument", 0, "the separator of split is empty")
    return text


LISTS = (
    function(
        split, (TEXT, Parameter("sep", prepare=_separator)), Kind.LIST, Example("split('A,B,C', ',')", ("A", "B", "C"))
    ),
    function(
        item,
        (_LIST, Parameter("n", Takes.NUMBER, least=1)),
        Kind.TEXT,
        Example("item(split('A,B,C', ','), 2)", "B"),
        Example("item(PID-3[*].1, 9)", ""),
    ),
    function(join, (_LIST, Parameter("sep")), Kind.TEXT, Example("join(PID-3[*].5, '/')", "MR/SS")),
    function(first, (_LIST,), Kind.TEXT, Example("first(PID-3[*].1)", "100234")),
    function(
        distinct,
        (_LIST,),
        Kind.LIST,
        Example("distinct(split('A,B,A', ','))", ("A", "B")),
        Example("count(distinct(NK1[*]-2.1))", 1),
    ),
    Function(
        "count",
        (Parameter("path", Takes.PLACE),),
        Kind.NUMBER,
        "Count the elements of a list, the segments of a name or the repetitions of a field.",
        (Example("count(NK1)", 2), Example("count(PID-3)", 2), Example("count(OBX[3.1 == 'X'])", 0)),
    ),
)
