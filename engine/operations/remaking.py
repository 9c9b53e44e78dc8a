"""Deciding a stored message again with today's rules: which of the new outputs is the one that is wanted. Pure."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from engine.context import Knowledge, Needs
from engine.decision import INVALID, Plan, Receipt, drafts_of, plan, recalled_context
from engine.errors import NotPossible, RuleFailed
from engine.operations.places import name_of
from engine.routing import Rules
from engine.routing.outputs import Draft
from engine.states import DeliveryState, MessageState

KnownNow = Callable[[Plan], Knowledge]
"""Asks the record index as it is now about a message."""

UNDECIDED = "-"
"""The destination of what a route parked because its ``accept`` could not be answered."""


@dataclass(frozen=True, slots=True)
class Stored:
    """One delivery of the message, as the store knows it."""

    ordinal: int
    destination: str
    route: str
    state: DeliveryState
    control_id: str
    reason: str = ""
    has_bytes: bool = False


@dataclass(frozen=True, slots=True)
class Case:
    """A message, all its deliveries in order, and the one that is to be made again."""

    message_id: int
    receipt: Receipt
    deliveries: tuple[Stored, ...]
    wanted: Stored
    known: bytes | None = field(default=None, repr=False)
    """What the decision read of the record index."""

    @property
    def name(self) -> str:
        """What people call the wanted delivery."""
        return name_of((self.message_id, self.wanted.ordinal))


def remake(case: Case, rules: Rules, known_now: KnownNow) -> Draft:
    """Return what today's rules make for the wanted delivery: its bytes, or why there are none yet."""
    drafts = _drafts(case, rules, known_now)
    of_today = [draft for draft in drafts if _is_like(case, rules, draft.destination, draft.route)]
    then = [each for each in case.deliveries if _is_like(case, rules, each.destination, each.route)]
    rank = then.index(case.wanted)
    if rank >= len(of_today):
        raise _not_made(case)
    _refuse_taken_number(case, of_today[rank])
    return of_today[rank]


def redecide(case: Case, rules: Rules, known_now: KnownNow) -> tuple[Draft, ...]:
    """Return all that the route makes today which could not decide then; one for `UNDECIDED` if it still cannot."""
    route = case.wanted.route
    if all(each.name != route for each in rules.routes):
        raise NotPossible("no-route", f"there is no route '{route}' any more: skip {case.name}")
    drafts = tuple(draft for draft in _drafts(case, rules, known_now) if draft.route == route)
    if not drafts:
        raise _not_made(case)
    for draft in drafts:
        _refuse_taken_number(case, draft)
    return drafts


def _drafts(case: Case, rules: Rules, known_now: KnownNow) -> tuple[Draft, ...]:
    planned = _plan(case, rules)
    known = None if planned.unfinished is None else _known(case, planned, planned.unfinished.needs, known_now)
    try:
        return drafts_of(planned, known)
    except RuleFailed as failure:
        text = f"today's rules refuse the whole message of {case.name} ({failure.code}): mend them, or skip it"
        raise NotPossible("refused-today", text) from None


def _known(case: Case, planned: Plan, needs: Needs, known_now: KnownNow) -> Knowledge:
    """Return what the message's decision read. What was never made may have been charged meanwhile: that is asked anew.

    What is asked today and was not then, is answered as it is now.
    """
    stored = recalled_context(case.known, needs)
    known = None if stored is None else stored.knowledge
    if known is not None and (case.wanted.has_bytes or not needs.charges):
        return known
    now = known_now(planned)
    return now if known is None else replace(known, orders=now.orders, strange=now.strange, charges=now.charges)


def _plan(case: Case, rules: Rules) -> Plan:
    if case.receipt.listener not in rules.listeners:
        text = f"the listener '{case.receipt.listener}' of {case.name} is not in the configuration in force: skip it"
        raise NotPossible("no-listener", text)
    planned = plan(case.receipt, _in_the_order_of(case, _released(case, rules)))
    if planned.state in {MessageState.REJECTED, MessageState.QUARANTINED}:
        text = f"today's rules refuse the whole message of {case.name} ({planned.reason}): mend them, or skip it"
        raise NotPossible("refused-today", text)
    return planned


def _released(case: Case, rules: Rules) -> Rules:
    """Return *rules* without what would park the message again: whoever releases it has seen what was found in it."""
    if case.wanted.reason != INVALID:
        return rules
    listener = case.receipt.listener
    routes = tuple(replace(each, checks=each.checks.released()) for each in rules.routes_of.get(listener, ()))
    return replace(rules, routes_of={**rules.routes_of, listener: routes})


def _in_the_order_of(case: Case, rules: Rules) -> Rules:
    """Return *rules* with the routes in the order in which they decided the message: its outputs keep their numbers.

    MSH-10 is made from an output's number among those to its destination. A route that could not decide then made none:
    when it is decided now it comes last, and while another is made again it stays out.
    """
    listener = case.receipt.listener
    last = max(each.ordinal for each in case.deliveries)
    first: dict[str, int] = {}
    for each in reversed(case.deliveries):
        if each.destination != UNDECIDED:
            first[each.route] = each.ordinal
    out = {each.route for each in case.deliveries if each.destination == UNDECIDED} - first.keys()
    if case.wanted.destination == UNDECIDED:
        first[case.wanted.route] = last + 1
        out.discard(case.wanted.route)
    routes = [route for route in rules.routes_of.get(listener, ()) if route.name not in out]
    routes.sort(key=lambda route: first.get(route.name, last + 2))
    return replace(rules, routes_of={**rules.routes_of, listener: tuple(routes)})


def _refuse_taken_number(case: Case, draft: Draft) -> None:
    """Refuse bytes whose MSH-10 another output to the same destination has: they would be taken for a repetition."""
    others = [each for each in case.deliveries if each.destination == draft.destination and each != case.wanted]
    if draft.payload and any(each.control_id == draft.control_id for each in others):
        text = f"today's rules give {case.name} the MSH-10 of another output to {draft.destination}"
        raise NotPossible("number-taken", f"{text}, which would take it for a repetition: skip it")


def _is_like(case: Case, rules: Rules, destination: str, route: str) -> bool:
    """Tell whether an output is one of those among which the wanted one has its rank; a route may be renamed."""
    is_renamed = all(each.name != case.wanted.route for each in rules.routes)
    return destination == case.wanted.destination and (is_renamed or route == case.wanted.route)


def _not_made(case: Case) -> NotPossible:
    where = "at all" if case.wanted.destination == UNDECIDED else f"for {case.wanted.destination}"
    text = f"today's rules make no such output {where} (route {case.wanted.route}): skip {case.name} if that is right"
    return NotPossible("not-made-today", text)
