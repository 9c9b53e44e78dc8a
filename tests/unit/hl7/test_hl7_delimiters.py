"""Delimiters come from the message's own header, whatever they are, as long as they can be told apart."""

import pytest

from engine.errors import NotHl7
from engine.hl7.delimiters import STANDARD, read_delimiters


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("MSH|^~\\&|LAB", ("|", "^", "~", "\\", "&", "")),
        ("MSH|^~\\&#|LAB", ("|", "^", "~", "\\", "&", "#")),
        ("MSH|^~\\|LAB", ("|", "^", "~", "\\", "", "")),
        ("MSH|^~|LAB", ("|", "^", "~", "", "", "")),
        ("MSH@~&#\\@LAB", ("@", "~", "&", "#", "\\", "")),
        ("MSH*%$!?*LAB", ("*", "%", "$", "!", "?", "")),
        ("MSH|^&~\\|LAB", ("|", "^", "&", "~", "\\", "")),
        ("FHS|^~\\&|LAB", ("|", "^", "~", "\\", "&", "")),
        ("BHS|^~\\&|LAB", ("|", "^", "~", "\\", "&", "")),
        ("MSH|^~\\&", ("|", "^", "~", "\\", "&", "")),
        ("MSH|^~\\&\rPID|1", ("|", "^", "~", "\\", "&", "")),
        ("MSH|^~\\&\nPID|1", ("|", "^", "~", "\\", "&", "")),
    ],
)
def test_each_character_has_the_role_of_its_place(header: str, expected: tuple[str, ...]) -> None:
    """MSH-1, then component, repetition, escape, subcomponent and truncation."""
    found = read_delimiters(header)

    roles = (found.field, found.component, found.repetition, found.escape, found.subcomponent, found.truncation)
    assert roles == expected
    assert not found.repaired


@pytest.mark.parametrize("encoding_characters", ["^~\\\\&", "^~\\&&", "^~\\& ", "^~\\&^"])
def test_a_damaged_but_readable_msh_2_is_repaired_and_says_so(encoding_characters: str) -> None:
    """A doubled character comes from a bad unescape on the way: the next new one is meant."""
    found = read_delimiters(f"MSH|{encoding_characters}|LAB")

    assert (found.component, found.repetition, found.escape, found.subcomponent) == ("^", "~", "\\", "&")
    assert found.repaired
    assert found.encoding_characters == encoding_characters


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("", "no-header"),
        ("PID|1", "no-header"),
        ("MS", "no-header"),
        ("MSH", "bad-field-separator"),
        ("MSHA^~\\&ALAB", "bad-field-separator"),
        ("MSH1^~\\&1LAB", "bad-field-separator"),
        ("MSH\x00^~\\&\x00LAB", "bad-field-separator"),
        ("MSH ^~\\& LAB", "bad-field-separator"),
        ("MSH\r^~\\&\rLAB", "bad-field-separator"),
        ("MSH||LAB", "too-few-encoding-characters"),
        ("MSH|^|LAB", "too-few-encoding-characters"),
        ("MSH|\rPID|1", "too-few-encoding-characters"),
        ("MSH|^~\\A|LAB", "bad-encoding-characters"),
        ("MSH|^7\\&|LAB", "bad-encoding-characters"),
        ("MSH|^\x00\\&|LAB", "bad-encoding-characters"),
        ("MSH|^~ \\&|LAB", "bad-encoding-characters"),
        ("MSH|^~\\&LABORATORY", "bad-encoding-characters"),
        ("MSH|^^\\&|LAB", "ambiguous-delimiters"),
        ("MSH|^~^&|LAB", "ambiguous-delimiters"),
    ],
)
def test_a_header_whose_delimiters_cannot_be_trusted_is_refused_by_code(header: str, code: str) -> None:
    """Letters, control characters, and two roles for one character leave nothing to split by."""
    with pytest.raises(NotHl7) as refused:
        read_delimiters(header)

    assert refused.value.code == code


def test_the_standard_set_is_the_standards() -> None:
    """What a literal in a rule is written in."""
    assert (STANDARD.field, STANDARD.encoding_characters) == ("|", "^~\\&")
