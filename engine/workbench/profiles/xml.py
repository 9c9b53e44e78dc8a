"""XML as a small tree, read so that a hostile file can do nothing: no document type, no entities, no other files.

What an attack needs is refused where it is declared: entities that grow (billion laughs) or read files (XXE) can only
be declared in a document type, and there is none.
"""

from dataclasses import dataclass, field
from typing import NoReturn
from xml.parsers import expat

from engine.errors import NotPossible

MOST_BYTES = 32 * 2**20
MOST_ELEMENTS = 1_000_000
DEEPEST = 60


@dataclass(slots=True)
class Element:
    """One element: its name without a name space, its attributes, its text and its children."""

    name: str
    attributes: dict[str, str]
    line: int
    children: "list[Element]" = field(default_factory=list)
    text: str = ""

    def get(self, *names: str) -> str:
        """Return the first of these attributes that is there, without blanks around it; '' where none is."""
        return next((self.attributes[name].strip() for name in names if name in self.attributes), "")

    def all(self, *names: str) -> "list[Element]":
        """Return the children of these names, in their order."""
        return [each for each in self.children if each.name in names]

    def first(self, name: str) -> "Element | None":
        """Return the first child of that name."""
        return next((each for each in self.children if each.name == name), None)


def read_xml(content: bytes) -> Element:
    """Return the root of the document; raise NotPossible with a sentence for what is no XML or is not safe to read."""
    if len(content) > MOST_BYTES:
        _refuse("xml-too-large", f"the file is larger than {MOST_BYTES // 2**20} MiB")
    return _Reading().read(content)


class _Reading:
    """One document being read."""

    def __init__(self) -> None:
        self._open: list[Element] = []
        self._root: Element | None = None
        self._count = 0
        self._parser = parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
        parser.StartDoctypeDeclHandler = self._doctype
        parser.EntityDeclHandler = self._entity
        parser.ExternalEntityRefHandler = self._entity
        parser.StartElementHandler = self._begin
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text

    def read(self, content: bytes) -> Element:
        """Return the document's root."""
        try:
            self._parser.Parse(content, True)  # noqa: FBT003  expat takes no names: this is the last piece
        except expat.ExpatError as error:
            reason = expat.errors.messages[error.code]
            _refuse("not-xml", f"line {error.lineno}, column {error.offset + 1}: {reason}")
        if self._root is None:
            _refuse("not-xml", "the file is empty")
        return self._root

    def _doctype(self, *_declared: object) -> None:
        text = "the file declares a document type (<!DOCTYPE ...>), through which files can be read and memory filled"
        _refuse("xml-doctype", f"{text}: take the declaration out if you trust the file")

    def _entity(self, *_declared: object) -> int:
        _refuse("xml-entity", "the file declares an entity; take it out if you trust the file")

    def _begin(self, name: str, attributes: dict[str, str]) -> None:
        self._count += 1
        if len(self._open) >= DEEPEST or self._count > MOST_ELEMENTS:
            _refuse(
                "xml-too-large", f"the file has more than {MOST_ELEMENTS} elements, or nests them deeper than {DEEPEST}"
            )
        made = Element(name.rpartition(":")[2], attributes, self._parser.CurrentLineNumber)
        if self._open:
            self._open[-1].children.append(made)
        else:
            self._root = made
        self._open.append(made)

    def _end(self, _name: str) -> None:
        self._open.pop()

    def _text(self, text: str) -> None:
        if self._open:
            self._open[-1].text += text


def _refuse(code: str, text: str) -> NoReturn:
    raise NotPossible(code, text)
