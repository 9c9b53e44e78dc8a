"""What may stand in one field, component or subcomponent, by version: type, table, how often, how long."""

from dataclasses import dataclass
from functools import cache

from engine.grammar import FieldDef, Grammar
from engine.grammar.lengths import length_of

OPEN_TYPES = frozenset({"varies", "CM", "WD", "*"})
"""Types that say nothing of their parts: the content, or the site, decides."""
OPEN_TABLES = frozenset(
    {f"HL7{number}" for number in ("0003", "0076", "0104", "0354", "0361", "0362", "0363", "0396")}
) | {f"HL7{number}" for number in ("0227", "0292", "0296", "0300")}
"""Tables that are open by their nature: coding systems, makers, vaccines, languages, applications, facilities, and the
names of versions, types, events and structures, which `unknown-structure` looks at."""
MOST_CODES = 400
"""Longer tables belong to systems that keep them; ours would be out of date."""
DEEPEST = 2
"""Fields hold components, these subcomponents; nothing is below."""


@dataclass(frozen=True, slots=True)
class Element:
    """One element as the check compiles it."""

    datatype: str
    codes: frozenset[str] = frozenset()
    """What may stand there; empty: anything."""
    least: int = 0
    most: int = -1
    longest: int = 0
    """Characters of a repetition; 0: nothing is said."""
    also: frozenset[str] = frozenset()
    """Texts that are right whatever the rest says."""

    @property
    def is_withdrawn(self) -> bool:
        """Whether nothing may stand there any more."""
        return self.most == 0


@dataclass(frozen=True, slots=True)
class Adjustment:
    """What a profile says otherwise than the standard of one field."""

    segment: str
    field: int
    datatype: str | None = None
    least: int | None = None
    most: int | None = None
    longest: int | None = None
    """0: as long as one likes."""
    also: frozenset[str] = frozenset()
    has_codes: bool = False
    """Whether the profile says which codes may stand there; then the standard's do not count."""


def element_of(grammar: Grammar, definition: FieldDef, segment: str = "") -> Element:
    """Return a field of *segment*, or a component, as the tables have it."""
    longest = length_of(grammar.version, segment, definition.number) if segment else 0
    return Element(definition.datatype, codes_of(grammar, definition), definition.min, definition.max, longest)


def codes_of(grammar: Grammar, definition: FieldDef) -> frozenset[str]:
    """Return the codes that the standard itself defines for an element; those of a site (IS) are the site's."""
    if definition.datatype != "ID" or not definition.table or definition.table in OPEN_TABLES:
        return frozenset()
    codes = grammar.table(definition.table)
    return codes if len(codes) <= MOST_CODES else frozenset()


@cache  # bounded: by the data types of the versions in use
def parts_of(grammar: Grammar, datatype: str, depth: int) -> tuple[Element, ...]:
    """Return the components of *datatype*, of which the first is number 1; none for a primitive, or too deep down."""
    definition = grammar.datatype(datatype) if depth < DEEPEST and datatype not in OPEN_TYPES else None
    if definition is None or not definition.components:
        return ()
    found = [Element("ST")] * max(definition.components)
    for number, component in definition.components.items():
        found[number - 1] = element_of(grammar, component)
    return tuple(found)


@cache
def primitive_of(grammar: Grammar, datatype: str) -> str:
    """Return the type of the only leaf of an element that is not taken apart further."""
    definition = grammar.datatype(datatype)
    if definition is not None and definition.components:
        return definition.components[min(definition.components)].datatype
    return datatype
