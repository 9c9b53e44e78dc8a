"""Slight changes of an expression: each means something else, each can be parsed, each stands at its place."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.expression.parser import parse
from engine.workbench.slight_changes import balanced, changes_of, changes_of_condition, changes_of_path

EXPRESSIONS = [
    ("PID-8 == 'F'", ["(not (PID-8 == 'F'))", "PID-8 == 'FX'"]),
    ("count(OBX) > 1", ["(not (count(OBX) > 1))", "count(OBX) >= 1", "count(OBX) > 2"]),
    ("exists(PV1-3)", ["(not (exists(PV1-3)))"]),
    ("not exists(PV1)", ["not (not (exists(PV1)))"]),
    (
        "exists(PV1) and exists(PV2)",
        [
            "(exists(PV1)) or (exists(PV2))",
            "((exists(PV2)))",
            "((exists(PV1)))",
            "(not (exists(PV1))) and exists(PV2)",
            "exists(PV1) and (not (exists(PV2)))",
        ],
    ),
    ("PID-3[5 == 'MR'].1 != ''", None),
    ("(A00 == ')' or exists(B00)) and ((C00) == 'x' or (D00 in ['a', 'b']))", None),
    ("if(PID-8 == 'F' and true, 'a', 'b') in ['a']", None),
]


@pytest.mark.parametrize(("text", "wanted"), EXPRESSIONS)
def test_every_change_can_be_parsed_and_is_another_text(text: str, wanted: list[str] | None) -> None:
    """What could not be read would be told by the loader, and prove nothing about cases."""
    text = text.replace("A00", "PID-1").replace("B00", "PID-2").replace("C00", "PID-3").replace("D00", "PID-4")

    changes = list(changes_of_condition(text))

    assert changes
    assert all(parse(each.text) for each in changes)
    assert len({each.text for each in changes} | {text}) == len(changes) + 1
    assert wanted is None or [each.text for each in changes] == wanted


def test_names_of_tables_and_columns_stay() -> None:
    """Another table's name would not load: nobody could miss it."""
    changes = [
        each.text for each in changes_of("=translate('classes', PV1-2) + lookup('classes', PV1-2, 'display')", 1)
    ]

    assert changes == []


def test_an_argument_of_coalesce_can_be_left_out() -> None:
    """A fallback that no case needs is noticed by nobody."""
    changes = [each.text for each in changes_of("=coalesce(OBR-7, OBR-22)", 1)]

    assert changes == ["=coalesce(OBR-22)", "=coalesce(OBR-7)"]


def test_questions_in_brackets_change_and_the_path_around_them_stays() -> None:
    """A number on the left of a predicate is a place, on the right a value: both can be slips."""
    changes = [each.text for each in changes_of_path("PID-3[5 == 'MR'].1")]

    assert changes == ["PID-3[(not (5 == 'MR'))].1", "PID-3[6 == 'MR'].1", "PID-3[5 == 'MRX'].1"]
    assert list(changes_of_path("PID-3")) == []


def test_what_cannot_be_parsed_has_no_changes() -> None:
    """The loader tells of it."""
    assert [*changes_of("PID-8 =="), *changes_of_condition("PID-8 ==")] == []


@given(
    st.recursive(
        st.sampled_from(["PID-8 == 'F'", "exists(PV1)", "')' == PID-5"]),
        lambda inner: st.one_of(
            st.tuples(inner, st.sampled_from(["and", "or"]), inner).map(
                lambda each: f"({each[0]}) {each[1]} ({each[2]})"
            ),
            inner.map(lambda each: f"not ({each})"),
        ),
        max_leaves=8,
    )
)
def test_brackets_are_never_cut(text: str) -> None:
    """However conditions nest, each change is an expression again."""
    for change in changes_of_condition(text):
        assert parse(change.text)


def test_a_span_is_widened_by_its_own_brackets_only() -> None:
    """Those in quotes are text."""
    text = "x (a ')' b) and (c) y"

    assert text[slice(*balanced(text, 3, 18))] == "(a ')' b) and (c)"
