"""An explanation is the decision: whoever has it alone can decide again, and comes to the same."""

from dataclasses import dataclass

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.context import EMPTY_CONTEXT
from engine.decision import Decision, Receipt, decide
from engine.expression.tracing import Word
from engine.workbench.explain.gathering import explain
from engine.workbench.explain.told import Comparison, Condition, Entry, Explanation, Fate, Tree, Truth
from tests.support.rule_worlds import Chance, payloads, rules_of, sites

RECEIVED_NS = 1_768_496_400_000_000_000
MESSAGES_PER_SITE = 20
SITES = 250
"""5,000 pairs of rules and messages."""


@dataclass(frozen=True, slots=True)
class Sent:
    """An output as the explanation tells it, or as the engine decided it."""

    destination: str
    route: str
    state: str
    payload: bytes
    control_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class Again:
    """What a message came to."""

    state: str
    reason: str
    outputs: tuple[Sent, ...]


class Broken(Exception):  # noqa: N818  it names what a comparison is
    """A comparison failed while the condition was asked."""


def asked(tree: Tree) -> bool:
    """Ask a condition again, left to right, by its comparisons alone; what was not asked must not be needed."""
    if isinstance(tree, Comparison):
        assert tree.answer is not Truth.NOT_ASKED
        if tree.answer is Truth.FAILED:
            raise Broken(tree.failure)
        return tree.answer is Truth.TRUE
    if tree.word is Word.NOT:
        return not asked(tree.parts[0])
    for number, part in enumerate(tree.parts):
        if asked(part) is (tree.word is Word.OR):
            assert all(unasked(each) for each in tree.parts[number + 1 :])
            return tree.word is Word.OR
    return tree.word is Word.AND


def unasked(tree: Tree) -> bool:
    """Whether nothing in it was asked."""
    return tree.answer is Truth.NOT_ASKED if isinstance(tree, Comparison) else all(map(unasked, tree.parts))


def holds(condition: Condition | None) -> bool:
    """Ask a condition again; none holds."""
    return condition is None or asked(condition.tree)


def decided_again(told: Explanation) -> Again:
    """Decide by the explanation alone."""
    head = told.head
    if not head.codec:
        return Again("quarantined", told.verdict.reason, ())
    if head.wanted_processing and head.processing and head.processing not in head.wanted_processing:
        return Again("rejected", "processing-id", ())
    chosen, parked, accepted = list[tuple[str, Entry]](), list[Sent](), 0
    for route in told.routes:
        try:
            if not holds(route.accept):
                assert all(each.when is None or unasked(each.when.tree) for each in route.entries)
                continue
        except Broken as failure:
            parked.append(Sent("-", route.name, "parked", b"", "", str(failure)))
            continue
        accepted += 1
        chosen += [(route.name, entry) for entry in route.entries if asks(entry)]
    return outcome_of(chosen, parked, accepted, head.control_id)


def asks(entry: Entry) -> bool:
    """Whether an entry asks for a message, or could not be answered."""
    try:
        return holds(entry.when)
    except Broken as failure:
        assert [each.reason for each in entry.messages] in ([], [str(failure)])  # noqa: PT017  what failed is compared
        return True


def outcome_of(chosen: list[tuple[str, Entry]], parked: list[Sent], accepted: int, control_id: str) -> Again:
    """Put together what the chosen entries made."""
    outputs, skipped = list[Sent](), 0
    for route, entry in chosen:
        for each in entry.messages:
            if each.fate is Fate.SKIPPED:
                skipped += 1
            elif each.fate is Fate.MADE:
                outputs.append(Sent(entry.destination, route, "pending", each.payload, each.control_id, ""))
            elif entry.on_failure == "refuse":
                return Again("rejected", each.reason, ())
            else:
                state = {"park": "parked", "hold": "held"}[entry.on_failure]
                outputs.append(Sent(entry.destination, route, state, b"", "", each.reason))
    outputs += parked
    if not accepted and not parked:
        return Again("rejected", "no-route", ())
    usual = "" if control_id else "no-control-id"
    if outputs:
        return Again("accepted", usual, tuple(outputs))
    return Again("filtered", "skipped" if skipped else "no-entry", ())


def of(decision: Decision) -> Again:
    """Return the engine's decision in the same words."""
    outputs = tuple(
        Sent(each.destination, each.route, each.state.name.lower(), each.payload, each.control_id, each.reason)
        for each in decision.outputs
    )
    return Again(decision.state.name.lower(), decision.reason, outputs)


@settings(max_examples=SITES, deadline=None, suppress_health_check=list(HealthCheck))
@given(sites, st.lists(payloads, min_size=MESSAGES_PER_SITE, max_size=MESSAGES_PER_SITE))
def test_who_has_the_explanation_decides_as_the_engine_does(site: Chance, messages: list[bytes]) -> None:
    """Of 5,000 pairs each is decided without a trace, and again from what was told of each comparison and message."""
    rules = rules_of(site)

    for payload in messages:
        receipt = Receipt("door", payload, RECEIVED_NS)
        assert decided_again(explain(receipt, rules)) == of(decide(receipt, rules, EMPTY_CONTEXT))
