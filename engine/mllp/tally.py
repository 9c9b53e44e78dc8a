"""Counts what a listener met, by code, and says each code at most once a minute: a port scan must not fill the log."""

from collections import Counter
from collections.abc import Callable

import structlog

from engine import clock

_QUIET_SECONDS = 60.0

log = structlog.get_logger()


class Tally:
    """One listener's counts. Codes come from our own code, never from a peer, so there are few."""

    def __init__(self, listener: str, monotonic: Callable[[], float] = clock.monotonic) -> None:
        self.counts: Counter[str] = Counter()
        self._listener = listener
        self._monotonic = monotonic
        self._said: dict[str, tuple[float, int]] = {}

    def count(self, code: str, times: int = 1) -> None:
        """Count only."""
        if times:
            self.counts[code] += times

    def warn(self, event: str, code: str, peer: str) -> None:
        """Count, and log it with how many there were since it was last said."""
        self.counts[code] += 1
        now = self._monotonic()
        said_at, said_count = self._said.get(code, (now - _QUIET_SECONDS, 0))
        if now - said_at >= _QUIET_SECONDS:
            self._said[code] = (now, self.counts[code])
            times = self.counts[code] - said_count
            log.warning(event, listener=self._listener, code=code, peer=peer, times=times)
