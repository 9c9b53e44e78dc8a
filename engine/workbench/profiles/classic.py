"""The classic kind: ``HL7v2xConformanceProfile``, as Messaging Workbench and many vendors write it.

Segments hold their fields, fields their components, at the place where they stand in the message.
"""

from collections.abc import Iterator

from engine.workbench.profiles.attributes import part, presence, short_group
from engine.workbench.profiles.drawn import Drawn, Part, Presence
from engine.workbench.profiles.xml import Element

ROOT = "HL7v2xConformanceProfile"
_INNER = {"Field": "Component", "Component": "SubComponent"}
_KNOWN = {"Segment", "SegGroup", "MetaData", "ImpNote", "Description", "Reference", "Predicate"}


def read_classic(root: Element) -> list[Drawn]:
    """Return the profiles of a file: one for each static definition."""
    version = root.get("HL7Version")
    return [_drawn(each, root, version) for each in root.all("HL7v2xStaticDef")]


def _drawn(static: Element, root: Element, version: str) -> Drawn:
    structure = static.get("MsgStructID")
    message = "^".join(each for each in (static.get("MsgType"), static.get("EventType"), structure) if each)
    meta = static.first("MetaData") or root.first("MetaData")
    notes = [f"line {each.line}: {each.name}" for each in static.children if each.name not in _KNOWN]
    if root.first("DynamicDef") is not None:
        notes.append("the dynamic definition (who acknowledges what, and when): see 'acknowledge' of the listener")
    presences = tuple(_below(static, "", structure))
    return Drawn("" if meta is None else meta.get("Name"), message, version, presences, tuple(notes))


def _below(parent: Element, group: str, structure: str) -> Iterator[Presence]:
    for each in parent.all("Segment", "SegGroup"):
        if each.name == "Segment":
            yield presence(each, each.get("Name"), group, _parts(each.all("Field")))
        else:
            name = short_group(each.get("Name"), structure)
            yield presence(each, name, group, ())
            yield from _below(each, name, structure)


def _parts(elements: list[Element]) -> tuple[Part, ...]:
    return tuple(
        part(each, position, each.get("Datatype"), _parts(each.all(_INNER.get(each.name, ""))))
        for position, each in enumerate(elements, 1)
    )
