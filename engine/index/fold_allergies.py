"""A person's allergies: AL1 is a set that replaces the last one, IAM says of each what is to be done with it. Pure."""

from engine.index.effects import Effect
from engine.index.kinds import ALLERGIES, SNAPSHOTS
from engine.index.records import PatientRecord
from engine.index.states import States
from engine.index.wire import component, deletes_all, field, joined, stated, updated

Line = tuple[str, str]
"""A segment, and the message that brought it."""


def fold_allergies(states: States, target: PatientRecord, effect: Effect, parts: dict[str, list[str]]) -> None:
    """Fold what an event says of the person's allergies."""
    listed, told = parts.get("AL1"), parts.get("IAM")
    if not listed and not told and (effect.origin.updates == "delta" or effect.kind not in SNAPSHOTS):
        return
    before: list[Line] = []
    if target.allergies:
        if listed and not told and "\r".join(listed) == target.allergies:
            return
        before = list(zip(target.allergies.split("\r"), target.allergies_by.split(), strict=True))
    sets = [line for line in before if line[0].startswith("AL1")]
    singles = [line for line in before if line[0].startswith("IAM")]
    brought_by = str(states.telling)
    if effect.kind in SNAPSHOTS and (listed or effect.origin.updates != "delta"):
        said = [segment for segment in listed or () if not deletes_all(segment)]
        if said != [segment for segment, _ in sets]:
            sets = [(segment, brought_by) for segment in said]
    if effect.kind in SNAPSHOTS or effect.kind == ALLERGIES:
        for segment in told or ():
            _act(singles, segment, brought_by)
    _keep(states, target, [*sets, *singles])


def _act(singles: list[Line], segment: str, brought_by: str) -> None:
    """Do what IAM-6 says (table 0206): D deletes, X changes nothing, U updates, A or nothing states."""
    if deletes_all(segment):
        singles.clear()
        return
    fields = segment.split("|")
    action = component(field(fields, 6), 1)
    at = next((place for place, (known, _) in enumerate(singles) if _is_same(known.split("|"), fields)), None)
    if action == "X":
        return
    if action == "D":
        if at is not None:
            del singles[at]
    elif at is None:
        singles.append((joined(stated(fields)), brought_by))
    else:
        old = singles[at][0].split("|")
        text = joined(updated(old, fields) if action == "U" else stated(fields))
        if text != singles[at][0]:
            singles[at] = (text, brought_by)


def _is_same(one: list[str], other: list[str]) -> bool:
    """Tell whether both are about one adverse reaction: by IAM-7, its own number, else by IAM-3, what it is to."""
    numbers = [field(fields, 7) for fields in (one, other)]
    if all(component(number, 1) for number in numbers):
        return len({tuple(component(number, part) for part in (1, 2, 3)) for number in numbers}) == 1
    first, second = (field(fields, 3) for fields in (one, other))
    if component(first, 1):
        return (component(first, 1), component(first, 3)) == (component(second, 1), component(second, 3))
    return component(first, 2) == component(second, 2) and not component(second, 1)


def _keep(states: States, target: PatientRecord, lines: list[Line]) -> None:
    raw, brought_by = "\r".join(text for text, _ in lines), " ".join(by for _, by in lines)
    if (raw, brought_by) != (target.allergies, target.allergies_by):
        target.allergies, target.allergies_by = raw, brought_by
        states.changed_sets["ALLERGIES", target.id, 0] = target
