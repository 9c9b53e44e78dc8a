"""Every character of a value knows where it stands in the file, also through quotes and folding."""

import pytest

from engine.documents import Entries, Scalar, read_document
from engine.problems import Place, Problems


def _value(text: str, key: str = "when") -> Scalar:
    problems = Problems()
    node = read_document("a.yaml", text, problems)
    assert problems.items == []
    assert isinstance(node, Entries)
    value = node.get(key)
    assert isinstance(value, Scalar)
    return value


@pytest.mark.parametrize(
    ("text", "word", "line", "column"),
    [
        ("when: PID-5 == 'x' nd true\n", "nd", 1, 20),
        ("when: 'PID-5 == ''x'' nd true'\n", "nd", 1, 23),
        ('when: "PID-5 == \\"x\\" nd true"\n', "nd", 1, 23),
        ('when: "a\\t\\u00e9\\\n   nd"\n', "nd", 2, 4),
        ("when: >-\n  PID-5 == 'x'\n  nd true\n", "nd", 3, 3),
        ("when: >-\n  a\n\n    b\n  nd true\n", "nd", 5, 3),
        ("when: |\n    PID-5 == 'x'\n    nd true\n", "nd", 3, 5),
        ("when: |2-\n  PID-5\n    nd true\n", "nd", 3, 5),
        ("when: > # why\n  PID-5\n  nd true\n", "nd", 3, 3),
        ("x:\n  when: PID-5\n    and\n    nd true\n", "nd", 4, 5),
        ("when: >-\r\n  PID-5\r\n  nd true\r\n", "nd", 3, 3),
        ("when: 'a\n\n\n  nd'\n", "nd", 4, 3),
    ],
)
def test_a_word_of_a_value_is_found_in_the_file(text: str, word: str, line: int, column: int) -> None:
    """The caret of an expression's error stands under the word that people see in their editor."""
    if text.startswith("x:"):
        node = read_document("a.yaml", text, Problems())
        assert isinstance(node, Entries)
        inner = node.get("x")
        assert isinstance(inner, Entries)
        value = inner.get("when")
        assert isinstance(value, Scalar)
    else:
        value = _value(text)

    place = value.place_of(value.text.rindex(word))

    assert place == Place("a.yaml", line, column)


def test_the_end_of_a_value_has_a_place_behind_its_last_character() -> None:
    """What is missing at the end is shown at the end."""
    value = _value("when: >-\n  PID-5\n  ==\n")

    place = value.place_of(len(value.text))

    assert place == Place("a.yaml", 3, 5)


def test_a_blank_inside_a_value_is_found_behind_the_word_before_it() -> None:
    """Offsets of blanks are rare but must not be wrong."""
    value = _value("when: 'it''s  so'\n")

    assert value.place_of(value.text.index(" ")) == Place("a.yaml", 1, 13)
    assert value.place_of(value.text.index(" ") + 1) == Place("a.yaml", 1, 14)


def test_a_scalar_made_without_a_file_counts_from_its_place() -> None:
    """Callers outside of YAML (the command line) have a text and a place only."""
    value = Scalar("PID-5 = 'x'", Place("argument", 1, 1))

    assert value.place_of(6) == Place("argument", 1, 7)
