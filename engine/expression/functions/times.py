"""Functions on HL7 times. What is no HL7 time, or too coarse for the question, fails; '' gives ''."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, tzinfo

from engine.errors import InvalidExpression, InvalidFormat, RuleFailed
from engine.expression.environment import Env
from engine.expression.registry import Example, Parameter, Takes, function
from engine.expression.syntax import Kind
from engine.hl7.timestamps import Instant, Precision, parse_form, parse_time, show_time, write_instant

_AMOUNT = re.compile(r"\s*([+-]?)\s*([0-9]{1,6})\s*(y|mo|w|d|h|m|s)\s*")
_CALENDAR = {"y": Precision.YEAR, "mo": Precision.MONTH, "w": Precision.DAY, "d": Precision.DAY}
_CLOCK = {"h": Precision.HOUR, "m": Precision.MINUTE, "s": Precision.SECOND}
_NEEDED = {**_CALENDAR, **_CLOCK}
_UNITS = {
    "days": (Precision.DAY, 0),
    "hours": (Precision.HOUR, 3600),
    "minutes": (Precision.MINUTE, 60),
    "seconds": (Precision.SECOND, 1),
}
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
    if not from_ or not to:
        return ""
    start, end = _day(env, from_), _day(env, to)
    if end < start:
        return -_whole_years(end, start)
    return _whole_years(start, end)


def date_add(env: Env, value: str, amount: "Amount") -> str:
    """Move a time by an amount such as '-30d': y, mo, w, d, h, m (minutes) or s; it stays as exact as it was. '' gives ''."""
    if not value:
        return ""
    instant = _instant(env, value, amount.needs)
    try:
        return write_instant(replace(instant, value=amount.added_to(instant.value)))
    except (ValueError, OverflowError):
        raise RuleFailed("unreadable-time", f"{value!r} cannot be moved so far") from None


def between(env: Env, a: str, b: str, unit: str) -> int | str:
    """Count from *a* to *b* in 'days' (of the calendar), 'hours', 'minutes' or 'seconds' (whole ones). '' if either is empty."""
    if not a or not b:
        return ""
    needed, seconds = _UNITS[unit]
    start, end = _instant(env, a, needed).value, _instant(env, b, needed).value
    if not seconds:
        return (end.date() - start.date()).days
    return int((end - start).total_seconds() / seconds)


class Amount:
    """What ``date_add`` adds."""

    __slots__ = ("_number", "_unit", "needs")

    def __init__(self, text: str) -> None:
        found = _AMOUNT.fullmatch(text)
        if found is None:
            raise InvalidExpression(
                "wrong-argument", 0, "this is no amount of time", "write '-30d', '2h' or '1mo': y, mo, w, d, h, m or s"
            )
        self._number = int(found[2]) * (-1 if found[1] == "-" else 1)
        self._unit = found[3]
        self.needs = _NEEDED[self._unit]

    def added_to(self, value: datetime) -> datetime:
        """Return *value* moved: by the calendar of its own zone for days and more, by the clock below."""
        number = self._number
        match self._unit:
            case "y":
                return _months_later(value, number * 12)
            case "mo":
                return _months_later(value, number)
            case "w" | "d":
                return value + timedelta(days=number * (7 if self._unit == "w" else 1))
            case "h":
                moved = timedelta(hours=number)
            case "m":
                moved = timedelta(minutes=number)
            case _:
                moved = timedelta(seconds=number)
        return (value.astimezone(UTC) + moved).astimezone(value.tzinfo)


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


def _unit(text: str) -> str:
    if text not in _UNITS:
        raise InvalidExpression(
            "wrong-argument", 0, f"there is no unit {text!r}", "write 'days', 'hours', 'minutes' or 'seconds'"
        )
    return text


def _instant(env: Env, text: str, needed: Precision) -> Instant:
    instant = parse_time(text, env.moment.zone)
    if instant is None:
        raise RuleFailed("unreadable-time", f"{text!r} is no HL7 time")
    if instant.precision < needed:
        raise RuleFailed("unreadable-time", f"{text!r} is not exact enough")
    return instant


def _day(env: Env, text: str) -> date:
    return _instant(env, text, Precision.DAY).value.date()


def _whole_years(start: date, end: date) -> int:
    return end.year - start.year - ((end.month, end.day) < (start.month, start.day))


def _months_later(value: datetime, months: int) -> datetime:
    year, month = divmod(value.year * 12 + value.month - 1 + months, 12)
    for day in (value.day, 30, 29, 28):
        if day <= value.day:
            try:
                return value.replace(year=year, month=month + 1, day=day)
            except ValueError:
                continue
    raise ValueError("no such month")


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
        (_VALUE, _literal("amount", Amount)),
        Kind.TEXT,
        Example("date_add('20240131', '-30d')", "20240101"),
        Example("date_add('20240131', '1mo')", "20240229"),
    ),
    function(
        between,
        (Parameter("a"), Parameter("b"), _literal("unit", _unit)),
        Kind.NUMBER,
        Example("between('20240101', '20240131', 'days')", 30),
        Example("between('20240101230000', '20240102010000', 'hours')", 2),
    ),
)
