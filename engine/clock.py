"""The only place that asks what time it is; everything else is handed a time."""

import time
from datetime import UTC, datetime


def receipt_ns() -> int:
    """Return the wall clock in nanoseconds since 1970 UTC, in whole microseconds.

    New control ids are made from it, and the store keeps microseconds: deciding again must give the same ids.
    """
    return time.time_ns() // 1_000 * 1_000


def now_us() -> int:
    """Return the wall clock in microseconds since 1970 UTC, the unit of the store."""
    return time.time_ns() // 1_000


def monotonic() -> float:
    """Return seconds on a clock that never jumps: for deadlines and back-off."""
    return time.monotonic()


def at_us(moment: int) -> datetime:
    """Return the aware UTC time of a stored number of microseconds."""
    return datetime.fromtimestamp(moment / 1_000_000, UTC)
