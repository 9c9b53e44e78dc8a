"""How likely two records are one person's: agreements and disagreements weighed, each with its reason. Pure.

The weights are bits of evidence in the manner of Fellegi and Sunter: how much oftener it is so within one person than
between two. THRESHOLD bits make a pair worth a person's look; the score is that sum on a scale from 1 to 99, 50 there.
"""

from dataclasses import dataclass
from math import exp2

from rapidfuzz.distance import OSA, JaroWinkler
from rapidfuzz.fuzz import token_sort_ratio

from engine.quality.names import sound
from engine.quality.nicknames import may_be_called
from engine.quality.profile import Name, Profile

THRESHOLD = 20
_STEEPNESS = 3.0

WEIGHTS = {
    "same-family-name": 7, "similar-family-name": 4, "part-of-family-name": 4, "other-family-name": -5,
    "family-name-changed": -2, "same-given-name": 5, "similar-given-name": 3, "short-given-name": 3,
    "given-initial": 1, "middle-as-given-name": 2, "other-given-name": -7, "names-swapped": 11,
    "same-middle-name": 2, "other-middle-name": -2, "other-suffix": -7,
    "same-birth-date": 12, "birth-date-slip": 5, "same-birth-year": 3, "other-birth-date": -10,
    "same-sex": 1, "other-sex": -4, "other-birth-order": -20, "twins-perhaps": -8,
    "same-ssn": 14, "ssn-slip": 6, "other-ssn": -4, "same-own-number": 12, "other-own-number": -3,
    "same-telephone": 6, "other-telephone": -1, "same-address": 6, "similar-address": 4, "same-postal-code": 1,
    "other-postal-code": -1,
}  # fmt: skip
"""What each reason weighs. Reasons are codes, never values."""
_HOPELESS = -9
"""Name and birth date so different that nothing else can mend it, but for a number of one's own."""


@dataclass(frozen=True, slots=True)
class Likeness:
    """How alike two records are."""

    score: int
    """1 to 99; 50 and more is worth a look."""
    reasons: tuple[str, ...]
    points: int


def compare(one: Profile, other: Profile) -> Likeness | None:
    """Return how alike two patients are, None where they are not worth a person's look."""
    reasons = _best_names(one, other)
    if reasons is None:
        return None
    reasons += _birth(one, other)
    has_own = _own_numbers(one, other)
    points = sum([WEIGHTS[reason] for reason in reasons])
    if points < _HOPELESS and not has_own:
        return None
    reasons += has_own
    reasons += _places(one, other)
    if "other-given-name" in reasons and "same-birth-date" in reasons and "same-ssn" not in reasons:
        reasons.append("twins-perhaps")
    points = sum([WEIGHTS[reason] for reason in reasons])
    if points < THRESHOLD:
        return None
    return Likeness(score_of(points), tuple(reasons), points)


def score_of(points: int) -> int:
    """Return the sum of the weights on a scale from 1 to 99."""
    return max(1, min(99, round(100.0 / (1.0 + exp2((THRESHOLD - points) / _STEEPNESS)))))


def _best_names(one: Profile, other: Profile) -> list[str] | None:
    if len(one.names) == 1 and len(other.names) == 1:
        return _names(one.names[0], other.names[0], one.sex)
    best: list[str] | None = None
    most = 0
    for own in one.names:
        for theirs in other.names:
            found = _names(own, theirs, one.sex)
            weight = sum([WEIGHTS[reason] for reason in found])
            if best is None or weight > most:
                best, most = found, weight
    return best


def _names(one: Name, other: Name, sex: str) -> list[str]:
    if one.family == other.given and one.given == other.family and one.given and one.family != one.given:
        return ["names-swapped"]
    reasons: list[str] = []
    if one.family and other.family:
        reasons.append(_family(one.family, other.family, sex))
    if one.given and other.given:
        reasons.append(_given(one, other))
    if one.middle and other.middle and reasons[-1:] != ["middle-as-given-name"]:
        short = len(one.middle) == 1 or len(other.middle) == 1
        same = one.middle[0] == other.middle[0] if short else _is_similar(one.middle, other.middle)
        reasons.append("same-middle-name" if same else "other-middle-name")
    if one.suffix and other.suffix and one.suffix != other.suffix:
        reasons.append("other-suffix")
    return reasons


def _family(one: str, other: str, sex: str) -> str:
    if one == other:
        return "same-family-name"
    if _is_similar(one, other):
        return "similar-family-name"
    short, long = (one, other) if len(one) < len(other) else (other, one)
    if len(short) >= 4 and (long.startswith(short) or long.endswith(short)):
        return "part-of-family-name"
    return "family-name-changed" if sex == "F" else "other-family-name"


def _given(one: Name, other: Name) -> str:
    own, theirs = one.given, other.given
    short, long = (own, theirs) if len(own) < len(theirs) else (theirs, own)
    if own == theirs:
        return "same-given-name"
    if may_be_called(own, theirs) or (len(short) >= 3 and long.startswith(short)):
        return "short-given-name"
    if len(short) == 1 and long[0] == short:
        return "given-initial"
    if _is_similar(own, theirs):
        return "similar-given-name"
    return "middle-as-given-name" if theirs == one.middle or own == other.middle else "other-given-name"


def _is_similar(one: str, other: str) -> bool:
    """Tell whether two words may be one: a slip of the fingers or the ear. Words of two letters must be the same."""
    if one == other:
        return True
    longest = max(len(one), len(other))
    if longest < 3:
        return False
    if OSA.distance(one, other, score_cutoff=2) <= (1 if longest < 8 else 2):
        return longest > 3 or one[0] == other[0]
    return JaroWinkler.similarity(one, other) >= 0.93 or (longest > 3 and sound(one) == sound(other))


def _birth(one: Profile, other: Profile) -> list[str]:
    reasons: list[str] = []
    if one.born and other.born:
        reasons.append(_day(one.born, other.born))
    if one.sex and other.sex:
        reasons.append("same-sex" if one.sex == other.sex else "other-sex")
    if one.birth_order and other.birth_order and one.birth_order != other.birth_order:
        reasons.append("other-birth-order")
    return reasons


def _day(one: str, other: str) -> str:
    if len(one) == 8 and len(other) == 8:
        if one == other:
            return "same-birth-date"
        swapped = one[:4] == other[:4] and one[4:6] == other[6:] and one[6:] == other[4:6]
        # A digit that is wrong in the decade makes a father of a son: only a slip of the year's last digit counts.
        slip = OSA.distance(one, other, score_cutoff=1) <= 1 and (one[:3] == other[:3] or one[2:4] == other[3:1:-1])
        return "birth-date-slip" if swapped or slip else "other-birth-date"
    shorter = min(len(one), len(other))
    return "same-birth-year" if one[:shorter] == other[:shorter] else "other-birth-date"


def _own_numbers(one: Profile, other: Profile) -> list[str]:
    reasons: list[str] = []
    if one.ssn and other.ssn:
        if one.ssn == other.ssn:
            reasons.append("same-ssn")
        else:
            reasons.append("ssn-slip" if OSA.distance(one.ssn, other.ssn, score_cutoff=1) <= 1 else "other-ssn")
    if one.numbers and other.numbers:
        if not set(one.numbers).isdisjoint(other.numbers):
            reasons.append("same-own-number")
        elif {each.partition(":")[0] for each in one.numbers} & {each.partition(":")[0] for each in other.numbers}:
            reasons.append("other-own-number")
    return reasons


def _places(one: Profile, other: Profile) -> list[str]:
    reasons: list[str] = []
    if one.phones and other.phones:
        ends = {phone[-7:] for phone in one.phones}
        reasons.append("same-telephone" if any(each[-7:] in ends for each in other.phones) else "other-telephone")
    if one.postal and other.postal:
        if one.postal != other.postal:
            reasons.append("other-postal-code")
        elif one.street and one.street == other.street:
            reasons.append("same-address")
        elif one.street and other.street and _is_same_house(one.street, other.street):
            reasons.append("similar-address")
        else:
            reasons.append("same-postal-code")
    return reasons


def _is_same_house(one: str, other: str) -> bool:
    numbers = one.partition(" ")[0], other.partition(" ")[0]
    return numbers[0] == numbers[1] and token_sort_ratio(one, other) >= 85.0
