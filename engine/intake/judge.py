"""What the writer asks about a batch of messages: decide each in order, with what the record index knows."""

from collections.abc import Sequence

from sqlalchemy import Connection

from engine.context import EMPTY_CONTEXT
from engine.decision import Decision, Plan, finish
from engine.index.store import Index, WorkingSet


class Judge:
    """The pure core between one load and one write of the record index; runs in the writer's thread."""

    __slots__ = ("_index",)

    def __init__(self, index: Index) -> None:
        self._index = index

    def load(self, connection: Connection, plans: Sequence[Plan]) -> WorkingSet:
        """Read what is stored about the patients of *plans*."""
        return self._index.load(connection, [plan.facts for plan in plans if plan.facts is not None])

    def decide(self, plan: Plan, working: WorkingSet, message_id: int) -> Decision:
        """Decide one message, then fold its facts in, so that the next one sees them."""
        if plan.facts is None:
            return finish(plan, EMPTY_CONTEXT)
        decision = finish(plan, working.context_for(plan.facts))
        working.fold(message_id, plan.facts)
        return decision

    def write(self, connection: Connection, working: WorkingSet) -> None:
        """Write the index rows that changed."""
        self._index.write(connection, working)

    def remember(self, connection: Connection, plan: Plan, message_id: int) -> None:
        """Keep the facts of a message whose index rows could not be written."""
        if plan.facts is not None:
            self._index.remember(connection, message_id, plan.facts)
