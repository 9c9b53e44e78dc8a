"""Any text of MSH-12 gives a grammar, and a version is compiled once."""

import pytest

from engine.grammar import grammar_for, known_version


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("2.5.1", "2.5.1"),
        ("2.3", "2.3"),
        ("2.7.1", "2.7"),
        ("2.9", "2.8.2"),
        ("2.9.1", "2.8.2"),
        ("2.0D", "2.1"),
        ("2.5^USA^2.5.1", "2.5"),
        (" 2.4 ", "2.4"),
        ("2.3 PID", "2.3"),
        ("2.5.z", "2.5"),
        ("2.5.3", "2.5"),
        ("2.10", "2.5.1"),
        ("5.0.0", "2.5.1"),
        ("", "2.5.1"),
        ("garbage", "2.5.1"),
    ],
)
def test_any_text_of_msh_12_gives_the_nearest_version(text: str, version: str) -> None:
    """A message is never refused for its version: the nearest tables are used, else those of 2.5.1."""
    assert grammar_for(text).version == version


@pytest.mark.parametrize(("text", "known"), [("2.5.1", True), ("2.7.1", True), ("2.3 PID", False), ("", False)])
def test_only_versions_of_the_standard_are_known(text: str, known: bool) -> None:
    """The caller can note that a message names a version which does not exist."""
    assert known_version(text) is known


def test_a_version_is_compiled_once_in_the_process() -> None:
    """Aliases share the grammar of the version they stand for, and its structures."""
    assert grammar_for("2.7.1") is grammar_for("2.7")
    assert grammar_for("2.7").structure("ADT_A01") is grammar_for("2.7.1").structure("ADT_A01")
