"""The text of an expression, cut into tokens; a slip that many make is answered here with what to write instead."""

import re
from dataclasses import dataclass
from enum import Enum, auto

from engine.errors import InvalidExpression, InvalidPath
from engine.expression import slips
from engine.hl7.path import NamedPath, Path, scan_path

KEYWORDS = frozenset({"and", "or", "not", "in", "matches"})
LONGEST = 10_000


class TokenKind(Enum):
    """The sorts of tokens; keywords and signs are told apart by their text."""

    PATH = auto()
    NUMBER = auto()
    STRING = auto()
    WORD = auto()
    SIGN = auto()
    END = auto()


@dataclass(frozen=True, slots=True)
class Token:
    """One token and its span; a string's *text* is what it means, without quotes."""

    kind: TokenKind
    text: str
    start: int
    end: int
    path: Path | NamedPath | None = None

    def is_sign(self, *texts: str) -> bool:
        """Whether it is one of these signs or keywords."""
        return self.kind is TokenKind.SIGN and self.text in texts


_BLANK = re.compile(r"\s*")
_STRING = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"")
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_NUMBER = re.compile(r"[0-9]{1,30}(?:\.[0-9]{1,30}){0,2}(?![A-Za-z0-9_.])")
_NEGATIVE = re.compile(r"-[0-9]{1,30}(?:\.[0-9]{1,30})?(?![A-Za-z0-9_.])")
_SIGN = re.compile(r"==|!=|<=|>=|<(?!>)|>|\(|\)|\[|\]|,|\+")
_PATH_ERRORS = {
    "index-from-one": ("this counts from 1", ""),
    "empty-bracket": ("there is nothing in the brackets", "[2], [*] or [5 == 'MR']"),
    "unclosed-bracket": ("this bracket is never closed", "']' is missing"),
}


def tokenize(text: str, start: int, end: int) -> list[Token]:
    """Return the tokens of ``text[start:end]``, the last being END; raise InvalidExpression where there is none."""
    if end - start > LONGEST:
        raise InvalidExpression("too-long", start, f"an expression has at most {LONGEST} characters")
    tokens: list[Token] = []
    at = _skip_blank(text, start, end)
    while at < end:
        token = _next(text, at, end, tokens[-1] if tokens else None)
        tokens.append(token)
        at = _skip_blank(text, token.end, end)
    tokens.append(Token(TokenKind.END, "", end, end))
    return tokens


def _skip_blank(text: str, at: int, end: int) -> int:
    found = _BLANK.match(text, at, end)
    return found.end() if found else at


def _next(text: str, at: int, end: int, before: Token | None) -> Token:
    if text[at] in "'\"":
        return _string(text, at, end)
    if (path := _path(text, at, end)) is not None:
        return path
    if word := _WORD.match(text, at, end):
        slips.refuse_word(text, word.group(), at, word.end())
        kind = TokenKind.SIGN if word.group() in KEYWORDS else TokenKind.WORD
        return Token(kind, word.group(), at, word.end())
    number = _NUMBER.match(text, at, end) or (None if _ends_operand(before) else _NEGATIVE.match(text, at, end))
    if number:
        return Token(TokenKind.NUMBER, number.group(), at, number.end())
    if sign := _SIGN.match(text, at, end):
        return Token(TokenKind.SIGN, sign.group(), at, sign.end())
    slips.refuse_character(text, at, end)
    raise InvalidExpression("unexpected-character", at, f"{text[at]!r} means nothing here")


def _string(text: str, at: int, end: int) -> Token:
    found = _STRING.match(text, at, end)
    if found is None:
        hint = f"a quote inside a text is written twice: {text[at] * 2}"
        raise InvalidExpression("unclosed-quote", at, "this quote is never closed", hint)
    quote = text[at]
    inside = found.group()[1:-1].replace(quote * 2, quote)
    return Token(TokenKind.STRING, inside, at, found.end())


def _path(text: str, at: int, end: int) -> Token | None:
    slips.refuse_capitals(text, at, end)
    try:
        found = scan_path(text, at)
    except InvalidPath as error:
        words, hint = _PATH_ERRORS.get(error.code, ("this is no path", ""))
        raise InvalidExpression(error.code, error.offset, words, hint) from None
    if found is None:
        return None
    path, stop = found
    slips.refuse_tail(text, at, stop, end)
    return Token(TokenKind.PATH, text[at:stop], at, stop, path)


def _ends_operand(token: Token | None) -> bool:
    if token is None:
        return False
    return token.kind is not TokenKind.SIGN or token.text in (")", "]")
