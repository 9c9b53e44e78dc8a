"""Functions on HL7 times. What is no HL7 time, or too coarse for the question, fails; '' gives ''."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, tzinfo
from functools import lru_cache

from engine.errors import InvalidExpression, InvalidFormat, RuleFailed
from engine.expression.environment import Env
from engine.expression.registry import Example, Parameter, Takes, function
from engine.expression.syntax import Kind
from engine.hl7 import reckoning
from engine.hl7.timestamps import Instant, parse_form, parse_time, show_time, write_instant

_TOKENS = "YYYY MM DD HH mm SS FFFF ZZZZ"


def show_date(env: Env, value: str, form: str, default: str | None = None) -> str:
    """Write an HL7 time by a form of YYYY MM DD HH mm SS FFFF ZZZZ, in its own zone.

    '' gives ''. What is no HL7 time, or lacks a part that the form asks for, gives *default*, or fails without one.
    """
    if not value:
        return ""
    instant = parse_time(value, env.moment.zone)
    shown = show_time(instant, form) if instant else None
    if shown is not None:
        return shown
    if default is not None:
        return default
    raise RuleFailed("unreadable-time", f"{value!r} cannot be written as {form}")


def years_between(env: Env, from_: str, to: str) -> int | str:
    """Count the whole years between two calendar days, as ages are. '' if either is empty."""
    return between(env, from_, to, reckoning.Unit.YEARS)


def date_add(env: Env, value: str, amount: tuple[int, reckoning.Unit]) -> str:
    """Move a time by y, m (months), w, d, h, min or s, as in '-30d'; it stays as exact as it was. '' gives ''."""
    if not value:
        return ""
    moved = reckoning.add(_instant(env, value), *amount)
    if moved is None:
        raise RuleFailed("unreadable-time", f"{value!r} is not exact enough, or would be moved too far")
    return write_instant(moved)


def between(env: Env, a: str, b: str, unit: reckoning.Unit) -> int | str:
    """Count from *a* to *b* in calendar 'days' or 'weeks', or whole 'hours', 'minutes', 'seconds', 'months' or 'years'.

    '' if either is empty; negative if *b* is the earlier.
    """
    if not a or not b:
        return ""
    found = reckoning.between(_instant(env, a), _instant(env, b), unit)
    if found is None:
        raise RuleFailed("unreadable-time", f"{a!r} or {b!r} is not exact enough to count {unit.value}")
    return found


@lru_cache(maxsize=1_024)
def day_of(text: str, zone: tzinfo) -> date:
    """Return the day that an HL7 time stands for; a year or month alone stands for its first day."""
    instant = parse_time(text, zone)
    if instant is None:
        raise RuleFailed("unreadable-time", f"{text!r} is no HL7 date")
    return instant.value.date()


def form(text: str) -> str:
    """Return *text* if it is a form of times; raise InvalidExpression else, also where MM seems to mean minutes."""
    try:
        parts = [part for part in parse_form(text) if part[0].isalpha() and part != "T"]
    except InvalidFormat:
        raise InvalidExpression(
            "wrong-argument", 0, "this is no form of a time", f"write it with {_TOKENS}; other letters in quotes"
        ) from None
    for index, part in enumerate(parts):
        if part == "MM" and (parts[index - 1 : index] == ["HH"] or parts[index + 1 : index + 2] == ["SS"]):
            raise InvalidExpression("wrong-argument", 0, "MM is the month", "minutes are written mm")
    return text


def _amount(text: str) -> tuple[int, reckoning.Unit]:
    found = reckoning.parse_amount(text)
    if found is None:
        hint = "write '-30d', '2h' or '15min': y, m (months), w, d, h, min or s"
        raise InvalidExpression("wrong-argument", 0, "this is no amount of time", hint)
    return found


def _unit(text: str) -> reckoning.Unit:
    try:
        return reckoning.Unit(text)
    except ValueError:
        hint = "write " + ", ".join(f"'{unit.value}'" for unit in reckoning.Unit)
        raise InvalidExpression("wrong-argument", 0, f"there is no unit {text!r}", hint) from None


def _instant(env: Env, text: str) -> Instant:
    instant = parse_time(text, env.moment.zone)
    if instant is None:
        raise RuleFailed("unreadable-time", f"{text!r} is no HL7 time")
    return instant


def _literal(name: str, prepare: Callable[[str], object]) -> Parameter:
    return Parameter(name, Takes.LITERAL, prepare=prepare)


_VALUE = Parameter("value")

TIMES = (
    replace(
        function(
            show_date,
            (_VALUE, _literal("format", form), Parameter("default", optional=True)),
            Kind.TEXT,
            Example("date(PID-7, 'MM/DD/YYYY')", "02/29/1980"),
            Example("date('2024', 'YYYY-MM-DD', 'unknown')", "unknown"),
            Example("date('20240131101500-0600', 'YYYY-MM-DD HH:mm ZZZZ')", "2024-01-31 10:15 -0600"),
        ),
        name="date",
    ),
    function(
        years_between,
        (Parameter("from"), Parameter("to")),
        Kind.NUMBER,
        Example("years_between('19800229', '20240228')", 43),
        Example("years_between('19800229', '20240229')", 44),
    ),
    function(
        date_add,
        (_VALUE, _literal("amount", _amount)),
        Kind.TEXT,
        Example("date_add('20240131', '-30d')", "20240101"),
        Example("date_add('20240131', '1m')", "20240229"),
    ),
    function(
        between,
        (Parameter("a"), Parameter("b"), _literal("unit", _unit)),
        Kind.NUMBER,
        Example("between('20240101', '20240131', 'days')", 30),
        Example("between('20240101230000', '20240102010000', 'hours')", 2),
    ),
)
