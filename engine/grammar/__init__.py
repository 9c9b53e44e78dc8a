"""What the standard says, compiled per version from hl7apy's tables. Works on names and numbers, never on a message."""

from engine.grammar.check import Finding, sequence_gives, structure_findings
from engine.grammar.definitions import ComponentDef, DatatypeDef, FieldDef, SegmentDef
from engine.grammar.grammar import Grammar, grammar_for
from engine.grammar.placement import GroupInstance, Placement, place_by_position
from engine.grammar.structure import Structure
from engine.grammar.versions import known_version

__all__ = [
    "ComponentDef",
    "DatatypeDef",
    "FieldDef",
    "Finding",
    "Grammar",
    "GroupInstance",
    "Placement",
    "SegmentDef",
    "Structure",
    "grammar_for",
    "known_version",
    "place_by_position",
    "sequence_gives",
    "structure_findings",
]
