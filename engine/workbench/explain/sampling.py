"""Texts that a plain regular expression finds; for what it does not understand there are none."""

from collections.abc import Iterator

_CLASSES = {"d": "1", "w": "a", "s": " ", "D": "a", "W": "-", "S": "a", "b": "", "A": "", "z": ""}
_MEANT = frozenset("^$")


def samples_of(pattern: str) -> Iterator[str]:
    """Yield a text for each alternative of *pattern*, made of its literals, classes and counts."""
    for branch in _branches(pattern):
        text = _text(branch)
        if text is not None:
            yield text


def _branches(pattern: str) -> list[str]:
    depth, branches, escaped = 0, [""], False
    for character in pattern:
        if character == "|" and depth == 0 and not escaped:
            branches.append("")
            continue
        depth += 0 if escaped else {"(": 1, "[": 1, ")": -1, "]": -1}.get(character, 0)
        escaped = character == "\\" and not escaped
        branches[-1] += character
    return branches


def _text(branch: str) -> str | None:
    made, rest = list[str](), branch
    while rest:
        piece, rest = _piece(rest)
        if piece is None:
            return None
        count, rest = _count(rest)
        made.append(piece * count)
    return "".join(made)


def _piece(rest: str) -> tuple[str | None, str]:
    """Return a text for the first thing in *rest*, and what follows it."""
    first = rest[0]
    if first == "\\" and len(rest) > 1:
        return _CLASSES.get(rest[1], rest[1] if not rest[1].isalnum() else None), rest[2:]
    if first in "[(":
        end = _closing(rest)
        inner = rest[1:end]
        if end < 0 or not inner:
            return None, ""
        return (_of_class(inner) if first == "[" else next(samples_of(_inside(inner)), None)), rest[end + 1 :]
    if first in _MEANT:
        return "", rest[1:]
    return ("a" if first == "." else first), rest[1:]


def _inside(group: str) -> str:
    return group.removeprefix("?:").removeprefix("?i:")


def _of_class(inner: str) -> str | None:
    if inner.startswith("^"):
        return next((each for each in "a1-Z " if each not in inner), None)
    return _CLASSES.get(inner[1:2], inner[1:2]) if inner.startswith("\\") else inner[0]


def _closing(rest: str) -> int:
    opening, closing, depth, escaped = rest[0], {"[": "]", "(": ")"}[rest[0]], 0, False
    for at, character in enumerate(rest):
        if not escaped:
            depth += (character == opening) - (character == closing)
            if depth == 0:
                return at
        escaped = character == "\\" and not escaped
    return -1


def _count(rest: str) -> tuple[int, str]:
    """Return how often the thing before *rest* is to stand, and what follows."""
    if rest[:1] in {"+", "*", "?"}:
        return 1, rest[1:].removeprefix("?")
    if rest.startswith("{") and "}" in rest:
        least = rest[1 : rest.index("}")].split(",", maxsplit=1)[0]
        return (min(int(least), 100) if least.isdigit() else 1), rest[rest.index("}") + 1 :]
    return 1, rest
