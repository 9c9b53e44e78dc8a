"""What one person wants done to one delivery, read from a request, and what they are told came of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from engine.control import Request
from engine.errors import NotPossible
from engine.journal.deliveries import Place
from engine.operations.places import name_of, read_place

MOST = 100
"""Deliveries in one request."""
LONGEST_REASON = 200


class Values(Enum):
    """Whether texts that may hold a patient's data are wanted; opening them is audited."""

    CLOSED = "closed"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class Wish:
    """One delivery, and who wants what with it."""

    place: Place
    actor: str
    reason: str = ""
    """The person's own words, for the audit trail."""
    values: Values = Values.CLOSED

    @property
    def name(self) -> str:
        """What people call the delivery."""
        return name_of(self.place)


@dataclass(frozen=True, slots=True)
class Report:
    """What came of a wish."""

    delivery: str
    is_done: bool
    text: str
    code: str = ""
    """Why not, as a stable code."""
    warnings: tuple[str, ...] = ()
    detail: str = field(default="", repr=False)
    """May hold values of the message; only given where they were asked for."""

    def as_json(self) -> dict[str, object]:
        """Return what the command line is sent."""
        return {
            "delivery": self.delivery,
            "done": self.is_done,
            "text": self.text,
            "code": self.code,
            "warnings": self.warnings,
            "detail": self.detail,
        }


def refused(wish: Wish, error: NotPossible) -> Report:
    """Return the report of a wish that cannot be fulfilled."""
    return Report(wish.name, is_done=False, text=error.text, code=error.code)


def wishes_in(request: Request) -> list[Wish]:
    """Return one wish for each delivery that *request* names, each once, in its order."""
    names = request.arguments.get("deliveries")
    if not isinstance(names, list) or not names or not all(isinstance(name, str) for name in names):
        raise NotPossible("bad-request", "'deliveries' is a list of names as 12/1")
    if len(names) > MOST:
        raise NotPossible("too-many", f"at most {MOST} deliveries at once")
    values = Values.OPEN if request.arguments.get("values") is True else Values.CLOSED
    reason = reason_in(request.arguments)
    return [Wish(read_place(name), request.actor, reason, values) for name in dict.fromkeys(names)]


def reason_in(arguments: Mapping[str, Any]) -> str:
    """Return the person's words, one line of them."""
    reason = arguments.get("reason", "")
    if not isinstance(reason, str) or len(reason) > LONGEST_REASON or not reason.isprintable():
        raise NotPossible("bad-reason", f"a reason is one line of at most {LONGEST_REASON} characters")
    return reason.strip()
