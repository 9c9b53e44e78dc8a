"""One regular expression for what a field may hold: it says yes fast; what it does not match is looked at by hand."""

import re
from functools import cached_property

from engine.grammar import Grammar
from engine.hl7.delimiters import Delimiters
from engine.validation.elements import OPEN_TYPES, Element, parts_of, primitive_of
from engine.validation.formats import FORMATS


class Patterns:
    """The patterns of one version in one message's delimiters."""

    def __init__(self, grammar: Grammar, delimiters: Delimiters) -> None:
        self._grammar = grammar
        self._repetition = re.escape(delimiters.repetition)
        self._separators = [re.escape(delimiters.component)]
        if delimiters.subcomponent:
            self._separators.append(re.escape(delimiters.subcomponent))

    @cached_property
    def _free(self) -> str:
        """Any text without structure in it."""
        return f"[^{''.join(self._separators)}{self._repetition}]*+"

    def field(self, element: Element) -> re.Pattern[str] | None:
        """Return what a whole field may be, all repetitions; None where anything may stand."""
        if element.is_withdrawn:
            return re.compile('(?:"")?')
        if element.datatype in OPEN_TYPES:
            return None
        one = self._element(element, 0)
        if element.most == 1:
            return re.compile(one)
        more = "*" if element.most < 0 else f"{{0,{element.most - 1}}}"
        return re.compile(f"{one}(?:{self._repetition}{one}){more}")

    def _element(self, element: Element, depth: int) -> str:
        """Return what may stand in an element; nothing always may, for who must send it is asked elsewhere."""
        if element.is_withdrawn:
            return '(?:"")?'
        parts = parts_of(self._grammar, element.datatype, depth)
        if not parts or depth >= len(self._separators):
            return self._primitive(element)
        also = "".join(f"{re.escape(each)}(?={self._end(depth)})|" for each in sorted(element.also))
        return f'(?:{also}""(?={self._end(depth)})|{self._composite(parts, depth)})'

    def _end(self, depth: int) -> str:
        outer = "".join(self._separators[:depth])
        return rf"[{outer}{self._repetition}]|\Z"

    def _primitive(self, element: Element) -> str:
        datatype = primitive_of(self._grammar, element.datatype)
        known = [re.escape(each) for each in sorted(element.also | element.codes, key=lambda each: (-len(each), each))]
        if datatype in FORMATS:
            known.append(FORMATS[datatype])
        elif not element.codes:
            return self._free
        return f'(?:{"|".join(known)}|"")?'

    def _composite(self, parts: tuple[Element, ...], depth: int) -> str:
        separator = self._separators[depth]
        patterns = [self._element(each, depth + 1) for each in parts]
        needed = max((index for index, each in enumerate(parts) if each.least), default=0)
        text, index = f"(?:{separator})*+", len(parts) - 1
        plain = 0
        while index > needed and patterns[index] == self._free:
            index, plain = index - 1, plain + 1
        if plain:
            text = f"(?:{separator}{self._free}){{0,{plain}}}{text}"
        for position in range(index, 0, -1):
            one = separator + self._needed(parts[position]) + patterns[position]
            text = f"{one}{text}" if position <= needed else f"(?:{one}{text})?"
        # An element with nothing in it at all is empty, not incomplete.
        return f"(?:{self._needed(parts[0])}{patterns[0]}{text})?"

    def _needed(self, part: Element) -> str:
        """Return that something must stand here; blanks and bare separators are left to the slow look."""
        return f"(?![{''.join(self._separators)}{self._repetition} ]|\\Z)" if part.least else ""
