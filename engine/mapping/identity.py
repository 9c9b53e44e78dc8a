"""Control ids made from what is being sent: pure, so a resend and a message decided again get the same ones."""

from functools import lru_cache
from hashlib import blake2b
from itertools import product
from struct import Struct

_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_PAIRS = ["".join(pair) for pair in product(_ALPHABET, repeat=2)]
_TWO = Struct(">QQ")


def new_control_id(listener: str, payload: bytes, received_ns: int, destination: str, ordinal: int) -> str:
    """Return a new MSH-10. *ordinal* counts the outputs of one message to one destination, from 0."""
    state = _begun(listener, received_ns, payload).copy()
    state.update(f"\0{destination}\0{ordinal}".encode())
    first, second = _TWO.unpack_from(state.digest())
    # Twenty characters, as MSH-10 held them up to version 2.6: ten pairs of ten bits, five from each half of 100 bits.
    low, pairs = (first & 0x3FFF) << 36 | second >> 28, _PAIRS
    return (
        f"{pairs[first >> 54]}{pairs[first >> 44 & 1023]}{pairs[first >> 34 & 1023]}{pairs[first >> 24 & 1023]}"
        f"{pairs[first >> 14 & 1023]}{pairs[low >> 40]}{pairs[low >> 30 & 1023]}{pairs[low >> 20 & 1023]}"
        f"{pairs[low >> 10 & 1023]}{pairs[low & 1023]}"
    )


@lru_cache(maxsize=2)  # the answer to a message and its outputs begin alike
def _begun(listener: str, received_ns: int, payload: bytes) -> blake2b:
    # The payload's length before it, and NUL in no other part: no two lists of parts give the same bytes.
    return blake2b(f"{listener}\0{received_ns}\0{len(payload)}\0".encode() + payload)
