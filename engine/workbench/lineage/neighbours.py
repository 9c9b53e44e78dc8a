"""Who talks to an address: the listeners and destinations that have it, and the routes behind them."""

from dataclasses import dataclass

from engine.config import Settings
from engine.config.values import Address, read_address


@dataclass(frozen=True, slots=True)
class Talk:
    """One listener or destination at the address."""

    kind: str
    """``listener`` or ``destination``."""
    name: str
    address: str
    routes: tuple[str, ...]
    """As ``admissions with bar-p01``; of a listener only the route."""


def talks_at(settings: Settings, text: str) -> tuple[Talk, ...]:
    """Return who listens on, or sends to, ``HOST:PORT``; raise Wrong where *text* is no address."""
    wanted, rules = read_address(text), settings.rules
    found = []
    for name, listener in settings.listeners.items():
        if _is(wanted, listener.mllp):
            routes = tuple(each.name for each in rules.routes if name in each.listeners)
            found.append(Talk("listener", name, str(listener.mllp), routes))
    for name, destination in settings.destinations.items():
        if _is(wanted, destination.mllp):
            entries = [(route, each) for route in rules.routes for each in route.entries if each.destination == name]
            told = (
                f"{route.name} with {each.mapping.name if each.mapping else 'no mapping'}" for route, each in entries
            )
            found.append(Talk("destination", name, str(destination.mllp), tuple(dict.fromkeys(told))))
    return tuple(found)


def _is(wanted: Address, other: Address) -> bool:
    return wanted.port == other.port and wanted.host.lower() == other.host.lower()
