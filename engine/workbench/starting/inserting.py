"""Adding a member to a map of config.yaml as text: every other byte, comments and line ends among them, stays."""

import re

from engine.documents import Entries
from engine.errors import NotPossible

_TOKEN = re.compile(r"""(?<=[\s\[{,:])'(?:[^']|'')*'|(?<=[\s\[{,:])"(?:[^"\\]|\\.)*"|(?<=\s)\#[^\n]*|[\[\]{}]""")
"""Quoted values, comments and brackets of flow style; quotes and # inside a plain value are part of it."""
_CONTENT = re.compile(r"[ ]+[^ #\r\n]")


def with_member(text: str, entries: Entries, section: str, name: str, lines: tuple[str, ...]) -> str:
    """Return *text* with ``name:`` and *lines* below it as the last member of *section*.

    *lines* are indented from the member; the first of them says in flow style what stands there in a flow map.
    """
    end = "\r\n" if "\r\n" in text else "\n"
    key, node = entries.key(section), entries.get(section)
    if key is None:
        opened = text if not text or text.endswith("\n") else text + end
        return opened + end.join(["", f"{section}:", f"  {name}:", *(f"    {line}" for line in lines[1:]), ""])
    if isinstance(node, Entries) and _begins_flow(text, node):
        return _in_flow(text, node, f"{name}: {lines[0]}")
    if isinstance(node, Entries):
        return _in_block(text, key.place.line, node.pairs[0][0].place.column - 1, (name, lines), end)
    raise NotPossible("not-a-map", f"'{section}' in config.yaml is no map: mend it first (`engine check`)")


def _offset(text: str, line: int, column: int) -> int:
    begin = 0
    for _ in range(line - 1):
        begin = text.index("\n", begin) + 1
    return begin + column - 1


def _begins_flow(text: str, node: Entries) -> bool:
    at = _offset(text, node.place.line, node.place.column)
    return text[at : at + 1] == "{"


def _in_flow(text: str, node: Entries, member: str) -> str:
    """Write *member* behind the last one of a map in braces."""
    begin, depth = _offset(text, node.place.line, node.place.column), 0
    comments: list[tuple[int, int]] = []
    for found in _TOKEN.finditer(text, begin):
        if found.group().startswith("#"):
            comments.append(found.span())
        depth += {"{": 1, "[": 1, "}": -1, "]": -1}.get(found.group(), 0)
        if depth == 0:
            at = _last_of(text, begin, found.start(), comments)
            inside = text[begin + 1 : at]
            comma = "" if not inside else " " if inside.endswith(",") else ", "
            return f"{text[:at]}{comma}{member}{text[at:]}"
    raise NotPossible("not-a-map", "a brace in config.yaml is never closed: see `engine check`")


def _last_of(text: str, begin: int, end: int, comments: list[tuple[int, int]]) -> int:
    """Return where the last member ends between two braces, the comments behind it left out."""
    while True:
        at = begin + 1 + len(text[begin + 1 : end].rstrip())
        if not comments or comments[-1][1] != at:
            return at
        end = comments.pop()[0]


def _in_block(text: str, line: int, indent: int, member: tuple[str, tuple[str, ...]], end: str) -> str:
    """Write *member* behind the last line that belongs to the block below *line*."""
    name, lines = member
    written, last = re.findall(r"[^\n]*\n|[^\n]+", text), line
    for number in range(line, len(written)):
        if _CONTENT.match(written[number]):
            last = number + 1
        elif written[number].strip() and not written[number].startswith((" ", "#")):
            break
    before = "".join(written[:last])
    opened = before if before.endswith("\n") else before + end
    blank = " " * indent
    added = [f"{blank}{name}:", *(f"{blank}  {each}" for each in lines[1:])]
    return opened + "".join(f"{each}{end}" for each in added) + "".join(written[last:])
