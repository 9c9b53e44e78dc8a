"""What the standard requires depending on other fields: hl7apy's tables know no conditions, so they are written here.

Only what the standard says in so many words (chapters 2, 3 and 7 of 2.3 to 2.6); profiles say the rest.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

Fields = Sequence[str]


@dataclass(frozen=True, slots=True)
class Conditional:
    """A field that must be sent where a question about its segment is answered with yes."""

    segment: str
    field: int
    since: str
    says: str
    is_asked: Callable[[Fields], bool]
    message: str = ""
    """Only in messages of this type; '': in all."""


def _sent(fields: Fields, number: int) -> bool:
    return number < len(fields) and bool(fields[number])


_SETTLED = frozenset({"F", "C", "P", "S", "R", "U"})

CONDITIONALS = (
    Conditional("MSH", 15, "2.2", "MSH-15 and MSH-16 are both sent or both empty", lambda fields: _sent(fields, 16)),
    Conditional("MSH", 16, "2.2", "MSH-15 and MSH-16 are both sent or both empty", lambda fields: _sent(fields, 15)),
    Conditional(
        *("OBX", 2, "2.3", "the type of OBX-5, where there is a value"),
        lambda fields: _sent(fields, 5) and (len(fields) < 12 or fields[11] != "X"),
    ),
    Conditional(
        *("OBX", 5, "2.3", "the value of a result that is there; an interpretation in OBX-8 may stand for it"),
        lambda fields: len(fields) > 11 and fields[11] in _SETTLED and not _sent(fields, 8),
    ),
    Conditional("OBR", 7, "2.3", "when it was observed, in a report", lambda fields: True, message="ORU"),
    Conditional("OBR", 25, "2.3", "the status of the results, in a report", lambda fields: True, message="ORU"),
    Conditional(
        *("PID", 34, "2.5", "who made the last update, where PID-33 says when"), lambda fields: _sent(fields, 33)
    ),
)


def conditionals_of(segment: str, version: str) -> tuple[Conditional, ...]:
    """Return the conditions for the fields of *segment* in *version*."""
    return tuple(each for each in CONDITIONALS if each.segment == segment and _is_since(version, each.since))


def _is_since(version: str, since: str) -> bool:
    return [int(part) for part in version.split(".")] >= [int(part) for part in since.split(".")]
