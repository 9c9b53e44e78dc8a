"""Keys under which a patient is looked for: two who share none are never compared. Pure.

Each kind of slip leaves some key whole: a wrong birth date leaves the name's, a misheard name the birth date's, both
leave the telephone's or the house's.
"""

from collections.abc import Iterator
from hashlib import blake2b

from engine.quality.names import sound
from engine.quality.profile import Profile

MOST_MEMBERS = 120
"""A key that more patients share tells nothing of who they are, and comparing them all would take for ever."""
_START = 5


def blocks_of(profile: Profile) -> tuple[int, ...]:
    """Return the keys of a patient, hashed to numbers as the store takes them."""
    return tuple({_hashed(text) for text in _texts(profile)})


def _texts(profile: Profile) -> Iterator[str]:
    born, postal = profile.born, profile.postal
    for name in profile.names:
        family, given = sound(name.family), sound(name.given)
        if family and given:
            yield f"f{family}|{given}"
            if len(born) >= 4:
                yield f"n{family[:_START]}|{given[0]}|{born[:4]}"
            if len(born) == 8:
                yield f"m{family[:_START]}|{given[0]}|{''.join(sorted(born[4:]))}"
        if len(born) == 8:
            for part in {family[:1], given[:1]} - {""}:
                yield f"d{born}|{part}"
        if postal and profile.street and given:
            yield f"a{postal}|{profile.street.partition(' ')[0]}|{given[0]}"
    yield from (f"p{phone[-7:]}" for phone in profile.phones)
    yield from (f"i{number}" for number in profile.numbers)
    if profile.ssn:
        yield f"s{profile.ssn}"


def _hashed(text: str) -> int:
    return int.from_bytes(blake2b(text.encode("utf-8", "replace"), digest_size=8).digest(), "big") >> 1
