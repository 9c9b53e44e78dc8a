"""Reckoning with times follows the calendar from days up and the clock below, and says when it cannot tell."""

from datetime import UTC, tzinfo
from zoneinfo import ZoneInfo

import pytest

from engine.hl7.reckoning import Unit, add, between, parse_amount, years_between
from engine.hl7.timestamps import Instant, parse_time, write_instant

NEW_YORK = ZoneInfo("America/New_York")


def _time(text: str, zone: tzinfo = UTC) -> Instant:
    instant = parse_time(text, zone)
    assert instant is not None
    return instant


@pytest.mark.parametrize(
    ("text", "amount", "result"),
    [
        ("20240131", "1m", "20240229"),
        ("20240331", "-1m", "20240229"),
        ("20240229", "1y", "20250228"),
        ("20240229", "-4y", "20200229"),
        ("202411", "3m", "202502"),
        ("2024", "-30y", "1994"),
        ("20240301", "-30d", "20240131"),
        ("20240301", "2w", "20240315"),
        ("2024010123", "2h", "2024010201"),
        ("202401012350", "15min", "202401020005"),
        ("20240101235950.25+0100", "+10s", "20240102000000.25+0100"),
        ("20240101120000-0500", "1d", "20240102120000-0500"),
    ],
)
def test_an_amount_is_added_in_the_precision_and_zone_of_the_time(text: str, amount: str, result: str) -> None:
    """The last day stands for days that a month lacks."""
    parsed = parse_amount(amount)
    assert parsed is not None

    moved = add(_time(text), *parsed)

    assert moved is not None
    assert write_instant(moved) == result


def test_days_follow_the_calendar_and_hours_the_clock_when_clocks_change() -> None:
    """On 10 March 2024 New York has no 02:30."""
    before = _time("202403091230", NEW_YORK)

    day, hours = add(before, 1, Unit.DAYS), add(before, 24, Unit.HOURS)

    assert day is not None
    assert hours is not None
    assert write_instant(day) == "202403101230"
    assert write_instant(hours) == "202403101330"
    assert between(before, day, Unit.HOURS) == 23


@pytest.mark.parametrize(
    ("text", "amount"),
    [("2024", "1m"), ("202401", "1d"), ("20240101", "2h"), ("2024010112", "5min"), ("202401011200", "1s"),
     ("99991231", "1d"), ("00010101", "-1d"), ("20240101", "999999999y"), ("20240101", "-3000y")],
)  # fmt: skip
def test_what_a_time_is_not_precise_enough_for_or_the_calendar_lacks_is_none(text: str, amount: str) -> None:
    """Hours cannot be added to a date, nor years beyond the last."""
    parsed = parse_amount(amount)
    assert parsed is not None

    assert add(_time(text), *parsed) is None


@pytest.mark.parametrize("text", ["", "1", "d", "1.5d", "1 d", "1D", "1mo", "--1d", "9" * 400 + "d", "１d"])
def test_what_is_no_amount_is_none(text: str) -> None:
    """A whole number and a unit."""
    assert parse_amount(text) is None


@pytest.mark.parametrize(
    ("start", "end", "unit", "count"),
    [
        ("20240101", "20240131", Unit.DAYS, 30),
        ("202401012359", "202401020001", Unit.DAYS, 1),
        ("20240131", "20240101", Unit.DAYS, -30),
        ("20240101", "20240114", Unit.WEEKS, 1),
        ("20240131", "20240229", Unit.MONTHS, 0),
        ("20240131", "20240331", Unit.MONTHS, 2),
        ("20240331", "20240131", Unit.MONTHS, -2),
        ("2024010112", "2024010115", Unit.HOURS, 3),
        ("202401011200", "202401011059", Unit.HOURS, -1),
        ("2024010112+0100", "2024010112+0000", Unit.HOURS, 1),
        ("202401011200", "202401011201", Unit.MINUTES, 1),
        ("20240101120000.9", "20240101120002.1", Unit.SECONDS, 1),
        ("20240101120000.5", "20240101120000.1", Unit.SECONDS, 0),
        ("20240101", "2024", Unit.DAYS, None),
        ("20240101", "20240102", Unit.HOURS, None),
        ("2000", "2024", Unit.YEARS, None),
    ],
)
def test_whole_units_are_counted_between_two_times(start: str, end: str, unit: Unit, count: int | None) -> None:
    """Towards zero; None where one of them is not precise enough."""
    assert between(_time(start), _time(end), unit) == count


@pytest.mark.parametrize(
    ("born", "today", "years"),
    [
        ("20000229", "20240228", 23),
        ("20000229", "20240229", 24),
        ("20000229", "20230228", 22),
        ("20000229", "20230301", 23),
        ("20000615", "20240614", 23),
        ("200006152359", "202406150000", 24),
        ("20240615", "20000615", -24),
        ("20240615", "20240615", 0),
    ],
)
def test_an_age_is_whole_years_on_calendar_days(born: str, today: str, years: int) -> None:
    """The time of day does not matter; who was born on 29 February is older on 1 March."""
    assert years_between(_time(born), _time(today)) == years
