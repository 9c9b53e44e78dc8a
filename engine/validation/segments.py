"""One segment definition compiled into a check of its fields: fast where all is well, exact where it is not."""

from collections.abc import Callable, Iterable, Iterator, Mapping

from engine.grammar import Grammar
from engine.hl7.delimiters import HEADERS, Delimiters
from engine.validation.codes import Code
from engine.validation.conditions import Conditional, conditionals_of
from engine.validation.elements import Adjustment, Element, element_of
from engine.validation.explaining import Explaining
from engine.validation.finding import Finding
from engine.validation.patterns import Patterns
from engine.validation.raw_text import NULL, is_blank, length_of

_LONG = 65_536
"""A document this long is not looked into: whatever it is, it has no structure of ours."""
_OPEN_ENDED = frozenset({"QPD", "RDT"})
"""Segments whose last field may be followed by as many as the query has."""
_REQUIRED, _CONDITION = Code.REQUIRED_MISSING.value, Code.CONDITION_REQUIRED.value
_EXTRA, _LENGTH = Code.EXTRA_FIELDS.value, Code.TOO_LONG.value


class FieldCheck:
    """One field: its pattern, its length, and what to say where they do not fit."""

    __slots__ = ("_element", "_explaining", "_mark", "fits", "longest")

    def __init__(self, element: Element, patterns: Patterns, explaining: Explaining) -> None:
        pattern = patterns.field(element)
        self._element, self._explaining = element, explaining
        self._mark = explaining.delimiters.repetition
        self.fits: Callable[[str], object] = len if pattern is None else pattern.fullmatch
        """None for a text that must be looked at closely."""
        self.longest = min(element.longest or _LONG, _LONG)

    def look(self, raw: str, segment: str, number: int, field: int) -> Iterator[Finding]:
        """Yield what is wrong with the text of a field that does not fit or is long."""
        if raw == NULL:
            return  # shorter than two characters, and still right
        if len(raw) <= _LONG and self.fits(raw) is None:
            for code, *place in self._explaining.faults(self._element, raw):
                yield Finding(code.value, segment, number, field, *place)
        if self._element.longest and len(raw) > self._element.longest:
            for repetition in self._too_long(raw):
                yield Finding(_LENGTH, segment, number, field, repetition)

    def _too_long(self, raw: str) -> list[int]:
        """Return which repetitions are too long, 0 for the only one; an escape counts as one character."""
        repetitions = raw.split(self._mark)
        long = [number for number, each in enumerate(repetitions, 1) if self._is_long(each)]
        return long if len(repetitions) > 1 else [0] * len(long)

    def _is_long(self, raw: str) -> bool:
        longest = self._element.longest
        return len(raw) > longest and length_of(raw, self._explaining.delimiters) > longest


class SegmentCheck:
    """All fields of one segment; made once per version and delimiters."""

    __slots__ = ("_checks", "_conditionals", "_is_open", "_marks", "_required", "_typed", "name")

    def __init__(self, name: str, elements: Mapping[int, Element], patterns: Patterns, explaining: Explaining) -> None:
        self.name = name
        self._marks = explaining.delimiters
        self._checks: list[FieldCheck | None] = [None] * (max(elements, default=0) + 1)
        first = 3 if name in HEADERS else 1
        for number, element in elements.items():
            if number >= first:
                self._checks[number] = _check(element, patterns, explaining)
        self._required = tuple(number for number, each in elements.items() if each.least and number >= first)
        self._conditionals = conditionals_of(name, explaining.grammar.version)
        self._is_open = name in _OPEN_ENDED or not elements
        self._typed = Typed(patterns, explaining) if name == "OBX" else None

    def look(self, fields: list[str], number: int, message: str, found: list[Finding]) -> None:
        """Add to *found* what is wrong with the segment that stands at *number* in a message of type *message*."""
        name, count = self.name, len(fields)
        for field in self._required:
            if field >= count or is_blank(fields[field], self._marks):
                found.append(Finding(_REQUIRED, name, number, field))
        for field, (raw, check) in enumerate(zip(fields, self._checks, strict=False)):
            if raw and check is not None and (len(raw) > check.longest or check.fits(raw) is None):
                found.extend(check.look(raw, name, number, field))
        if self._conditionals:
            self._ask(self._conditionals, fields, (number, message), found)
        if self._typed is not None and count > 5 and fields[5] and fields[2]:
            found.extend(self._typed.look(fields, number))
        if count > len(self._checks) and not self._is_open:
            self._look_behind(fields, number, found)

    def _ask(
        self,
        conditionals: tuple[Conditional, ...],
        fields: list[str],
        at: tuple[int, str],
        found: list[Finding],
    ) -> None:
        number, message = at
        for each in conditionals:
            field = each.field
            if (field >= len(fields) or not fields[field]) and each.message in ("", message) and each.is_asked(fields):
                found.append(Finding(_CONDITION, self.name, number, field))

    def _look_behind(self, fields: list[str], number: int, found: list[Finding]) -> None:
        known = len(self._checks)
        if any(not is_blank(raw, self._marks) for raw in fields[known:]):
            found.append(Finding(_EXTRA, self.name, number, known))


class Typed:
    """OBX-5, whose type OBX-2 names (table 0125)."""

    __slots__ = ("_by_type", "_explaining", "_patterns")

    def __init__(self, patterns: Patterns, explaining: Explaining) -> None:
        self._patterns, self._explaining = patterns, explaining
        self._by_type: dict[str, FieldCheck | None] = {}

    def look(self, fields: list[str], number: int) -> Iterable[Finding]:
        """Return what is wrong with OBX-5."""
        datatype = fields[2]
        check = self._by_type.get(datatype)
        if check is None:
            if self._explaining.grammar.datatype(datatype) is None or datatype in self._by_type:
                return ()  # what OBX-2 may be, its table says
            check = self._by_type[datatype] = _check(Element(datatype), self._patterns, self._explaining)
        raw = fields[5]
        if check is None or (len(raw) <= check.longest and check.fits(raw) is not None):
            return ()
        return check.look(raw, "OBX", number, 5)


def _check(element: Element, patterns: Patterns, explaining: Explaining) -> FieldCheck | None:
    """Return the check of a field; None where anything of any length may stand."""
    check = FieldCheck(element, patterns, explaining)
    return check if patterns.field(element) is not None or element.longest else None


def compile_segment(
    name: str, grammar: Grammar, delimiters: Delimiters, adjustments: Mapping[tuple[str, int], Adjustment]
) -> SegmentCheck | None:
    """Return the check of a segment, None for one that the version does not define."""
    definition = grammar.segment(name)
    if definition is None:
        return None
    elements = {number: element_of(grammar, each, name) for number, each in definition.fields.items()}
    for number, element in elements.items():
        adjusted = adjustments.get((name, number))
        if adjusted is not None:
            elements[number] = _adjusted(element, adjusted)
    patterns = Patterns(grammar, delimiters)
    return SegmentCheck(name, elements, patterns, Explaining(grammar, delimiters))


def _adjusted(element: Element, adjusted: Adjustment) -> Element:
    """Return what the standard says where the profile says nothing."""
    datatype = adjusted.datatype or element.datatype
    return Element(
        datatype,
        frozenset() if adjusted.has_codes or datatype != element.datatype else element.codes,
        element.least if adjusted.least is None else adjusted.least,
        element.most if adjusted.most is None else adjusted.most,
        element.longest if adjusted.longest is None else adjusted.longest,
        adjusted.also,
    )
