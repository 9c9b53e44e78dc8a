"""What both kinds of conformance profile write alike: numbers, usages, lengths, the short names of groups."""

import re

from engine.workbench.profiles.drawn import UNBOUNDED, Part, Presence
from engine.workbench.profiles.xml import Element

_LENGTH = re.compile(r"(?:(\d+)\.\.)?(\d+|\*)[=#]?")
_TABLE = re.compile(r"(?:HL7)?_?(\d{1,4})", re.IGNORECASE)


def number(text: str) -> int | None:
    """Return a count; -1 for ``*``, None for what is none (``NA``)."""
    if text == "*":
        return UNBOUNDED
    return int(text) if text.isascii() and text.isdigit() else None


def short_group(name: str, structure: str) -> str:
    """Return a group's name as ours are: ``ORU_R01.SPECIMEN`` and ``ORU_R01_SPECIMEN`` are both SPECIMEN."""
    last = name.rpartition(".")[2].strip().upper().replace(" ", "_").replace("-", "_")
    return last.removeprefix(f"{structure}_")


def presence(element: Element, name: str, group: str, fields: tuple[Part, ...], usage: str = "") -> Presence:
    """Return the segment or group that *element* puts into *group*."""
    least, most = number(element.get("Min")), number(element.get("Max"))
    told = usage or element.get("Usage")
    is_group = element.name in {"Group", "SegGroup"}
    return Presence(name, group, told, least or 0, UNBOUNDED if most is None else most, fields, is_group)


def part(element: Element, position: int, datatype: str, parts: tuple[Part, ...]) -> Part:
    """Return the field, component or subcomponent that *element* is; *position* counts from 1."""
    least, most = number(element.get("Min")), number(element.get("Max"))
    shortest, longest = _lengths(element)
    told = [each.text.strip() for each in element.all("Predicate", "ImpNote") if each.text.strip()]
    return Part(
        *(position, element.get("Usage"), least, most, shortest, longest, datatype),
        value=element.attributes.get("ConstantValue", ""),
        table=_table(element),
        told=tuple(" ".join(each.split()) for each in told),
        parts=parts,
    )


def _lengths(element: Element) -> tuple[int, int]:
    longest = number(element.get("MaxLength"))
    if longest is not None:
        return number(element.get("MinLength")) or 0, max(longest, 0)
    found = _LENGTH.fullmatch(element.get("Length"))
    if found is None:
        return 0, 0
    return int(found[1] or 0), 0 if found[2] == "*" else int(found[2])


def _table(element: Element) -> str:
    """Return the HL7 table, as HL70001; another name as it stands."""
    written = element.get("Table", "Binding").split(":")[0]
    found = _TABLE.fullmatch(written)
    return f"HL7{int(found[1]):04}" if found else written
