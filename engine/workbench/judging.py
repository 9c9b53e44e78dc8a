"""Compares what was decided or made with what a case expects. The values are those of the analyst's test message."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import assert_never

import orjson

from engine.decision import Decision
from engine.errors import Hl7Error, RuleFailed
from engine.expression import CompiledPath, Env, Moment, WholeMessage, raw_at
from engine.expression.raws import is_blank, whole_text
from engine.hl7.delimiters import HEADERS
from engine.hl7.message import DEFAULT_READING, Message, Reading
from engine.hl7.places import path_of
from engine.index.states import States
from engine.problems import Place
from engine.workbench.comparing import deviations
from engine.workbench.expectations import (
    NO_ANSWER,
    NO_FINDINGS,
    WITH_BYTES,
    Absence,
    Answer,
    AsInFile,
    AsReceived,
    Expectations,
    Expected,
    Fate,
    Findings,
    Indexed,
    Match,
    OneMessage,
    Text,
    ToDestination,
    Wanted,
)
from engine.workbench.index_view import index_view

MOST_DEVIATIONS = 30
"""Of one message from its file: who sees more reads no further."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not as expected."""

    what: str
    """As ``billing PV1-2`` or ``ack``."""
    expected: str
    found: str
    place: Place
    """Of the expectation."""


@dataclass(frozen=True, slots=True)
class Found:
    """One output, as it is judged."""

    name: str
    """Its destination, or ``output``."""
    fate: Fate
    payload: bytes = field(repr=False)
    inbound: Message | None
    """The message it was made from."""
    why: str = field(default="", repr=False)
    """Where there are no bytes: the reason and the rule."""
    reading: Reading = DEFAULT_READING


@dataclass(frozen=True, slots=True)
class Judge:
    """Looks at what one message, or a whole case, came to."""

    found: Sequence[Found]
    moment: Moment
    decision: Decision | None = None
    """What the message was decided to be; None for a mapping alone and for a whole case."""
    states: States | None = None
    """What the record index holds by now."""

    def differences(self, expect: Expectations) -> Iterator[Difference]:
        """Yield everything that is not as expected, in the order of the case."""
        if self.decision is not None:
            if expect.answer is not None:
                yield from self._answer(expect.answer, self.decision)
            if expect.findings is not None:
                yield from _findings(expect.findings, self.decision)
        if expect.index and self.states is not None:
            yield from _index(expect.index, self.states)
        for each in expect.destinations:
            yield from self._outputs(each)

    def _answer(self, answer: Answer, decision: Decision) -> Iterator[Difference]:
        found = decision.ack_code if decision.ack else NO_ANSWER
        if answer.code:
            if answer.code != found:
                reason = f" ({decision.reason})" if decision.reason else ""
                yield Difference("ack", answer.code, f"{found}{reason}", answer.place)
        elif found == NO_ANSWER:
            yield Difference("ack", "an answer", NO_ANSWER, answer.place)
        else:
            yield from self._fields("ack", answer.fields, Message.parse(decision.ack))

    def _outputs(self, expected: ToDestination) -> Iterator[Difference]:
        found = [each for each in self.found if each.name == expected.name]
        wanted = expected.wanted
        listed = {wanted} if isinstance(wanted, Fate) else {each for each in wanted if isinstance(each, Fate)}
        counted = found if Fate.SKIPPED in listed else [each for each in found if each.fate is not Fate.SKIPPED]
        if isinstance(wanted, Fate):
            if not _is(wanted, counted):
                yield Difference(expected.name, wanted.value, self._fate(found), expected.place)
        elif len(wanted) != len(counted):
            yield Difference(expected.name, _messages(len(wanted)), self._fate(found), expected.place)
        else:
            for number, (message, output) in enumerate(zip(wanted, counted, strict=True), 1):
                what = expected.name if len(counted) == 1 else f"{expected.name}[{number}]"
                yield from self._output(what, message, output, expected.place)

    def _output(self, what: str, wanted: OneMessage | Fate, output: Found, place: Place) -> Iterator[Difference]:
        if isinstance(wanted, Fate):
            if wanted is not output.fate:
                yield Difference(what, wanted.value, self._fate([output]), place)
        elif output.fate not in WITH_BYTES:
            yield Difference(what, _messages(1), self._fate([output]), place)
        else:
            message = Message.parse(output.payload, output.reading)
            yield from self._fields(what, wanted.fields, message)
            if wanted.rest is not None:
                yield from self._rest(what, wanted, wanted.rest, message, output.inbound)

    def _rest(
        self, what: str, wanted: OneMessage, rest: AsReceived | AsInFile, message: Message, inbound: Message | None
    ) -> Iterator[Difference]:
        """Compare all that no path names with the message of a file, or with the one that came in."""
        reference = rest.message if isinstance(rest, AsInFile) else inbound
        if reference is None:
            return
        note = " as it came in" if isinstance(rest, AsReceived) else ""
        found = deviations(reference, message, [each.path for each in wanted.fields], self.moment)
        for each in islice(found, MOST_DEVIATIONS):
            yield Difference(f"{what} {each.path}", f"{_quoted(each.expected)}{note}", _quoted(each.found), rest.place)
        if left := sum(1 for _ in found):
            yield Difference(what, f"no more than {MOST_DEVIATIONS} differences", f"{left} more", rest.place)

    def _fate(self, outputs: Sequence[Found]) -> str:
        """Say what became of a destination's messages, and why."""
        parts = []
        for word in (Fate.SENT, Fate.MADE):
            if count := sum(1 for each in outputs if each.fate is word):
                parts.append(_messages(count))
        parts += [f"{each.fate.value} ({each.why})" for each in outputs if each.fate not in WITH_BYTES]
        if parts:
            return ", ".join(parts)
        detail = self.decision.detail if self.decision is not None else ""
        return f"{Fate.NOT_SENT.value} ({detail})" if detail else Fate.NOT_SENT.value

    def _fields(self, what: str, expected: Sequence[Expected], message: Message) -> Iterator[Difference]:
        for each in expected:
            try:
                texts = _texts_at(each.path, message, self.moment)
            except (RuleFailed, Hl7Error) as error:
                told = f"what cannot be read: {error.code}"
                yield Difference(f"{what} {each.written}", _told(each.wanted), told, each.place)
                continue
            if not _fits(each.wanted, texts):
                yield Difference(f"{what} {each.written}", _told(each.wanted), _quoted("~".join(texts)), each.place)


def _findings(findings: Findings, decision: Decision) -> Iterator[Difference]:
    found = orjson.loads(decision.findings) if decision.findings else []
    told = [f"{code} {path_of(place)}".strip() for code, *place in found]
    if len(told) != len(findings.wanted) or not all(map(_is_finding, told, findings.wanted)):
        expected = ", ".join(findings.wanted) or NO_FINDINGS
        yield Difference("findings", expected, ", ".join(told) or NO_FINDINGS, findings.place)


def _index(expected: Sequence[Indexed], states: States) -> Iterator[Difference]:
    found = index_view(states)
    for each in expected:
        if not _fits(each.wanted, [found[each.name]]):
            yield Difference(f"index {each.name}", _told(each.wanted), _quoted(found[each.name]), each.place)


def _messages(count: int) -> str:
    return "1 message" if count == 1 else f"{count} messages"


def _is(fate: Fate, outputs: Sequence[Found]) -> bool:
    return not outputs if fate is Fate.NOT_SENT else {each.fate for each in outputs} == {fate}


def _is_finding(told: str, wanted: str) -> bool:
    code, _, path = told.partition(" ")
    return wanted in (told, code, f"{code} {path.partition('-')[0]}")


def _texts_at(compiled: CompiledPath, message: Message, moment: Moment) -> list[str]:
    """Return what stands at the places of a path, in ``^~\\&``; a segment gives its name."""
    env = Env(message, moment, WholeMessage(message))
    path = compiled.path
    if path.field is None:
        return [path.segment for _ in compiled.segments(env, message, env.scope)]
    raws = [raw_at(message, spot) for spot in compiled.spots(env, message, env.scope)]
    if path.segment in HEADERS and path.field in (1, 2):
        return raws  # the delimiters themselves
    return [whole_text(raw, message) if raw and not is_blank(raw, message.delimiters) else "" for raw in raws]


def _fits(wanted: Wanted, texts: list[str]) -> bool:
    match wanted:
        case Text(text):
            return "~".join(texts) == text
        case Absence(absent):
            return absent is not any(texts)
        case Match(pattern):
            return pattern.finds("~".join(texts))
        case _:
            assert_never(wanted)


def _told(wanted: Wanted) -> str:
    match wanted:
        case Text(text):
            return f"'{text}'"
        case Absence(absent):
            return "absent" if absent else "something"
        case Match(_, text):
            return f"what matches '{text}'"
        case _:
            assert_never(wanted)


def _quoted(text: str) -> str:
    return f"'{text}'" if text.strip("~") else "nothing"
