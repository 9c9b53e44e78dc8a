"""Control ids made from what is being sent: pure, so a resend and a message decided again get the same ones."""

from hashlib import blake2b
from itertools import product
from struct import Struct

_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_PAIRS = ["".join(pair) for pair in product(_ALPHABET, repeat=2)]
_TWO = Struct(">QQ")


def new_control_id(listener: str, payload: bytes, received_ns: int, destination: str, ordinal: int) -> str:
    """Return a new MSH-10. *ordinal* counts the outputs of one message to one destination, from 0."""
    # NUL can stand in none of the parts before the payload, so no two lists of parts give the same bytes.
    seed = f"{listener}\0{received_ns}\0{destination}\0{ordinal}\0".encode()
    first, second = _TWO.unpack_from(blake2b(seed + payload).digest())
    # Twenty characters, as MSH-10 held them up to version 2.6: ten pairs of ten bits, five from each half of 100 bits.
    low, pairs = (first & 0x3FFF) << 36 | second >> 28, _PAIRS
    return (
        f"{pairs[first >> 54]}{pairs[first >> 44 & 1023]}{pairs[first >> 34 & 1023]}{pairs[first >> 24 & 1023]}"
        f"{pairs[first >> 14 & 1023]}{pairs[low >> 40]}{pairs[low >> 30 & 1023]}{pairs[low >> 20 & 1023]}"
        f"{pairs[low >> 10 & 1023]}{pairs[low & 1023]}"
    )
