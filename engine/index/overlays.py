"""The identity guard: an update that makes another person of a patient may be meant for somebody else. Pure."""

from engine.index.effects import Effect
from engine.index.records import PatientRecord
from engine.index.wire import component, field

ENOUGH = 2
"""So many strong identifiers may not change at once: name, birth date, sex, last four of the social security number."""

_SEXES = frozenset({"M", "F"})
_PLACEHOLDERS = frozenset(
    {"unknown", "unidentified", "trauma", "doe", "baby", "babyboy", "babygirl", "newborn", "test"}
)
"""Names of people whose name nobody knew yet: what comes after them is no other person."""
_NO_DATES = frozenset({"", "00000000", "18000101", "19000101", "19010101"})


def suspicion(patient: PatientRecord, effect: Effect) -> str:
    """Return what of the patient the update would change, as codes, if that is too much at once; '' otherwise."""
    raw = next((segment for segment in effect.segments if segment.startswith("PID")), "")
    fields = raw.split("|", 20)
    born = component(field(fields, 7), 1)
    sex = component(field(fields, 8), 1)
    if born[:8] == patient.born[:8] and sex == patient.sex:
        return ""  # at most the name and a number have changed: the common case costs no more than this
    changed: list[str] = []
    name = _other_parts(patient, component(field(fields, 5), 1), component(field(fields, 5), 2))
    if name == 2 or (name and _wholly_other_day(patient.born, born)):
        changed.append("name")
    if _other_day(patient.born, born):
        changed.append("birth")
    if sex != patient.sex and {sex, patient.sex} <= _SEXES:
        changed.append("sex")
    if _other_number(patient.pid, field(fields, 19)):
        changed.append("ssn")
    return " ".join(changed) if len(changed) >= ENOUGH else ""


def _other_parts(patient: PatientRecord, family: str, given: str) -> int:
    """Return how many parts of the name are others: one changes by marriage or correction, both are another person."""
    old_family, old_given = patient.family.casefold(), patient.given.casefold()
    new_family, new_given = family.casefold(), given.casefold()
    if not (old_family and old_given and new_family and new_given):
        return 0
    if {old_family.replace(" ", ""), old_given.replace(" ", "")} & _PLACEHOLDERS:
        return 0
    if (old_family, old_given) == (new_given, new_family):
        return 0  # the two were only exchanged
    is_longer = old_given.startswith(new_given) or new_given.startswith(old_given)
    return (old_family != new_family) + (not is_longer)


def _wholly_other_day(old: str, new: str) -> bool:
    """A typing error changes the year, the month or the day: two of them at once make another birth date."""
    if len(old) < 8 or len(new) < 8 or not _other_day(old, new):
        return False
    return sum(old[part] != new[part] for part in (slice(0, 4), slice(4, 6), slice(6, 8))) > 1


def _other_day(old: str, new: str) -> bool:
    known = min(8, len(old), len(new))
    return old[:8] not in _NO_DATES and new[:8] not in _NO_DATES and old[:known] != new[:known]


def _other_number(pid: str, raw: str) -> bool:
    old = _last_four(field(pid.split("|", 20), 19)) if raw else ""
    new = _last_four(raw)
    return bool(old and new and old != new)


def _last_four(raw: str) -> str:
    digits = "".join(character for character in component(raw, 1) if character.isdigit())
    return digits[-4:] if len(digits) >= 4 and digits[-4:] not in ("0000", "9999") else ""
