"""Every correction of hl7apy's tables has a reason, finds the fault it corrects, and takes effect."""

from typing import Any

import hl7apy
import pytest

from engine.grammar import grammar_for, overlay
from engine.grammar.versions import VERSIONS


def raw(version: str, kind: str) -> dict[str, Any]:
    """hl7apy's own table, uncorrected."""
    table: dict[str, Any] = hl7apy.load_library(version).ELEMENTS[kind]
    return table


def raw_elements(version: str) -> dict[str, Any]:
    """Each field and component by its name, with its place's cardinality."""
    found: dict[str, Any] = {}
    for name, segment in raw(version, "Segment").items():
        if name != "ANYHL7SEGMENT" and segment[0] == "sequence" and len(segment) > 1:
            found |= {entry[0]: entry for entry in segment[1]}
    for components in raw(version, "Datatypes_Structs").values():
        found |= {entry[0]: entry for entry in components}
    return found


@pytest.mark.parametrize("fix", overlay.ELEMENTS, ids=lambda fix: fix.element)
def test_each_fix_of_an_element_still_changes_it(fix: overlay.ElementFix) -> None:
    """An entry that hl7apy has caught up with must go."""
    for version in fix.versions:
        entry = raw_elements(version).get(fix.element)
        owner, _, number = fix.element.rpartition("_")
        grammar = grammar_for(version)
        fields = getattr(grammar.segment(owner), "fields", None) or getattr(grammar.datatype(owner), "components", {})
        element = fields[int(number)]

        before = None if entry is None else (entry[1][2], (entry[1][3] or "").lower(), tuple(entry[2]))
        after = (element.datatype, element.long_name, (element.min, element.max))

        assert fix.reason
        assert before != after
        assert fix.datatype in (None, element.datatype)
        assert fix.long_name in (None, element.long_name)
        assert fix.cardinality in (None, (element.min, element.max))


@pytest.mark.parametrize("version", VERSIONS)
def test_no_segment_has_holes_and_the_filled_ones_were_holes(version: str) -> None:
    """Field numbers run without gap: what the tables left out was withdrawn."""
    grammar = grammar_for(version)
    before = raw_elements(version)

    for name in grammar.segment_names:
        segment = grammar.segment(name)
        assert segment is not None
        assert list(segment.fields) == list(range(1, len(segment.fields) + 1)), name
    for hole in overlay.HOLES:
        if version in hole.versions:
            segment = grammar.segment(hole.segment)
            assert segment is not None
            assert all(f"{hole.segment}_{number}" not in before for number in hole.numbers)
            assert all(segment.fields[number].withdrawn for number in hole.numbers)


@pytest.mark.parametrize("version", VERSIONS)
def test_no_data_type_has_holes_and_every_type_named_is_known(version: str) -> None:
    """A component's number is its place."""
    grammar = grammar_for(version)
    types = {
        field.datatype
        for name in grammar.segment_names
        for field in getattr(grammar.segment(name), "fields", {}).values()
    }

    for name in types - {"varies", "CM", "TN", "WD"}:
        datatype = grammar.datatype(name)
        assert datatype is not None, name
        assert list(datatype.components) == list(range(1, len(datatype.components) + 1)), name


@pytest.mark.parametrize(
    "shape", [*overlay.BARE_SEGMENTS, *overlay.EMPTY_SEGMENTS], ids=lambda shape: shape.segments[0]
)
def test_segments_of_odd_shape_are_known(shape: overlay.SegmentShape) -> None:
    """They would raise, or vanish, if read like the others."""
    for version in shape.versions:
        for name in shape.segments:
            reference = raw(version, "Segment")[name]

            assert grammar_for(version).segment(name) is not None
            assert not isinstance(reference[0], str) or len(reference) < 2 or not reference[1]


def test_groups_that_are_no_choice_are_marked_as_one_by_hl7apy() -> None:
    """Each entry stands for a wrong mark in some version."""
    marked = {name for version in VERSIONS for name, group in raw(version, "Group").items() if group[0] == "choice"}

    assert set(overlay.NO_CHOICE) <= marked


def test_borrowed_structures_are_missing_in_the_versions_that_borrow_them() -> None:
    """Once hl7apy has them, its own are used."""
    for entry in overlay.BORROWED_STRUCTURES:
        for version in entry.versions:
            for name in entry.structures:
                assert name not in raw(version, "Message")
                assert grammar_for(version).structure(name) is not None


def test_component_tables_are_borrowed_where_a_version_names_none() -> None:
    """2.6 and later say nothing about the codes of CX-5; 2.5.1 does."""
    for version in overlay.WITHOUT_COMPONENT_TABLES:
        assert not any(entry[1][4] for components in raw(version, "Datatypes_Structs").values() for entry in components)
        datatype = grammar_for(version).datatype("CX")
        assert datatype is not None
        assert datatype.components[5].table == "HL70203"


@pytest.mark.parametrize("version", VERSIONS)
def test_every_structure_of_every_version_compiles(version: str) -> None:
    """All of them begin with MSH, and every segment they list is one of the version."""
    grammar = grammar_for(version)

    for name in grammar.structure_names:
        structure = grammar.structure(name)
        assert structure is not None
        assert structure.automaton.slots[0].name == "MSH"
        assert structure.automaton.names <= grammar.segment_names | {"ANYHL7SEGMENT"}
