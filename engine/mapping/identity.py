"""Control ids made from what is being sent: pure, so a resend and a message decided again get the same ones."""

from base64 import b32encode
from hashlib import blake2b

LENGTH = 20
"""MSH-10 held 20 characters up to version 2.6."""


def new_control_id(listener: str, payload: bytes, received_ns: int, destination: str, ordinal: int) -> str:
    """Return a new MSH-10. *ordinal* counts the outputs of one message to one destination, from 0."""
    # NUL can stand in none of the parts before the payload, so no two lists of parts give the same bytes.
    seed = f"{listener}\0{received_ns}\0{destination}\0{ordinal}\0".encode()
    return b32encode(blake2b(seed + payload).digest()[:15])[:LENGTH].decode("ascii")
