"""An example for a specification: the first case whose message leads to what is specified, and what was made of it."""

from collections.abc import Sequence
from dataclasses import dataclass

from engine.decision import Receipt, finish, plan
from engine.errors import Hl7Error
from engine.hl7.message import Message, Reading
from engine.routing import Rules
from engine.routing.tracing import Tracing
from engine.states import DeliveryState
from engine.workbench.case_reading import Case
from engine.workbench.nothing_known import nothing_known


@dataclass(frozen=True, slots=True)
class Example:
    """A message of a case, and one that was made of it. Both are invented, as cases are."""

    case: str
    received: tuple[str, ...]
    """Segments."""
    sent: tuple[str, ...]


def examples_of(cases: Sequence[Case], rules: Rules) -> dict[tuple[str, str, str], Example]:
    """Return the first example of each (route, destination, mapping) that cases reach."""
    found: dict[tuple[str, str, str], Example] = {}
    for case in cases:
        if case.mapping or not case.arrivals or case.arrivals[0].listener not in rules.listeners:
            continue
        _examples(case, rules, found)
    return found


def _examples(case: Case, rules: Rules, found: dict[tuple[str, str, str], Example]) -> None:
    arrival, tracing = case.arrivals[0], Tracing()
    planned = plan(Receipt(arrival.listener, arrival.payload, arrival.received_ns), rules, tracing)
    if planned.message is None:
        return
    outputs = finish(planned, nothing_known(planned)).outputs
    for made in tracing.made:
        mapping = made.chosen.entry.mapping
        key = (made.chosen.route.name, made.chosen.entry.destination, "" if mapping is None else mapping.name)
        for outcome in made.outcomes:
            payload = getattr(outcome, "payload", b"")
            sent = any(each.payload == payload and each.state is DeliveryState.PENDING for each in outputs if payload)
            if sent and key not in found:
                codec = rules.destinations[key[1]].target.codec
                segments = _segments(payload, Reading(codec) if codec else Reading())
                found[key] = Example(case.name, tuple(planned.message.segments), segments)


def _segments(payload: bytes, reading: Reading) -> tuple[str, ...]:
    try:
        return tuple(Message.parse(payload, reading).segments)
    except Hl7Error:
        return ()
