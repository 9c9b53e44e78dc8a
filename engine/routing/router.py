"""Which routes take a message and which of their entries ask for an output. Pure: no bytes are made here."""

from collections.abc import Callable, Iterable

from engine.errors import RuleFailed
from engine.expression import Env
from engine.quick import quick_value
from engine.routing.model import Entry, Route


@quick_value
class Chosen:
    """An entry whose ``when`` holds, or could not be answered."""

    route: Route
    entry: Entry
    failure: RuleFailed | None = None
    """Why its ``when`` could not be answered: the output fails, by the entry's ``on_failure``."""


@quick_value
class Routing:
    """What the routes of a listener say to one message."""

    accepted: tuple[Route, ...]
    """In the order of file names; none, and none undecided: the message is refused."""
    chosen: tuple[Chosen, ...]
    """Outputs asked for, in the order of routes and entries."""
    undecided: tuple[tuple[Route, RuleFailed], ...] = ()
    """Routes whose ``accept`` could not be answered: the message is kept as parked, with AA."""


EnvFor = Callable[[str], Env]
"""Gives the surroundings in which a clause is asked; it is told the destination, or '' for ``accept``."""


def route(routes: Iterable[Route], env_for: EnvFor) -> Routing:
    """Offer a message to *routes*, in order; who wants a trace gives environments that keep one."""
    accepted: list[Route] = []
    chosen: list[Chosen] = []
    undecided: list[tuple[Route, RuleFailed]] = []
    for each in routes:
        try:
            if each.accept is not None and not each.accept.holds(env_for("")):
                continue
        except RuleFailed as failure:
            undecided.append((each, failure))
            continue
        accepted.append(each)
        _choose(each, env_for, chosen)
    return Routing(tuple(accepted), tuple(chosen), tuple(undecided))


def _choose(route: Route, env_for: EnvFor, chosen: list[Chosen]) -> None:
    for entry in route.entries:
        if entry.when is not None and not entry.waits:
            try:
                if not entry.when.holds(env_for(entry.destination)):
                    continue
            except RuleFailed as failure:
                chosen.append(Chosen(route, entry, failure))
                continue
        chosen.append(Chosen(route, entry))
