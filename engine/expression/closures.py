"""The closures that expressions are compiled to, by what they give."""

from collections.abc import Callable

from engine.expression.environment import Env
from engine.expression.syntax import Value

Text = Callable[[Env], str]
Texts = Callable[[Env], list[str]]
Truth = Callable[[Env], bool]
Values = Callable[[Env], Value]
Anything = Callable[[Env], object]
