"""What a profile says of the text of one field, component or subcomponent, asked of one segment."""

from collections.abc import Iterator
from collections.abc import Mapping as Names

from engine.expression import Moment, Table
from engine.hl7.delimiters import HEADERS
from engine.hl7.message import Message, leaf
from engine.validation.codes import Code
from engine.validation.finding import Finding
from engine.validation.profile import Constraint, Usage
from engine.validation.raw_text import NULL, is_blank, length_of

_STRUCTURE = frozenset("^~&")


class Values:
    """The values of one message."""

    def __init__(self, message: Message, tables: Names[str, Table], moment: Moment) -> None:
        self._message, self._tables = message, tables
        self._today = moment.received_at.date()
        marks = message.delimiters
        self._marks = marks
        self._standard = str.maketrans(
            {marks.component: "^", marks.repetition: "~", **({marks.subcomponent: "&"} if marks.subcomponent else {})}
        )

    def findings(self, wanted: Constraint, usage: Usage, index: int) -> Iterator[Finding]:
        """Yield what is not as *wanted* in the segment at *index*, whose *usage* was asked before."""
        at = wanted.at
        fields = self._message.fields(index)
        raw = fields[at.field] if at.field < len(fields) else ""
        if fields[0] in HEADERS and at.field <= 2:
            for code in self._texts(wanted, raw, raw) if raw else ():
                yield Finding(code.value, at.name, index + 1, at.field)
            return
        if is_blank(raw, self._marks):
            if usage is Usage.REQUIRED and not at.component:
                yield Finding(missing(wanted).value, at.name, index + 1, at.field)
            return
        repetitions = raw.split(self._message.delimiters.repetition)
        if not at.component:
            yield from self._repetitions(wanted, usage, repetitions, index)
            if usage is Usage.FORBIDDEN:
                return
        several = len(repetitions) > 1
        for number, each in enumerate(repetitions, 1):
            for code in self._one(wanted, usage, each):
                place = number if several or at.component else 0
                yield Finding(code.value, at.name, index + 1, at.field, place, at.component, at.subcomponent)

    def _repetitions(self, wanted: Constraint, usage: Usage, repetitions: list[str], index: int) -> Iterator[Finding]:
        at, sent = wanted.at, sum(1 for each in repetitions if not is_blank(each, self._marks))
        if usage is Usage.FORBIDDEN:
            yield Finding(Code.MUST_BE_EMPTY.value, at.name, index + 1, at.field)
        elif wanted.least is not None and sent < wanted.least:
            yield Finding(Code.TOO_FEW_REPETITIONS.value, at.name, index + 1, at.field)
        elif wanted.most is not None and 0 <= wanted.most < sent:
            yield Finding(Code.TOO_MANY_REPETITIONS.value, at.name, index + 1, at.field, wanted.most + 1)

    def _one(self, wanted: Constraint, usage: Usage, repetition: str) -> Iterator[Code]:
        """Yield what is wrong in one repetition."""
        if is_blank(repetition, self._marks) or repetition == NULL:
            return
        at, message = wanted.at, self._message
        raw = repetition
        for mark, number in (
            (message.delimiters.component, at.component),
            (message.delimiters.subcomponent, at.subcomponent),
        ):
            if number:
                if is_blank(raw, self._marks):
                    return  # the part around it is not sent, and whether it must be is said of that part
                pieces = raw.split(mark) if mark else [raw]
                raw = pieces[number - 1] if number <= len(pieces) else ""
        if is_blank(raw, self._marks):
            if at.component and usage is Usage.REQUIRED:
                yield Code.CONDITION_REQUIRED if wanted.usage is Usage.CONDITIONAL else Code.COMPONENT_MISSING
        elif at.component and usage is Usage.FORBIDDEN:
            yield Code.MUST_BE_EMPTY
        elif raw != NULL:
            yield from self._texts(wanted, raw, leaf(raw, message, 1, 1, 1))

    def _texts(self, wanted: Constraint, raw: str, text: str) -> Iterator[Code]:
        if wanted.also is not None and text in wanted.also:
            return
        length = length_of(raw, self._marks) if wanted.shortest or wanted.longest is not None else 0
        if wanted.longest is not None and 0 <= wanted.longest < length:
            yield Code.TOO_LONG
        if wanted.shortest and length < wanted.shortest:
            yield Code.TOO_SHORT
        if wanted.value is not None and wanted.value != self._compared(wanted.value, raw, text):
            yield Code.WRONG_VALUE
        if wanted.values is not None and text not in wanted.values:
            yield Code.BAD_TABLE_VALUE
        if wanted.table is not None and not self._tables[wanted.table].listed(text, self._today):
            yield Code.BAD_TABLE_VALUE
        if wanted.matches is not None and not wanted.matches.finds(text):
            yield Code.NO_MATCH

    def _compared(self, value: str, raw: str, text: str) -> str:
        """Return what a fixed text is compared with: structure is, as everywhere, written in ``^~&``."""
        if raw is text or _STRUCTURE.isdisjoint(value):
            return text
        return raw.translate(self._standard)


def missing(wanted: Constraint) -> Code:
    """Return the code for an element that is not sent and should be."""
    return Code.CONDITION_REQUIRED if wanted.usage is Usage.CONDITIONAL else Code.REQUIRED_MISSING
