"""One case, read from YAML: its messages, when and where they come in, and what is expected."""

from collections.abc import Iterator
from collections.abc import Mapping as Names
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from engine.documents import Entries, Items, Node, Reader, Scalar, kind_of
from engine.hl7.timestamps import Precision, parse_time
from engine.problems import Place, Problems, did_you_mean
from engine.routing import Rules
from engine.workbench.expectations import NOTHING, Expectations
from engine.workbench.expecting import Expecting
from engine.workbench.message_files import MessageFiles

_SECOND = 1_000_000_000
MINUTE = 60 * _SECOND
"""Between two messages of a case."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """One message of a case, and what is expected once it has been decided."""

    listener: str
    """Where it comes in; '' for a mapping that no listener feeds."""
    payload: bytes = field(repr=False)
    received_ns: int
    expect: Expectations = NOTHING


@dataclass(frozen=True, slots=True)
class Case:
    """One of the analyst's own tests. It names rules and holds none: any rules with these names can run it."""

    name: str
    owner: str
    """The route or mapping that it tells of."""
    arrivals: tuple[Arrival, ...]
    """In order; a mapping's case has one."""
    place: Place
    expect: Expectations = NOTHING
    """What is so after all of several messages."""
    mapping: str = ""
    """The mapping that is run alone; '': the messages go through the routes."""
    destination: str = ""
    """For whom the mapping alone is run; '' for nobody in particular."""

    @property
    def listener(self) -> str:
        """Where the first message comes in."""
        return self.arrivals[0].listener


@dataclass(frozen=True, slots=True)
class Owner:
    """The route or mapping that cases belong to, and where their messages come in if they do not say."""

    name: str
    listener: str
    is_mapping: bool = False
    destination: str = ""


def noon(zone: ZoneInfo) -> int:
    """Return when a case's first message is received, in ns: noon of 15 January 2026 by the site's clock."""
    return int(datetime(2026, 1, 15, 12, tzinfo=zone).timestamp()) * _SECOND


@dataclass(frozen=True, slots=True)
class CaseReader:
    """Reads the cases of one owner."""

    owner: Owner
    rules: Rules
    files: MessageFiles
    problems: Problems

    def case(self, node: Node) -> Case | None:
        """Return the case in *node*, or None where it cannot be run (reported)."""
        if not isinstance(node, Entries):
            text = f"a case is a map, not {kind_of(node)}"
            self.problems.add(node.place, "wrong-kind", text, "case, message, expect")
            return None
        reader = Reader(node, self.problems)
        name, destination = reader.required("case"), self._destination(reader)
        arrivals, expect = self._arrivals(reader)
        reader.finish("a mapping's case" if self.owner.is_mapping else "a case")
        if name is None or not arrivals:
            return None
        mapping = self.owner.name if self.owner.is_mapping else ""
        return Case(name.text, self.owner.name, arrivals, name.place, expect, mapping, destination)

    def _destination(self, reader: Reader) -> str:
        """Return for whom a mapping alone is run: a route's case says it by its rules."""
        if not self.owner.is_mapping:
            return ""
        return self._known(reader.scalar("destination"), self.rules.destinations, "destination", self.owner.destination)

    def _arrivals(self, reader: Reader) -> tuple[tuple[Arrival, ...], Expectations]:
        """Return the messages with what is expected of each, and what is expected of all."""
        several = None if self.owner.is_mapping else reader.node("messages")
        if several is None:
            arrival = self._arrival(reader, self._expected(reader), noon(self.rules.zone))
            return (() if arrival is None else (arrival,)), NOTHING
        listener = reader.scalar("listener")
        expect = reader.map("expect")
        if not isinstance(several, Items) or not several.values:
            text = f"'messages' takes a list, not {kind_of(several)}" if not isinstance(several, Items) else ""
            hint = "one alone is written as 'message'"
            self.problems.add(several.place, "wrong-kind", text or "there is no message in the list", hint)
            return (), NOTHING
        default = self._known(listener, self.rules.listeners, "listener", self.owner.listener)
        arrivals = tuple(self._several(several, default))
        if expect is None and not any(each.expect is not NOTHING for each in arrivals):
            hint = "beside a message for what follows from it, or beside 'messages' for what is so in the end"
            self.problems.add(several.place, "missing-key", "nothing is expected of these messages", hint)
        whole = NOTHING if expect is None else self._expecting().of_all(expect)
        return (arrivals if len(arrivals) == len(several.values) else ()), whole

    def _several(self, several: Items, listener: str) -> Iterator[Arrival]:
        """Yield the messages that can be read; each comes a minute after the one before it unless it says when."""
        at = noon(self.rules.zone) - MINUTE
        inner = CaseReader(Owner(self.owner.name, listener), self.rules, self.files, self.problems)
        for node in several.values:
            arrival = inner.listed(node, at + MINUTE)
            if arrival is None:
                continue
            if arrival.received_ns <= at:
                text = "this message is received before the one above it"
                self.problems.add(node.place, "out-of-order", text, "messages are decided in the order of the list")
            at = arrival.received_ns
            yield arrival

    def listed(self, node: Node, received_ns: int) -> Arrival | None:
        """Return one message of a list: a file, its lines, or a map that says more."""
        if isinstance(node, Scalar):
            payload = self.files.message(node)
            return None if payload is None else Arrival(self.owner.listener, payload, received_ns)
        if not isinstance(node, Entries):
            text = f"a message is a file, its lines or a map, not {kind_of(node)}"
            self.problems.add(node.place, "wrong-kind", text, "message, listener, received, expect")
            return None
        reader = Reader(node, self.problems)
        expect = reader.map("expect")
        expected = NOTHING if expect is None else self._expecting().of_message(expect)
        arrival = self._arrival(reader, expected, received_ns)
        reader.finish("a message of a case")
        return arrival

    def _arrival(self, reader: Reader, expected: Expectations | None, received_ns: int) -> Arrival | None:
        message = reader.required("message")
        named, received = reader.scalar("listener"), reader.scalar("received")
        listener = self._known(named, self.rules.listeners, "listener", self.owner.listener)
        payload = None if message is None else self.files.message(message)
        at = received_ns if received is None else self._time(received)
        if payload is None or expected is None or at is None or not (listener or self.owner.is_mapping):
            return None
        return Arrival(listener, payload, at, expected)

    def _expected(self, reader: Reader) -> Expectations | None:
        expect, node = reader.map("expect"), reader.entries
        if expect is None:
            if reader.node("expect") is None and "expect" not in node.left_out:
                hint = "output: {PID-5: Doe^Jane}" if self.owner.is_mapping else "{ack: AA, billing: sent}"
                self.problems.add(node.place, "missing-key", "'expect' is missing here", f"as in expect: {hint}")
            return None
        expecting = self._expecting()
        return expecting.of_mapping(expect) if self.owner.is_mapping else expecting.of_message(expect)

    def _expecting(self) -> Expecting:
        return Expecting(self.rules.destinations, self.files, self.problems)

    def _known(self, named: Scalar | None, known: Names[str, object], kind: str, default: str) -> str:
        """Return the listener or destination that is *named*; one that nobody knows is reported."""
        if named is None:
            return default
        if named.text not in known:
            hint = did_you_mean(named.text, known)
            self.problems.add(named.place, f"unknown-{kind}", f"no {kind} is called '{named.text}'", hint)
        return named.text

    def _time(self, scalar: Scalar) -> int | None:
        found = parse_time(scalar.text, self.rules.zone)
        if found is None or found.precision < Precision.DAY:
            hint = "as in 20260701083000, in the site's time zone, or with an offset"
            self.problems.add(scalar.place, "not-a-time", f"'{scalar.text}' is no HL7 time of a day", hint)
            return None
        return int(found.value.timestamp()) * _SECOND
