"""HL7 times (TS, DTM, DT) in every precision, as values: read, write and show. Reads no clock."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone, tzinfo
from enum import IntEnum
from functools import lru_cache

from engine.errors import InvalidFormat

_TIME = re.compile(
    r"([0-9]{4})(?:([0-9]{2})(?:([0-9]{2})(?:([0-9]{2})(?:([0-9]{2})(?:([0-9]{2})(?:\.([0-9]{1,30}))?)?)?)?)?)?"
    r"(?:([+-])([0-9]{2})([0-9]{2}))?"
)
_MOST_HOURS_FROM_UTC = 14
_TOKENS = re.compile(r"YYYY|MM|DD|HH|mm|SS|FFFF|ZZZZ|'[^']*'|[^A-Za-z']|T")


class Precision(IntEnum):
    """How much of a time is given; each includes the ones before it."""

    YEAR = 1
    MONTH = 2
    DAY = 3
    HOUR = 4
    MINUTE = 5
    SECOND = 6
    FRACTION = 7


@dataclass(frozen=True, slots=True)
class Instant:
    """An HL7 time: what is missing below its precision stands at its beginning."""

    value: datetime
    """Aware: in the offset that was written, else in the zone that the reader assumed."""
    precision: Precision
    had_offset: bool
    fraction: str = ""
    """The digits behind the point as written."""


_NEEDED = {
    "YYYY": Precision.YEAR,
    "MM": Precision.MONTH,
    "DD": Precision.DAY,
    "HH": Precision.HOUR,
    "mm": Precision.MINUTE,
    "SS": Precision.SECOND,
    "FFFF": Precision.FRACTION,
    "ZZZZ": Precision.HOUR,
}


def parse_time(text: str, zone: tzinfo) -> Instant | None:
    """Return the time that *text* is, in *zone* where it has no offset; None if it is no valid HL7 time."""
    match = _TIME.fullmatch(text)
    if match is None:
        return None
    numbers = [int(part) for part in match.groups()[:6] if part is not None]
    fraction = match[7] or ""
    offset = _offset(match) if match[8] else zone
    if offset is None:
        return None
    year, month, day, hour, minute, second = numbers + [0, 1, 1, 0, 0, 0][len(numbers) :]
    try:
        value = datetime(year, month, day, hour, minute, second, int(fraction[:6].ljust(6, "0")), offset)
    except ValueError:
        return None
    precision = Precision.FRACTION if fraction else Precision(len(numbers))
    return Instant(value, precision, match[8] is not None, fraction)


@lru_cache(maxsize=4096)
def format_second(second: int, zone: tzinfo) -> str:
    """Return the *second* since 1970 UTC in *zone* as HL7 writes it: YYYYMMDDHHMMSS+ZZZZ."""
    # Every message of a second has the same MSH-7, several times over: time zones are slow to ask.
    local = datetime.fromtimestamp(second, zone)
    return f"{local:%Y%m%d%H%M%S}{_written_offset(local)}".rjust(19, "0")


def write_instant(instant: Instant) -> str:
    """Return *instant* as text in its own precision, with an offset if it had one."""
    value = instant.value
    parts = (
        f"{value.year:04}",
        f"{value.month:02}",
        f"{value.day:02}",
        f"{value.hour:02}",
        f"{value.minute:02}",
        f"{value.second:02}",
        f".{instant.fraction}",
    )
    return "".join(parts[: instant.precision]) + (_written_offset(value) if instant.had_offset else "")


def show_time(instant: Instant, form: str) -> str | None:
    """Return *instant* by a form such as ``YYYY-MM-DD HH:mm``; None if it lacks a part that the form asks for.

    YYYY MM DD HH mm SS FFFF (four digits of a fraction) ZZZZ (offset); T, what is no letter and what stands in
    quotes is copied. Its own zone is kept. Raise InvalidFormat for any other letter.
    """
    parts = parse_form(form)
    if any(_NEEDED.get(part, Precision.YEAR) > instant.precision for part in parts):
        return None
    return "".join(_shown(part, instant) for part in parts)


@lru_cache(maxsize=256)
def parse_form(form: str) -> tuple[str, ...]:
    """Return the parts of a form; raise InvalidFormat, with the offset, where it holds a letter that means nothing."""
    parts: list[str] = []
    at = 0
    while at < len(form):
        match = _TOKENS.match(form, at)
        if match is None:
            raise InvalidFormat("unknown-format-letter", at)
        parts.append(match[0])
        at = match.end()
    return tuple(parts)


def _shown(part: str, instant: Instant) -> str:  # noqa: PLR0911 (one line per token)
    value = instant.value
    match part:
        case "YYYY":
            return f"{value.year:04}"
        case "MM":
            return f"{value.month:02}"
        case "DD":
            return f"{value.day:02}"
        case "HH":
            return f"{value.hour:02}"
        case "mm":
            return f"{value.minute:02}"
        case "SS":
            return f"{value.second:02}"
        case "FFFF":
            return instant.fraction[:4].ljust(4, "0")
        case "ZZZZ":
            return _written_offset(value)
        case _:
            return part.strip("'")


def _offset(match: re.Match[str]) -> timezone | None:
    hours, minutes = int(match[9]), int(match[10])
    if minutes > 59 or hours * 60 + minutes > _MOST_HOURS_FROM_UTC * 60:
        return None
    distance = timedelta(hours=hours, minutes=minutes)
    return timezone(-distance if match[8] == "-" else distance)


def _written_offset(value: datetime) -> str:
    # Before standard time zones had seconds in their offsets; HL7 has no place for them.
    minutes = round((value.utcoffset() or timedelta()).total_seconds() / 60)
    sign = "-" if minutes < 0 else "+"
    hours, rest = divmod(abs(minutes), 60)
    return f"{sign}{hours:02}{rest:02}"
