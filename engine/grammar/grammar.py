"""The grammar of one version: names to numbers, events to structures; compiled when it is first asked for."""

import functools
from collections.abc import Iterable, Mapping
from difflib import get_close_matches

from engine.errors import UnknownName
from engine.grammar.definitions import DatatypeDef, FieldDef, SegmentDef
from engine.grammar.events import structure_of_event
from engine.grammar.structure import Structure
from engine.grammar.tables import tables_for
from engine.grammar.versions import resolve_version


class Grammar:
    """What one version of the standard says. One instance per version and process; it only grows by what is asked."""

    def __init__(self, version: str) -> None:
        self.version = version
        self._tables = tables_for(version)
        self._segments: dict[str, SegmentDef] = {}
        self._datatypes: dict[str, DatatypeDef] = {}
        self._structures: dict[str, Structure] = {}
        self._codes: dict[str, frozenset[str]] = {}
        self._numbers: dict[str, Mapping[str, int]] = {}

    def __repr__(self) -> str:
        return f"<Grammar {self.version}>"

    @property
    def segment_names(self) -> frozenset[str]:
        """Every segment of this version."""
        return self._tables.segment_names

    @property
    def structure_names(self) -> frozenset[str]:
        """Every message structure of this version."""
        return self._tables.structure_names

    def segment(self, name: str) -> SegmentDef | None:
        """Return what the version says of segment *name*."""
        found = self._segments.get(name)
        if found is None and (found := self._tables.segment(name)) is not None:
            self._segments[name] = found
        return found

    def datatype(self, name: str) -> DatatypeDef | None:
        """Return what the version says of data type *name*."""
        found = self._datatypes.get(name)
        if found is None and (found := self._tables.datatype(name)) is not None:
            self._datatypes[name] = found
        return found

    def table(self, name: str) -> frozenset[str]:
        """Return the codes of table *name*; empty where the version publishes none: then any value is right."""
        found = self._codes.get(name)
        if found is None and (found := self._tables.codes(name)):
            self._codes[name] = found
        return found or frozenset()

    def field_number(self, segment: str, name: str) -> int:
        """Return the number of the field called *name* (``patient_name`` or ``pid_5``, in any case)."""
        definition = self.segment(segment)
        if definition is None:
            raise UnknownName(segment, _similar(segment, self.segment_names))
        return self._number(segment, definition.fields.values(), name)

    def component_number(self, datatype: str, name: str) -> int:
        """Return the number of the component called *name* (``family_name`` or ``xpn_1``, in any case)."""
        definition = self.datatype(datatype)
        if definition is None:
            raise UnknownName(datatype, ())
        return self._number(datatype, definition.components.values(), name)

    def structure_name(self, code: str, event: str, structure: str) -> str:
        """Return the structure that MSH-9.1, .2 and .3 mean, or ``""``; MSH-9.3 counts where the version has it."""
        if structure in self.structure_names:
            return structure
        return structure_of_event(self.version, code.upper(), event.upper(), self.structure_names)

    def structure(self, name: str) -> Structure | None:
        """Return the compiled structure *name*."""
        found = self._structures.get(name)
        if found is None and (root := self._tables.structure(name)) is not None:
            found = self._structures[name] = Structure(name, root, self.segment_names)
        return found

    def _number(self, owner: str, elements: Iterable[FieldDef], name: str) -> int:
        numbers = self._numbers.get(owner)
        if numbers is None:
            numbers = self._numbers[owner] = _by_name(elements)
        wanted = name.lower().strip("_")
        if wanted not in numbers:
            raise UnknownName(name, _similar(wanted, numbers))
        return numbers[wanted]


@functools.lru_cache(maxsize=256)  # bounded: the text comes from messages
def grammar_for(version: str) -> Grammar:
    """Return the grammar for the text of an MSH-12: the version it names, the nearest there is, or 2.5.1."""
    return _grammar(resolve_version(version))


@functools.cache
def _grammar(version: str) -> Grammar:
    return Grammar(version)


def _by_name(elements: Iterable[FieldDef]) -> Mapping[str, int]:
    """A withdrawn element yields to a living one of the same name; else the lower number has it."""
    numbers: dict[str, int] = {}
    for element in sorted(elements, key=lambda each: (each.withdrawn, each.number)):
        numbers.setdefault(element.name.lower(), element.number)
        if element.long_name:
            numbers.setdefault(element.long_name, element.number)
    return numbers


def _similar(name: str, known: Iterable[str]) -> tuple[str, ...]:
    return tuple(get_close_matches(name, known, n=3))
