"""The kind that NIST's tools (IGAMT) write: ``ConformanceProfile``. Messages name segments, fields name data types.

A data type's components are put where the field stands. Constraints and predicates are formulas of another language:
they are told by their names, not taken over.
"""

from collections.abc import Iterator, Mapping

from engine.workbench.profiles.attributes import part, presence, short_group
from engine.workbench.profiles.drawn import Drawn, Part, Presence
from engine.workbench.profiles.xml import Element

ROOT = "ConformanceProfile"
_MOST_TOLD = 400
_DEEPEST = 2


def read_nist(root: Element) -> list[Drawn]:
    """Return the profiles of a file: one for each message."""
    messages = root.first("Messages")
    return [] if messages is None else [_File(root).drawn(each) for each in messages.all("Message")]


class _File:
    """One file: what is named in it, by the names."""

    def __init__(self, root: Element) -> None:
        self._root = root
        self._segments = _by_id(root.first("Segments"))
        self._datatypes = _by_id(root.first("Datatypes"))

    def drawn(self, message: Element) -> Drawn:
        """Return the profile of one message."""
        structure = message.get("StructID")
        named = "^".join(each for each in (message.get("Type"), message.get("Event"), structure) if each)
        meta = self._root.first("MetaData")
        notes = tuple(f"line {each.line}: {_told(each)}" for each in _statements(self._root))[:_MOST_TOLD]
        presences = tuple(self._below(message, "", structure))
        return Drawn("" if meta is None else meta.get("Name"), named, self._root.get("HL7Version"), presences, notes)

    def _below(self, parent: Element, group: str, structure: str) -> Iterator[Presence]:
        for each in parent.all("Segment", "Group"):
            if each.name == "Segment":
                segment = self._segments.get(each.get("Ref"))
                fields = () if segment is None else self._parts(segment.all("Field"), 0)
                yield presence(each, each.get("Ref")[:3] if segment is None else segment.get("Name"), group, fields)
            else:
                name = short_group(each.get("Name", "ID"), structure)
                yield presence(each, name, group, ())
                yield from self._below(each, name, structure)

    def _parts(self, elements: list[Element], depth: int) -> tuple[Part, ...]:
        found = []
        for position, each in enumerate(elements, 1):
            datatype = self._datatypes.get(each.get("Datatype"))
            inner = () if datatype is None or depth >= _DEEPEST else self._parts(datatype.all("Component"), depth + 1)
            name = each.get("Datatype").partition("_")[0] if datatype is None else datatype.get("Name")
            found.append(part(each, position, name, inner))
        return tuple(found)


def _by_id(parent: Element | None) -> Mapping[str, Element]:
    return {} if parent is None else {each.get("ID"): each for each in parent.children}


def _statements(element: Element) -> Iterator[Element]:
    """Yield the constraints, predicates, slicings and mappings, wherever they stand."""
    for each in element.children:
        if each.name in {"Constraint", "Predicate", "CoConstraint", "Slicing", "ValueSetBinding", "DynamicMapping"}:
            yield each
        else:
            yield from _statements(each)


def _told(statement: Element) -> str:
    described = statement.first("Description")
    text = "" if described is None else " ".join(described.text.split())
    return " ".join(word for word in (statement.name, statement.get("ID", "Target"), text[:200]) if word)
