"""When to try again, and when to stop trying and hold: pure arithmetic on seconds, no clock.

DESIGN: a refusal that repeating will not cure (AE, CR, AR with a header error) is repeated after 1, 10 and 60 seconds
and then held; everything else (other AR, CE, transport faults) is repeated for ever, ever more slowly.
"""

from dataclasses import dataclass
from enum import Enum, auto


class Trouble(Enum):
    """The two kinds of not being delivered."""

    REFUSED = auto()
    """The destination read the message and says that it is at fault: few tries, then held."""
    FAILED = auto()
    """The destination could not take it now, or nobody knows whether it did: the same bytes again, for ever."""


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How one destination is tried again. Seconds."""

    first: float = 1.0
    """Wait after the first failure."""
    longest: float = 300.0
    """The wait never grows beyond this."""
    factor: float = 2.0
    refused: tuple[float, ...] = (1.0, 10.0, 60.0)
    """Waits before the tries that follow a refusal; when they are used up, the message is held."""
    alert_after: float = 300.0
    """Somebody is told when nothing has been delivered for this long."""

    @property
    def longest_of_all(self) -> float:
        """No wait is longer, whatever the trouble."""
        return max((self.longest, *self.refused))


DEFAULT_POLICY = RetryPolicy()


def next_wait(policy: RetryPolicy, trouble: Trouble, attempt: int) -> float | None:
    """Return the seconds to wait after *attempt* (counted from 1) failed with *trouble*, or None: hold the message."""
    if trouble is Trouble.REFUSED:
        return policy.refused[attempt - 1] if attempt <= len(policy.refused) else None
    return min(policy.first * policy.factor ** min(attempt - 1, 30), policy.longest)
