"""How the status of a result (table 0085) and of an order (0123) may move, as tables. Pure."""

from enum import Enum

_EARLY = frozenset({"O", "I", "N"})
"""Nothing measured yet."""
_FINAL = frozenset({"F", "C", "U", "V", "A", "B"})
"""Verified by somebody; 2.7 adds V, amended and appended."""
_CORRECTING = frozenset({"C", "A", "B"})
_TAKEN_BACK = frozenset({"W", "D", "X", "withdrawn-by-absence"})
_FINAL_ORDERS = frozenset({"F", "C"})
_AFTER_FINAL_ORDERS = frozenset({"F", "C", "X"})


class Change(Enum):
    """What a newer observation does to the one that is stored."""

    NOTHING = "nothing"
    STATUS = "status"
    """The value stays as it is."""
    REPLACE = "replace"
    """Overwritten: what was there had never been final."""
    REVISE = "revise"
    """A new revision; the earlier one is kept."""
    WITHDRAW = "withdraw"


def is_final(status: str) -> bool:
    """Tell whether somebody has answered for a result of that status."""
    return status in _FINAL


def is_final_order(status: str) -> bool:
    """Tell whether an order of that status (table 0123) is reported as final."""
    return status in _FINAL_ORDERS


def status_from_order(status: str) -> str:
    """Return the status of a result that names none, from its order's: A means "some results" there, amended here."""
    return "P" if status == "A" else status


def change_of(old: str, new: str, *, same: bool) -> Change:
    """Return what a result of status *new* does to one of status *old*; *same*: it says the same."""
    if same and old == new:
        return Change.NOTHING
    if new in _TAKEN_BACK:
        return Change.WITHDRAW
    if old in _TAKEN_BACK:
        return Change.REVISE
    if old in _FINAL:
        return _after_final(old, new, same=same)
    if new == "U":
        # HL7: final, and not transmitted again: the value is as it was.
        return Change.STATUS
    return Change.NOTHING if new in _EARLY and old not in _EARLY else Change.REPLACE


def _after_final(old: str, new: str, *, same: bool) -> Change:
    if new not in _FINAL or new == "U":
        return Change.NOTHING
    if same and new not in _CORRECTING - {old}:
        # Final twice is final once, and a correction that is confirmed as final stays a correction.
        return Change.NOTHING
    return Change.REVISE


def next_order_status(old: str, new: str) -> str:
    """Return an order's status after a report of status *new*: only a correction or a cancel follows final."""
    if not new or (old in _FINAL_ORDERS and new not in _AFTER_FINAL_ORDERS):
        return old
    return new
