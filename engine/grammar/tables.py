"""hl7apy's reference tables, corrected by the overlay and handed on as our own values. Nothing else imports hl7apy.

Everything is read when it is first asked for: a version that no message uses costs nothing, and of a version in use
only the segments, types and structures that occur are compiled.
"""

import functools
import itertools
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import hl7apy

from engine.grammar import overlay
from engine.grammar.definitions import ComponentDef, DatatypeDef, FieldDef, GroupNode, Part, SegmentDef, Slot

ANY_SEGMENT = "ANYHL7SEGMENT"


class Tables:
    """The tables of one version."""

    def __init__(self, version: str) -> None:
        self.version = version
        library = hl7apy.load_library(version)
        elements: dict[str, dict[str, Any]] = library.ELEMENTS
        self._segments = elements["Segment"]
        self._fields = elements["Field"]
        self._datatypes = elements["Datatypes_Structs"]
        self._codes = elements["Table"]
        self._messages = elements["Message"]
        self._primitives = frozenset(library.get_base_datatypes())
        self.segment_names = frozenset(self._segments) - {ANY_SEGMENT}
        self._lenders = {
            structure: entry.source
            for entry in overlay.BORROWED_STRUCTURES
            if version in entry.versions
            for structure in entry.structures
        }
        self.structure_names = frozenset(self._messages) | frozenset(self._lenders)
        self._fixes = {fix.element: fix for fix in overlay.ELEMENTS if version in fix.versions}

    def segment(self, name: str) -> SegmentDef | None:
        """Return the segment's fields, those filled in that the version withdrew and the tables forgot."""
        if name not in self.segment_names:
            return None
        fields = {field.number: field for field in map(self._element, self._children(name))}
        for hole in overlay.HOLES:
            if hole.segment == name and self.version in hole.versions:
                fields.update((number, _withdrawn(name, number)) for number in hole.numbers)
        return SegmentDef(name, dict(sorted(fields.items())))

    def datatype(self, name: str) -> DatatypeDef | None:
        """Return the type's components; none for a primitive type."""
        if name not in self._datatypes:
            return DatatypeDef(name, {}) if name in self._primitives else None
        components = {each.number: each for each in map(self._element, self._datatypes[name])}
        for fix in self._fixes.values():
            if _owner(fix.element) == name:
                components.setdefault(_number(fix.element), _added(fix))
        return DatatypeDef(name, dict(sorted(self._with_code_tables(name, components).items())))

    def codes(self, name: str) -> frozenset[str]:
        """Return the codes of a table; empty where the version publishes none, which says nothing about a value."""
        entry = self._codes.get(name)
        return frozenset(entry[1]) if entry else frozenset()

    def structure(self, name: str) -> GroupNode | None:
        """Return the message structure as a tree of numbered slots."""
        if name in self._lenders:
            return tables_for(self._lenders[name]).structure(name)
        reference = self._messages.get(name)
        return None if reference is None else _group(name, name, reference, itertools.count())

    def _children(self, segment: str) -> Iterable[Any]:
        reference = self._segments[segment]
        if _listed(overlay.EMPTY_SEGMENTS, self.version, segment):
            return ()
        if _listed(overlay.BARE_SEGMENTS, self.version, segment):
            return tuple(reference)
        return tuple(reference[1])

    def _element(self, entry: Any) -> FieldDef:
        """Turn ``(name, reference, (min, max), kind)`` into a value; the reference holds type, name and table."""
        name, reference, (least, most), _ = entry
        _, _, datatype, long_name, table, *_ = reference or self._fields[name]
        fix = self._fixes.get(name) or overlay.ElementFix((), name, "")
        least, most = fix.cardinality or (least, most)
        return FieldDef(
            _number(name),
            name,
            (long_name or "").lower().strip("_") if fix.long_name is None else fix.long_name,
            fix.datatype or datatype or "ST",
            least,
            most,
            (table or "") if fix.table is None else fix.table,
        )

    def _with_code_tables(self, name: str, components: dict[int, ComponentDef]) -> dict[int, ComponentDef]:
        if self.version not in overlay.WITHOUT_COMPONENT_TABLES:
            return components
        lender = tables_for(overlay.COMPONENT_TABLES_FROM).datatype(name) or DatatypeDef(name, {})
        lent = {(each.long_name, each.datatype): each.table for each in lender.components.values()}
        return {
            number: each if each.table else replace(each, table=lent.get((each.long_name, each.datatype), ""))
            for number, each in components.items()
        }


@functools.cache
def tables_for(version: str) -> Tables:
    """Return the tables of *version*, loaded once in the process."""
    return Tables(version)


def _group(name: str, structure: str, reference: Any, numbers: Iterator[int]) -> GroupNode:
    prefix = f"{structure}_".casefold()
    short = name[len(prefix) :] if name.casefold().startswith(prefix) else name
    signs = {entry.segment: entry.sign for entry in overlay.TOLD_APART if entry.group == short}
    parts = tuple(_part(child, structure, numbers, signs) for child in reference[1])
    closed = (entry.segments for entry in overlay.CLOSED_GROUPS if entry.group == short)
    return GroupNode(short, name, parts, next(closed, frozenset()))


def _part(child: Any, structure: str, numbers: Iterator[int], signs: Mapping[str, str]) -> Part:
    name, reference, (least, most), kind = child
    if kind == "SEG":
        return Part(least, most, (Slot(next(numbers), name, signs.get(name, "")),))
    if reference[0] == "choice" and name not in overlay.NO_CHOICE:
        return Part(least, most, tuple(Slot(next(numbers), alternative[0]) for alternative in reference[1]))
    return Part(least, most, (_group(name, structure, reference, numbers),))


def _listed(shapes: tuple[overlay.SegmentShape, ...], version: str, segment: str) -> bool:
    return any(version in shape.versions and segment in shape.segments for shape in shapes)


def _withdrawn(segment: str, number: int) -> FieldDef:
    return FieldDef(number, f"{segment}_{number}", "", "ST", 0, 0, "")


def _added(fix: overlay.ElementFix) -> FieldDef:
    least, most = fix.cardinality or (0, 0)
    return FieldDef(_number(fix.element), fix.element, fix.long_name or "", fix.datatype or "ST", least, most, "")


def _owner(element: str) -> str:
    return element.rpartition("_")[0]


def _number(element: str) -> int:
    return int(element.rpartition("_")[2])


def verdict_of_library(text: str, report: str) -> list[str]:
    """Let hl7apy itself parse and validate *text*; return what it says, without values. *report* is a file for it.

    It fails on much that is sound, and takes its time: for people who ask, in a process that may be ended.
    """
    from hl7apy.exceptions import HL7apyException  # noqa: PLC0415  its parser costs a quarter of a second to import
    from hl7apy.parser import parse_message  # noqa: PLC0415

    try:
        parsed = parse_message(text)
    except HL7apyException as error:
        return [f"not parsed: {type(error).__name__}"]
    try:
        parsed.validate(report_file=report)
    except HL7apyException as error:
        verdict = type(error).__name__
    else:
        verdict = ""
    with open(report, encoding="utf-8", errors="replace") as told:  # noqa: PTH123  the core knows no paths
        found = [_without_value(line.strip()) for line in told if line.strip()]
    return [line for line in found if not _KNOWN_FALSE.search(line)] or ([verdict] if verdict and not found else [])


_KNOWN_FALSE = re.compile(
    r"_SUPPGRP|_CHOICE\.|Missing required child \S+\.TS_2$|Invalid children detected for <Segment (?:QPD|RDT)"
)
"""What hl7apy 1.3.5 says of sound messages."""


def _without_value(line: str) -> str:
    return re.sub(r"Value .* not in table", "a value is not in table", line)
