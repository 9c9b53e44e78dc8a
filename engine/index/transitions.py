"""THE TABLE of a visit's states: what each event makes of each, and what is odd about it (HL7.md 3.4). Pure."""

from typing import NamedTuple

from engine.index.records import VisitStatus

STAYS, OF_CLASS = -1, -2
"""Instead of a state: as it was; what the patient class says (nobody had announced the visit)."""


class Step(NamedTuple):
    """What an event makes of a state."""

    after: int
    flag: str
    """Code of what is odd; being newer it is applied all the same. Empty: the standard knows the transition."""


_LETTERS = {
    "p": VisitStatus.PLANNED,
    "a": VisitStatus.ACTIVE,
    "i": VisitStatus.ADMITTED,
    "l": VisitStatus.LEAVE,
    "d": VisitStatus.DISCHARGED,
    "c": VisitStatus.CANCELLED,
    "x": VisitStatus.DELETED,
    "=": STAYS,
    "k": OF_CLASS,
}
_WHEN = (
    "unannounced",
    "before-admission",
    "while-active",
    "while-admitted",
    "while-on-leave",
    "after-discharge",
    "after-cancel",
    "after-delete",
)
"""By state: the second half of a flag."""

# In the order of VisitStatus; ! is flagged.
#   kinds                    verb             unknown planned active admitted leave discharged cancelled deleted
_ROWS = (
    ("A01", "admitted", "i  i  i  i  i! i! i  i!"),
    ("A02", "moved", "k  k! =  =  =  =! =! =!"),
    ("A03", "discharged", "d  d! d  d  d! d  d! =!"),
    ("A04", "registered", "a  a  a  =! =! a! a  a!"),
    ("A05 A14", "planned", "p  p  =! =! =! =! p  p!"),
    ("A06", "converted", "i  i  i  i  i! i! i! i!"),
    ("A07", "converted", "a  a  a  a  a! a! a! a!"),
    ("A06.left A07.left", "converted", "d  d  d  d  d  d  =! =!"),
    ("A08", "updated", "k  =  =  =  =  =  =  =!"),
    ("A09 A10", "tracked", "k  k! =  =  =  =! =! =!"),
    ("A11", "cancelled", "c  =  c  c  c  c  =  =!"),
    ("A12", "cancelled", "k  =  =  =  =  =  =  =!"),
    ("A13", "reopened", "k  =  =  =  =  =  =  =!"),
    ("A15 A16", "expected", "k  =  =  =  =  =! =! =!"),
    ("A17", "moved", "k  k! =  =  =  =! =! =!"),
    ("A21", "left", "l  l! l! l  l  l! l! =!"),
    ("A22", "returned", "i  i! =! =! i  i! i! =!"),
    ("A23", "deleted", "x  x  x  x  x  x  x  x"),
    ("A25 A26 A32 A33 A52 A55 A62", "cancelled", "k  =  =  =  =  =  =  =!"),
    ("A27 A38", "unplanned", "c  =  =! =! =! =! =  =!"),
    ("A53", "cancelled", "l  =  =  =  =  =  =  =!"),
    ("A54 A61", "attended", "k  =  =  =  =  =  =  =!"),
)


def _steps(verb: str, cells: str) -> tuple[Step, ...]:
    return tuple(
        Step(_LETTERS[cell[0]], f"{verb}-{when}" if cell.endswith("!") else "")
        for cell, when in zip(cells.split(), _WHEN, strict=True)
    )


STEPS: dict[str, tuple[Step, ...]] = {
    kind: _steps(verb, cells) for kinds, verb, cells in _ROWS for kind in kinds.split()
}
"""Event -> by state, what it makes of it."""


def status_of_class(patient_class: str, kind: str) -> int:
    """Return how a visit stands that is first heard of by an event about something else."""
    if patient_class == "P" and kind == "A08":
        return VisitStatus.PLANNED
    return VisitStatus.ADMITTED if patient_class == "I" else VisitStatus.ACTIVE
