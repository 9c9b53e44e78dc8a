"""Runs cases: the engine's own decision about each message, held against what the case expects. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from engine.context import EMPTY_CONTEXT, Context
from engine.decision import Decision, Output, Plan, Receipt, finish, moment_of, origin_for, plan
from engine.errors import Hl7Error
from engine.hl7.message import DEFAULT_READING, Message, Reading
from engine.index.fold import fold
from engine.index.knowing import knowledge_of
from engine.index.states import NoHistory, States
from engine.mapping import Mapping
from engine.mapping.job import Built, Failed, Job, MappingTrace, Outcome, Skipped
from engine.mapping.mapper import build
from engine.routing import Destination, Entry, Route, Rules
from engine.routing.tracing import Tracing
from engine.states import DeliveryState, MessageState
from engine.workbench.case_reading import Case
from engine.workbench.expectations import OUTPUT, Fate
from engine.workbench.judging import Difference, Found, Judge
from engine.workbench.nothing_known import asking_nothing

RESENT = "resent"
"""The reason of a message that repeats an earlier one of its case: it gets that one's answer and nothing else."""

_FATES = {DeliveryState.PENDING: Fate.SENT, DeliveryState.PARKED: Fate.PARKED, DeliveryState.HELD: Fate.HELD}


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one case."""

    case: Case
    differences: tuple[Difference, ...]
    """Empty: it passed."""

    @property
    def passed(self) -> bool:
        """Whether everything is as expected."""
        return not self.differences


@dataclass(frozen=True, slots=True)
class Trials:
    """What became of all cases that were run."""

    results: tuple[Result, ...]
    unreached: tuple[tuple[Route, Entry], ...]
    """Entries of the routes that were looked at and that no case chose."""

    @property
    def failed(self) -> int:
        """How many cases did not pass."""
        return sum(1 for each in self.results if not each.passed)


@dataclass(frozen=True, slots=True)
class Alone:
    """One run of a mapping by a case of its own, without a route."""

    mapping: Mapping
    trace: MappingTrace = field(repr=False)
    outcomes: Sequence[Outcome]


@dataclass(slots=True)
class Sightings:
    """Collects what the rules were seen doing while cases ran; recording changes no result."""

    decided: list[Tracing] = field(default_factory=list)
    """One for each message of a route's case."""
    alone: list[Alone] = field(default_factory=list)
    """One for each mapping's case."""


def run_cases(
    cases: Iterable[Case], rules: Rules, routes: Iterable[Route] = (), sightings: Sightings | None = None
) -> Trials:
    """Run *cases* under *rules* and tell which entries of *routes* none of them chose."""
    watched = tuple(routes)
    seen = Sightings() if sightings is None and watched else sightings
    results = tuple([run_case(case, rules, seen) for case in cases])
    return Trials(results, unreached(watched, seen or Sightings()))


def run_case(case: Case, rules: Rules, sightings: Sightings | None = None) -> Result:
    """Run one case under *rules*, which need not be those it was read with."""
    return Result(case, tuple(_differences(case, rules, sightings)))


def passes(case: Case, rules: Rules) -> bool:
    """Tell whether *case* passes under *rules*; stops at the first difference."""
    return next(_differences(case, rules, None), None) is None


def unreached(routes: Iterable[Route], sightings: Sightings) -> tuple[tuple[Route, Entry], ...]:
    """Return the entries of *routes* that were never chosen."""
    reached = {id(made.chosen.entry) for tracing in sightings.decided for made in tracing.made}
    return tuple((each, entry) for each in routes for entry in each.entries if id(entry) not in reached)


def _differences(case: Case, rules: Rules, sightings: Sightings | None) -> Iterator[Difference]:
    return _alone(case, rules, sightings) if case.mapping else _through_routes(case, rules, sightings)


def _through_routes(case: Case, rules: Rules, sightings: Sightings | None) -> Iterator[Difference]:
    """Decide the messages in order, each knowing what those before it left in the record index."""
    found: list[Found] = []
    bench = Bench(rules, sightings)
    keeps = len(case.arrivals) > 1
    moment = None
    for number, arrival in enumerate(case.arrivals, 1):
        receipt = Receipt(arrival.listener, arrival.payload, arrival.received_ns)
        moment = moment_of(receipt, rules)
        planned, decision = bench.decide(receipt)
        if (keeps or arrival.expect.index) and decision.reason != RESENT:
            bench.keep(planned, decision, number)
        own = [_found(each, planned.message, rules) for each in decision.outputs]
        judge = Judge(own, moment, decision, bench.states)
        differences = judge.differences(arrival.expect)
        yield from (
            (replace(each, what=f"message {number}: {each.what}") for each in differences) if keeps else differences
        )
        found += own
    if keeps and moment is not None:
        yield from Judge(found, moment, None, bench.states).differences(case.expect)


@dataclass(slots=True)
class Bench:
    """What a store would know between messages: those of one case, or of a whole week."""

    rules: Rules
    sightings: Sightings | None
    states: States = field(default_factory=lambda: States(NoHistory()))
    answers: dict[bytes, str] = field(default_factory=dict)
    """Resend digest -> the answer's code, of messages that a copy of theirs does not decide again."""

    def decide(self, receipt: Receipt) -> tuple[Plan, Decision]:
        """Return what a message is decided to be; a copy of an earlier one gets its answer, and nothing is decided."""
        tracing = None if self.sightings is None else Tracing()
        planned = plan(receipt, self.rules, tracing)
        code = self.answers.get(planned.digest) if planned.digest else None
        if code is not None:
            decision = finish(planned, EMPTY_CONTEXT)
            ack = planned.ack_for(code)
            return planned, replace(decision, ack=ack, ack_code=code, outputs=(), findings=b"", reason=RESENT)
        if self.sightings is not None and tracing is not None:
            self.sightings.decided.append(tracing)
        return planned, finish(planned, self._context(planned))

    def keep(self, planned: Plan, decision: Decision, number: int) -> None:
        """Remember what a message left: its answer for copies, its facts in the index."""
        if decision.state in (MessageState.ACCEPTED, MessageState.FILTERED) and planned.digest:
            self.answers[planned.digest] = decision.ack_code
        if planned.facts is not None and decision.state is not MessageState.REJECTED:
            self.states.record(number, decision.charges)
            fold(self.states, number, planned.facts)

    def _context(self, planned: Plan) -> Context:
        facts = planned.facts
        if facts is None:
            return EMPTY_CONTEXT
        if planned.unfinished is not None:
            return Context(self.states.lanes_of(facts), knowledge_of(self.states, facts, planned.unfinished.needs))
        return self.states.context_for(facts) if self.states.identifiers else EMPTY_CONTEXT


def _found(output: Output, inbound: Message | None, rules: Rules) -> Found:
    fate = _FATES[output.state]
    if fate is Fate.SENT:
        return Found(output.destination, fate, output.payload, inbound, "", _reading(rules, output.destination))
    why = f"{output.reason}: {output.detail}" if output.detail else output.reason
    return Found(output.destination, fate, b"", inbound, f"{why}, at {output.position}")


def _reading(rules: Rules, destination: str) -> Reading:
    known = rules.destinations.get(destination)
    codec = None if known is None else known.target.codec
    return Reading(codec) if codec else DEFAULT_READING


def _alone(case: Case, rules: Rules, sightings: Sightings | None) -> Iterator[Difference]:
    """Run a mapping on a message, for a destination, without any route."""
    mapping, (arrival,) = rules.mappings[case.mapping], case.arrivals
    listener = rules.listeners.get(arrival.listener)
    moment = moment_of(Receipt(arrival.listener, b"", arrival.received_ns), rules)
    try:
        message = Message.parse(arrival.payload, DEFAULT_READING if listener is None else listener.reading)
    except Hl7Error as error:
        yield Difference(OUTPUT, "a message to map", f"what cannot be read: {error.code}", case.place)
        return
    trace = None if sightings is None else MappingTrace()
    receiver = rules.destinations.get(case.destination) or Destination(case.destination)
    job = Job(message, moment, receiver, arrival.listener, rules.tables, trace=trace)
    if mapping.needs and listener is not None:
        origin = origin_for(Receipt(arrival.listener, b"", arrival.received_ns), listener)
        job.index = asking_nothing(message, origin, mapping.needs)
    outcomes = build(mapping, job)
    if sightings is not None and trace is not None:
        sightings.alone.append(Alone(mapping, trace, outcomes))
    found = [_outcome(each, message, _reading(rules, case.destination)) for each in outcomes]
    yield from Judge(found, moment).differences(arrival.expect)


def _outcome(outcome: Outcome, message: Message, reading: Reading) -> Found:
    match outcome:
        case Built(payload):
            return Found(OUTPUT, Fate.MADE, payload, message, "", reading)
        case Skipped(reason, place):
            return Found(OUTPUT, Fate.SKIPPED, b"", message, f"{reason}, at {place}")
        case Failed(code, detail, place):
            why = f"{code}: {detail}" if detail else code
            return Found(OUTPUT, Fate.FAILED, b"", message, f"{why}, at {place}" if place else why)
