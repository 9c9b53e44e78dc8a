"""Where a field arrives: for every route, entry and destination what a change of it could change there."""

from collections.abc import Iterator
from dataclasses import dataclass

from engine.hl7.path import Root
from engine.problems import Place
from engine.routing import Entry, Listener, OnFailure, Route, Rules
from engine.workbench.lineage.field import Field, field_of, looks_of
from engine.workbench.lineage.flow import CONTROL_ID, EVERYTHING, Flow


@dataclass(frozen=True, slots=True)
class Arrival:
    """What one entry of a route makes of a field."""

    route: str
    destination: str
    mapping: str
    """'' where the message goes unchanged."""
    place: Place
    fields: tuple[Field, ...]
    """Places of the output; empty: it arrives nowhere."""
    decides: bool
    """Whether it has a say in if, or how often, something is sent."""

    def expects(self, changed: Field) -> bool:
        """Tell whether a change at *changed* in the output was predicted."""
        return self.decides or CONTROL_ID.meets(changed) or any(each.meets(changed) for each in self.fields)


def arrivals_of(rules: Rules, source: Field) -> tuple[Arrival, ...]:
    """Return what every entry of every route makes of *source*."""
    return tuple(
        _arrival(rules, route, entry, source, decides=_decides_route(rules, route, source))
        for route in rules.routes
        for entry in route.entries
    )


def _decides_route(rules: Rules, route: Route, source: Field) -> bool:
    """Tell whether *source* has a say in what becomes of a message before any of the entries is looked at."""
    if any((source.segment, number) in EVERYTHING for number in _numbers(source)):
        return True
    listeners = [rules.listeners[name] for name in route.listeners]
    if any(_is_processing(each) and source.meets(Field("MSH", 11)) for each in listeners):
        return True
    if not route.checks.is_plain or _asks(route, source):
        return True
    return any(each.on_failure is OnFailure.REFUSE and _flow(rules, each, source).decides for each in route.entries)


def _numbers(source: Field) -> Iterator[int]:
    yield from (source.number,) if source.number else (number for _, number in EVERYTHING)


def _is_processing(listener: Listener) -> bool:
    return bool(listener.sender.processing)


def _asks(part: Route | Entry, source: Field) -> bool:
    condition = part.accept if isinstance(part, Route) else part.when
    if condition is None:
        return False
    looks = [look for look in looks_of(condition.node) if not look.presence]
    return any(look.root is Root.KNOWN or source.meets(look.field) for look in looks)


def _arrival(rules: Rules, route: Route, entry: Entry, source: Field, *, decides: bool) -> Arrival:
    flow = _flow(rules, entry, source)
    name = "" if entry.mapping is None else entry.mapping.name
    says = decides or flow.decides or _asks(entry, source)
    return Arrival(route.name, entry.destination, name, entry.place, tuple(sorted(flow.reached)), says)


def _flow(rules: Rules, entry: Entry, source: Field) -> Flow:
    flow, destination = Flow(source), rules.destinations[entry.destination]
    if entry.mapping is None:
        flow.reached.add(source)
    else:
        flow.through(entry.mapping, [field_of(compiled.path) for compiled, _ in destination.header])
        # What a mapping makes may be looked at before it is sent.
        flow.decides |= entry.mapping.output.validate is not None and bool(flow.reached)
    # A character that the destination's character set does not have parks the output.
    flow.decides |= destination.target.codec is not None and bool(flow.reached)
    return flow
