"""What an expression may name where it stands, and the way from HL7's names to numbers, by version."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from engine.errors import InvalidExpression, UnknownName
from engine.expression.environment import Table
from engine.expression.syntax import Kind
from engine.grammar import Grammar, grammar_for
from engine.grammar.versions import VERSIONS
from engine.hl7.path import EVERY, FIRST, NamedPath, Path, Selector
from engine.problems import did_you_mean

RESERVED = frozenset({"and", "or", "not", "in", "matches", "null", "newline", "true", "false", "value"})
"""Words that no let may be called."""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The words of one place in the rules. Steps add their lets as they go: ``vocabulary.with_let(name, kind)``."""

    version: str = "2.5.1"
    """Whose names of fields and components count."""
    tables: Mapping[str, Table] = field(default_factory=dict)
    lets: Mapping[str, Kind] = field(default_factory=dict)
    allows_out: bool = False
    """Whether a message is being built that ``out.`` can read."""
    allows_value: bool = False
    """Whether the expression is asked per place, so that ``value`` means something."""
    allows_counter: bool = False
    """Whether outputs are being made, so that ``counter()`` and ``destination()`` mean something."""
    allows_known: bool = False
    """Whether the record index can be read."""

    def with_let(self, name: str, kind: Kind) -> "Vocabulary":
        """Return these words and a let of that kind (``Formula.kind``)."""
        return replace(self, lets={**self.lets, name: kind})

    def per_place(self) -> "Vocabulary":
        """Return these words and ``value``."""
        return replace(self, allows_value=True)


def resolve(named: NamedPath, version: str, at: int) -> Path:
    """Return the numbers of a path by name; raise InvalidExpression for a name that *version* does not have."""
    grammar = grammar_for(version)
    steps = _Steps(named, grammar, at)
    field_number = steps.field()
    repetition: Selector = named.parts[0][1]
    component = steps.component(1)
    subcomponent = steps.component(2)
    steps.finish()
    numbers = (field_number, repetition, component, subcomponent)
    return Path(named.text, named.root, named.segment, named.occurrence, *numbers)


class _Steps:
    """Walks the names of one path down the data types."""

    def __init__(self, named: NamedPath, grammar: Grammar, at: int) -> None:
        self._named, self._grammar, self._at = named, grammar, at
        self._owner = named.segment

    def field(self) -> int:
        segment, name = self._named.segment, self._named.parts[0][0]
        if segment.startswith("Z"):
            raise InvalidExpression(
                "unknown-field", self._at, "the fields of Z segments have numbers only", f"write {segment}-1"
            )
        try:
            number = self._grammar.field_number(segment, name)
        except UnknownName as error:
            raise self._unknown("unknown-field", name, error) from None
        definition = self._grammar.segment(segment)
        self._owner = definition.fields[number].datatype if definition else ""
        return number

    def component(self, index: int) -> int | None:
        if index >= len(self._named.parts):
            return None
        name, selector = self._named.parts[index]
        if selector is not FIRST:
            raise InvalidExpression(
                "index", self._at, "only segments and fields repeat", "the index stands behind the field"
            )
        try:
            number = self._grammar.component_number(self._owner, name)
        except UnknownName as error:
            raise self._unknown("unknown-component", name, error) from None
        definition = self._grammar.datatype(self._owner)
        self._owner = definition.components[number].datatype if definition else ""
        return number

    def finish(self) -> None:
        if len(self._named.parts) > 3:
            raise InvalidExpression("too-deep", self._at, "a path has no part below the subcomponent")

    def _unknown(self, code: str, name: str, error: UnknownName) -> InvalidExpression:
        version = self._grammar.version
        if error.name == self._named.segment:
            return InvalidExpression("unknown-segment", self._at, f"{version} has no segment {error.name}")
        hint = self._elsewhere(name) or did_you_mean(name, error.suggestions)
        return InvalidExpression(code, self._at, f"{version} has no {name} in {self._owner}", hint)

    def _elsewhere(self, name: str) -> str:
        """Return the number that another version gives the name."""
        for version in reversed(VERSIONS):
            other = grammar_for(version)
            try:
                if self._owner == self._named.segment:
                    number = f"{self._owner}-{other.field_number(self._owner, name)}"
                else:
                    number = f".{other.component_number(self._owner, name)}"
            except UnknownName:
                continue
            return f"it is {number} in {version}: write the number"
        return ""


def check_segment(path: Path, version: str, at: int) -> None:
    """Raise InvalidExpression for a segment that no version has; Z segments are always known."""
    name = path.segment
    if name.startswith("Z") or any(name in grammar_for(each).segment_names for each in _versions_from(version)):
        return
    known = grammar_for(version).segment_names
    swapped = next((each for each in sorted(known) if sorted(each) == sorted(name)), "")
    hint = f"did you mean {swapped!r}?" if swapped else did_you_mean(name, known)
    if path.field is None and any(map(str.isdigit, name)):  # an event, as in MSH-9.2 == A01
        hint = f"a text stands in quotes: '{name}'"
    raise InvalidExpression("unknown-segment", at, f"there is no segment {name}", hint)


def beyond_fields(path: Path, version: str) -> int:
    """Return the last field that any version gives the segment where *path* goes beyond it, else 0."""
    if path.field is None or path.field == EVERY or path.segment.startswith("Z"):
        return 0
    last = 0
    for each in _versions_from(version):
        definition = grammar_for(each).segment(path.segment)
        last = max(last, *definition.fields) if definition and definition.fields else last
        if path.field <= last:
            return 0
    return last


def _versions_from(version: str) -> tuple[str, ...]:
    """Return *version* and then the others, newest first: loading one takes a tenth of a second."""
    return (version, *reversed(VERSIONS))
