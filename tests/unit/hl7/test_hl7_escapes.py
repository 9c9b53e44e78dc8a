"""Escape sequences mean what the standard says, and nothing that is written can end a segment or a frame."""

import pytest

from engine.errors import UnsafeValue
from engine.hl7.delimiters import STANDARD, delimiters_of
from engine.hl7.escapes import escape, unescape

ODD = delimiters_of("*", "%$!?")
TRUNCATING = delimiters_of("|", "^~\\&#")
NO_ESCAPE = delimiters_of("|", "^~")


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("plain", "plain"),
        ("a\\F\\b\\S\\c\\T\\d\\R\\e\\E\\f", "a|b^c&d~e\\f"),
        ("cut\\P\\", "cut#"),
        ("\\H\\bold\\N\\ text", "bold text"),
        ("one\\.br\\two\\.sp\\three\\.ce\\four", "one\ntwo\nthree\nfour"),
        ("one\\.BR\\two", "one\ntwo"),
        ("a\\.sk 3\\b\\.sk\\c", "a   b c"),
        ("\\.in+4\\a\\.ti-2\\b\\.fi\\c\\.nf\\d", "abcd"),
        ("\\X4142\\", "AB"),
        ("\\X0d\\\\X0A\\\\X0D0A\\", "\n\n\n"),
        ("\\XC3A9\\", "é"),
        ("\\XE9\\", "é"),
        ("\\X00D\\", "\\X00D\\"),
        ("\\X\\", "\\X\\"),
        ("\\XZZ\\", "\\XZZ\\"),
        ("\\Z0A\\", "\\Z0A\\"),
        ("\\C2842\\", "\\C2842\\"),
        ("5\\6 re.", "5\\6 re."),
        ("5\\6 re\\F\\x", "5\\6 re|x"),
        ("end\\", "end\\"),
        ("\\\\", "\\\\"),
        ("\\E\\X0D\\E\\", "\\X0D\\"),
        ("\\E\\.br\\E\\", "\\.br\\"),
    ],
)
def test_a_leaf_is_decoded_once(raw: str, text: str) -> None:
    """Known sequences are replaced, unknown and unpaired ones stay, and what comes out is not read again."""
    decoded = unescape(raw, STANDARD, "ascii")

    assert decoded == text


def test_the_message_s_own_delimiters_decide() -> None:
    """In a message escaped by '!', the backslash is data."""
    assert unescape("a!F!b\\F\\!S!!T!!R!!E!", ODD, "ascii") == "a*b\\F\\%?$!"


def test_hexadecimal_is_read_in_the_character_set_of_the_message() -> None:
    """The bytes between the marks are the message's own."""
    assert unescape("\\XC4\\", STANDARD, "iso8859-5") == "Ф"
    assert unescape("\\X8ABF\\", STANDARD, "shift_jis") == "漢"
    assert unescape("\\XFF\\", STANDARD, "utf-8") == "\\XFF\\"


def test_without_an_escape_character_nothing_is_unescaped() -> None:
    """MSH-2 with two characters leaves none."""
    assert unescape("a\\F\\b", NO_ESCAPE, "ascii") == "a\\F\\b"


@pytest.mark.parametrize(
    ("text", "raw"),
    [
        ("", ""),
        ("plain", "plain"),
        ("a|b^c&d~e\\f", "a\\F\\b\\S\\c\\T\\d\\R\\e\\E\\f"),
        ("one\ntwo", "one\\.br\\two"),
        ("\\.br\\", "\\E\\.br\\E\\"),
        ("#1 of 2", "#1 of 2"),
        ("née & 漢", "née \\T\\ 漢"),
        ("\x00\u2028\x85", "\x00\u2028\x85"),
    ],
)
def test_text_is_written_with_its_delimiters_escaped(text: str, raw: str) -> None:
    """One encoder for everything that a rule writes into a leaf."""
    assert escape(text, STANDARD) == raw


def test_a_last_truncation_character_is_escaped_where_the_message_has_one() -> None:
    """Only at the end does it say that the value was cut."""
    assert escape("apt # 5#", TRUNCATING) == "apt # 5\\P\\"
    assert escape("apt # 5#", STANDARD) == "apt # 5#"


@pytest.mark.parametrize("character", ["\r", "\x0b", "\x1c"])
def test_what_would_end_a_segment_or_a_frame_is_refused_without_being_repeated(character: str) -> None:
    """CR, VT and FS cannot be carried; the error names no value."""
    with pytest.raises(UnsafeValue) as refused:
        escape(f"secret{character}OBX|1", STANDARD)

    assert refused.value.code == "control-character"
    assert "secret" not in repr(refused.value)


@pytest.mark.parametrize("text", ["a|b", "a^b", "a~b", "a\nb"])
def test_a_delimiter_is_refused_where_it_cannot_be_escaped(text: str) -> None:
    """Without an escape character it would become structure."""
    with pytest.raises(UnsafeValue) as refused:
        escape(text, NO_ESCAPE)

    assert refused.value.code == "not-escapable"
    assert escape("a&b\\c", NO_ESCAPE) == "a&b\\c"


def test_a_line_break_is_refused_where_its_sequence_would_be_structure() -> None:
    """A message delimited by full stops has no way to write one."""
    with pytest.raises(UnsafeValue):
        escape("a\nb", delimiters_of(".", "^~\\&"))
