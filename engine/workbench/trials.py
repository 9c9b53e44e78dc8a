"""Runs cases: the engine's own decision about each message, held against what the case expects. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from engine.context import EMPTY_CONTEXT
from engine.decision import Receipt, finish, moment_of, plan
from engine.errors import Hl7Error
from engine.expression import Env, WholeMessage
from engine.hl7.message import Message
from engine.routing import Entry, Route, Rules, route
from engine.states import MessageState
from engine.workbench.cases import Case
from engine.workbench.judging import Difference, Judge


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


def noon(zone: ZoneInfo) -> int:
    """Return when every case is received, in ns: noon of 15 January 2026 by the site's clock."""
    return int(datetime(2026, 1, 15, 12, tzinfo=zone).timestamp()) * 1_000_000_000


def run_cases(cases: Iterable[Case], rules: Rules, routes: Iterable[Route]) -> Trials:
    """Run *cases* and tell which entries of *routes* none of them chose."""
    bench = _Bench(rules)
    results = tuple(bench.run(case) for case in cases)
    unreached = ((each, entry) for each in routes for entry in each.entries if id(entry) not in bench.reached)
    return Trials(results, tuple(unreached))


@dataclass(slots=True)
class _Bench:
    rules: Rules
    reached: set[int] = field(default_factory=set)

    def run(self, case: Case) -> Result:
        receipt = Receipt(case.listener, case.payload, noon(self.rules.zone))
        planned = plan(receipt, self.rules)
        decision = finish(planned, EMPTY_CONTEXT)
        judge = Judge(decision, planned.facts, self.rules, moment_of(receipt, self.rules))
        if decision.state is not MessageState.QUARANTINED and decision.reason != "processing-id":
            self._note_entries(receipt)
        return Result(case, tuple(judge.differences(case.expect)))

    def _note_entries(self, receipt: Receipt) -> None:
        """Ask the routes once more which entries they choose: a decision does not tell."""
        listener = self.rules.listeners[receipt.listener]
        try:
            message = Message.parse(receipt.payload, listener.reading)
        except Hl7Error:
            return
        env = Env(message, moment_of(receipt, self.rules), WholeMessage(message), self.rules.tables)

        def env_for(destination: str) -> Env:
            env.destination = destination
            return env

        chosen = route(self.rules.routes_of.get(receipt.listener, ()), env_for).chosen
        self.reached.update(id(each.entry) for each in chosen)
