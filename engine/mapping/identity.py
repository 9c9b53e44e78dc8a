"""Control ids made from what is being sent: pure, so a resend and a message decided again get the same ones."""

from hashlib import blake2b
from itertools import product

_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_PAIRS = ["".join(pair) for pair in product(_ALPHABET, repeat=2)]
_SHIFTS = range(90, -1, -10)
"""Twenty characters, as MSH-10 held them up to version 2.6: ten pairs of ten bits each."""


def new_control_id(listener: str, payload: bytes, received_ns: int, destination: str, ordinal: int) -> str:
    """Return a new MSH-10. *ordinal* counts the outputs of one message to one destination, from 0."""
    # NUL can stand in none of the parts before the payload, so no two lists of parts give the same bytes.
    seed = f"{listener}\0{received_ns}\0{destination}\0{ordinal}\0".encode()
    bits = int.from_bytes(blake2b(seed + payload).digest()[:13], "big") >> 4
    return "".join([_PAIRS[bits >> shift & 1023] for shift in _SHIFTS])
