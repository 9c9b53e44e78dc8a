"""Every pair of possible duplicates among many patients at once, in memory. Pure."""

from array import array
from collections.abc import Iterable, Sequence
from itertools import chain, combinations
from typing import NamedTuple

from engine.quality.blocks import MOST_MEMBERS, blocks_of
from engine.quality.comparing import compare
from engine.quality.profile import Profile

_PLACE = (1 << 32) - 1


class Pair(NamedTuple):
    """Two patients who may be one, the lower number first."""

    first_id: int
    second_id: int
    score: int
    reasons: tuple[str, ...]


class Found(NamedTuple):
    """What a look at all patients came to."""

    pairs: tuple[Pair, ...]
    patients: "array[int]"
    """Their numbers, in the order in which they came."""
    keyed: list[int]
    """Each key with the place of a patient in that order, as one number, sorted."""
    compared: int
    crowded: int
    """Keys that too many share: whoever shares nothing else was not compared."""


def find_pairs(profiles: Iterable[Profile]) -> Found:
    """Compare whoever shares a key, each two once."""
    kept: list[Profile] = []
    keyed: list[int] = []
    for place, profile in enumerate(profiles):
        kept.append(profile)
        keyed += [block << 32 | place for block in blocks_of(profile)]
    keyed.sort()
    candidates, crowded = _candidates(keyed)
    pairs = [pair for each in candidates if (pair := _pair(kept, each)) is not None]
    pairs.sort(key=lambda pair: (-pair.score, pair.first_id, pair.second_id))
    numbers = array("q", [profile.patient_id for profile in kept])
    return Found(tuple(pairs), numbers, keyed, len(candidates), crowded)


def pair_of(one: Profile, other: Profile) -> Pair | None:
    """Return two patients as a pair, None where they are not worth a look."""
    likeness = compare(one, other)
    if likeness is None:
        return None
    low, high = sorted((one.patient_id, other.patient_id))
    return Pair(low, high, likeness.score, likeness.reasons)


def _candidates(keyed: Sequence[int]) -> tuple[set[int], int]:
    """Return two places as one number each, for all who share a key; *keyed* is sorted."""
    candidates: set[int] = set()
    crowded = 0
    members: list[int] = []
    current = -1
    for each in chain(keyed, (-1,)):
        block = each >> 32
        if block == current:
            members.append(each & _PLACE)
            continue
        if len(members) > MOST_MEMBERS:
            crowded += 1
        elif len(members) > 1:
            candidates.update([low << 32 | high for low, high in combinations(members, 2)])
        current, members = block, [each & _PLACE]
    return candidates, crowded


def _pair(kept: Sequence[Profile], candidate: int) -> Pair | None:
    return pair_of(kept[candidate >> 32], kept[candidate & _PLACE])
