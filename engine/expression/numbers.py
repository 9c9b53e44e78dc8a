"""Text as a number, exactly: no floats, no exponents, nothing but what HL7's NM allows."""

import re
from decimal import Decimal

from engine.errors import RuleFailed
from engine.expression.syntax import Number, Value

_NUMBER = re.compile(r"\s*([+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+))\s*", re.ASCII)
_LONGEST = 100
_LARGEST = 10_000_000


def read_number(text: str) -> Number | None:
    """Return *text* as a number, or None."""
    if len(text) > _LONGEST:
        return None
    found = _NUMBER.fullmatch(text)
    if found is None:
        return None
    written = found[1]
    return Decimal(written) if "." in written else int(written)


def as_number(value: Value) -> Number | None:
    """Return *value* as a number, or None."""
    if isinstance(value, str):
        return read_number(value)
    return value


def whole_number(value: Number, name: str, least: int) -> int:
    """Return *value* as the whole number that argument *name* must be; raise RuleFailed if it is none or too small."""
    number = int(value)
    if number != value or number < least or number > _LARGEST:
        raise RuleFailed("bad-argument", f"{name} is a whole number from {least}")
    return number
