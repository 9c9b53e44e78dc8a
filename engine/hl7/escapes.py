"""Escape sequences both ways: one decoder per leaf, and the only encoder that may put text into a message."""

import re
from collections.abc import Callable
from functools import lru_cache

from engine.errors import UnsafeValue
from engine.hl7.delimiters import Delimiters, delimiters_of

_BODY = (
    r"[FSTREPHN]"  # the delimiters, truncation, highlighting
    r"|X[0-9A-Fa-f]*|Z[0-9A-Za-z]*"  # bytes in hexadecimal, local
    r"|\.(?:br|sp|in|ti|fi|nf|ce|sk|BR|SP|IN|TI|FI|NF|CE|SK) ?[+-]?[0-9]{0,3}"  # formatting
)
_NEW_LINE = frozenset({"br", "sp", "ce"})
_REFUSED = "\r\x0b\x1c"


def unescape(text: str, delimiters: Delimiters, codec: str) -> str:
    """Return the *text* of one leaf decoded once; what is no known sequence stays as it stands."""
    escape_character = delimiters.escape
    if not escape_character or escape_character not in text:
        return text

    def decode(match: re.Match[str]) -> str:
        return _decoded(match[1], match[0], delimiters, codec)

    return sequence_pattern(escape_character).sub(decode, text)


def escape(text: str, delimiters: Delimiters) -> str:
    """Return *text* as one leaf may hold it; raise UnsafeValue where it could end a segment or a frame."""
    if text.isalnum():
        return text
    special, replace = _encoder(delimiters.field, delimiters.encoding_characters)
    if special.search(text) is not None:
        text = special.sub(replace, text)
    # A truncation character means "cut off here" only at the very end (2.7), so only there is it ambiguous.
    if delimiters.truncation and text.endswith(delimiters.truncation):
        text = f"{text[:-1]}{delimiters.escape}P{delimiters.escape}"
    return text


@lru_cache(maxsize=64)
def sequence_pattern(escape_character: str) -> re.Pattern[str]:
    """Return the pattern of a whole escape sequence, its inside as group 1."""
    mark = re.escape(escape_character)
    return re.compile(f"{mark}({_BODY}){mark}")


@lru_cache(maxsize=256)
def _encoder(field: str, encoding_characters: str) -> tuple[re.Pattern[str], Callable[[re.Match[str]], str]]:
    delimiters = delimiters_of(field, encoding_characters)
    mark = delimiters.escape
    letters = _letters(delimiters)
    sequences = {character: f"{mark}{letter}{mark}" for character, letter in letters.items()} if mark else {}
    if mark and "." not in letters:
        sequences["\n"] = f"{mark}.br{mark}"

    def replace(match: re.Match[str]) -> str:
        sequence = sequences.get(match[0])
        if sequence is None:
            raise UnsafeValue("control-character" if match[0] in _REFUSED else "not-escapable")
        return sequence

    return re.compile(f"[{re.escape(''.join(letters))}\n{_REFUSED}]"), replace


def _letters(delimiters: Delimiters) -> dict[str, str]:
    pairs = (
        (delimiters.field, "F"),
        (delimiters.component, "S"),
        (delimiters.repetition, "R"),
        (delimiters.subcomponent, "T"),
        (delimiters.escape, "E"),
    )
    return {character: letter for character, letter in pairs if character}


def _decoded(body: str, whole: str, delimiters: Delimiters, codec: str) -> str:
    kind = body[0]
    if kind == ".":
        return _formatted(body)
    if kind == "X":
        return _from_hexadecimal(body[1:], whole, codec)
    if kind == "Z":
        return whole
    if kind in "HN":
        return ""
    return delimiter_for(kind, delimiters)


def delimiter_for(letter: str, delimiters: Delimiters) -> str:
    """Return the character that the sequence *letter* (F S T R E P) stands for in a message with *delimiters*."""
    match letter:
        case "F":
            return delimiters.field
        case "S":
            return delimiters.component
        case "R":
            return delimiters.repetition
        case "E":
            return delimiters.escape
        case "T":
            return delimiters.subcomponent or "&"
        case _:
            return delimiters.truncation or "#"


def _formatted(body: str) -> str:
    command = body[1:3].lower()
    if command in _NEW_LINE:
        return "\n"
    if command == "sk":
        number = body[3:].strip(" +")
        return " " * (int(number) if number.isdigit() else 1)
    return ""


def _from_hexadecimal(digits: str, whole: str, codec: str) -> str:
    if not digits or len(digits) % 2:
        return whole
    raw = bytes.fromhex(digits)
    # An ASCII message cannot mean ASCII by bytes above 127: read them as an undeclared character set is read.
    for name in ("utf-8", "cp1252") if codec == "ascii" else (codec,):
        try:
            text = raw.decode(name)
        except UnicodeDecodeError:
            continue
        # A carriage return may never come back out as one: in text it is a new line.
        return text.replace("\r\n", "\n").replace("\r", "\n")
    return whole
