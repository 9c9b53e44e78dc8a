"""Judges a ledger: what is lost, reordered, duplicated, changed or invented, in words; nothing wrong: nothing said."""

from collections import Counter

from tests.fault.hospitals import LANES
from tests.fault.ledger import Arrival, Ledger


def judge(ledger: Ledger) -> list[str]:
    """Return everything in the outside ledger that the promises do not allow."""
    wrong = list(ledger.wrong)
    wrong += [f"{number!r} was never answered" for number, entry in ledger.entries.items() if not entry.code]
    for destination, arrivals in ledger.arrivals.items():
        wrong += [
            *_lost(ledger, destination, arrivals),
            *_changed(ledger, destination, arrivals),
            *_reordered(ledger, destination, arrivals),
            *_duplicated(ledger, destination, arrivals),
        ]
    return wrong


def duplicates_of(arrivals: list[Arrival]) -> list[Arrival]:
    """Return the arrivals that repeat an earlier one."""
    seen: set[bytes] = set()
    found = []
    for arrival in arrivals:
        if arrival.control_id in seen:
            found.append(arrival)
        seen.add(arrival.control_id)
    return found


def _lost(ledger: Ledger, destination: str, arrivals: list[Arrival]) -> list[str]:
    came = {arrival.control_id for arrival in arrivals}
    return [
        f"LOST: {number!r} was acknowledged and never came to {destination}"
        for number, entry in ledger.entries.items()
        if entry.code == b"AA" and destination in entry.order.due() and number not in came
    ]


def _changed(ledger: Ledger, destination: str, arrivals: list[Arrival]) -> list[str]:
    """Every arrival is due there, and has the bytes that are due: a duplicate, too."""
    wrong = []
    for arrival in arrivals:
        entry = ledger.entries.get(arrival.control_id)
        due = entry.order.due().get(destination) if entry else None
        if due is None:
            wrong.append(f"INVENTED: {arrival.control_id!r} is not due at {destination}")
        elif due != arrival.payload:
            wrong.append(f"CHANGED: {arrival.control_id!r} came to {destination} with other bytes")
    return wrong


def _reordered(ledger: Ledger, destination: str, arrivals: list[Arrival]) -> list[str]:
    """About one person nothing older comes after something newer, not even a duplicate."""
    newest: dict[str, int] = {}
    wrong = []
    for arrival in arrivals:
        entry = ledger.entries.get(arrival.control_id)
        for person in entry.order.persons if entry else ():
            number = entry.order.number if entry else 0
            if number < newest.get(person, 0):
                wrong.append(f"REORDERED: {arrival.control_id!r} came to {destination} after number {newest[person]}")
            newest[person] = max(number, newest.get(person, 0))
    return wrong


def _duplicated(ledger: Ledger, destination: str, arrivals: list[Arrival]) -> list[str]:
    """At any time: not more duplicates than kills times lanes, and about one person not more than kills.

    It is the count since the beginning, as what a dead engine had still sent may be read a little after its death.
    """
    wrong = []
    about: Counter[str] = Counter()
    for number, arrival in enumerate(duplicates_of(arrivals), 1):
        entry = ledger.entries.get(arrival.control_id)
        persons = entry.order.persons if entry else frozenset()
        about.update(persons)
        if number > arrival.kills * LANES or any(about[person] > arrival.kills for person in persons):
            wrong.append(f"DUPLICATED: {arrival.control_id!r} came to {destination} again after {arrival.kills} kills")
    return wrong
