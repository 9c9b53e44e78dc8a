"""Which events of a visit were taken back: cancels are edges in its history, whatever came first (HL7.md 3.2). Pure."""

from collections.abc import Sequence
from typing import NamedTuple

from engine.index.effects import Effect
from engine.index.kinds import BEGINS, SUBORDINATE, TAKES_BACK
from engine.index.wire import component, field, us_of

_RUN_ENDS = {
    "A13": frozenset({"A01", "A04", "A06", "A07", "A13"}),
    "A52": frozenset({"A01", "A03", "A22"}),
    "A53": frozenset({"A21"}),
}
"""Cancel -> what lies between two originals that are two; without it the second is the first one corrected."""
_SUPERSEDING = frozenset({"A25", "A26", "A27", "A38"})
"""Cancels of something of which there is one at a time: earlier ones do not come back."""


class Cancelled(NamedTuple):
    """Places in the sequence of a visit's events."""

    void: frozenset[int]
    """Events that count as if they had not been sent, but for the attributes they carry."""
    outlived: frozenset[int]
    """A11s after whose original the visit was begun anew."""
    original_at: dict[int, int]
    """Cancel -> when what it takes back happened."""
    settled: frozenset[int]
    """Cancels before which nothing stands that is of the cancelled kind and newer than the cancelled event."""


def cancelled_by(effects: Sequence[Effect]) -> Cancelled:
    """Return what the cancels among *effects*, which stand in effective order, take back."""
    void: set[int] = set()
    outlived: set[int] = set()
    taken: dict[int, int] = {}
    seen: dict[Effect, int] = {}
    for place, effect in enumerate(effects):
        if effect.kind not in TAKES_BACK:
            continue
        # A cancel that was sent twice takes nothing more back the second time.
        same = effect._replace(origin=effects[0].origin)
        at = seen[same] if same in seen else _taken_back_at(effects, place, void)
        seen[same] = taken[place] = at
        void.update(_originals(effects, place, at))
        if effect.kind == "A11":
            begun_again = _next_beginning(effects, at, void)
            if begun_again is not None and begun_again < effect.effective_us:
                outlived.add(place)
            end = effect.effective_us if begun_again is None else min(begun_again, effect.effective_us)
            _void_movements(effects, void, at, end)
    settled = frozenset(place for place, at in taken.items() if _is_settled(effects, place, at, void))
    return Cancelled(frozenset(void), frozenset(outlived), taken, settled)


def _originals(effects: Sequence[Effect], place: int, at: int) -> list[int]:
    """Return every event that the cancel takes back: an original that was sent twice happened once."""
    cancel = effects[place]
    wanted = TAKES_BACK[cancel.kind]
    found = [number for number, effect in enumerate(effects) if effect.kind in wanted and effect.effective_us == at]
    if cancel.kind in _RUN_ENDS:
        found += _same_run(effects, place, at)
    elif cancel.kind in _SUPERSEDING:
        found += [number for number in range(place) if effects[number].kind in wanted]
        found = [number for number in found if effects[number].effective_us <= at]
    return found


def _taken_back_at(effects: Sequence[Effect], place: int, void: set[int]) -> int:
    """Return when the cancelled event happened.

    The movement's number (IHE) says it, else EVN-6, else it is the newest before the cancel, else unknown.
    """
    cancel = effects[place]
    originals = [(number, each) for number, each in enumerate(effects) if each.kind in TAKES_BACK[cancel.kind]]
    if movement := _movement(cancel):
        moved = [effect.effective_us for _, effect in originals if _movement(effect) == movement]
        if moved:
            return max(moved)
    named = _occurred(cancel)
    if named is not None and any(effect.effective_us == named for _, effect in originals):
        return named
    earlier = [effect.effective_us for number, effect in originals if number not in void and number < place]
    if earlier:
        return max(earlier)
    return cancel.effective_us if named is None else named


def _occurred(cancel: Effect) -> int | None:
    for segment in cancel.segments:
        if segment.startswith("EVN"):
            return us_of(component(field(segment.split("|"), 6), 1), cancel.origin.zone)
    return None


def _movement(effect: Effect) -> str:
    """Return ZBE-1, the movement's number, '' where there is none."""
    return next((field(each.split("|", 2), 1) for each in effect.segments if each.startswith("ZBE")), "")


def _same_run(effects: Sequence[Effect], place: int, at: int) -> list[int]:
    """Return the originals around that time with nothing between them that would make them two."""
    cancel = effects[place].kind
    wanted, ends = TAKES_BACK[cancel], _RUN_ENDS[cancel]
    run: list[int] = []
    for number, effect in enumerate(effects[:place]):
        if effect.kind in wanted:
            run.append(number)
        elif effect.kind in ends:
            if any(effects[each].effective_us == at for each in run):
                return run
            run = []
    return run if any(effects[each].effective_us == at for each in run) else []


def _is_settled(effects: Sequence[Effect], place: int, at: int, void: set[int]) -> bool:
    wanted = TAKES_BACK[effects[place].kind]
    return not any(
        effects[number].kind in wanted and effects[number].effective_us > at and number not in void
        for number in range(place)
    )


def _next_beginning(effects: Sequence[Effect], at: int, void: set[int]) -> int | None:
    begun = [
        effect.effective_us
        for number, effect in enumerate(effects)
        if effect.kind in BEGINS and number not in void and effect.effective_us > at
    ]
    return min(begun, default=None)


def _void_movements(effects: Sequence[Effect], void: set[int], start: int, end: int) -> None:
    """What happened in an admission that was entered in error did not happen."""
    void.update(
        number
        for number, effect in enumerate(effects)
        if effect.kind in SUBORDINATE and start <= effect.effective_us < end
    )
