"""What is said of expressions that cannot be right, and where the caret stands."""

import pytest

from engine.documents import Entries, Scalar, read_document
from engine.expression import Vocabulary, compile_condition, compile_formula
from engine.mapping.codes import CodeTable
from engine.problems import Problems
from engine.states import Severity
from tests.unit.expression.worlds import Line


def problem_of(text: str) -> tuple[str, int, str]:
    """Return code, column and hint of the first problem of a condition."""
    problems = Problems()
    assert compile_condition(Line(text), Vocabulary(), problems) is None
    first = problems.items[0]
    return first.code, first.place.column, first.hint


SLIPS = [
    ("PID-5 == 'A' OR PID-5 == 'B'", 14, "or"),
    ("PID-5 IN ['A']", 7, "in"),
    ("EXISTS(PID)", 1, "exists"),
    ("PID-5 == TRUE", 10, "true"),
    ("PID-5 === 'A'", 9, "=="),
    ("PID-5 =< 3", 7, "<="),
    ("PID-5 ≥ 3", 7, ">="),
    ("PID-5 =~ 'A'", 7, "matches"),
    ("PID-5 & 'A'", 7, "and"),
    ("PID-5 == `A`", 10, "'A01'"),
    ("PID-5 is 'A'", 7, "=="),
    ("PID-5 == none", 10, "null"),
    ("PID-5 not matches 'A'", 7, "not X matches"),
    ("PID-5 == not exists(PID)", 10, "brackets"),
    ("PID-5.1-2 == ''", 8, "PID-5.1.2"),
    ("PID-5.1.2.3 == ''", 10, "deepest"),
    ("PID-5.x == ''", 6, "a path is written"),
    ("PID- == ''", 4, "PID-5"),
    ("PID_5 == ''", 1, "PID-5"),
    ("PID5_1 == ''", 1, "PID-5.1"),
    ("PID.5.1 == ''", 4, "PID-5.1"),
    ("pid.5 == ''", 1, "PID-5"),
    ("SUM(PID-5) == 1", 1, "lower case"),
    ("PID-5 - 1 == 4", 7, "no arithmetic"),
    ("PID-5 == 5x", 10, "in quotes"),
    ("PID-5 == {'A'}", 10, "['A', 'B']"),
    ("PID-5 == 'A'; PID-6", 13, "','"),
    ("PID-5 == 'A')", 13, "no opening"),
    ("PID-5 == 'A' 'B'", 14, "need a sign"),
    ("PID-5 in ['A' 'B']", 15, ""),
    ("PID-3[ == 'A'", 6, "']'"),
    ("PID-3[] == 'A'", 6, "[2]"),
    ("PID-5 == 1.2.3", 10, "in quotes"),
    ("listed(PID-5, 'A')", 8, "charge-master"),
    ("startswith(PID-5, 'A')", 1, "matches '^...'"),
    ("(" * 60 + "exists(PID)" + ")" * 60, 41, ""),
]


@pytest.mark.parametrize(("text", "column", "hint"), SLIPS)
def test_a_slip_is_answered_at_its_column(text: str, column: int, hint: str) -> None:
    """What people type out of habit gets what to write instead."""
    code, where, said = problem_of(text)

    assert where == column, code
    assert hint in said


def place_in_file(yaml: str) -> tuple[int, int]:
    """Return line and column of the first problem of the condition under ``when`` in a real document."""
    problems = Problems()
    node = read_document("rules.yaml", yaml, problems)
    assert isinstance(node, Entries)
    when = node.get("when")
    assert isinstance(when, Scalar)
    compile_condition(when, Vocabulary(), problems)
    return problems.items[0].place.line, problems.items[0].place.column


def test_the_caret_stands_under_the_mistake_in_a_plain_value() -> None:
    """The column counts from the beginning of the line in the file."""
    assert place_in_file("when: MSH-9.1 = 'ADT'\n") == (1, 15)


def test_the_caret_stands_under_the_mistake_inside_quotes() -> None:
    """Quotes and doubled quotes before the mistake are counted."""
    assert place_in_file("when: 'MSH-9.1 == ''ADT'' && PV1-2 == ''I'''\n") == (1, 27)


def test_the_caret_stands_under_the_mistake_in_a_folded_block() -> None:
    """A long condition is written over several lines under ``>-``."""
    assert place_in_file("when: >-\n  MSH-9.1 == 'ADT'\n  and PV1-2 = 'I'\n") == (3, 13)


def test_the_caret_stands_under_the_mistake_in_a_predicate() -> None:
    """A predicate is part of the text around it."""
    assert place_in_file("when: exists(OBX[3.1 == '718-7' and 11 = 'F'])\n") == (1, 40)


def test_a_field_behind_the_last_of_every_version_is_only_doubted() -> None:
    """Newer versions than ours add fields: it compiles, with a warning."""
    problems = Problems()

    formula = compile_formula(Line("=PID-99"), Vocabulary(), problems)

    assert formula is not None
    assert [(each.code, each.severity) for each in problems.items] == [("beyond-segment", Severity.WARNING)]


def test_a_very_long_expression_is_refused_before_it_is_read() -> None:
    """No text in a file can make loading slow."""
    assert problem_of("x" * 20_000)[0] == "too-long"


def test_an_empty_table_stands_for_one_that_could_not_be_read() -> None:
    """Its users are not blamed for columns that nobody knows."""
    problems = Problems()
    vocabulary = Vocabulary(tables={"prices": CodeTable.empty("prices")})

    assert compile_formula(Line("=lookup('prices', PID-5, 'price')"), vocabulary, problems) is not None
