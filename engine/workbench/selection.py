"""Chooses cases by words, as ``-k`` takes them: a word is looked for in names; and, or, not and brackets join words."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from engine.errors import InvalidExpression
from engine.workbench.case_reading import Case

Select = Callable[[str], bool]
"""Tells whether a text, in small letters, is chosen."""

_TOKEN = re.compile(r"\s*(?:([()])|'([^']*)'|\"([^\"]*)\"|([^\s()'\"]+))")


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    """One of ``( ) and or not word end``."""
    text: str
    start: int


def select_by(text: str) -> Callable[[Case], bool]:
    """Return what *text* chooses; raise InvalidExpression where it cannot be read.

    A word is part of a case's name, of its route or mapping, or of its file; several words together are quoted.
    """
    reader = _Reader(_tokens(text))
    chosen = reader.any_of()
    last = reader.next()
    if last.kind != "end":
        raise InvalidExpression("bad-selection", last.start, f"'{last.text}' is not expected here", "join with and, or")
    return lambda case: chosen(f"{case.owner} {case.name} {case.place.file}".lower())


def _tokens(text: str) -> Sequence[_Token]:
    found, at = list[_Token](), 0
    while text[at:].strip():
        match = _TOKEN.match(text, at)
        if match is None:
            raise InvalidExpression("bad-selection", at, "a quote is opened and never closed")
        bracket, single, double, word = match.groups()
        start = match.start(match.lastindex or 0)
        if bracket or word in ("and", "or", "not"):
            found.append(_Token(bracket or word, bracket or word, start))
        else:
            found.append(_Token("word", single or double or word or "", start))
        at = match.end()
    return [*found, _Token("end", "the end", len(text))]


class _Reader:
    """Goes through the words once, from left to right; ``or`` binds least, ``not`` most."""

    def __init__(self, tokens: Sequence[_Token]) -> None:
        self._tokens = tokens
        self._at = 0

    def next(self) -> _Token:
        """Return the next token and go on behind it."""
        token = self._tokens[self._at]
        self._at += 1
        return token

    def any_of(self) -> Select:
        """Return what words joined with ``or`` choose."""
        parts = [self._all_of()]
        while self._tokens[self._at].kind == "or":
            self._at += 1
            parts.append(self._all_of())
        return parts[0] if len(parts) == 1 else lambda text: any(part(text) for part in parts)

    def _all_of(self) -> Select:
        parts = [self._one()]
        while self._tokens[self._at].kind == "and":
            self._at += 1
            parts.append(self._one())
        return parts[0] if len(parts) == 1 else lambda text: all(part(text) for part in parts)

    def _one(self) -> Select:
        token = self.next()
        match token.kind:
            case "not":
                inner = self._one()
                return lambda text: not inner(text)
            case "(":
                inner = self.any_of()
                end = self.next()
                if end.kind != ")":
                    raise InvalidExpression("bad-selection", end.start, "a ')' is missing here")
                return inner
            case "word":
                word = token.text.lower()
                return lambda text: word in text
            case _:
                text = (
                    f"a word is missing before {token.text}" if token.kind == "end" else f"'{token.text}' stands alone"
                )
                raise InvalidExpression("bad-selection", token.start, text, "as in: merge and not registry")
