"""What two versions of the rules make of one message, held against each other."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from engine.errors import Hl7Error
from engine.hl7.message import DEFAULT_READING
from engine.hl7.message import Message as Wire
from engine.workbench.explain.told import Entry, Explanation, Fate, Message, Route

MOST = 60


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is another."""

    what: str
    then: str = field(repr=False)
    now: str = field(repr=False)
    has_values: bool = False
    """Whether both are values of messages."""


def differences(then: Explanation, now: Explanation) -> list[Difference]:
    """Return what *now* has other than *then*."""
    found = [*_verdicts(then, now), *_routes(then, now)]
    return found[:MOST]


def _verdicts(then: Explanation, now: Explanation) -> Iterator[Difference]:
    pairs = (
        ("state", then.verdict.state, now.verdict.state),
        ("reason", then.verdict.reason, now.verdict.reason),
        ("answer", then.verdict.ack_code, now.verdict.ack_code),
        ("findings", _findings(then), _findings(now)),
    )
    yield from (Difference(*each) for each in pairs if each[1] != each[2])


def _findings(told: Explanation) -> str:
    return ", ".join(f"{each.code} {each.where}" for each in told.findings) or "none"


def _routes(then: Explanation, now: Explanation) -> Iterator[Difference]:
    before, after = {each.name: each for each in then.routes}, {each.name: each for each in now.routes}
    for name in dict.fromkeys([*before, *after]):
        one, other = before.get(name), after.get(name)
        if one is None or other is None:
            yield Difference(f"route {name}", _is_there(one), _is_there(other))
            continue
        if one.answer is not other.answer:
            yield Difference(f"route {name} accepts", one.answer.value, other.answer.value)
        if (texts := (_words(one), _words(other)))[0] != texts[1]:
            yield Difference(f"route {name} accept", *texts)
        yield from _entries(one, other)


def _is_there(route: Route | None) -> str:
    return "there is none" if route is None else "there"


def _words(rule: Route | Entry) -> str:
    condition = rule.accept if isinstance(rule, Route) else rule.when
    return "(no condition)" if condition is None else " ".join(condition.words.split())


def _entries(then: Route, now: Route) -> Iterator[Difference]:
    before = {(each.destination, each.index): each for each in then.entries}
    after = {(each.destination, each.index): each for each in now.entries}
    for key in dict.fromkeys([*before, *after]):
        name = f"route {now.name}, {key[0]} {key[1] + 1}"
        one, other = before.get(key), after.get(key)
        if one is None or other is None:
            there = ("there is none", "there") if one is None else ("there", "there is none")
            yield Difference(name, *there)
            continue
        if (texts := (_words(one), _words(other)))[0] != texts[1]:
            yield Difference(f"{name} when", *texts)
        if one.answer is not other.answer:
            yield Difference(f"{name} asks", one.answer.value, other.answer.value)
        if one.mapping != other.mapping:
            yield Difference(f"{name} map", one.mapping or "(unchanged)", other.mapping or "(unchanged)")
        yield from _messages(name, one, other)


def _messages(name: str, then: Entry, now: Entry) -> Iterator[Difference]:
    one, other = [_fate(each) for each in then.messages], [_fate(each) for each in now.messages]
    if one != other:
        yield Difference(f"{name} makes", ", ".join(one) or "nothing", ", ".join(other) or "nothing")
        return
    for before, after in zip(then.messages, now.messages, strict=True):
        if before.payload != after.payload:
            yield from _fields(name, before.payload, after.payload)


def _fate(message: Message) -> str:
    return message.fate.value if message.fate is Fate.MADE else f"{message.fate.value} {message.reason}"


def _fields(name: str, then: bytes, now: bytes) -> Iterator[Difference]:
    """Yield the fields that two messages have otherwise, segment by segment."""
    try:
        one, other = Wire.parse(then, DEFAULT_READING), Wire.parse(now, DEFAULT_READING)
    except Hl7Error:
        yield Difference(f"{name} bytes", f"{len(then)}", f"{len(now)}")
        return
    if list(one.names) != list(other.names):
        yield Difference(f"{name} segments", " ".join(one.names), " ".join(other.names))
        return
    for position, segment in enumerate(one.names):
        before, after = one.fields(position), other.fields(position)
        for number in range(1, max(len(before), len(after))):
            old, new = (each[number] if number < len(each) else "" for each in (before, after))
            if old != new:
                what = f"{name} {segment}-{number} (segment {position + 1})"
                yield Difference(what, old, new, has_values=True)
