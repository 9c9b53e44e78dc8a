"""Whatever style a value is written in, each of its visible characters is found where it stands in the file."""

import yaml
from hypothesis import given
from hypothesis import strategies as st

from engine.documents import Entries, Scalar, read_document
from engine.problems import Problems

_TEXTS = st.text(alphabet="ab'\"\\#:=é🩺 \n-[]{}|>&*!%@`,", min_size=1, max_size=60)
_STYLES = st.sampled_from([None, '"', "'", "|", ">"])


@given(_TEXTS, _STYLES, st.integers(10, 80))
def test_each_visible_character_stands_where_its_place_says(text: str, style: str | None, width: int) -> None:
    """An escape in double quotes and a doubled quote in single ones count as what they stand for."""
    written = yaml.safe_dump({"k": {"when": text}}, default_style=style, width=width, allow_unicode=True)
    problems = Problems()

    node = read_document("a.yaml", written, problems)

    assert problems.items == []
    assert isinstance(node, Entries)
    inner = node.get("k")
    assert isinstance(inner, Entries)
    value = inner.get("when")
    assert isinstance(value, Scalar)
    assert value.text == text
    lines = written.split("\n")
    for offset, character in enumerate(text):
        if not character.isspace():
            place = value.place_of(offset)
            assert lines[place.line - 1][place.column - 1] in (character, "\\")
    assert value.place_of(len(text)).line <= len(lines)


@given(st.text(max_size=200))
def test_no_text_makes_the_reader_raise(text: str) -> None:
    """A file is read or has problems; nothing else happens."""
    problems = Problems()

    node = read_document("a.yaml", text, problems)

    assert node is not None or problems.items
    assert all(problem.place.line >= 1 and problem.place.column >= 1 for problem in problems.items)


@given(st.text(alphabet="a:-[]{}&*!|>'\"#?,%@ \n\t", max_size=60))
def test_no_yaml_makes_the_reader_raise(text: str) -> None:
    """The same among texts that look like YAML."""
    problems = Problems()

    node = read_document("a.yaml", text, problems)

    assert node is not None or problems.items
