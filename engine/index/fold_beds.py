"""A20: what is said of a bed itself, whoever lies in it; the newest word counts. Pure."""

from engine.index.effects import Effect
from engine.index.identity import is_usable
from engine.index.records import BedRow
from engine.index.states import States
from engine.index.wire import component, field

_PLACE = (4, 7, 8, 1, 2, 3)
"""Facility, building, floor, point of care, room, bed: the parts of a place from the whole to the bed."""


def beds_in(effect: Effect) -> list[tuple[str, list[str]]]:
    """Return the fields of each NPU under the key of its bed; what names no bed is left out."""
    found: list[tuple[str, list[str]]] = []
    for segment in effect.segments:
        if segment.startswith("NPU"):
            fields = segment.split("|")
            facility, *inner = (component(field(fields, 1), number).replace("|", " ") for number in _PLACE)
            key = "|".join((facility or effect.origin.authority, *inner))
            if any(inner) and is_usable(key):
                found.append((key, fields))
    return found


def fold_beds(states: States, effect: Effect) -> None:
    """Fold what a message says of beds."""
    for key, fields in beds_in(effect):
        known = states.beds.get(key)
        if known is None or effect.moment >= known.moment:
            status = component(field(fields, 2), 1)
            row = BedRow(key, field(fields, 1), status, *effect.moment, states.telling)
            states.beds[key] = states.changed_beds[key] = row
