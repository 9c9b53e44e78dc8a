"""Reckoning with HL7 times: add to one, count between two. None wherever a time is not precise enough to say."""

import re
from calendar import monthrange
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from enum import Enum

from engine.hl7.timestamps import Instant, Precision

_AMOUNT = re.compile(r"([+-]?)([0-9]{1,9})(y|m|w|d|h|min|s)")


class Unit(Enum):
    """What is counted; the value is the word in ``between(a, b, 'days')``."""

    YEARS = "years"
    MONTHS = "months"
    WEEKS = "weeks"
    DAYS = "days"
    HOURS = "hours"
    MINUTES = "minutes"
    SECONDS = "seconds"


_LETTERS = {
    "y": Unit.YEARS,
    "m": Unit.MONTHS,
    "w": Unit.WEEKS,
    "d": Unit.DAYS,
    "h": Unit.HOURS,
    "min": Unit.MINUTES,
    "s": Unit.SECONDS,
}
_PRECISION = {
    Unit.YEARS: Precision.YEAR,
    Unit.MONTHS: Precision.MONTH,
    Unit.WEEKS: Precision.DAY,
    Unit.DAYS: Precision.DAY,
    Unit.HOURS: Precision.HOUR,
    Unit.MINUTES: Precision.MINUTE,
    Unit.SECONDS: Precision.SECOND,
}
_SECONDS = {Unit.HOURS: 3600, Unit.MINUTES: 60, Unit.SECONDS: 1}
_MONTHS = {Unit.YEARS: 12, Unit.MONTHS: 1}
_DAYS = {Unit.WEEKS: 7, Unit.DAYS: 1}


def parse_amount(text: str) -> tuple[int, Unit] | None:
    """Return what ``-30d``, ``2h``, ``1y``, ``3m`` (months), ``2w``, ``15min`` or ``10s`` says, else None."""
    match = _AMOUNT.fullmatch(text.strip())
    if match is None:
        return None
    return int(match[1] + match[2]), _LETTERS[match[3]]


def add(instant: Instant, count: int, unit: Unit) -> Instant | None:
    """Return *instant* moved by *count* units: by the calendar from days up, by elapsed time below.

    The last day stands for days that a month lacks: 31 January and a month is the end of February.
    """
    if instant.precision < _PRECISION[unit]:
        return None
    try:
        return replace(instant, value=_moved(instant.value, count, unit))
    except (OverflowError, ValueError):
        return None


def between(start: Instant, end: Instant, unit: Unit) -> int | None:
    """Return how many whole units lie between two times, negative when *end* is earlier.

    Days and weeks count calendar days, months and years whole ones on calendar days, hours and below elapsed time.
    """
    if min(start.precision, end.precision) < _counting_precision(unit):
        return None
    if unit in _SECONDS:
        # Two times of one zone would be subtracted by their clocks, which a change of clocks has moved.
        elapsed = end.value.astimezone(UTC) - start.value.astimezone(UTC)
        return _towards_zero(elapsed // timedelta(microseconds=1), _SECONDS[unit] * 1_000_000)
    if unit in _DAYS:
        return _towards_zero((end.value.date() - start.value.date()).days, _DAYS[unit])
    return _towards_zero(_whole_months(start.value, end.value), _MONTHS[unit])


def years_between(start: Instant, end: Instant) -> int | None:
    """Return the whole years between two calendar days: an age."""
    return between(start, end, Unit.YEARS)


def _counting_precision(unit: Unit) -> Precision:
    # Whether a year or a month is whole shows only on the day.
    return max(_PRECISION[unit], Precision.DAY)


def _moved(value: datetime, count: int, unit: Unit) -> datetime:
    if unit in _SECONDS:
        return (value.astimezone(UTC) + timedelta(seconds=count * _SECONDS[unit])).astimezone(value.tzinfo)
    if unit in _DAYS:
        return value + timedelta(days=count * _DAYS[unit])
    months = value.year * 12 + value.month - 1 + count * _MONTHS[unit]
    year, month = divmod(months, 12)
    return value.replace(year=year, month=month + 1, day=min(value.day, monthrange(year, month + 1)[1]))


def _whole_months(start: datetime, end: datetime) -> int:
    if end.date() < start.date():
        return -_whole_months(end, start)
    months = (end.year - start.year) * 12 + end.month - start.month
    return months - 1 if end.day < start.day else months


def _towards_zero(number: int, divisor: int) -> int:
    whole = abs(number) // divisor
    return -whole if number < 0 else whole
