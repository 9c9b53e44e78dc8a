"""Regular expressions: RE2 only, so that no pattern and no message can make them slow."""

import re
from collections.abc import Callable
from functools import lru_cache

import re2

from engine.errors import InvalidExpression
from engine.expression.environment import Budget, Env
from engine.expression.registry import TEXT, Example, Parameter, Takes, function
from engine.expression.syntax import Kind

_PER_MATCH = 8
"""Steps that one place found costs: RE2 is linear in the text, and still takes microseconds to tell of each place."""
_REFERENCE = re.compile(r"\\(.?)", re.DOTALL)
Finder = Callable[[str], object]


class Pattern:
    """A compiled pattern; *finds* says whether it stands anywhere in a text."""

    __slots__ = ("_compiled", "groups")

    def __init__(self, text: str) -> None:
        self._compiled = _compile(text)
        self.groups: int = self._compiled.groups

    def finds(self, text: str) -> bool:
        """Whether the pattern is found anywhere in *text*."""
        return self._compiled.search(_clean(text)) is not None

    def replaced(self, text: str, new: "Template", budget: Budget) -> str:
        """Return *text* with every place where the pattern is found written anew, counted as it is written."""

        def written(match: "re.Match[str]") -> str:
            budget.spend(_PER_MATCH)
            made = new.written(match)
            budget.grow(len(made))
            return made

        return str(self._compiled.sub(written, _clean(text)))


class Template:
    """What replaces a match: text, with ``\\1`` to ``\\9`` for what the groups found and ``\\0`` for all of it."""

    __slots__ = ("highest", "parts")

    def __init__(self, text: str) -> None:
        pieces = _REFERENCE.split(text)
        self.parts: list[str | int] = []
        for index, piece in enumerate(pieces):
            self.parts.append(_reference(piece) if index % 2 else piece)
        self.highest = max((part for part in self.parts if isinstance(part, int)), default=0)

    def written(self, match: "re.Match[str]") -> str:
        """Return what stands for *match*."""
        return "".join((match.group(part) or "") if isinstance(part, int) else part for part in self.parts)


def replace_regex(env: Env, text: str, regex: Pattern, new: Template) -> str:
    """Put *new* for everything the pattern finds; ``\\1`` in *new* is what the first group found."""
    env.budget.grow(len(text))
    return regex.replaced(text, new, env.budget)


def pattern(text: str) -> Pattern:
    """Return the compiled pattern; raise InvalidExpression for one that RE2 does not have."""
    return Pattern(text)


@lru_cache(maxsize=1024)
def _compile(text: str) -> "re.Pattern[str]":
    options = re2.Options()
    options.log_errors = False
    try:
        compiled: re.Pattern[str] = re2.compile(text, options)
    except re2.error as error:
        raise InvalidExpression("bad-pattern", 0, f"this is no pattern: {_reason(error)}", _hint(text)) from None
    except UnicodeEncodeError:
        raise InvalidExpression("bad-pattern", 0, "this is no pattern: it holds half a character") from None
    return compiled


def _reason(error: Exception) -> str:
    reason = error.args[0] if error.args else ""
    return reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)


def _hint(text: str) -> str:
    if "(?=" in text or "(?!" in text or "(?<" in text:
        return "patterns cannot look ahead or behind: join two conditions with and"
    return "a sign of patterns meant as itself has a backslash before it"


def _reference(character: str) -> str | int:
    if character.isascii() and character.isdigit():
        return int(character)
    if character == "\\":
        return "\\"
    hint = "a group is written \\1, a backslash \\\\"
    raise InvalidExpression("wrong-argument", 0, "a backslash here means a group of the pattern", hint)


def _clean(text: str) -> str:
    # Half a character (an undecodable byte kept as a surrogate) cannot be handed to RE2.
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


_REPLACE = (
    TEXT,
    Parameter("regex", Takes.LITERAL, prepare=pattern),
    Parameter("new", Takes.LITERAL, prepare=Template),
)

PATTERNS = (
    function(
        replace_regex,
        _REPLACE,
        Kind.TEXT,
        Example("replace_regex('000123', '^0+', '')", "123"),
        Example(r"replace_regex('DOE, JANE', '^(\w+), (\w+)$', '\2 \1')", "JANE DOE"),
    ),
)
