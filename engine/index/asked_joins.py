"""What a message asks to be merged, moved, changed or linked (HL7.md 3.4 and 3.5): numbers from MRG, PID, PV1. Pure."""

from typing import NamedTuple

from engine.context import Identifier
from engine.index.effects import Effect
from engine.index.identity import EXTERNAL, founding_key, identifiers_of, visit_number
from engine.index.wire import field

MERGE, CHANGE, MOVE, LINK, UNLINK = "merge", "change", "move", "link", "unlink"
ACCOUNT_MERGE, ACCOUNT_CHANGE, ACCOUNT_MOVE = "account-merge", "account-change", "account-move"
VISIT_MERGE, VISIT_CHANGE, VISIT_MOVE = "visit-merge", "visit-change", "visit-move"
EXTERNAL_CHANGE = "external-change"

PATIENT_KINDS = frozenset({MERGE, CHANGE})
MOVE_KINDS = frozenset({MOVE, ACCOUNT_MERGE, ACCOUNT_CHANGE, ACCOUNT_MOVE, VISIT_MERGE, VISIT_CHANGE, VISIT_MOVE})

ASKS: dict[str, tuple[str, ...]] = {
    "A18": (MERGE,),
    "A24": (LINK,),
    "A30": (MERGE,),
    "A34": (MERGE,),
    "A35": (ACCOUNT_MERGE,),
    "A36": (MERGE, ACCOUNT_MERGE),
    "A37": (UNLINK,),
    "A39": (MERGE,),
    "A40": (MERGE,),
    "A41": (ACCOUNT_MERGE,),
    "A42": (VISIT_MERGE,),
    "A43": (MOVE,),
    "A44": (ACCOUNT_MOVE,),
    "A45": (VISIT_MOVE,),
    "A46": (EXTERNAL_CHANGE,),
    "A47": (CHANGE,),
    "A48": (EXTERNAL_CHANGE,),
    "A49": (ACCOUNT_CHANGE,),
    "A50": (VISIT_CHANGE,),
    "A51": (VISIT_CHANGE,),
}
"""What each trigger event asks for."""


class Asked(NamedTuple):
    """What is asked for, of whom: the source's number and the target's."""

    kind: str
    patients: tuple[int, int]
    keys: tuple[str, str] = ("", "")


class Pair(NamedTuple):
    """One number and what becomes of it."""

    source: str
    target: str
    owners: tuple[Identifier, ...] = ()
    """MRG-1: whose it was, where that is told."""


WIDER = frozenset({"A30", "A39", "A43", "A45"})
"""Events in which more than PID-3 and one MRG-1 tell who is meant."""


def widened(effect: Effect) -> Effect:
    """Return the effect of one of those events with everybody whom it names."""
    if effect.kind == "A43":
        others = tuple(each for each in effect.subject if each not in effect.retired)
        return effect._replace(subject=others or effect.subject)
    if effect.kind == "A45":
        owners = dict.fromkeys(each for pair in visit_pairs(effect) for each in pair.owners)
        return effect._replace(retired=tuple(owners))
    authority = f"{effect.origin.authority} {EXTERNAL[2]}"
    target = identifiers_of(field(_segment(effect, "PID"), 2), authority)[0]
    source = identifiers_of(field(_segment(effect, "MRG"), 4), authority)[0]
    return effect._replace(
        subject=tuple(dict.fromkeys([*effect.subject, *target])),
        retired=tuple(dict.fromkeys([*effect.retired, *source])),
    )


def visit_pairs(effect: Effect) -> list[Pair]:
    """Return the visits that each MRG with its PV1 names: MRG-5 and PV1-19; A51, or no MRG-5: MRG-6 and PV1-50."""
    authority = effect.origin.authority
    pairs: list[Pair] = []
    merged: list[str] = []
    for segment in [*effect.segments, "PV1"]:
        fields = segment.split("|")
        if segment.startswith("MRG"):
            merged = fields
        elif segment.startswith("PV1") and merged:
            alternate = effect.kind == "A51" or not field(merged, 5)
            source = visit_number(field(merged, 6 if alternate else 5), authority)
            target = visit_number(field(fields, 50 if alternate else 19), authority)
            if source:
                owners = identifiers_of(field(merged, 1), authority)[0]
                pairs.append(Pair(source, target or source, owners))
            merged = []
    return pairs


def account_pair(effect: Effect) -> Pair:
    """Return the account of MRG-3 and that of PID-18."""
    authority = effect.origin.authority
    source = visit_number(field(_segment(effect, "MRG"), 3), authority)
    return Pair(source, visit_number(field(_segment(effect, "PID"), 18), authority))


def account_in(effect: Effect) -> str:
    """Return the account that a message names, '' where it names none."""
    return visit_number(field(_segment(effect, "PID"), 18), effect.origin.authority)


def moved_identifiers(effect: Effect) -> list[Identifier]:
    """Return what an A43 moves: the numbers that stand in PID-3 and in MRG-1."""
    return [identifier for identifier in identifiers_in(effect) if identifier in effect.retired]


def identifiers_in(effect: Effect) -> tuple[Identifier, ...]:
    """Return all of PID-3."""
    return identifiers_of(field(_segment(effect, "PID"), 3), effect.origin.authority)[0]


def external_pairs(effect: Effect) -> list[Pair]:
    """Return what A46 renames (MRG-4 to PID-2), or A48 (MRG-2 to PID-4)."""
    old, new = (4, 2) if effect.kind == "A46" else (2, 4)
    authority = f"{effect.origin.authority} {EXTERNAL[new]}"
    before = identifiers_of(field(_segment(effect, "MRG"), old), authority)[0]
    after = identifiers_of(field(_segment(effect, "PID"), new), authority)[0]
    return [Pair(founding_key(one), founding_key(other)) for one, other in zip(before, after, strict=False)]


def _segment(effect: Effect, name: str) -> list[str]:
    for segment in effect.segments:
        if segment.startswith(name):
            return segment.split("|")
    return []
