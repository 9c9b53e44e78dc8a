"""One YAML file to one located value: libyaml cuts the text into events, what they mean is decided here."""

import re
from typing import TYPE_CHECKING, Any

import yaml

from engine.documents.nodes import Entries, Items, Node, Scalar
from engine.problems import Place, Problems

if TYPE_CHECKING:
    from collections.abc import Iterator

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_DEEPEST = 40
_UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_COMMENT = re.compile(r"[ \t]+#")
_HINTS = {
    "mapping values are not allowed": "a value holding ': ' is quoted; otherwise look at the indentation",
    "cannot start any token": "a value beginning with @ ` % or a tab is quoted or written under '>-'",
    "did not find expected key": "look for a missing ':' or a quote inside an unquoted value, and at the indentation",
    "did not find expected ',' or ']'": "a formula with , [ ] { } inside [...] is quoted, and every '[' needs its ']'",
    "did not find expected ',' or '}'": "a formula with , [ ] { } inside {...} is quoted, and every '{' needs its '}'",
    "did not find expected alphabetic": "a key or value with * [ ] is quoted inside {...}, as in {'OBX[*]-5': A}",
    "could not find expected ':'": "every key needs a ':' behind it",
    "unexpected end of stream": "a quote is opened and never closed",
}


class _Stopped(Exception):  # noqa: N818 not an error: the file has been reported and is given up
    """The rest of the file cannot be read."""


def decode_document(file: str, content: bytes, problems: Problems) -> str | None:
    """Return the text of a file's bytes, or None when they are not UTF-8."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start].decode("utf-8", "replace")
        place = _place_in(file, before, len(before))
    problems.add(place, "yaml-encoding", "the file is not UTF-8", "save it as UTF-8")
    return None


def read_document(file: str, text: str, problems: Problems) -> Node | None:
    """Return the document in *text*, or None when it cannot be read; a syntax error is exactly one problem."""
    text = text.removeprefix("\ufeff")
    if bad := _UNPRINTABLE.search(text):
        place = _place_in(file, text, bad.start())
        problems.add(place, "yaml-syntax", f"the control character U+{ord(bad.group()):04X} cannot stand in YAML")
        return None
    found = Problems()
    try:
        node = _Walk(file, text, found).document()
    except yaml.YAMLError as error:
        place, message, hint = _syntax_error(file, text, error)
        problems.add(place, "yaml-syntax", message, hint)
        return None
    except _Stopped:
        node = None
    for each in found.items:
        problems.add(each.place, each.code, each.text, each.hint)
    return node


class _Walk:
    """Turns events into nodes; one per file."""

    def __init__(self, file: str, text: str, problems: Problems) -> None:
        self._file = file
        self._text = text
        self._problems = problems
        self._events: Iterator[Any] = yaml.parse(text, Loader=_LOADER)

    def document(self) -> Node | None:
        """Return the only document of the file."""
        next(self._events)  # the stream's start
        if isinstance(next(self._events), yaml.StreamEndEvent):
            self._problems.add(Place(self._file), "yaml-empty", "the file is empty")
            return None
        node = self._node(next(self._events), 0)
        next(self._events)  # the document's end
        following = next(self._events)
        if isinstance(following, yaml.DocumentStartEvent):
            text, hint = "a second document begins here", "a file holds one document: remove the '---' or use two files"
            self._stop(following, "yaml-documents", text, hint)
        if isinstance(node, Scalar) and not node.text:
            self._problems.add(Place(self._file), "yaml-empty", "the file is empty")
            return None
        return node

    def _node(self, event: Any, depth: int) -> Node | None:
        """Return the value that begins with *event*, or None when it is damaged and reported."""
        if depth > _DEEPEST:
            self._stop(event, "yaml-depth", f"values are nested more than {_DEEPEST} deep")
        intact = self._intact(event)
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event) if intact else None
        if isinstance(event, yaml.SequenceStartEvent):
            return self._items(event, depth)
        return self._entries(event, depth) if isinstance(event, yaml.MappingStartEvent) else None

    def _intact(self, event: Any) -> bool:
        """Report what YAML would take out of a value without a word: anchors, aliases and tags."""
        if isinstance(event, yaml.AliasEvent):
            code, sign, name = "yaml-alias", "*", "a YAML alias"
        elif event.anchor is not None:
            code, sign, name = "yaml-anchor", "&", "a YAML anchor"
        elif event.tag is not None:
            code, sign, name = "yaml-tag", "!", "a YAML tag"
        else:
            return True
        text, hint = (
            f"'{sign}' begins {name} here, which is not used",
            f"if it belongs to the value, quote it: '{sign}...'",
        )
        self._problems.add(self._place(event), code, text, hint)
        return False

    def _scalar(self, event: Any) -> Scalar:
        start, end = event.start_mark.index, event.end_mark.index
        plain = event.style in (None, "")
        comment = None
        if plain and event.value and (behind := _COMMENT.match(self._text, end)):
            comment = _place_in(self._file, self._text, behind.end() - 1)
        return Scalar(event.value, self._place(event), plain, self._text[start:end], comment)

    def _items(self, start: Any, depth: int) -> Items:
        values = []
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            if (node := self._node(event, depth + 1)) is not None:
                values.append(node)
        return Items(self._place(start), tuple(values))

    def _entries(self, start: Any, depth: int) -> Entries:
        pairs: dict[str, tuple[Scalar, Node]] = {}
        left_out = set()
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            key = self._node(event, depth + 1)
            value = self._node(next(self._events), depth + 1)
            if not isinstance(key, Scalar):
                if key is not None:
                    text, hint = "a key must be a single value", "quote a key that begins with '[' or '{'"
                    self._problems.add(key.place, "yaml-key", text, hint)
            elif key.text in pairs or key.text in left_out:
                text, hint = f"the key '{key.text}' is written twice here", self._first(pairs, key.text)
                self._problems.add(key.place, "duplicate-key", text, hint)
            elif value is None:
                left_out.add(key.text)
            else:
                pairs[key.text] = (key, value)
        return Entries(self._place(start), tuple(pairs.values()), frozenset(left_out))

    def _first(self, pairs: dict[str, tuple[Scalar, Node]], key: str) -> str:
        return f"first in line {pairs[key][0].place.line}" if key in pairs else ""

    def _place(self, event: Any) -> Place:
        return Place(self._file, event.start_mark.line + 1, event.start_mark.column + 1)

    def _stop(self, event: Any, code: str, text: str, hint: str = "") -> None:
        self._problems.items.clear()  # a file that cannot be read has exactly one problem
        self._problems.add(self._place(event), code, text, hint)
        raise _Stopped


def _syntax_error(file: str, text: str, error: yaml.YAMLError) -> tuple[Place, str, str]:
    """Return place, sentence and hint for what libyaml could not read."""
    mark, begun = getattr(error, "problem_mark", None), getattr(error, "context_mark", None)
    message = str(getattr(error, "problem", None) or "the file is not YAML")
    if mark is None or (begun is not None and "unexpected end of stream" in message):
        mark = begun  # the quote that is never closed, not the end of the file
    if mark is None:
        return Place(file), message, ""
    line = text.split("\n")[mark.line] if mark.line < text.count("\n") + 1 else ""
    if "\t" in line[: len(line) - len(line.lstrip())]:
        return Place(file, mark.line + 1, line.index("\t") + 1), "a tab cannot indent in YAML", "use spaces"
    hint = next((hint for part, hint in _HINTS.items() if part in message), "")
    return Place(file, mark.line + 1, mark.column + 1), message, hint


def _place_in(file: str, text: str, offset: int) -> Place:
    before = text[:offset]
    return Place(file, before.count("\n") + 1, offset - (before.rfind("\n") + 1) + 1)
