"""What a function is: its name, its parameters, what it gives, an example that is run, and the Python behind it."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum

from engine.context import NO_NEEDS, Needs
from engine.expression.syntax import Kind


class Takes(Enum):
    """What a parameter wants, and so how its argument is read."""

    TEXT = "text"
    """A list gives its first element, null gives ''."""
    VALUE = "value"
    """Text, a number or null, as it comes."""
    NUMBER = "number"
    TRUTH = "condition"
    LIST = "list"
    """A single value is a list of one; elements are texts."""
    WHOLE = "whole"
    """A field with its structure, in the standard's delimiters, as a text is: a number with its authority."""
    PLACE = "path"
    """Anything, a segment too: asked whether or how often it is there."""
    LITERAL = "literal"
    """A text in quotes, read when the rules are loaded."""
    TABLE = "table"
    COLUMN = "column"


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter.

    *prepare* turns a literal into what the function is handed, or only checks a text that happens to be written
    in quotes; it raises InvalidExpression. *least* is for numbers.
    """

    name: str
    takes: Takes = Takes.TEXT
    optional: bool = False
    prepare: Callable[[str], object] | None = None
    least: int = 0


@dataclass(frozen=True, slots=True)
class Example:
    """An expression and what it gives for the message of the reference page; a test runs every one."""

    expression: str
    gives: str | int | bool | tuple[str, ...]


Run = Callable[..., object]

TEXT = Parameter("text")


def compiled_by_name(*_arguments: object) -> object:
    """Stand for the Python of a function that the compiler has a form of its own for."""
    raise TypeError("this function is compiled, never called")


@dataclass(frozen=True, slots=True)
class Function:
    """One function. *run* is handed the Env and the arguments; the compiler has forms of its own for some."""

    name: str
    parameters: tuple[Parameter, ...]
    gives: Kind
    about: str
    examples: tuple[Example, ...]
    run: Run = compiled_by_name
    keeps_structure: bool = False
    """On a path it changes every leaf: ``run`` is then asked leaf by leaf."""
    repeats: bool = False
    """Whether the last parameter may come again and again."""
    needs: Needs = NO_NEEDS
    """What it reads beyond the message."""

    @property
    def signature(self) -> str:
        """The function as the reference page writes it, what may be left out in brackets."""
        names = ", ".join(f"[{each.name}]" if each.optional else each.name for each in self.parameters)
        return f"{self.name}({names}{', ...' if self.repeats else ''})"

    @property
    def least(self) -> int:
        """How many arguments it needs."""
        return sum(1 for each in self.parameters if not each.optional)

    @property
    def has_own_form(self) -> bool:
        """Whether the compiler knows it by name, because it evaluates only what it needs."""
        return self.run is compiled_by_name

    def parameter(self, index: int) -> Parameter:
        """Return the parameter that argument *index* is for."""
        return self.parameters[min(index, len(self.parameters) - 1)]


def function(run: Run, parameters: tuple[Parameter, ...], gives: Kind, *examples: Example) -> Function:
    """Return the function that *run* is: its name and its docstring are the ones people read."""
    return Function(run.__name__, parameters, gives, inspect.cleandoc(run.__doc__ or ""), examples, run)


def by_name(*groups: tuple[Function, ...]) -> Mapping[str, Function]:
    """Return the functions of all *groups* by their names."""
    return {function.name: function for group in groups for function in group}
