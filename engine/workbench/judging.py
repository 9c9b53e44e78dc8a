"""Compares what was decided with what a case expects. The values are those of the analyst's own test message."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import assert_never

import orjson

from engine.decision import Decision, Output
from engine.expression import CompiledPath, Env, Moment, WholeMessage, raw_at
from engine.expression.raws import is_blank, whole_text
from engine.hl7.delimiters import HEADERS
from engine.hl7.message import Message, Reading
from engine.index.facts import Facts
from engine.problems import Place
from engine.routing import Rules
from engine.states import DeliveryState
from engine.workbench.expectations import (
    NO_ANSWER,
    NO_FINDINGS,
    Absence,
    Answer,
    Expectations,
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
class Judge:
    """Looks at one decision."""

    decision: Decision
    facts: Facts | None
    """What the record index takes from the message."""
    rules: Rules
    moment: Moment

    def differences(self, expect: Expectations) -> Iterator[Difference]:
        """Yield everything that is not as expected, in the order of the case."""
        if expect.answer is not None:
            yield from self._answer(expect.answer)
        if expect.findings is not None:
            yield from self._findings(expect.findings)
        if expect.index:
            yield from self._index(expect.index)
        for each in expect.destinations:
            yield from self._destination(each)

    def _answer(self, answer: Answer) -> Iterator[Difference]:
        found = self.decision.ack_code if self.decision.ack else NO_ANSWER
        if answer.code:
            if answer.code != found:
                yield Difference("ack", answer.code, self._with_reason(found), answer.place)
        elif found == NO_ANSWER:
            yield Difference("ack", "an answer", NO_ANSWER, answer.place)
        else:
            yield from self._fields("ack", answer.fields, Message.parse(self.decision.ack))

    def _with_reason(self, answer: str) -> str:
        reason = self.decision.reason
        return f"{answer} ({reason})" if reason else answer

    def _findings(self, findings: Findings) -> Iterator[Difference]:
        found = orjson.loads(self.decision.findings) if self.decision.findings else []
        told = [f"{code} {segment}".strip() for code, segment, _ in found]
        if len(told) != len(findings.wanted) or not all(map(_is_finding, told, findings.wanted)):
            expected = ", ".join(findings.wanted) or NO_FINDINGS
            yield Difference("findings", expected, ", ".join(told) or NO_FINDINGS, findings.place)

    def _index(self, expected: tuple[Indexed, ...]) -> Iterator[Difference]:
        found = index_view(self.facts)
        for each in expected:
            if not _fits(each.wanted, [found[each.name]]):
                yield Difference(f"index {each.name}", _told(each.wanted), _found([found[each.name]]), each.place)

    def _destination(self, expected: ToDestination) -> Iterator[Difference]:
        outputs = [each for each in self.decision.outputs if each.destination == expected.name]
        if isinstance(expected.wanted, Fate):
            if not _is(expected.wanted, outputs):
                yield Difference(expected.name, expected.wanted.value, self._fate(outputs), expected.place)
            return
        sent = [each for each in outputs if each.state is DeliveryState.PENDING]
        if len(sent) != len(expected.wanted) or len(sent) != len(outputs):
            yield Difference(expected.name, _messages(len(expected.wanted)), self._fate(outputs), expected.place)
            return
        for number, (message, output) in enumerate(zip(expected.wanted, sent, strict=True), 1):
            what = expected.name if len(sent) == 1 else f"{expected.name}[{number}]"
            yield from self._fields(what, message, self._parsed(output))

    def _fate(self, outputs: list[Output]) -> str:
        """Say what became of a destination's messages, and why."""
        parts = []
        sent = sum(1 for each in outputs if each.state is DeliveryState.PENDING)
        if sent:
            parts.append(_messages(sent))
        for each in outputs:
            if each.state is not DeliveryState.PENDING:
                why = f"{each.reason}: {each.detail}" if each.detail else each.reason
                parts.append(f"{each.state.name.lower()} ({why}, at {each.position})")
        if parts:
            return ", ".join(parts)
        return f"{Fate.NOT_SENT.value} ({self.decision.detail})" if self.decision.detail else Fate.NOT_SENT.value

    def _parsed(self, output: Output) -> Message:
        codec = self.rules.destinations[output.destination].target.codec
        return Message.parse(output.payload, Reading(codec) if codec else Reading())

    def _fields(self, what: str, expected: OneMessage, message: Message) -> Iterator[Difference]:
        for each in expected:
            texts = _texts_at(each.path, message, self.moment)
            if not _fits(each.wanted, texts):
                yield Difference(f"{what} {each.written}", _told(each.wanted), _found(texts), each.place)


def _messages(count: int) -> str:
    return "1 message" if count == 1 else f"{count} messages"


def _is(fate: Fate, outputs: list[Output]) -> bool:
    states = {each.state for each in outputs}
    match fate:
        case Fate.SENT:
            return states == {DeliveryState.PENDING}
        case Fate.NOT_SENT:
            return not outputs
        case Fate.PARKED:
            return states == {DeliveryState.PARKED}


def _is_finding(told: str, wanted: str) -> bool:
    return wanted in (told, told.partition(" ")[0])


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


def _found(texts: list[str]) -> str:
    return f"'{'~'.join(texts)}'" if any(texts) else "nothing"
