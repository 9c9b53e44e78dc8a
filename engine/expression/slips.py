"""What people type out of habit from other languages, each answered with what to write here."""

import re

from engine.errors import InvalidExpression

_CAPITALS = re.compile(r"(AND|OR|NOT|IN|MATCHES|NULL|TRUE|FALSE|NEWLINE|VALUE|IF|EXISTS|COUNT)(?![A-Za-z0-9_.\-\[])")
_SIGNS = (
    ("===", "'=='"),
    ("=>", "'>='"),
    ("=<", "'<='"),
    ("=~", "'matches'"),
    ("=", "'=='"),
    ("<>", "'!='"),
    ("!~", "'not ... matches'"),
    ("!", "'not'"),
    ("~", "'matches'"),
    ("&&", "'and'"),
    ("&", "'and'"),
    ("||", "'or'"),
    ("|", "'or'"),
    ("\u2264", "'<='"),
    ("\u2265", "'>='"),
    ("\u2260", "'!='"),
)
OTHER_WORDS = {
    "contains": "write X matches '...'",
    "like": "write X matches '...'",
    "is": "write ==",
    "equals": "write ==",
    "eq": "write ==",
    "ne": "write !=",
    "none": "write null",
    "None": "write null",
    "nil": "write null",
    "True": "write true",
    "False": "write false",
    "And": "write and",
    "Or": "write or",
    "Not": "write not",
    "In": "write in",
    "xor": "write a != b",
    "else": "write if(condition, one, other)",
    "then": "write if(condition, one, other)",
    "elif": "write if(condition, one, if(condition, two, other))",
    "elseif": "write if(condition, one, if(condition, two, other))",
    "len": "write length",
    "startswith": "write X matches '^...'",
    "endswith": "write X matches '...$'",
}
_CURLY = "\u2018\u2019\u201a\u201c\u201d\u201e\u00ab\u00bb\u0060\u00b4"
_ARITHMETIC = "-*/%"
_LOWER_PATH = re.compile(r"[A-Za-z][A-Za-z0-9]{2}(?:-[0-9]|\.[0-9])")
_JOINED_PATH = re.compile(r"([A-Z][A-Z0-9]{2})_?([0-9]{1,2})(?:_([0-9]{1,2}))?")
_NUMBERS = re.compile(r"([A-Z][A-Z0-9]{2})\.([0-9]+)(?:\.([0-9]+))?(?:\.([0-9]+))?")


def refuse_capitals(text: str, at: int, end: int) -> None:
    """Keywords and functions are lower case; three capitals would otherwise be taken for a segment."""
    found = _CAPITALS.match(text, at, end)
    if found:
        word = found.group(1)
        raise InvalidExpression("lower-case", at, f"{word} is written in lower case", _meant(word.lower()))


def refuse_word(text: str, word: str, at: int, stop: int) -> None:
    """Answer words of other languages, and paths typed in lower case or without their sign."""
    if found := _LOWER_PATH.match(text, at):
        likely = found.group()[:3].upper() + "-" + found.group()[4:]
        raise InvalidExpression("path-sign", at, "the name of a segment is written in capitals", _meant(likely))
    if word[0].isupper():
        _refuse_joined(word, at)
    if word in OTHER_WORDS and not text.startswith("(", stop):
        raise InvalidExpression("unknown-word", at, f"there is no word {word!r} here", OTHER_WORDS[word])


def _refuse_joined(word: str, at: int) -> None:
    found = _JOINED_PATH.fullmatch(word)
    if found:
        component = f".{found[3]}" if found[3] else ""
        raise InvalidExpression("path-sign", at, f"{word} is no path", _meant(f"{found[1]}-{found[2]}{component}"))


def refuse_tail(text: str, at: int, stop: int, end: int) -> None:
    """Answer what directly follows a path and cannot belong to it."""
    if stop >= end:
        return
    path, following = text[at:stop], text[stop]
    if following in "-." and text[stop + 1 : stop + 2].isdigit():
        _refuse_number_behind(text, at, stop)
    if following in ".-_[" or following.isalnum():
        if following == "-":
            text_, hint = "a number is missing behind the sign", f"a field is written {path}-5"
        else:
            text_, hint = f"{following!r} cannot follow {path}", "a path is written PID-5, PID-5.1 or PID-3[2].1"
        raise InvalidExpression("path-sign", stop, text_, hint)
    if following == "(":
        raise InvalidExpression("lower-case", at, f"{path} is no function", "functions are written in lower case")


def _refuse_number_behind(text: str, at: int, stop: int) -> None:
    path, following = text[at:stop], text[stop]
    if following == "." and (found := _NUMBERS.match(text, at)):
        likely = f"{found[1]}-{found[2]}" + "".join(f".{each}" for each in found.groups()[2:] if each)
        raise InvalidExpression("path-sign", stop, "a field is written behind '-'", _meant(likely))
    number = re.match(r"[0-9]+", text[stop + 1 :])
    likely = f"{path}.{number.group() if number else ''}"
    if path.count(".") >= 2 + path.startswith(("out.", "known.")):
        raise InvalidExpression(
            "path-sign", stop, "a path has no part below the subcomponent", "PID-5.1.2 is the deepest"
        )
    if re.fullmatch(r".*-[0-9]+(?:\.[0-9]+)?", path):
        raise InvalidExpression("path-sign", stop, "a component is written behind '.'", _meant(likely))
    raise InvalidExpression(
        "path-sign", stop, f"{following!r} cannot follow {path}", "a path is written PID-5 or PID-5.1"
    )


def refuse_character(text: str, at: int, end: int) -> None:
    """Answer the signs of other languages."""
    for sign, likely in _SIGNS:
        if text.startswith(sign, at, end):
            raise InvalidExpression("unknown-sign", at, f"{sign!r} is no sign here", f"did you mean {likely}?")
    if text[at] in _CURLY:
        raise InvalidExpression("curly-quote", at, "this is not a straight quote", "write 'A01' or \"A01\"")
    if text[at] in _ARITHMETIC:
        raise InvalidExpression(
            "unknown-sign", at, f"{text[at]!r} is no sign here", "there is no arithmetic; + joins text"
        )
    if text[at].isdigit():
        raise InvalidExpression(
            "bad-number", at, "this is no number", "a number is written 5 or 3.1; other text in quotes"
        )
    if text[at] in "{}":
        raise InvalidExpression("unknown-sign", at, f"{text[at]!r} is no sign here", "a list is written ['A', 'B']")
    if text[at] == ";":
        raise InvalidExpression("unknown-sign", at, "';' is no sign here", "arguments are parted by ','")


def _meant(likely: str) -> str:
    return f"did you mean {likely}?"
