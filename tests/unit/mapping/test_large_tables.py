"""Tables as long as a region's service catalogue: what they cost, and that mistakes in them stay readable."""

import time
import tracemalloc
from datetime import date

from engine.config.settings import Unknown
from engine.mapping.codes import MOST_TOLD, CodeTable, load_table
from engine.problems import Place, Problems

HEADER = "from,to,display,effective_from,effective_to\n"
DAY = date(2026, 1, 15)
ROWS = 200_000
MOST_SECONDS = 10.0
"""Of this process: 1.3 on the machine of the first measurement, and nobody's machine is eight times slower."""
MOST_BYTES_A_ROW = 1_000
"""Measured: 700, which is 140 MB for the whole table."""


def _text(rows: int) -> str:
    return HEADER + "".join(f"{number:06d}-{number % 10},C{number},Service {number},,\n" for number in range(rows))


def _load(text: str) -> tuple[CodeTable, Problems]:
    problems = Problems()
    return load_table("services", "services.csv", text, Unknown(), problems), problems


def test_two_hundred_thousand_rows_load_in_seconds() -> None:
    """A reload must not take a minute because of one table."""
    text = _text(ROWS)

    begin = time.process_time()
    table, problems = _load(text)
    spent = time.process_time() - begin

    assert (len(table), problems.items) == (ROWS, [])
    assert table.translate("199999-9", DAY) == "C199999"
    assert spent < MOST_SECONDS


def test_a_row_takes_less_than_a_kilobyte() -> None:
    """Several such tables fit beside each other, and beside their successors during a reload."""
    text, rows = _text(10_000), 10_000

    tracemalloc.start()
    try:
        table, _ = _load(text)
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert len(table) == rows
    assert held / rows < MOST_BYTES_A_ROW


def test_one_code_twice_among_many_is_told_with_its_line() -> None:
    """And with the line that had it first."""
    _, problems = _load(_text(ROWS // 10) + "000006-6,X,,,\n")

    (problem,) = problems.items
    assert (problem.place, problem.code) == (Place("services.csv", ROWS // 10 + 2, 1), "code-twice")
    assert problem.text == "line 8 has this code too"


def test_a_table_of_nothing_but_mistakes_is_told_in_short() -> None:
    """Every key twice, 200,000 times: the first ones are told, the rest is counted, and it does not take an hour."""
    begin = time.process_time()
    _, problems = _load("from,to\n" + "A,B\n" * ROWS)
    spent = time.process_time() - begin

    assert len(problems.items) == MOST_TOLD + 1
    assert problems.items[-1].place.line == MOST_TOLD + 3
    assert problems.items[-1].text == f"{ROWS - 1 - MOST_TOLD} more mistakes in this file, from here on"
    assert spent < MOST_SECONDS
