"""Which events of a visit were taken back: cancels are edges in its history, whatever came first (HL7.md 3.2). Pure."""

from collections.abc import Sequence
from typing import NamedTuple

from engine.index.effects import Effect
from engine.index.wire import component, field, us_of

_TAKES_BACK = {"A11": frozenset({"A01", "A04"}), "A13": frozenset({"A03"})}
_OPENS = frozenset({"A01", "A04", "A13"})
_SUBORDINATE = frozenset({"A02", "A03"})


class Cancelled(NamedTuple):
    """Places in the sequence of a visit's events."""

    void: frozenset[int]
    """Events that count as if they had not been sent, but for the attributes they carry."""
    outlived: frozenset[int]
    """A11s after whose original the visit was begun anew."""


def cancelled_by(effects: Sequence[Effect]) -> Cancelled:
    """Return what the cancels among *effects*, which stand in effective order, take back."""
    void: set[int] = set()
    outlived: set[int] = set()
    seen: dict[Effect, int] = {}
    for place, effect in enumerate(effects):
        if effect.kind not in _TAKES_BACK:
            continue
        # A cancel that was sent twice takes nothing more back the second time.
        same = effect._replace(origin=effects[0].origin)
        at = seen[same] if same in seen else _taken_back_at(effects, place, void)
        seen[same] = at
        void.update(_same_moment(effects, effect, at))
        if effect.kind == "A13":
            void.update(_same_discharge(effects, place, at))
        if effect.kind == "A11":
            begun_again = _next_beginning(effects, at, void)
            if begun_again is not None and begun_again < effect.effective_us:
                outlived.add(place)
            end = effect.effective_us if begun_again is None else min(begun_again, effect.effective_us)
            _void_movements(effects, void, at, end)
    return Cancelled(frozenset(void), frozenset(outlived))


def _taken_back_at(effects: Sequence[Effect], place: int, void: set[int]) -> int:
    """Return when the cancelled event happened: as EVN-6 says, else the newest before the cancel, else unknown."""
    cancel = effects[place]
    wanted = _TAKES_BACK[cancel.kind]
    named = _occurred(cancel)
    originals = [
        (effect.effective_us, number)
        for number, effect in enumerate(effects)
        if effect.kind in wanted and number not in void
    ]
    if named is not None and any(effect.effective_us == named for effect in effects if effect.kind in wanted):
        return named
    earlier = [at for at, number in originals if number < place]
    if earlier:
        return max(earlier)
    return cancel.effective_us if named is None else named


def _occurred(cancel: Effect) -> int | None:
    for segment in cancel.segments:
        if segment.startswith("EVN"):
            return us_of(component(field(segment.split("|"), 6), 1), cancel.origin.zone)
    return None


def _same_moment(effects: Sequence[Effect], cancel: Effect, at: int) -> list[int]:
    """Return every event that *cancel* takes back: an original that was sent twice happened once."""
    wanted = _TAKES_BACK[cancel.kind]
    return [number for number, effect in enumerate(effects) if effect.kind in wanted and effect.effective_us == at]


def _same_discharge(effects: Sequence[Effect], place: int, at: int) -> list[int]:
    """Return the other A03s of the discharge at that time: while nothing opens the visit again, they correct it."""
    run: list[int] = []
    for number, effect in enumerate(effects[:place]):
        if effect.kind == "A03":
            run.append(number)
        elif effect.kind in _OPENS:
            if any(effects[each].effective_us == at for each in run):
                return run
            run = []
    return run if any(effects[each].effective_us == at for each in run) else []


def _next_beginning(effects: Sequence[Effect], at: int, void: set[int]) -> int | None:
    begun = [
        effect.effective_us
        for number, effect in enumerate(effects)
        if effect.kind in _TAKES_BACK["A11"] and number not in void and effect.effective_us > at
    ]
    return min(begun, default=None)


def _void_movements(effects: Sequence[Effect], void: set[int], start: int, end: int) -> None:
    """What happened in an admission that was entered in error did not happen."""
    void.update(
        number
        for number, effect in enumerate(effects)
        if effect.kind in _SUBORDINATE and start <= effect.effective_us < end
    )
