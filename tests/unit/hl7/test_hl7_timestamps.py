"""HL7 times are read in every precision, refused when the calendar has no such day, and shown in their own zone."""

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from engine.errors import InvalidFormat
from engine.hl7.timestamps import Precision, format_second, parse_form, parse_time, show_time, write_instant

EAST = timezone(timedelta(hours=-5))


@pytest.mark.parametrize(
    ("text", "value", "precision"),
    [
        ("2024", (2024, 1, 1), Precision.YEAR),
        ("202402", (2024, 2, 1), Precision.MONTH),
        ("20240229", (2024, 2, 29), Precision.DAY),
        ("2024022913", (2024, 2, 29, 13), Precision.HOUR),
        ("202402291305", (2024, 2, 29, 13, 5), Precision.MINUTE),
        ("20240229130507", (2024, 2, 29, 13, 5, 7), Precision.SECOND),
        ("20240229130507.1", (2024, 2, 29, 13, 5, 7, 100000), Precision.FRACTION),
        ("20240229130507.1234", (2024, 2, 29, 13, 5, 7, 123400), Precision.FRACTION),
        ("20240229130507." + "9" * 30, (2024, 2, 29, 13, 5, 7, 999999), Precision.FRACTION),
        ("99991231", (9999, 12, 31), Precision.DAY),
    ],
)
def test_a_time_is_read_in_its_precision(text: str, value: tuple[int, int, int], precision: Precision) -> None:
    """In the zone that is assumed, where it has none."""
    instant = parse_time(text, EAST)

    assert instant is not None
    assert instant.value == datetime(*value, tzinfo=EAST)
    assert instant.precision is precision
    assert not instant.had_offset
    assert write_instant(instant) == text


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("20240101120000+0100", 60),
        ("202401011200-0330", -210),
        ("20240101120000.5+1400", 840),
        ("20240101+0000", 0),
        ("2024-0500", -300),
    ],
)
def test_an_offset_that_is_written_wins(text: str, minutes: int) -> None:
    """Behind any precision."""
    instant = parse_time(text, EAST)

    assert instant is not None
    assert instant.value.utcoffset() == timedelta(minutes=minutes)
    assert instant.had_offset
    assert write_instant(instant) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        '""',
        "0",
        "202",
        "20241",
        "00000000",
        "00000101",
        "20240230",
        "20230229",
        "20241301",
        "20240100",
        "2024010124",
        "202401012360",
        "20240101000060",
        "20240101000000.",
        "20240101000000." + "1" * 31,
        "20240101+9999",
        "20240101+1401",
        "20240101+0160",
        "20240101+01",
        "20240101Z",
        "2024-01-01",
        " 20240101",
        "20240101 ",
        "20240101\n",
        "２０２４０１０１",
        "1e10",
    ],
)
def test_what_is_no_time_is_none(text: str) -> None:
    """Days the calendar lacks, hours beyond the clock, other writings."""
    assert parse_time(text, UTC) is None


def test_a_moment_is_written_in_the_zone_of_the_site() -> None:
    """With the offset that holds there on that day."""
    zone = ZoneInfo("America/New_York")

    winter, summer = (int(datetime(2024, month, 1, 12, tzinfo=UTC).timestamp()) for month in (1, 7))
    assert format_second(winter, zone) == "20240101070000-0500"
    assert format_second(summer, zone) == "20240701080000-0400"
    assert format_second(summer, ZoneInfo("Asia/Kolkata")) == "20240701173000+0530"


@pytest.mark.parametrize(
    ("text", "form", "shown"),
    [
        ("19700131", "YYYY-MM-DD", "1970-01-31"),
        ("19700131", "DD.MM.YYYY", "31.01.1970"),
        ("19700131235959", "YYYYMMDD", "19700131"),
        ("197001312359", "MM/DD/YYYY HH:mm", "01/31/1970 23:59"),
        ("19700131235958.12+0100", "YYYY-MM-DDTHH:mm:SS.FFFFZZZZ", "1970-01-31T23:59:58.1200+0100"),
        ("197001312359", "HHmm ZZZZ", "2359 -0500"),
        ("1970", "'year' YYYY", "year 1970"),
        ("1970", "YYYY", "1970"),
        ("1970", "", ""),
    ],
)
def test_a_time_is_shown_by_a_form(text: str, form: str, shown: str) -> None:
    """Its own zone is kept; letters in quotes are copied."""
    instant = parse_time(text, EAST)

    assert instant is not None
    assert show_time(instant, form) == shown


@pytest.mark.parametrize(
    ("text", "form"),
    [("1970", "MM"), ("197001", "DD"), ("19700101", "HH"), ("19700101", "ZZZZ"), ("1970010112", "mm"),
     ("197001011200", "SS"), ("19700101120000", "FFFF")],
)  # fmt: skip
def test_a_part_that_is_not_there_is_not_made_up(text: str, form: str) -> None:
    """None; the caller gives a default or fails."""
    instant = parse_time(text, EAST)

    assert instant is not None
    assert show_time(instant, form) is None


@pytest.mark.parametrize(
    ("form", "offset"), [("yyyy", 0), ("%Y", 1), ("YYYY-mm-dd", 8), ("YYYY 'x", 5), ("HH:MM:ss", 6)]
)
def test_a_form_with_an_unknown_letter_is_refused_where_it_stands(form: str, offset: int) -> None:
    """When it is compiled, not with the first message."""
    with pytest.raises(InvalidFormat) as refused:
        parse_form(form)

    assert refused.value.offset == offset
