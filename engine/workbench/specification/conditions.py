"""When a message is sent, in the words of the rules: its listener, what the route accepts, the entry's condition."""

from collections.abc import Iterator
from dataclasses import dataclass

from engine.documents import Entries
from engine.routing import Rules
from engine.workbench.specification.written import Written, listed, text_of


@dataclass(frozen=True, slots=True)
class Sent:
    """One kind of message for one destination."""

    route: str
    listeners: tuple[str, ...]
    accept: str
    """As written; '' for every message."""
    destination: str
    when: str
    mapping: str
    """'' where the bytes go as they came."""
    on_failure: str


def sent_in(rules: Rules, written: Written) -> Iterator[Sent]:
    """Yield everything that the routes send, in the order of their files and entries."""
    for route in rules.routes:
        node = written.routes.get(route.name)
        to = None if node is None else node.get("to")
        if node is None or not isinstance(to, Entries):
            continue
        for destination, entries in to.pairs:
            for entry in listed(entries):
                told = entry if isinstance(entry, Entries) else Entries(destination.place, ())
                yield Sent(
                    route.name,
                    route.listeners,
                    text_of(node.get("accept")),
                    destination.text,
                    text_of(told.get("when")),
                    text_of(told.get("map")),
                    text_of(told.get("on_failure")) or "park",
                )
