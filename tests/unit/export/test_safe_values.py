"""What of a value may be told."""

import pytest

from engine.export.safe import cell, has_shape, number, reference_range, words, zip3


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("13.4", "13.4"), ("-1.5", "-1.5"), ("7.38", "7.38"), ("1.00512", "1.005"), ("4800", "4800"), ("0.27", "0.27"),
        ("153000", ""), ("27000", ""), ("02139", ""), ("60614", ""), ("123456789", ""), ("9195550142", ""), ("1e5", ""),
        ("13.4 g", ""), ("١٢", ""), ("", ""),
    ],
)  # fmt: skip
def test_a_number_is_told_where_it_is_too_short_to_be_anybodys(text: str, told: str) -> None:
    """A record number in a numeric result is no measurement."""
    assert number(text) == told


@pytest.mark.parametrize(
    ("text", "told"), [("153000", "153000"), ("1530000", ""), ("5500000", "5500000"), ("60614", "")]
)
def test_a_wide_number_needs_a_known_unit_and_noughts(text: str, told: str) -> None:
    """Platelets end in noughts, numbers of people seldom do."""
    assert number(text, 7) == told


@pytest.mark.parametrize(
    ("text", "told"),
    [("12.0-16.0", "12.0-16.0"), ("<5", "<5"), ("150-400", "150-400"),
     ("555-0142", ""), ("555-1234", ""), ("12-34-56", ""),
     ("16-12", ""), ("5", ""), ("see Dr. Smith", "")],
)  # fmt: skip
def test_a_range_is_two_numbers_in_order(text: str, told: str) -> None:
    """A telephone number is none."""
    assert reference_range(text) == told


@pytest.mark.parametrize(
    ("system", "code", "is_public"),
    [
        ("LN", "718-7", True), ("LN", "718-8", False), ("SCT", "260373001", True),
        ("SCT", "260373002", False),
        ("I10", "A02.0", True), ("I10", "SMITH", False), ("C4", "85025", True),
        ("L", "718-7", False), ("", "718-7", False),
    ],
)  # fmt: skip
def test_a_public_code_has_its_systems_shape_and_check_digit(system: str, code: str, is_public: bool) -> None:
    """What has not may be anything."""
    assert has_shape(system, code) == is_public


def test_only_known_words_are_told() -> None:
    """One word more and it is free text."""
    assert [words(text) for text in ("Not  Detected", "POSITIVE", "Positive, Mr. Brown", "Brown")] == [
        *("not detected", "positive"),
        *("", ""),
    ]


def test_a_zip_code_has_three_digits_and_a_small_area_none() -> None:
    """HHS: areas of 20,000 people or fewer are 000."""
    assert [zip3(text) for text in ("27900", "27900-1234", "03601", "K1A 0B1", "2790")] == ["279", "279", "000", "", ""]


def test_no_cell_is_a_formula() -> None:
    """A spreadsheet must not obey an export."""
    assert [cell(text) for text in ("=1+1", "@x", "-1.5", "+cmd", "c-abc")] == [
        "'=1+1",
        "'@x",
        "-1.5",
        "'+cmd",
        "c-abc",
    ]
