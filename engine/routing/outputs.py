"""Runs the routes and the mappings they name: from a message to drafts for its destinations; failures are kept."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import assert_never

from engine.context import NO_NEEDS, Charge
from engine.errors import Miss, RuleFailed
from engine.expression import Env, Formula, Moment, WholeMessage
from engine.expression.environment import Index
from engine.hl7.message import Message
from engine.mapping.groups import Groups
from engine.mapping.job import Built, Failed, Job, MappingTrace, Outcome, Skipped
from engine.mapping.mapper import build
from engine.quick import quick_value
from engine.routing.model import Destination, OnFailure, Route, Rules
from engine.routing.router import Chosen, route
from engine.routing.tracing import Made, Tracing
from engine.states import DeliveryState
from engine.validation import Checks, Surroundings, strictest, why_unfit

UNAVAILABLE = "index-unavailable"
"""Why an output is parked that needs the record index when that cannot be asked."""

_ACK_ERRORS = {"unknown-code": "103", "unreadable-time": "102", "unreadable-number": "102"}
"""Table 0357 for the failures that say something about the message; the rest is our own (207)."""


@quick_value
class Draft:
    """An output that lacks only the lanes of its patients; without bytes it is parked or held."""

    destination: str
    route: str
    state: DeliveryState
    payload: bytes = field(default=b"", repr=False)
    control_id: str = field(default="", repr=False)
    lane: str | None = field(default=None, repr=False)
    """What the destination's ``lane_by`` gives, '' for every lane; None: the message's patients."""
    reason: str = ""
    detail: str = field(default="", repr=False)
    position: str = ""
    miss: Miss | None = field(default=None, repr=False)
    """The code that no table row knows, where that is why there are no bytes."""
    charges: tuple[Charge, ...] = field(default=(), repr=False)
    """What it records, if it is sent."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """An output failed whose entry says ``on_failure: refuse``: the whole message is rejected."""

    reason: str
    detail: str = field(repr=False)
    position: str

    @property
    def ack_error(self) -> str:
        """The code of table 0357 for the sender."""
        return _ACK_ERRORS.get(self.reason, "207")


@quick_value
class Outputs:
    """What the routes made of one message."""

    accepted: tuple[Route, ...]
    drafts: tuple[Draft, ...]
    refusal: Refusal | None
    skipped: tuple[tuple[str, str], ...] = field(repr=False)
    """Destination and reason of mappings that ended with ``skip``."""
    missed: tuple[Miss, ...] = field(default=(), repr=False)
    """Codes that a table was asked for and does not list, each once, whatever the table's policy."""

    unfinished: "Unfinished | None" = field(default=None, repr=False)
    """What is made when the record index has been asked: `drafts` are then only those that need nothing of it."""

    @property
    def checks(self) -> Checks:
        """What the accepting routes look at, and the strictest of what they say about it."""
        return strictest([each.checks for each in self.accepted])


def outputs_of(
    message: Message, rules: Rules, listener: str, moment: Moment, tracing: Tracing | None = None
) -> Outputs:
    """Return what the routes of *listener* make of *message*: pure, and nothing it holds makes it raise."""
    maker = _Maker(message, rules, listener, moment, tracing)
    routing = route(rules.routes_of.get(listener, ()), maker.env)
    waiting: list[tuple[int, Chosen]] = []
    for chosen in routing.chosen:
        if chosen.entry.needs is not None and chosen.failure is None:
            waiting.append((len(maker.drafts), chosen))
            continue
        refusal = maker.run(chosen)
        if refusal is not None:
            return Outputs(routing.accepted, (), refusal, (), tuple(dict.fromkeys(maker.missed)))
    undecided = tuple(_undecided(each, failure) for each, failure in routing.undecided)
    return Outputs(
        routing.accepted + tuple(each for each, _ in routing.undecided),
        (*maker.drafts, *undecided) if undecided else tuple(maker.drafts),
        None,
        tuple(maker.skipped),
        tuple(dict.fromkeys(maker.missed)) if maker.missed else (),
        Unfinished(maker, tuple(waiting), routing.accepted, undecided) if waiting else None,
    )


class Unfinished:
    """The outputs of a message that need the record index, and their places among the others, which are made."""

    __slots__ = ("_accepted", "_made", "_maker", "_undecided", "_waiting", "needs")

    def __init__(
        self,
        maker: "_Maker",
        waiting: tuple[tuple[int, Chosen], ...],
        accepted: tuple[Route, ...],
        undecided: tuple[Draft, ...],
    ) -> None:
        self._maker, self._waiting, self._accepted, self._undecided = maker, waiting, accepted, undecided
        self._made: tuple[Made, ...] = () if maker.tracing is None else tuple(maker.tracing.made)
        needs = NO_NEEDS
        for _, chosen in waiting:
            needs |= chosen.entry.needs or NO_NEEDS
        self.needs = needs

    def __repr__(self) -> str:
        return f"<Unfinished {len(self._waiting)}>"

    def finished(self, index: Index | None) -> Outputs:
        """Return all outputs in their order; None: the index could not be asked, and what needs it is kept."""
        maker = self._maker.again(index)
        if maker.tracing is not None:
            maker.tracing.made[:] = self._made
        before, drafts, start = self._maker.drafts, list[Draft](), 0
        for place, chosen in self._waiting:
            drafts += before[start:place]
            start = place
            refusal = maker.late(chosen)
            if refusal is not None:
                return Outputs(self._accepted, (), refusal, (), tuple(dict.fromkeys(maker.missed)))
            drafts += maker.drafts
            maker.drafts = []
        drafts += before[start:]
        missed = tuple(dict.fromkeys(maker.missed))
        return Outputs(self._accepted, (*drafts, *self._undecided), None, tuple(maker.skipped), missed)


class _Maker:
    """One message on its way through the routes: one environment serves all conditions, one placement all mappings."""

    __slots__ = (
        *("_counts", "_env", "_groups", "_listener", "_message", "_moment", "_rules", "_index"),
        *("drafts", "missed", "skipped", "tracing"),
    )

    def __init__(self, message: Message, rules: Rules, listener: str, moment: Moment, tracing: Tracing | None) -> None:
        self._message, self._rules, self._listener, self._moment = message, rules, listener, moment
        self.missed: list[Miss] = []
        self._env = Env(message, moment, WholeMessage(message), rules.tables, missed=self.missed)
        self.tracing = tracing
        if tracing is not None:
            self._env.trace = tracing.conditions
        self._groups = Groups(message)
        self._counts: dict[str, int] = {}
        self.drafts: list[Draft] = []
        self.skipped: list[tuple[str, str]] = []
        self._index: Index | None = None

    def again(self, index: Index | None) -> "_Maker":
        """Return a maker that goes on where this one has ended, as often as anybody asks."""
        maker = _Maker(self._message, self._rules, self._listener, self._moment, self.tracing)
        maker.missed += self.missed
        maker.skipped += self.skipped
        maker._counts = dict(self._counts)
        maker._groups = self._groups
        maker._env.index = maker._index = index
        return maker

    def late(self, chosen: Chosen) -> Refusal | None:
        """Make the outputs of an entry that needs the index; return why the whole message is refused, if it is."""
        entry = chosen.entry
        if self._index is None:
            self._park(chosen)
            return None
        if entry.waits and entry.when is not None:
            try:
                if not entry.when.holds(self.env(entry.destination)):
                    return None
            except RuleFailed as failure:
                chosen = Chosen(chosen.route, entry, failure)
        return self.run(chosen)

    def _park(self, chosen: Chosen) -> None:
        entry = chosen.entry
        held = entry.on_failure is OnFailure.HOLD
        state = DeliveryState.HELD if held else DeliveryState.PARKED
        self._counts[entry.destination] = self._counts.get(entry.destination, 0) + 1
        draft = Draft(entry.destination, chosen.route.name, state, reason=UNAVAILABLE, position=str(entry.place))
        self.drafts.append(draft)

    def env(self, destination: str) -> Env:
        """Return the surroundings of a condition that concerns *destination*."""
        self._env.destination = destination
        return self._env

    def run(self, chosen: Chosen) -> Refusal | None:
        """Make the outputs of one chosen entry; return why the whole message is refused, if it is."""
        destination = self._rules.destinations[chosen.entry.destination]
        outcomes, lane = self._checked(chosen, self._outcomes(chosen, destination)), None
        if destination.lane_by is not None:
            try:
                lane = self._lane(destination.lane_by, destination.name)
            except RuleFailed as failure:
                # Where it stands in the order cannot be told: it fails, and if it is held, everybody waits.
                failed = _failed(failure)
                outcomes, lane = [failed if isinstance(each, Built) else each for each in outcomes], ""
                if self.tracing is not None:
                    self.tracing.made[-1] = replace(self.tracing.made[-1], outcomes=outcomes)
        for outcome in outcomes:
            match outcome:
                case Built():
                    self._add(chosen, outcome, lane)
                case Skipped():
                    self.skipped.append((destination.name, outcome.reason))
                case Failed():
                    refusal = self._fail(chosen, outcome, lane)
                    if refusal is not None:
                        return refusal
                case _:
                    assert_never(outcome)
        return None

    def _checked(self, chosen: Chosen, outcomes: Sequence[Outcome]) -> Sequence[Outcome]:
        """Return the outcomes with those failed that are not what their mapping promises."""
        mapping = chosen.entry.mapping
        checks = None if mapping is None else self._rules.output_checks.get(mapping.name)
        if checks is None:
            return outcomes
        around, checked = Surroundings(self._moment, self._rules.tables), list[Outcome]()
        for each in outcomes:
            unfit = why_unfit(each.payload, checks, around) if isinstance(each, Built) else ""
            if unfit and self._index is not None and isinstance(each, Built):
                self._index.forget(each.charges)
            checked.append(Failed("invalid-output", unfit, checks.place) if unfit else each)
        if self.tracing is not None:
            self.tracing.made[-1] = replace(self.tracing.made[-1], outcomes=checked)
        return checked

    def _outcomes(self, chosen: Chosen, destination: Destination) -> Sequence[Outcome]:
        if self.tracing is not None:
            return self._traced(chosen, destination, self.tracing)
        failure = chosen.failure
        if failure is not None:
            return (_failed(failure),)
        return build(chosen.entry.mapping, self._job(destination))

    def _traced(self, chosen: Chosen, destination: Destination, tracing: Tracing) -> Sequence[Outcome]:
        job, failure, trace = self._job(destination), chosen.failure, MappingTrace()
        job.trace = trace
        outcomes: Sequence[Outcome]
        outcomes = (_failed(failure),) if failure is not None else build(chosen.entry.mapping, job)
        tracing.made.append(Made(chosen, trace, outcomes))
        return outcomes

    def _lane(self, lane_by: Formula, destination: str) -> str:
        """Return what the destination keeps in order by; what has no such value waits for, and blocks, every lane."""
        text = lane_by.text(self.env(destination))
        return f"={text}" if text else ""

    def _job(self, destination: Destination) -> Job:
        return Job(
            self._message,
            self._moment,
            destination,
            self._listener,
            self._rules.tables,
            self._counts.get(destination.name, 0),
            self._groups,
            missed=self.missed,
            index=self._index,
        )

    def _add(self, chosen: Chosen, built: Built, lane: str | None) -> None:
        name = chosen.entry.destination
        self._counts[name] = self._counts.get(name, 0) + 1
        draft = Draft(name, chosen.route.name, DeliveryState.PENDING, built.payload, built.control_id, lane)
        self.drafts.append(replace(draft, charges=built.charges) if built.charges else draft)

    def _fail(self, chosen: Chosen, failed: Failed, lane: str | None) -> Refusal | None:
        entry = chosen.entry
        position = str(failed.place or entry.place)
        if entry.on_failure is OnFailure.REFUSE:
            return Refusal(failed.code, failed.detail, position)
        state = DeliveryState.HELD if entry.on_failure is OnFailure.HOLD else DeliveryState.PARKED
        self._counts[entry.destination] = self._counts.get(entry.destination, 0) + 1
        self.drafts.append(
            Draft(
                entry.destination,
                chosen.route.name,
                state,
                lane=lane,
                reason=failed.code,
                detail=failed.detail,
                position=position,
                miss=failed.miss,
            )
        )
        return None


def _undecided(route: Route, failure: RuleFailed) -> Draft:
    """Return the parked output of a route whose ``accept`` could not be answered: for no destination, so ``-``."""
    position = str(failure.place or route.place)
    return Draft(
        "-",
        route.name,
        DeliveryState.PARKED,
        reason=failure.code,
        detail=failure.detail,
        position=position,
        miss=failure.miss,
    )


def _failed(failure: RuleFailed) -> Failed:
    return Failed(failure.code, failure.detail, failure.place, failure.miss)
