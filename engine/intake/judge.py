"""What the writer asks about a batch of messages: decide each in order, with what the record index knows."""

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection

from engine.context import EMPTY_CONTEXT
from engine.decision import Decision, Plan, finish
from engine.index.knowing import order_keys, visit_keys
from engine.index.load import NOTHING_WANTED, Wanted
from engine.index.store import Index, WorkingSet
from engine.states import MessageState


def wanted_by(plans: Iterable[Plan]) -> Wanted:
    """Return what the rules want to know of these messages."""
    visits: set[str] = set()
    orders: set[str] = set()
    for plan in plans:
        if plan.unfinished is not None and plan.facts is not None:
            needs = plan.unfinished.needs
            visits |= visit_keys(plan.facts) if needs.locations else set()
            orders |= order_keys(plan.facts) if needs.charges else set()
    return Wanted(frozenset(visits), frozenset(orders))


class Judge:
    """The pure core between one load and one write of the record index; runs in the writer's thread."""

    __slots__ = ("_index",)

    def __init__(self, index: Index) -> None:
        self._index = index

    def load(self, connection: Connection, plans: Sequence[Plan]) -> WorkingSet:
        """Read what is stored about the patients of *plans*."""
        facts = [plan.facts for plan in plans if plan.facts is not None]
        asking = [plan for plan in plans if plan.unfinished is not None]
        return self._index.load(connection, facts, wanted=wanted_by(asking) if asking else NOTHING_WANTED)

    def decide(self, plan: Plan, working: WorkingSet, message_id: int) -> Decision:
        """Decide one message, then fold its facts in, so that the next one sees them."""
        if plan.facts is None:
            return finish(plan, EMPTY_CONTEXT)
        unfinished = plan.unfinished
        if unfinished is None:
            decision = finish(plan, working.context_for(plan.facts))
        else:
            decision = finish(plan, working.context_for(plan.facts, unfinished.needs))
            if decision.state is MessageState.REJECTED:
                return decision  # an output that needed the index was refused, and the whole message with it
            working.record(message_id, decision.charges)
        working.fold(message_id, plan.facts)
        return decision

    def write(self, connection: Connection, working: WorkingSet) -> None:
        """Write the index rows that changed."""
        self._index.write(connection, working)

    def keep(self, connection: Connection, working: WorkingSet) -> None:
        """Write what became of charges."""
        self._index.keep(connection, working)

    def remember(self, connection: Connection, plan: Plan, message_id: int) -> None:
        """Keep the facts of a message whose index rows could not be written."""
        if plan.facts is not None:
            self._index.remember(connection, message_id, plan.facts)
