"""Functions from text to text."""

import dataclasses
import re

from engine.errors import InvalidExpression, RuleFailed
from engine.expression.environment import Env
from engine.expression.numbers import read_number, whole_number
from engine.expression.registry import TEXT, Example, Parameter, Takes, function
from engine.expression.syntax import Kind, Number

_WORD = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)*")
_NOT_DIGIT = re.compile(r"[^0-9]+")


def upper(env: Env, text: str) -> str:
    """Return capital letters. On a path every leaf is changed and the structure stays."""
    env.budget.grow(len(text))
    return text.upper()


def lower(env: Env, text: str) -> str:
    """Return small letters. On a path every leaf is changed and the structure stays."""
    env.budget.grow(len(text))
    return text.lower()


def trim(_env: Env, text: str) -> str:
    """Take the blanks off both ends. On a path every leaf is changed and the structure stays."""
    return text.strip()


def title(env: Env, text: str) -> str:
    """Begin every word, and every part of a double name, with a capital, and go on in small letters."""
    env.budget.grow(len(text))
    return _WORD.sub(_capitalised, text)


def digits(_env: Env, text: str) -> str:
    """Keep only 0 to 9."""
    return text if text.isascii() and text.isdigit() else _NOT_DIGIT.sub("", text)


def replace(env: Env, text: str, old: str, new: str) -> str:
    """Put *new* for every *old*, taken literally. On a path every leaf is changed and the structure stays."""
    if not old:
        return text
    # The size is known before the text is made: a small message must not become a large one first.
    env.budget.grow(len(text) + text.count(old) * max(len(new) - len(old), 0))
    return text.replace(old, new)


def substring(_env: Env, text: str, start: Number, length: Number | None = None) -> str:
    """Take *length* characters from character *start* on, counted from 1; without *length*, all of them."""
    first = whole_number(start, "start", 1)
    if length is None:
        return text[first - 1 :]
    return text[first - 1 : first - 1 + whole_number(length, "length", 0)]


def pad(env: Env, text: str, width: Number, char: str) -> str:
    """Fill up with *char* on the left until *width* is reached. '' stays ''."""
    return _missing(env, text, width, char) + text


def pad_right(env: Env, text: str, width: Number, char: str) -> str:
    """Fill up with *char* on the right until *width* is reached. '' stays ''."""
    return text + _missing(env, text, width, char)


def length(_env: Env, text: str) -> int:
    """Count the characters."""
    return len(text)


def luhn(_env: Env, text: str) -> bool:
    """Tell whether the text is digits whose last one checks the others (ISO/IEC 7812): ``luhn('80840' + PV1-7.1)`` for
    an NPI."""
    if not (text.isascii() and text.isdigit()):
        return False
    even = sum(map(int, text[-1::-2]))
    odd = sum(sum(divmod(2 * int(digit), 10)) for digit in text[-2::-2])
    return (even + odd) % 10 == 0


def number(_env: Env, value: str) -> Number | str:
    """Read the value as a number, so that comparing goes by value. '' gives ''; other text that is no number fails."""
    if not value:
        return ""
    found = read_number(value)
    if found is None:
        raise RuleFailed("not-a-number", f"{value!r} is no number")
    return found


def _capitalised(match: re.Match[str]) -> str:
    parts = re.split(r"(['\u2019])", match.group())
    if len(parts[-1]) == 1 and len(parts) > 1:
        parts[-1] = parts[-1].lower()
    else:
        parts[-1] = parts[-1].capitalize()
    return "".join([*(part.capitalize() for part in parts[:-1]), parts[-1]])


def _one_character(text: str) -> str:
    if len(text) != 1:
        raise InvalidExpression("wrong-argument", 0, "the character to fill up with is one character")
    return text


def _missing(env: Env, text: str, width: Number, char: str) -> str:
    if len(char) != 1:
        raise RuleFailed("bad-argument", "the character to fill up with is one character")
    if not text:
        return ""
    missing = max(whole_number(width, "width", 0) - len(text), 0)
    env.budget.grow(missing)
    return char * missing


_PART = (TEXT, Parameter("start", Takes.NUMBER, least=1), Parameter("length", Takes.NUMBER, optional=True))
_WIDTH = (TEXT, Parameter("width", Takes.NUMBER), Parameter("char", prepare=_one_character))
_REPLACE = (TEXT, Parameter("old"), Parameter("new"))
_EACH_LEAF = (
    function(upper, (TEXT,), Kind.TEXT, Example("upper(PID-5.2)", "JANE")),
    function(lower, (TEXT,), Kind.TEXT, Example("lower(MSH-9.1)", "adt")),
    function(trim, (TEXT,), Kind.TEXT, Example("trim('  A01 ')", "A01")),
    function(replace, _REPLACE, Kind.TEXT, Example("replace('123-45-6789', '-', '')", "123456789")),
)

TEXTS = (
    *(dataclasses.replace(each, keeps_structure=True) for each in _EACH_LEAF),
    function(title, (TEXT,), Kind.TEXT, Example("title('ANNE-MARIE O''BRIEN')", "Anne-Marie O'Brien")),
    function(digits, (TEXT,), Kind.TEXT, Example("digits('(317) 555-0100')", "3175550100")),
    function(
        substring, _PART, Kind.TEXT, Example("substring('20240131', 5, 2)", "01"), Example("substring('C40', 2)", "40")
    ),
    function(pad, _WIDTH, Kind.TEXT, Example("pad('42', 6, '0')", "000042"), Example("pad('', 6, '0')", "")),
    function(pad_right, _WIDTH, Kind.TEXT, Example("pad_right('42', 6, '.')", "42....")),
    function(length, (TEXT,), Kind.NUMBER, Example("length('A01')", 3)),
    function(
        luhn,
        (TEXT,),
        Kind.TRUTH,
        Example("luhn('80840' + '1234567893')", gives=True),
        Example("luhn('80840' + '1234567894')", gives=False),
    ),
    function(
        number,
        (Parameter("value"),),
        Kind.NUMBER,
        Example("number('007')", 7),
        Example("number('10') > number('9')", gives=True),
    ),
)
