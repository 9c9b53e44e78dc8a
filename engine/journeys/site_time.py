"""The hospital's wall clock (America/New_York), computed: the machine's time zone files may be absent or differ."""

from calendar import timegm
from datetime import date
from functools import lru_cache
from time import gmtime, strftime

_STANDARD = -5 * 3600
_DAYLIGHT = -4 * 3600


def stamp(at: int) -> str:
    """Return UTC second *at* as HL7 local time with its offset, e.g. ``20260105063000-0500``."""
    begin, end = _daylight_saving(gmtime(at).tm_year)
    if begin <= at < end:
        return strftime("%Y%m%d%H%M%S", gmtime(at + _DAYLIGHT)) + "-0400"
    return strftime("%Y%m%d%H%M%S", gmtime(at + _STANDARD)) + "-0500"


def day(at: int) -> str:
    """Return the local calendar day of UTC second *at*, e.g. ``20260105``."""
    return stamp(at)[:8]


@lru_cache(maxsize=128)
def _daylight_saving(year: int) -> tuple[int, int]:
    """Return the UTC seconds when daylight saving time begins and ends: at 2:00 by the clock just left behind."""
    begin = (year, 3, _sunday(year, 3, 2), 2, 0, 0)
    end = (year, 11, _sunday(year, 11, 1), 2, 0, 0)
    return timegm(begin) - _STANDARD, timegm(end) - _DAYLIGHT


def _sunday(year: int, month: int, nth: int) -> int:
    """Return the day of the month of its *nth* Sunday."""
    return 1 + (6 - date(year, month, 1).weekday()) % 7 + 7 * (nth - 1)
