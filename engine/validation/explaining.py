"""Why a field is not as it should be: the slow look at what its pattern did not match, part by part."""

from collections.abc import Iterator
from dataclasses import dataclass

from engine.grammar import Grammar
from engine.hl7.delimiters import Delimiters
from engine.validation.codes import Code
from engine.validation.elements import OPEN_TYPES, Element, parts_of, primitive_of
from engine.validation.formats import FORMATS, is_right
from engine.validation.raw_text import NULL, is_blank

Fault = tuple[Code, int, int, int]
"""A code, and repetition, component and subcomponent it is about; 0 where they are not meant."""


@dataclass(frozen=True, slots=True)
class Explaining:
    """Takes values apart by one version's types and one message's delimiters."""

    grammar: Grammar
    delimiters: Delimiters

    def faults(self, element: Element, raw: str) -> Iterator[Fault]:
        """Yield what is wrong with the whole of a field, repetition by repetition."""
        mark = self.delimiters.repetition
        repetitions = raw.split(mark) if mark in raw else [raw]
        several = len(repetitions) > 1
        if element.is_withdrawn:
            yield Code.WITHDRAWN_USED, 0, 0, 0
            return
        if 0 < element.most < len(repetitions):
            yield Code.TOO_MANY_REPETITIONS, element.most + 1, 0, 0
        for number, each in enumerate(repetitions, 1):
            if each and each != NULL and each not in element.also:
                for code, component, subcomponent in self._field(element, each):
                    yield code, number if several or component else 0, component, subcomponent

    def _field(self, element: Element, raw: str) -> Iterator[tuple[Code, int, int]]:
        mark = self.delimiters.component
        parts = parts_of(self.grammar, element.datatype, 0)
        if not parts:
            if mark in raw or (self.delimiters.subcomponent and self.delimiters.subcomponent in raw):
                yield Code.PARTS_IN_PRIMITIVE, 0, 0
            yield from ((code, 0, 0) for code in self._leaf(element, self._first(raw)))
            return
        sent = raw.split(mark)
        for number, part in enumerate(parts, 1):
            text = sent[number - 1] if number <= len(sent) else ""
            if not text or (part.least and is_blank(text, self.delimiters)):
                if part.least and not is_blank(raw, self.delimiters):
                    yield Code.COMPONENT_MISSING, number, 0
            elif part.is_withdrawn:
                if text != NULL:
                    yield Code.WITHDRAWN_USED, number, 0
            elif text != NULL:
                yield from ((code, number, inner) for code, inner in self._component(part, text))
        if any(text.strip() for text in sent[len(parts) :]):
            yield Code.EXTRA_COMPONENTS, len(parts) + 1, 0

    def _component(self, element: Element, raw: str) -> Iterator[tuple[Code, int]]:
        mark = self.delimiters.subcomponent
        parts = parts_of(self.grammar, element.datatype, 1) if mark else ()
        if not parts:
            if mark and mark in raw and element.datatype not in OPEN_TYPES:
                yield Code.PARTS_IN_PRIMITIVE, 0
            yield from ((code, 0) for code in self._leaf(element, self._first(raw)))
            return
        sent = raw.split(mark)
        for number, part in enumerate(parts, 1):
            text = sent[number - 1] if number <= len(sent) else ""
            if not text:
                if part.least and not is_blank(raw, self.delimiters):
                    yield Code.COMPONENT_MISSING, number
            elif part.is_withdrawn:
                if text != NULL:
                    yield Code.WITHDRAWN_USED, number
            elif text != NULL:
                yield from ((code, number) for code in self._leaf(part, text))
        if any(text.strip() for text in sent[len(parts) :]):
            yield Code.EXTRA_COMPONENTS, len(parts) + 1

    def _leaf(self, element: Element, text: str) -> Iterator[Code]:
        if not text or text == NULL or text in element.also:
            return
        datatype = primitive_of(self.grammar, element.datatype)
        if datatype in FORMATS and not is_right(datatype, text):
            yield Code.BAD_FORMAT
        elif element.codes and text not in element.codes:
            yield Code.BAD_TABLE_VALUE

    def _first(self, raw: str) -> str:
        marks = self.delimiters
        first = raw.partition(marks.component)[0]
        return first.partition(marks.subcomponent)[0] if marks.subcomponent else first
