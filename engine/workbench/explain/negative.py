"""Why a message does not go to a destination, and the least that would have to be another for it to go there.

What is told was tried: the message is really edited, and decided again.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum

from engine.decision import Receipt, moment_of
from engine.errors import Hl7Error
from engine.expression import Env, WholeMessage
from engine.hl7.builder import Builder
from engine.hl7.message import Message as Wire
from engine.routing import Entry as EntryRule
from engine.routing import Route as RouteRule
from engine.routing import Rules
from engine.workbench.explain.editing import Change, edits, surroundings
from engine.workbench.explain.flipping import Flip, Way, ways, whole
from engine.workbench.explain.gathering import explain
from engine.workbench.explain.guesses import Origin
from engine.workbench.explain.told import (
    Comparison,
    Condition,
    Entry,
    Explanation,
    Fate,
    Joined,
    Route,
    Tree,
    Truth,
    answer_of,
)

MOST_DECISIONS = 150
"""Changed messages that are decided before the search is given up."""
_REFUSED_UNREAD = frozenset({"processing-id"})


class Stance(Enum):
    """What an entry says about the message."""

    ASKS = "asks for a message"
    FAILS = "cannot be answered"
    ROUTE_REFUSES = "its route does not accept the message"
    REFUSES = "its condition is false"
    NOT_REACHED = "routes were not asked"


@dataclass(frozen=True, slots=True)
class Remedy:
    """The smallest change found that makes the entry ask for a message, decided again."""

    changes: tuple[Change, ...]
    smallest: int
    """How many comparisons would have to change at least; more were changed where fewer cannot be."""
    fates: tuple[tuple[Fate, str], ...]
    """What the changed message then comes to for this entry: made, or why not."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What one entry for the destination says."""

    route: Route
    entry: Entry
    stance: Stance
    deciding: tuple[Comparison, ...]
    """The comparisons that kept the message away."""
    remedy: Remedy | None = None
    no_remedy: str = ""
    """Why no change was found."""


@dataclass(frozen=True, slots=True)
class WhyNot:
    """The answers of all entries for one destination."""

    destination: str
    answers: tuple[Answer, ...]
    elsewhere: tuple[tuple[str, tuple[str, ...]], ...]
    """Routes that have an entry for it, and the other listeners that they take messages of."""


def why_not(explanation: Explanation, receipt: Receipt, rules: Rules, destination: str) -> WhyNot:
    """Return what every entry for *destination* says about the message of *receipt*."""
    answers = tuple(
        _answer(route, entry, receipt, rules)
        for route in explanation.routes
        for entry in route.entries
        if entry.destination == destination
    )
    elsewhere = tuple(
        (each.name, each.listeners)
        for each in rules.routes
        if receipt.listener not in each.listeners and any(entry.destination == destination for entry in each.entries)
    )
    return WhyNot(destination, answers, elsewhere)


def _answer(route: Route, entry: Entry, receipt: Receipt, rules: Rules) -> Answer:
    stance = _stance(route, entry)
    if stance is Stance.ASKS or stance is Stance.FAILS:
        return Answer(route, entry, stance, _failing(route, entry))
    remedy, reason = _Search(route, entry, receipt, rules).run()
    return Answer(route, entry, stance, _deciding(route, entry), remedy, reason)


def _stance(route: Route, entry: Entry) -> Stance:
    if not route.asked:
        return Stance.NOT_REACHED
    if route.answer is Truth.FALSE:
        return Stance.ROUTE_REFUSES
    if Truth.FAILED in {route.answer, entry.answer}:
        return Stance.FAILS
    return Stance.ASKS if entry.answer is Truth.TRUE else Stance.REFUSES


def _deciding(route: Route, entry: Entry) -> tuple[Comparison, ...]:
    """Return the comparisons that make the condition false which kept the message away."""
    for condition in (route.accept, entry.when):
        if condition is not None and condition.answer is Truth.FALSE:
            return tuple(_blamed(condition.tree, Truth.FALSE))
    return ()


def _failing(route: Route, entry: Entry) -> tuple[Comparison, ...]:
    conditions: list[Condition] = [each for each in (route.accept, entry.when) if each is not None]
    return tuple(found for each in conditions for found in _blamed(each.tree, Truth.FAILED))


def _blamed(tree: Tree, answer: Truth) -> Iterator[Comparison]:
    """Yield the comparisons that make *tree* answer *answer*."""
    if answer_of(tree) is not answer:
        return
    match tree:
        case Comparison():
            yield tree
        case Joined(parts=parts) if len(parts) == 1:
            other = {Truth.FALSE: Truth.TRUE, Truth.TRUE: Truth.FALSE}.get(answer, answer)
            yield from _blamed(parts[0], other)
        case Joined(parts=parts):
            for part in parts:
                yield from _blamed(part, answer)


class _Search:
    """Looks for the smallest change after which one entry asks for a message."""

    def __init__(self, route: Route, entry: Entry, receipt: Receipt, rules: Rules) -> None:
        self._receipt, self._rules = receipt, rules
        self._rule, self._entry_rule = _rules_of(route, entry, rules)
        self._reading = rules.listeners[receipt.listener].reading
        self._decided = 0
        self._unmade: dict[str, None] = {}

    def run(self) -> tuple[Remedy | None, str]:
        """Return the remedy, or why there is none."""
        try:
            message = Wire.parse(self._receipt.payload, self._reading)
        except Hl7Error as error:
            return None, f"the message cannot be read ({error.code}), so that nothing in it can be changed"
        message, before = self._with_processing(message)
        env = self._env(message)
        conditions = (self._rule.accept, self._entry_rule.when)
        found = ways(whole(conditions, env), wanted=True)
        best: Remedy | None = None
        for way in found:
            if best is not None and len(way) + len(before) > len(best.changes):
                break
            for remedy in self._along(way, env, before, len(found[0]) + len(before)):
                best = best or remedy
                if any(fate is Fate.MADE for fate, _ in remedy.fates):
                    return remedy, ""
        return best, "" if best is not None else self._reason()

    def _with_processing(self, message: Wire) -> tuple[Wire, tuple[Change, ...]]:
        """Return the message with an MSH-11 that the listener takes: routes are not asked before."""
        wanted = sorted(self._rules.listeners[self._receipt.listener].sender.processing)
        if not wanted or message.value("MSH", 11) in {"", *wanted}:
            return message, ()
        builder = Builder.copying(message)
        builder.set_field(0, 11, wanted[0])
        change = Change(
            f"MSH-11 in {wanted} (listener {self._receipt.listener})",
            None,
            answer=True,
            path="MSH-11",
            value=wanted[0],
        )
        return Wire.parse(builder.encode(), self._reading), (change,)

    def _env(self, message: Wire) -> Env:
        moment = moment_of(self._receipt, self._rules)
        return Env(message, moment, WholeMessage(message), self._rules.tables, self._entry_rule.destination)

    def _along(self, way: Way, env: Env, before: tuple[Change, ...], smallest: int) -> Iterator[Remedy]:
        flips = sorted(way, key=lambda each: (each.leaf.place, each.leaf.position or 0))
        for payload, changes in self._edited(flips, env):
            if self._decided >= MOST_DECISIONS:
                return
            self._decided += 1
            fates = self._fates(payload)
            if fates is not None:
                yield Remedy((*before, *changes), smallest, fates)

    def _edited(self, flips: list[Flip], env: Env) -> Iterator[tuple[bytes, tuple[Change, ...]]]:
        """Yield the message with every flip made, by each edit that makes it."""
        if not flips:
            yield env.message.payload, ()
            return
        first, rest = flips[0], flips[1:]
        found = False
        for edited in edits(first, env, self._reading):
            found = True
            after = surroundings(env, Wire.parse(edited.payload, self._reading))
            for payload, changes in self._edited(rest, after):
                yield payload, (edited.change, *changes)
        if not found:
            self._unmade[first.leaf.words] = None

    def _fates(self, payload: bytes) -> tuple[tuple[Fate, str], ...] | None:
        """Decide the changed message; return what becomes of the entry, None where it still does not ask."""
        again = explain(replace(self._receipt, payload=payload), self._rules)
        for route in again.routes:
            for entry in route.entries:
                if entry.place == self._entry_rule.place and route.asked and entry.answer is Truth.TRUE:
                    return tuple((each.fate, each.reason) for each in entry.messages)
        return None

    def _reason(self) -> str:
        if self._unmade:
            return f"no value was found that makes this comparison answer otherwise: {'; '.join(self._unmade)}"
        if self._decided:
            return f"{self._decided} changed messages were decided, and none of them gets through"
        return "the comparisons exclude each other"


def _rules_of(route: Route, entry: Entry, rules: Rules) -> tuple[RouteRule, EntryRule]:
    rule = next(each for each in rules.routes if each.place == route.place)
    return rule, next(each for each in rule.entries if each.place == entry.place)


def is_private(change: Change) -> bool:
    """Whether what was written stands in the message itself, elsewhere."""
    return change.origin is Origin.MESSAGE
