"""What rules are told of an index in which nothing has happened: for messages that no store knows. Pure."""

from engine.context import EMPTY_CONTEXT, Context, Needs
from engine.decision import Plan
from engine.hl7.message import Message
from engine.index.asking import Asking
from engine.index.facts import Origin, facts_of
from engine.index.knowing import knowledge_of
from engine.index.states import NoHistory, States


def nothing_known(planned: Plan) -> Context:
    """Return the context of a message that is the first of its site."""
    if planned.unfinished is None or planned.facts is None:
        return EMPTY_CONTEXT
    return Context(knowledge=knowledge_of(States(NoHistory()), planned.facts, planned.unfinished.needs))


def asking_nothing(message: Message, origin: Origin, needs: Needs) -> Asking:
    """Return what answers a mapping's questions about the first message of a site."""
    return Asking(knowledge_of(States(NoHistory()), facts_of(message, origin), needs), message, origin)
