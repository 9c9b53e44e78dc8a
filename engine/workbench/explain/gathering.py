"""Decides a message with a trace, and puts beside each rule what it said: what decides is the engine's own code."""

import re
from collections.abc import Iterator, Sequence

import orjson

from engine.context import NO_NEEDS
from engine.decision import Decision, Plan, Receipt, finish, plan, recalled_context
from engine.expression import Asked
from engine.hl7.ack import AckError
from engine.hl7.header import Header
from engine.hl7.places import path_of
from engine.mapping import Built, Failed, Mapping, Outcome, Skipped, StepRun
from engine.mapping.job import MappingTrace
from engine.routing import Entry as EntryRule
from engine.routing import Route as RouteRule
from engine.routing import Rules
from engine.routing.tracing import Made, Tracing
from engine.workbench.explain.conditions import AskedAt, asked_at, told
from engine.workbench.explain.told import (
    Entry,
    Explanation,
    Fate,
    Finding,
    Head,
    Message,
    Output,
    Route,
    Truth,
    Verdict,
)
from engine.workbench.nothing_known import nothing_known

_NOT_ROUTED = frozenset({"processing-id"})


def explain(receipt: Receipt, rules: Rules, stored: bytes | None = None) -> Explanation:
    """Return what *rules* make of *receipt*, and why; *stored* is what its decision read of the record index.

    Where that says nothing of what the rules ask, they are answered by an index in which nothing has happened.
    """
    tracing = Tracing()
    planned = plan(receipt, rules, tracing)
    needs = NO_NEEDS if planned.unfinished is None else planned.unfinished.needs
    decision = finish(planned, recalled_context(stored, needs) or nothing_known(planned))
    return Explanation(
        _head(planned, rules),
        tuple(_findings(decision.findings)),
        tuple(_routes(planned, rules, tracing)),
        _verdict(decision),
        planned.facts,
    )


def _head(planned: Plan, rules: Rules) -> Head:
    receipt, message = planned.receipt, planned.message
    listener = rules.listeners[receipt.listener]
    source = message if message is not None else Header.peek(receipt.payload)
    return Head(
        listener=listener.name,
        received_ns=receipt.received_ns,
        size=len(receipt.payload),
        codec="" if message is None else message.codec,
        encoding_characters="" if source is None else source.delimiters.encoding_characters,
        version="" if source is None else source.value("MSH", 12),
        message_type=planned.message_type,
        control_id=planned.control_id,
        segments=0 if message is None else len(message.names),
        processing="" if message is None else message.value("MSH", 11),
        wanted_processing=tuple(sorted(listener.sender.processing)),
        rules=rules.version,
    )


def _findings(findings: bytes) -> Iterator[Finding]:
    found: list[list[str | int]] = orjson.loads(findings or b"[]")
    for code, *place in found:
        path, number = path_of(place), place[1]
        yield Finding(str(code), f"{path} (segment {number})" if path else f"segment {number}")


def _routes(planned: Plan, rules: Rules, tracing: Tracing) -> Iterator[Route]:
    asked = asked_at([*tracing.conditions.asked, *tracing.conditions.failed])
    were_asked = planned.message is not None and planned.reason not in _NOT_ROUTED
    for rule in rules.routes_of.get(planned.receipt.listener, ()):
        accept = told(rule.accept, asked)
        accepted = were_asked and (accept is None or accept.answer is Truth.TRUE)
        entries = tuple(_entry(rule, each, accepted, tracing.made, asked) for each in rule.entries)
        yield Route(rule.name, rule.place, accept, were_asked, entries)


def _entry(route: RouteRule, rule: EntryRule, accepted: bool, made: Sequence[Made], asked: AskedAt) -> Entry:  # noqa: FBT001
    found = next((each for each in made if each.chosen.route is route and each.chosen.entry is rule), None)
    mapping = rule.mapping
    return Entry(
        rule.destination,
        rule.index,
        rule.place,
        "" if mapping is None else mapping.name,
        None if mapping is None else mapping.place,
        rule.on_failure.value,
        told(rule.when, asked),
        accepted,
        () if found is None else tuple(_messages(found, mapping)),
    )


def _messages(made: Made, mapping: Mapping | None) -> Iterator[Message]:
    for number, outcome in enumerate(made.outcomes):
        yield _message(outcome, tuple(_steps(made.mapping, number)) if mapping is not None else ())


def _steps(trace: MappingTrace, output: int) -> list[StepRun | Asked]:
    """Return what was done and asked for one message, in order."""
    conditions = trace.conditions
    happened: list[StepRun | Asked] = [*trace.steps, *trace.marks, *conditions.asked, *conditions.failed]
    return sorted((each for each in happened if each.output == output), key=lambda each: each.number)


def _message(outcome: Outcome, steps: tuple[StepRun | Asked, ...]) -> Message:
    match outcome:
        case Built():
            return Message(Fate.MADE, outcome.payload, outcome.control_id, steps=steps)
        case Skipped():
            return Message(Fate.SKIPPED, reason=outcome.code, detail=outcome.reason, place=outcome.place, steps=steps)
        case Failed():
            return Message(Fate.FAILED, reason=outcome.code, detail=outcome.detail, place=outcome.place, steps=steps)


def _verdict(decision: Decision) -> Verdict:
    outputs = tuple(
        Output(
            each.ordinal,
            each.destination,
            each.route,
            each.state.name.lower(),
            each.control_id,
            each.reason,
            each.detail,
            each.position,
            len(each.payload),
        )
        for each in decision.outputs
    )
    errors = tuple(_error(each) for each in decision.errors)
    state = decision.state.name.lower()
    return Verdict(state, decision.reason, decision.detail, decision.ack_code, errors, outputs)


def _error(error: AckError) -> str:
    parts = (error.segment, error.sequence, error.field, error.repetition, error.component, error.subcomponent)
    place = re.sub(r"\^+$", "", "^".join("" if each is None else str(each) for each in parts))
    return f"{error.code} at {place}" if place else error.code
