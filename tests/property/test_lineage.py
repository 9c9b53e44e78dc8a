"""Static lineage against what happens: whatever an output changes in after one field was changed, was predicted."""

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import zip_longest
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.config import load
from engine.decision import Receipt, plan
from engine.hl7.message import Message
from engine.journeys import take
from engine.mapping import Mapping as Mapped
from engine.mapping import build
from engine.mapping.job import Built, Outcome
from engine.problems import Place
from engine.routing import Rules
from engine.routing.tracing import Tracing
from engine.workbench.lineage.arriving import Arrival, arrivals_of
from engine.workbench.lineage.field import Field
from engine.workbench.lineage.flow import CONTROL_ID, Flow
from tests.property.test_mapping_outputs import fields, mappings, messages, parsed
from tests.support.mappings import job_for

ROOT = Path(__file__).parents[2]
RULES = load(ROOT).rules
VALUES = (
    *("", '""', "X1", "A^B&C^D", "P9^^^STMARY^MR", "P9^^^STMARY^PI~Q9^^^X^SS", "20260102", "soon", "SC", "NC"),
    *("A01", "A03", "A08", "F", "C", "P", "I", "Z", "N", "A", "H", "CE", "NM", "94500-6", "94500-6^x^LN", "718-7^x^LN"),
    *("58410-2^x^LN", "nothing^x^LN", "260373001^Detected^SCT", "27268008^x^SCT", "x^1^Genus Shigella", "O9^LAB"),
)
SEEDS = range(4)
PAIRS = 150
"""Of a message and a field, for each seed."""


def _payloads() -> list[tuple[str, bytes]]:
    """Return messages with the listener they come in at: generated journeys, and those of the site's cases."""
    generated = [(event.sender.value.lower(), event.payload) for event in take(7, 60, 60)]
    files = [path.read_bytes().replace(b"\n", b"\r") for path in sorted((ROOT / "tests" / "messages").glob("*.hl7"))]
    named = [("admissions" if b"|ADT^" in each[:99] else "lab", each) for each in files]
    return [("admissions" if name.startswith("ad") else "lab", payload) for name, payload in generated] + named


PAYLOADS = _payloads()


@lru_cache(maxsize=4_096)
def _predicted(source: Field) -> Mapping[Place, Arrival]:
    return {each.place: each for each in arrivals_of(RULES, source)}


def _changed_somewhere(payload: bytes, dice: Random) -> tuple[Field, bytes]:
    """Return *payload* with one field or component changed, and which it was."""
    segments = [each.split("|") for each in payload.decode().rstrip("\r").split("\r")]
    fields = dice.choice(segments)
    header = fields[0] == "MSH"
    index = dice.randrange(6 if header else 1, len(fields) + 2)
    fields.extend([""] * (index + 1 - len(fields)))
    number, value = index + header, dice.choice(VALUES)
    if (components := fields[index].split("^")) and dice.random() < 0.5 and "~" not in fields[index]:
        at = dice.randrange(len(components))
        components[at] = value.partition("^")[0].partition("~")[0]
        source, fields[index] = Field(fields[0], number, at + 1), "^".join(components)
    else:
        source, fields[index] = Field(fields[0], number), value
    return source, "".join("|".join(each) + "\r" for each in segments).encode()


def _made(listener: str, payload: bytes, rules: Rules) -> Mapping[Place, Sequence[Outcome]]:
    """Return what each chosen entry made of a message; nothing where the whole message is refused."""
    tracing = Tracing()
    planned = plan(Receipt(listener, payload, 1_790_000_000_000_000_000), rules, tracing)
    return {made.chosen.entry.place: made.outcomes for made in tracing.made} if planned.drafts else {}


def _differences(before: Sequence[Outcome], after: Sequence[Outcome]) -> Iterator[Field | None]:
    """Yield the places in which outputs differ; None where one is there and the other is not."""
    for one, other in zip_longest(before, after):
        if isinstance(one, Built) and isinstance(other, Built):
            yield from _changes(Message.parse(one.payload), Message.parse(other.payload))
        elif isinstance(one, Built) or isinstance(other, Built):
            yield None


def _changes(one: Message, other: Message) -> Iterator[Field]:
    for name in sorted({*one.names, *other.names}):
        places = zip_longest(one.positions(name), other.positions(name))
        for here, there in places:
            if here is None or there is None:
                yield Field(name)
                continue
            pairs = zip_longest(one.fields(here), other.fields(there), fillvalue="")
            for number, (was, is_now) in enumerate(pairs):
                if was != is_now and (was.strip("^&~") or is_now.strip("^&~")):
                    yield from _components(Field(name, number), was, is_now)


def _components(field: Field, was: str, is_now: str) -> Iterator[Field]:
    if "~" in was + is_now or not was or not is_now:
        yield field
        return
    pairs = zip_longest(was.split("^"), is_now.split("^"), fillvalue="")
    yield from (Field(field.segment, field.number, at) for at, (a, b) in enumerate(pairs, 1) if a != b)


def _tried(seed: int) -> Iterator[tuple[Field, Place, Field | None]]:
    """Yield what was changed, and the entry and place of each thing that changed with it."""
    dice = Random(seed)
    for _ in range(PAIRS):
        listener, payload = dice.choice(PAYLOADS)
        source, changed = _changed_somewhere(payload, dice)
        before, after = _made(listener, payload, RULES), _made(listener, changed, RULES)
        for place in {*before, *after}:
            found = {*_differences(before.get(place, ()), after.get(place, ()))}
            yield from ((source, place, each) for each in found)


@pytest.mark.parametrize("seed", SEEDS)
def test_every_change_of_an_output_was_predicted(seed: int) -> None:
    """The site's own routes and mappings, messages of journeys and cases, any field or component of them."""
    unforeseen = [
        f"{source} at {place}: {'whether it is sent' if changed is None else changed}"
        for source, place, changed in _tried(seed)
        if not _foreseen(_predicted(source)[place], changed)
    ]

    assert unforeseen == []


def _foreseen(arrival: Arrival, changed: Field | None) -> bool:
    return arrival.decides if changed is None else arrival.expects(changed)


def test_the_pairs_change_something_and_the_prediction_is_no_shrug() -> None:
    """A prediction that names everything, or pairs that change nothing, would prove nothing."""
    changes = [each for seed in SEEDS for each in _tried(seed)]
    elsewhere = [each for each in changes if each[2] is not None and each[2].segment != each[0].segment]
    sources = {source for source, _, _ in changes}
    silent = [arrival for source in sources for arrival in _predicted(source).values() if not arrival.decides]

    assert len(changes) > 300
    assert len(elsewhere) > 30
    assert len(silent) > 500
    assert all(len(arrival.fields) < 12 for arrival in silent)


def _effects(mapping: Mapped, before: Message, after: Message) -> set[Field | None]:
    return {*_differences(build(mapping, job_for(before)), build(mapping, job_for(after)))}


@settings(max_examples=400, deadline=None)
@given(messages, mappings, st.data())
def test_every_kind_of_step_is_foreseen(text: str, mapping: Mapped, data: st.DataObject) -> None:
    """Loops, predicates, indexes, every leaf, repetitions added and counters: any message, any field changed."""
    before = parsed(text)
    segments = [each.split("|") for each in text.rstrip("\r").split("\r")]
    index = data.draw(st.integers(1, len(segments) - 1))
    number = data.draw(st.integers(1, 8))
    segments[index].extend([""] * (number + 1 - len(segments[index])))
    segments[index][number] = data.draw(fields)
    after = parsed("".join("|".join(each) + "\r" for each in segments))
    flow = Flow(Field(segments[index][0], number))

    flow.through(mapping, ())

    for changed in _effects(mapping, before, after):
        assert flow.decides or (changed is not None and _is_among(changed, flow)), changed


def _is_among(changed: Field, flow: Flow) -> bool:
    return CONTROL_ID.meets(changed) or any(each.meets(changed) for each in flow.reached)
