"""Code tables: what a table in CSV gives for a code, and every mistake in one at its line and column."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

import pytest

from engine.errors import RuleFailed
from engine.mapping.codes import CodeTable, load_table
from engine.problems import Problem, Problems

TODAY = date(2024, 2, 1)


@dataclass(frozen=True)
class Policy:
    """What a table does with a code that it does not list."""

    policy: Literal["error", "keep", "default"] = "error"
    default: str = ""


def loaded(text: str, policy: Policy | None = None) -> CodeTable:
    """Return a table that must be right."""
    problems = Problems()
    table = load_table("codes", "codes.csv", text, policy or Policy(), problems)
    assert problems.items == []
    return table


def told(text: str) -> list[tuple[str, int, int]]:
    """Return code, line and column of every problem of a table."""
    problems = Problems()
    load_table("codes", "codes.csv", text, Policy(), problems)
    return [(each.code, each.place.line, each.place.column) for each in problems.sorted()]


def test_a_code_is_translated_and_its_other_columns_are_looked_up() -> None:
    """The first two columns are all a table needs; further ones have any name."""
    table = loaded("from,to,display,price\nI,INP,Inpatient,100\nO,OUT,,\n")

    assert table.translate("I", TODAY) == "INP"
    assert [table.lookup("I", column, TODAY) for column in ("display", "price")] == ["Inpatient", "100"]
    assert table.lookup("O", "price", TODAY) == ""
    assert table.columns == ("from", "to", "display", "price")
    assert len(table) == 2


@pytest.mark.parametrize("value", [" I", "I ", "\tI"])
def test_keys_are_exact_after_trimming(value: str) -> None:
    """Blanks around a code are not part of it; its case is."""
    table = loaded("from , to\n I , INP \n")

    assert table.translate(value, TODAY) == "INP"
    assert table.listed(value, TODAY)
    assert not table.listed("i", TODAY)


def test_several_keys_are_joined_and_each_is_trimmed() -> None:
    """A charge may go by procedure and class."""
    table = loaded("from,to\n99213 | O,A\n99213|,B\n")

    assert table.translate("99213|O", TODAY) == "A"
    assert table.translate(" 99213 | O ", TODAY) == "A"
    assert table.translate("99213|", TODAY) == "B"


@pytest.mark.parametrize("value", ["", "  ", "|", " | | "])
def test_nothing_gives_nothing_and_never_meets_the_policy(value: str) -> None:
    """What is not there cannot be unknown."""
    table = loaded("from,to\nI,INP\n", Policy("default", "OTHER"))

    assert table.translate(value, TODAY) == ""
    assert loaded("from,to\nI,INP\n").lookup(value, "to", TODAY) == ""
    assert not table.listed(value, TODAY)


def test_an_unknown_code_goes_by_the_policy() -> None:
    """error fails with the code in its detail only, keep keeps, default gives the default."""
    text = "from,to,display\nI,INP,Inpatient\n"

    with pytest.raises(RuleFailed) as caught:
        loaded(text).translate("SECRET", TODAY)

    assert (caught.value.code, str(caught.value)) == ("unknown-code", "unknown-code")
    assert "SECRET" in caught.value.detail
    assert loaded(text, Policy("keep")).translate(" X", TODAY) == " X"
    assert loaded(text, Policy("default", "OTH")).translate("X", TODAY) == "OTH"
    assert [loaded(text, each).lookup("X", "display", TODAY) for each in (Policy("keep"), Policy("default", "D"))] == [
        "",
        "",
    ]
    with pytest.raises(RuleFailed):
        loaded(text).lookup("X", "display", TODAY)


@pytest.mark.parametrize(
    ("day", "gives"),
    [(date(2023, 12, 31), "OLD"), (date(2024, 1, 1), "NEW"), (date(2024, 6, 30), "NEW"), (date(2024, 7, 2), "LATER")],
)
def test_effective_dates_include_both_ends(day: date, gives: str) -> None:
    """An empty end is open."""
    table = loaded(
        "from,to,display,effective_from,effective_to\n"
        "A,OLD,,,20231231\nA,NEW,,2024-01-01,20240630\nA,LATER,,20240702,\nB,ALWAYS,,,\n"
    )

    assert table.translate("A", day) == gives
    assert table.translate("B", day) == "ALWAYS"


def test_a_code_outside_its_dates_is_unknown_and_the_failure_says_when() -> None:
    """A charge that ended is no charge."""
    table = loaded("from,to,effective_from,effective_to\nA,OLD,,20231231\n")

    with pytest.raises(RuleFailed) as caught:
        table.translate("A", TODAY)

    assert "2024-02-01" in caught.value.detail
    assert not table.listed("A", TODAY)
    assert table.listed("A", date(2023, 1, 1))


def test_what_spreadsheets_write_is_read() -> None:
    """A mark of byte order, CRLF, quotes, commas and lines inside them, blank lines and empty cells behind."""
    table = loaded('\ufefffrom,to,display\r\n"I","INP","Inpatient, acute\r\nand long"\r\n,,\r\n\r\nO,OUT,,,\r\n')

    assert table.lookup("I", "display", TODAY) == "Inpatient, acute\r\nand long"
    assert table.translate("O", TODAY) == "OUT"


def test_the_known_columns_may_stand_anywhere_and_in_capitals() -> None:
    """The header names columns; their order is the site's."""
    table = loaded("Display,TO,From,Price\nInpatient,INP,I,5\n")

    assert table.translate("I", TODAY) == "INP"
    assert table.lookup("I", "Price", TODAY) == "5"


MISTAKES = [
    ("", [("table-empty", 1, 1)]),
    ("\ufeff\n \n", [("table-empty", 1, 1)]),
    ("from,to\n", [("table-empty", 1, 1)]),
    ("code,name\nA,B\n", [("table-header", 1, 1)]),
    ("from;to\nA;B\n", [("table-header", 1, 1)]),
    ("from,to,to\nA,B,C\n", [("table-header", 1, 9)]),
    ("from,to\nA,B\nA,C\n", [("code-twice", 3, 1)]),
    ("from,to\nA,B\n A ,B\n", [("code-twice", 3, 1)]),
    ("from,to\n,B\n", [("table-key", 2, 1)]),
    ("from,to\nA,B,C\n", [("table-cells", 2, 5)]),
    ("from,to\nA;B\n", [("table-cells", 2, 1)]),
    ('from,to,display\n"A, b",B,x,C\n', [("table-cells", 2, 12)]),
    ("from,to,effective_from\nA,B,1.1.2024\nC,D,20240230\n", [("table-date", 2, 5), ("table-date", 3, 5)]),
    ("from,to,effective_from,effective_to\nA,B,20240201,20240131\n", [("table-date", 2, 14)]),
    ("from,to,effective_from,effective_to\nA,B,,20240131\nA,C,20240131,\n", [("code-overlap", 3, 1)]),
    ("from,to,effective_from,effective_to\nA,B,,\nA,C,20240131,\n", [("code-overlap", 3, 1)]),
    ('from,to\nA,B\nC,"D\n', [("table-syntax", 3, 1)]),
    ('from,to\nA,"B" x\n', [("table-syntax", 2, 1)]),
]


@pytest.mark.parametrize(("text", "wanted"), MISTAKES)
def test_a_mistake_is_told_at_its_line_and_column(text: str, wanted: list[tuple[str, int, int]]) -> None:
    """Every one of them; the rows that are right are there all the same."""
    assert told(text) == wanted


def test_a_table_with_another_separator_gets_the_hint() -> None:
    """Spreadsheets of some countries part cells by semicolons."""
    problems = Problems()

    load_table("codes", "codes.csv", "from;to\nA;B\n", Policy(), problems)

    assert problems.items == [
        Problem(problems.items[0].place, "table-header", "there is no column 'from'", "cells are parted by ','")
    ]


def test_a_table_that_could_not_be_read_knows_nothing() -> None:
    """It stands in its place, so that other mistakes are told too."""
    table = CodeTable.empty("codes")

    assert not table.listed("A", TODAY)
    assert table.columns == ()
    assert "codes" in repr(table)


def test_no_row_shows_in_the_repr() -> None:
    """Prices and names of a site are not for logs."""
    assert "INP" not in repr(loaded("from,to\nI,INP\n"))
