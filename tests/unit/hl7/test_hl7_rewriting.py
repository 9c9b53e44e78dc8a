"""The same message in other delimiters: every leaf means what it meant."""

import pytest

from engine.errors import Unencodable
from engine.hl7.delimiters import STANDARD, delimiters_of
from engine.hl7.rewriting import Style, rewriter

ELR = delimiters_of("|", "^~\\&#")
ODD = delimiters_of("*", "%$!?")
SWAPPED = delimiters_of("^", "|&~\\")


@pytest.mark.parametrize(
    ("old", "new", "before", "after"),
    [
        (STANDARD, ODD, "PID|1|a^b&c~d", "PID*1*a%b?c$d"),
        (STANDARD, ODD, "PID|1|a*b%c$d?e!f", "PID*1*a!F!b!S!c!R!d!T!e!E!f"),
        (STANDARD, ODD, "PID|\\F\\\\S\\\\T\\\\R\\\\E\\", "PID*|^&~\\"),
        (STANDARD, ODD, "OBX|\\H\\a\\N\\\\.br\\\\.sp 2\\\\X41\\\\Z99\\", "OBX*!H!a!N!!.br!!.sp 2!!X41!!Z99!"),
        (STANDARD, ODD, "OBX|5\\6 re.", "OBX*5\\6 re."),
        (STANDARD, ODD, "OBX|a\nb", "OBX*a!.br!b"),
        (STANDARD, ODD, "MSH|^~\\&|A^B|", "MSH*%$!?*A%B*"),
        (STANDARD, ODD, "MSH|^~\\&", "MSH*%$!?"),
        (STANDARD, SWAPPED, "PID|a^b&c~d\\E\\", "PID^a|b\\c&d~T~"),
        (SWAPPED, STANDARD, "PID^a|b\\c&d~T~", "PID|a^b&c~d\\E\\"),
        (STANDARD, ELR, "MSH|^~\\&|A", "MSH|^~\\&#|A"),
        (STANDARD, ELR, "PID|apt #1|apt #^x", "PID|apt #1|apt \\P\\^x"),
        (ELR, STANDARD, "PID|apt \\P\\|cut#", "PID|apt #|cut#"),
        (ELR, delimiters_of("*", "%$!?="), "PID|cut#|a\\P\\", "PID*cut=*a#"),
    ],
)
def test_structure_is_translated_and_data_escaped_anew(old: object, new: object, before: str, after: str) -> None:
    """Formatting survives, and a truncation mark stays one where both sides know it."""
    assert isinstance(old, type(STANDARD))
    assert isinstance(new, type(STANDARD))

    assert rewriter(Style(old, "ascii"), Style(new, "ascii"))(before) == after


@pytest.mark.parametrize(
    ("encoding_characters", "segment", "code"),
    [
        ("^~\\", "PID|a&b", "no-subcomponent-delimiter"),
        ("^~", "PID|a\\.br\\b", "not-escapable"),
        ("^~", "PID|a\\F\\b", "not-escapable"),
        (".~\\&", "PID|a\\.br\\b", "not-escapable"),
        ("^+\\&", "PID|a\\.in+4\\b", "not-escapable"),
        ("^~\\!", "PID|a\x1cb\\", "control-character"),
    ],
)
def test_what_the_new_delimiters_cannot_say_is_refused_by_code(
    encoding_characters: str, segment: str, code: str
) -> None:
    """Rather than said wrongly."""
    new = delimiters_of("|", encoding_characters)

    with pytest.raises(Unencodable) as refused:
        rewriter(Style(STANDARD, "ascii"), Style(new, "ascii"))(segment)

    assert refused.value.code == code
