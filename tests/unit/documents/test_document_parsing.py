"""YAML is read as people meant it, and what YAML would damage in silence is a problem with its place."""

import pytest

from engine.documents import Entries, Items, Scalar, decode_document, read_document
from engine.problems import Place, Problems


def _problems(text: str) -> list[str]:
    problems = Problems()
    read_document("a.yaml", text, problems)
    return [f"{each.place.line}:{each.place.column}: {each.code}" for each in problems.sorted()]


@pytest.mark.parametrize("text", ["NO", "012", "1:30", "2024-01-01", "1e3", "null", "~", "off", "0x1F", "1_000"])
def test_every_value_is_text_whatever_it_looks_like(text: str) -> None:
    """A country code NO is not false, and 012 is not ten."""
    node = read_document("a.yaml", f"k: {text}\nl: [{text}]\n", Problems())

    assert isinstance(node, Entries)
    value, items = node.get("k"), node.get("l")
    assert isinstance(value, Scalar)
    assert isinstance(items, Items)
    assert value.text == text
    assert value.plain
    assert [each.text for each in items.values if isinstance(each, Scalar)] == [text]


def test_quoted_and_block_values_are_not_plain() -> None:
    """So that '' and null can be told from what was written as text."""
    node = read_document("a.yaml", "a: 'null'\nb: \"~\"\nc: |\n  null\n", Problems())

    assert isinstance(node, Entries)
    assert [value.plain for _, value in node.pairs if isinstance(value, Scalar)] == [False, False, False]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: 1\nb: 2\na: 3\n", ["3:1: duplicate-key"]),
        ("a: {b: 1, b: 2}\n", ["1:11: duplicate-key"]),
        ("a: &x 1\n", ["1:4: yaml-anchor"]),
        ("a: &x {b: 1}\n", ["1:4: yaml-anchor"]),
        ("a: !urgent 1\n", ["1:4: yaml-tag"]),
        ("a: !!str 1\n", ["1:4: yaml-tag"]),
        ("a: !x\n", ["1:4: yaml-tag"]),
        ("a: [*x, *y]\n", ["1:5: yaml-alias", "1:9: yaml-alias"]),
        ("? [a]\n: 1\n", ["1:3: yaml-key"]),
        ("", ["1:1: yaml-empty"]),
        ("# only a comment\n", ["1:1: yaml-empty"]),
        ("---\n", ["1:1: yaml-empty"]),
        ("a: 1\n---\nb: 2\n", ["2:1: yaml-documents"]),
        ("a: [1, 2\nb: 3\n", ["2:2: yaml-syntax"]),
        ("a:\n\tb: 1\n", ["2:1: yaml-syntax"]),
        ("a: b: c\n", ["1:5: yaml-syntax"]),
        ("a: @x\n", ["1:4: yaml-syntax"]),
        ("a: &x 1\nb: 'open\n", ["2:4: yaml-syntax"]),
        ("a: \x07\n", ["1:4: yaml-syntax"]),
        ("a: " + "[" * 60 + "]" * 60 + "\n", ["1:44: yaml-depth"]),
        ("a: " + "[" * 100_000 + "\n", ["1:44: yaml-depth"]),
    ],
)
def test_what_cannot_be_meant_is_a_problem_at_its_place(text: str, expected: list[str]) -> None:
    """A file that cannot be read has exactly one problem; silent damage has one each."""
    assert _problems(text) == expected


def test_a_damaged_value_is_not_reported_again_as_missing() -> None:
    """One mistake, one problem."""
    node = read_document("a.yaml", "a: *x\n", Problems())

    assert isinstance(node, Entries)
    assert node.left_out == {"a"}
    assert node.get("a") is None


@pytest.mark.parametrize(
    ("text", "column"),
    [
        ("a: =PID-5 # family name\n", 11),
        ("a: =PID-5\t# family name\n", 11),
        ("a: '=PID-5' # family name\n", None),
        ("a: =PID-5#1\n", None),
        ("a: =PID-5\n# next\n", None),
        ("a: # nothing\n", None),
    ],
)
def test_a_comment_behind_a_plain_value_is_known(text: str, column: int | None) -> None:
    """Whoever loads formulas can ask whether the '#' was meant as part of the value."""
    node = read_document("a.yaml", text, Problems())

    assert isinstance(node, Entries)
    value = node.get("a")
    assert isinstance(value, Scalar)
    assert value.comment_behind == (None if column is None else Place("a.yaml", 1, column))


def test_bytes_that_are_not_utf8_are_a_problem_at_their_place() -> None:
    """A file saved in an old Windows code page is told so, with the line."""
    problems = Problems()

    text = decode_document("a.yaml", "a: 1\nb: Müller\n".encode("cp1252"), problems)

    assert text is None
    assert [(each.place, each.code) for each in problems.items] == [(Place("a.yaml", 2, 5), "yaml-encoding")]


def test_a_byte_order_mark_is_no_part_of_the_file() -> None:
    """Notepad writes one."""
    text = decode_document("a.yaml", b"\xef\xbb\xbfa: 1\n", Problems())

    assert text == "a: 1\n"


def test_a_tab_in_the_indentation_is_named() -> None:
    """The most common YAML mistake gets its own sentence."""
    problems = Problems()

    read_document("a.yaml", "a:\n\tb: 1\n", problems)

    assert str(problems.items[0]) == "a.yaml:2:1: yaml-syntax: a tab cannot indent in YAML (use spaces)"


def test_a_path_with_a_star_inside_braces_is_said_to_need_quotes() -> None:
    """YAML takes the star for something else, and its own words help nobody."""
    problems = Problems()

    read_document("a.yaml", "set: {OBX[*]-5: A}\n", problems)

    assert ["{'OBX[*]-5': A}" in str(each) for each in problems.sorted()] == [True]
