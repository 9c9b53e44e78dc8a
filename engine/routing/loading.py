"""A route's file to a compiled route; what is wrong in it is reported at its place and the rest still read."""

from collections.abc import Mapping as Names
from dataclasses import dataclass, field, replace

from engine.documents import Entries, Items, Node, Reader, Scalar, kind_of, report_comment
from engine.expression import Condition, Vocabulary, compile_condition
from engine.mapping import Mapping
from engine.problems import Problems, did_you_mean
from engine.routing.model import Entry, OnFailure, Route
from engine.validation import Profiles, load_checks


@dataclass(frozen=True, slots=True)
class Known:
    """What a route may name."""

    listeners: frozenset[str]
    destinations: frozenset[str]
    with_header: frozenset[str]
    """Destinations that write a header, which bytes sent unchanged cannot take."""
    mappings: Names[str, Mapping | None]
    """None: there is such a mapping, and what is wrong with it has been reported."""
    vocabulary: Vocabulary
    profiles: Profiles = field(default_factory=dict)


def load_route(node: Node, known: Known, problems: Problems) -> Route | None:
    """Return the route in *node*; None without a name or a listener (and then that is among the problems)."""
    if not isinstance(node, Entries):
        problems.add(
            node.place, "wrong-kind", f"a route's file holds a map, not {kind_of(node)}", "begin with 'route: NAME'"
        )
        return None
    reader = Reader(node, problems)
    name = reader.required("route")
    listeners = _listeners(reader, known, problems)
    accept = reader.scalar("accept")
    checks = load_checks(reader.node("validate"), known.profiles, problems)
    entries = _entries(reader, known, problems)
    cases = reader.node("cases")
    reader.finish("a route")
    if name is None:
        return None
    return Route(
        name=name.text,
        listeners=listeners,
        accept=_condition(accept, known, problems),
        entries=entries,
        place=name.place,
        checks=checks,
        cases=cases,
    )


def _listeners(reader: Reader, known: Known, problems: Problems) -> tuple[str, ...]:
    named = reader.scalars("from")
    if not named and reader.node("from") is None and "from" not in reader.entries.left_out:
        problems.add(
            reader.entries.place, "missing-key", "'from' is missing here", "name a listener, or a list of them"
        )
    for scalar in named:
        if scalar.text not in known.listeners:
            hint = did_you_mean(scalar.text, known.listeners)
            problems.add(scalar.place, "unknown-listener", f"no listener is called '{scalar.text}'", hint)
    return tuple(dict.fromkeys(scalar.text for scalar in named if scalar.text in known.listeners))


def _entries(reader: Reader, known: Known, problems: Problems) -> tuple[Entry, ...]:
    destinations = reader.map("to")
    if destinations is None:
        if reader.node("to") is None and "to" not in reader.entries.left_out:
            hint = "name destinations under 'to'; a route that only keeps messages says 'to: {}'"
            problems.add(reader.entries.place, "missing-key", "'to' is missing here", hint)
        return ()
    found: list[Entry] = []
    for name, node in destinations.pairs:
        if name.text not in known.destinations:
            hint = did_you_mean(name.text, known.destinations)
            problems.add(name.place, "unknown-destination", f"no destination is called '{name.text}'", hint)
        several = node.values if isinstance(node, Items) else (node,)
        for index, each in enumerate(several):
            found.append(_entry(name, index, each, known, problems))
    return tuple(found)


def _entry(name: Scalar, index: int, node: Node, known: Known, problems: Problems) -> Entry:
    place = node.place
    if isinstance(node, Scalar) and node.plain and not node.text:
        node, place = Entries(name.place, ()), name.place  # `registry:` with nothing below: every message, as it came
    if not isinstance(node, Entries):
        text = f"an entry for a destination is a map, not {kind_of(node)}"
        problems.add(node.place, "wrong-kind", text, "when, map, on_failure")
        node = Entries(node.place, (), frozenset({"map"}))
    reader = Reader(node, problems)
    when = reader.scalar("when")
    mapping = _mapping(reader, known, problems)
    on_failure = OnFailure(reader.choice("on_failure", [each.value for each in OnFailure], OnFailure.PARK.value))
    reader.finish("an entry")
    unchanged = node.get("map") is None and "map" not in node.left_out
    if unchanged and name.text in known.with_header:
        text = f"the destination '{name.text}' has a 'header', which bytes sent unchanged cannot take"
        problems.add(place, "header-without-map", text, "name a mapping: 'map: NAME'")
    asking = replace(known, vocabulary=replace(known.vocabulary, allows_known=True))
    return Entry(name.text, index, _condition(when, asking, problems), mapping, on_failure, place)


def _condition(written: Scalar | None, known: Known, problems: Problems) -> Condition | None:
    if written is None:
        return None
    report_comment(written, problems)
    return compile_condition(written, known.vocabulary, problems)


def _mapping(reader: Reader, known: Known, problems: Problems) -> Mapping | None:
    named = reader.scalar("map")
    if named is None:
        return None
    if named.text not in known.mappings:
        hint = did_you_mean(named.text, known.mappings)
        problems.add(named.place, "unknown-mapping", f"no mapping is called '{named.text}'", hint)
    return known.mappings.get(named.text)
