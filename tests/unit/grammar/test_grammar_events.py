"""The event in MSH-9 names the structure, as table 0354 says, where MSH-9.3 does not."""

import pytest

from engine.grammar import grammar_for
from engine.grammar.events import _STRUCTURES
from engine.grammar.versions import VERSIONS


@pytest.mark.parametrize(
    ("version", "code", "event", "structure"),
    [
        ("2.5.1", "ADT", "A04", "ADT_A01"),
        ("2.5.1", "ADT", "A08", "ADT_A01"),
        ("2.5.1", "ADT", "A13", "ADT_A01"),
        ("2.5.1", "ADT", "A31", "ADT_A05"),
        ("2.3.1", "ADT", "A31", "ADT_A01"),
        ("2.5.1", "ADT", "A11", "ADT_A09"),
        ("2.4", "ADT", "A12", "ADT_A09"),
        ("2.5.1", "ADT", "A40", "ADT_A39"),
        ("2.5.1", "ADT", "A44", "ADT_A43"),
        ("2.8", "ADT", "A44", "ADT_A44"),
        ("2.5.1", "ADT", "A47", "ADT_A30"),
        ("2.8", "ADT", "A47", "ADT_A44"),
        ("2.8", "ADT", "A34", "ADT_A39"),
        ("2.5.1", "ADT", "A55", "ADT_A52"),
        ("2.6", "ADT", "A55", "ADT_A54"),
        ("2.1", "ADT", "A04", "ADT_A04"),
        ("2.5.1", "ORU", "R01", "ORU_R01"),
        ("2.3", "ORU", "", "ORU_R01"),
        ("2.5.1", "SIU", "S15", "SIU_S12"),
        ("2.3.1", "SIU", "S14", "SIU_S12"),
        ("2.5.1", "MDM", "T08", "MDM_T02"),
        ("2.5.1", "BAR", "P05", "BAR_P05"),
        ("2.5.1", "DFT", "P03", "DFT_P03"),
        ("2.5.1", "ACK", "A01", "ACK"),
        ("2.5.1", "ACK", "", "ACK"),
        ("2.5.1", "adt", "a40", "ADT_A39"),
        ("2.5.1", "ADT", "A99", ""),
        ("2.5.1", "ADT", "", ""),
        ("2.5.1", "", "", ""),
    ],
)
def test_an_event_has_its_structure(version: str, code: str, event: str, structure: str) -> None:
    """Versions that lack a structure use the one that the event had there."""
    assert grammar_for(version).structure_name(code, event, "") == structure


def test_msh_9_3_counts_where_the_version_has_it() -> None:
    """What the sender says is believed before the table is asked."""
    grammar = grammar_for("2.5.1")

    assert grammar.structure_name("ADT", "A03", "ADT_A01") == "ADT_A01"
    assert grammar.structure_name("ADT", "A04", "ADT_A04") == "ADT_A01"


@pytest.mark.parametrize("structure", sorted({entry[0] for entry in _STRUCTURES}))
def test_every_structure_of_the_map_exists_in_some_version(structure: str) -> None:
    """A misspelt one would never be found."""
    assert any(structure in grammar_for(version).structure_names for version in VERSIONS)
