"""A profile as decisions use it: what partners agreed on beyond the standard. `profile_loading` reads it from YAML.

A profile constrains segments and groups (*presences*), fields and their parts (*constraints*), and has *rules*:
conditions of its own, with codes of their own. Everything is compiled; nothing here knows YAML.
"""

from collections.abc import Mapping as Names
from dataclasses import dataclass, field
from enum import Enum

from engine.expression import Condition
from engine.expression.functions.patterns import Pattern
from engine.problems import Place
from engine.states import Severity
from engine.validation.elements import Adjustment
from engine.validation.levels import Validate

UNBOUNDED = -1


class Usage(Enum):
    """How a profile uses an element (HL7 chapter 2, conformance)."""

    REQUIRED = "R"
    KNOWN = "RE"
    """Required, but it may be empty: whoever knows it sends it. Nothing can be found wrong."""
    CONDITIONAL = "C"
    """Required where its ``when`` holds; elsewhere as ``otherwise`` says."""
    OPTIONAL = "O"
    FORBIDDEN = "X"
    """Not supported: nothing may stand there."""


@dataclass(frozen=True, slots=True)
class Locator:
    """What is constrained: a segment or group, a field, a component or a subcomponent, everywhere or in one group."""

    name: str
    """The segment; of a presence, also a group by its short name, as ``SPECIMEN``."""
    field: int = 0
    component: int = 0
    subcomponent: int = 0
    group: str = ""
    """Only inside this group, by its short name; '': wherever it stands."""

    def __str__(self) -> str:
        around = f"{self.group}/" if self.group else ""
        numbers = f"-{self.field}" if self.field else ""
        inner = "".join(f".{number}" for number in (self.component, self.subcomponent) if number)
        return f"{around}{self.name}{numbers}{inner}"


@dataclass(frozen=True, slots=True)
class Constraint:
    """What is said of one element. None: nothing is said, and a profile that is extended counts."""

    at: Locator
    place: Place
    usage: Usage | None = None
    when: Condition | None = None
    """For ``C``: whether it is required, asked for each segment; a path means this segment and its group."""
    otherwise: Usage | None = None
    """For ``C`` where ``when`` does not hold; None: optional."""
    least: int | None = None
    """Repetitions of a field, occurrences of a segment or group; a field that is not sent has none, and only its
    usage asks for it."""
    most: int | None = None
    """-1: as many as one likes."""
    shortest: int | None = None
    longest: int | None = None
    """Characters of each repetition, escapes counting one."""
    datatype: str | None = None
    """Another data type than the standard's, for fields only: ``CWE`` where 2.5.1 has ``CE``."""
    value: str | None = None
    """The only text that may stand there: a first leaf, or with ``^ ~ &`` the whole element; MSH-2 as it is."""
    values: frozenset[str] | None = None
    """The codes that may stand in the first leaf: listed, or those of an HL7 table."""
    table: str | None = None
    """A code table of the site: the first leaf is among its rows that are effective on the day of receipt."""
    matches: Pattern | None = None
    """A pattern that is found in the first leaf."""
    also: frozenset[str] | None = None
    """Texts that are right whatever type, table and pattern say, as ``0000`` for an unknown time."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A condition that must hold, with a code and a sentence of its own."""

    code: str
    says: str
    """For the sender and for screens; holds no value."""
    check: Condition
    """Must be true."""
    when: Condition | None
    """Asked first; where it does not hold the rule says nothing."""
    each: str
    """Asked once for each segment of this name, paths meaning it and its group; '': once for the message."""
    at: Locator | None
    """What the finding points at; None: the segment of ``each``, or MSH."""
    error: str
    """The code of table 0357 with which a message is refused for it."""
    severity: Severity
    """WARNING: never fails an output, and changes no answer unless a policy names its code."""
    place: Place


@dataclass(frozen=True, slots=True)
class Profile:
    """What a message must be like, beyond the standard."""

    name: str
    messages: tuple[str, ...]
    """MSH-9 of what it is about, as ``ORU^R01^ORU_R01`` or its beginning; none: every message."""
    version: str
    """By which names of fields and groups are read; not a constraint on MSH-12."""
    level: Validate
    """How much of the standard itself is looked at with it, unless the route or mapping says more."""
    presences: tuple[Constraint, ...]
    constraints: tuple[Constraint, ...]
    rules: tuple[Rule, ...]
    place: Place
    by_segment: Names[str, tuple[Constraint, ...]] = field(default_factory=dict, compare=False, repr=False)
    """The constraints by the segment that they are about."""
    rules_of: Names[str, tuple[Rule, ...]] = field(default_factory=dict, compare=False, repr=False)
    """The rules by ``each``; '' for those about the message."""
    extends: str = ""
    """The profile whose words it inherited."""
    adjustments: tuple[Adjustment, ...] = field(default=(), repr=False)
    """What of the standard it says otherwise."""

    def is_about(self, message_type: tuple[str, ...]) -> bool:
        """Whether it applies to the components of an MSH-9."""
        if not self.messages:
            return True
        for each in self.messages:
            wanted = each.split("^")
            if all(not part or part == sent for part, sent in zip(wanted, message_type, strict=False)):
                return True
        return False
