"""Pseudonyms and shifts of dates made from a key: the same as long as the key is, and nothing to be had without it."""

import hmac
from base64 import b32encode
from datetime import timedelta
from pathlib import Path
from secrets import token_bytes

from engine.errors import NotPossible

SIZE = 32
MOST_DAYS = 365


class Secret:
    """A key. It is never written beside what was made with it."""

    __slots__ = ("_key",)

    def __init__(self, key: bytes) -> None:
        self._key = key

    def __repr__(self) -> str:
        return "<Secret>"

    def pseudonym(self, kind: str, value: str) -> str:
        """Return what stands for *value*: 26 letters and digits."""
        return b32encode(self._digest(kind, value)[:16]).decode("ascii").rstrip("=").lower()

    def shift(self, person: str) -> timedelta:
        """Return by how much all dates of a person move: 1 to 365 days back, so that none comes to lie ahead."""
        return -timedelta(days=1 + int.from_bytes(self._digest("shift", person)[:8], "big") % MOST_DAYS)

    def _digest(self, kind: str, value: str) -> bytes:
        return hmac.digest(self._key, f"{kind}\x00{value}".encode("utf-8", "surrogatepass"), "sha256")


def fresh_secret() -> Secret:
    """Return a key that nobody keeps: what is made with it can be joined with no other export."""
    return Secret(token_bytes(SIZE))


def kept_secret(path: Path) -> Secret:
    """Return the key in a file, made where there is none; NotPossible if others may read it or it is too short."""
    try:
        if not path.exists():
            path.touch(mode=0o600, exist_ok=False)
            path.write_bytes(token_bytes(SIZE))
        if path.stat().st_mode & 0o077:
            raise NotPossible("key-open", f"others may read the key {path}: chmod 600, or take a new one")
        key = path.read_bytes()
    except OSError as error:
        raise NotPossible("key-unreadable", f"the key {path} cannot be used ({error.strerror})") from None
    if len(key) < SIZE:
        raise NotPossible("key-short", f"the key {path} has fewer than {SIZE} bytes")
    return Secret(key)
