"""What of a value may be told: numbers, codes, dates and words that are proven to name nobody; else ''. Pure."""

import re
from datetime import date, datetime, timedelta

from engine.export.vocabulary import SMALL_AREAS, WORDS

WIDEST = 7
"""Digits of a measured number before its point, where something says that it is one: a known unit, a range."""
_NUMBER = re.compile(r"[+-]?(\d{1,9})(?:\.(\d{1,9}))?", re.ASCII)
_RANGE = re.compile(r"([<>]=?)?\s*([0-9.]+)(?:\s*-\s*([0-9.]+))?", re.ASCII)
_ZIP = re.compile(r"\d{5}(?:-?\d{4})?", re.ASCII)
_DAY = re.compile(r"(\d{4})(?:(\d\d)(?:(\d\d)(?:(\d\d)(\d\d)(?:(\d\d)(?:\.\d+)?)?)?(?:[+-]\d{4})?)?)?", re.ASCII)
_SHAPES = {
    "I10": re.compile(r"[A-TV-Z]\d[0-9AB](?:\.?[0-9A-Z]{1,4})?", re.ASCII),
    "I9": re.compile(r"(?:\d{3}|V\d\d|E\d{3})(?:\.\d{1,2})?", re.ASCII),
    "PCS": re.compile(r"(?=(?:.*\d){3})[0-9BCDFGHX][0-9A-HJ-NP-Z]{6}", re.ASCII),
    "CPT": re.compile(r"\d{4}[0-9FTU]", re.ASCII),
    "HCPCS": re.compile(r"[A-V]\d{4}", re.ASCII),
    "LOINC": re.compile(r"\d{1,5}-\d", re.ASCII),
    "SNOMED": re.compile(r"[1-9]\d{5,17}", re.ASCII),
}
_SYSTEMS = {
    "I10": "I10", "I10C": "I10", "ICD10": "I10", "ICD-10-CM": "I10", "I9": "I9", "I9C": "I9", "I10P": "PCS",
    "ICD10PCS": "PCS", "C4": "CPT", "CPT": "CPT", "HCPCS": "HCPCS", "HPC": "HCPCS", "LN": "LOINC", "SCT": "SNOMED",
}  # fmt: skip
_VERHOEFF = (
    "0123456789",
    "1576283094",
    "5803796142",
    "8916043527",
    "9453126870",
    "4286573901",
    "2793806415",
    "7046913258",
)
_DIHEDRAL = (
    "0123456789", "1234067895", "2340178956", "3401289567", "4012395678", "5987604321", "6598710432", "7659821043",
    "8765932104", "9876543210",
)  # fmt: skip


def number(text: str, widest: int = 4) -> str:
    """Return a measured number, rounded to four digits; one that is wider than that may be somebody's and is left out.

    *widest* is how many digits it may have before its point: those of more than four must end in noughts.
    """
    found = _NUMBER.fullmatch(text)
    if found is None or (len(found[1]) > 1 and found[1][0] == "0") or len(found[1]) > widest:
        return ""
    digits = (found[1] + (found[2] or "")).strip("0")
    if len(digits) <= (4 if len(found[1]) < 7 else 2):
        return text
    return f"{float(text):.4g}" if len(found[1]) <= 4 else ""


def reference_range(text: str) -> str:
    """Return a reference range: two numbers, the lower first, or one with a comparator; ``555-0142`` is none."""
    found = _RANGE.fullmatch(text.strip())
    if found is None or (found[1] and found[3]) or not (found[1] or found[3]):
        return ""
    ends = [number(each, WIDEST) for each in (found[2], found[3]) if each]
    if not all(ends):
        return ""
    if len(ends) == 2 and (float(ends[0]) >= float(ends[1]) or (len(found[2]), len(found[3])) == (3, 4)):
        return ""
    return (found[1] or "") + "-".join(ends)


def one_of(text: str, allowed: frozenset[str]) -> str:
    """Return *text* where it is on the list."""
    return text if text in allowed else ""


def listed(text: str, allowed: frozenset[str]) -> str:
    """Return those repetitions of *text* that are on the list."""
    return "~".join(each for each in text.split("~") if each in allowed)


def words(text: str) -> str:
    """Return a result in words, where it is one that everybody's results may say."""
    plain = " ".join(text.split()).lower()
    return plain if plain in WORDS else ""


def has_shape(system: str, code: str) -> bool:
    """Tell whether *code* can be one of a public code system, its check digit heeded; only then may it be told."""
    shape = _SYSTEMS.get(system.upper(), "")
    if not shape or _SHAPES[shape].fullmatch(code) is None:
        return False
    if shape == "LOINC":
        return _luhn(code.replace("-", ""))
    return shape != "SNOMED" or _verhoeff(code)


def zip3(text: str) -> str:
    """Return the first three digits of a ZIP code, 000 where few people live there."""
    if _ZIP.fullmatch(text) is None:
        return ""
    return "000" if text[:3] in SMALL_AREAS else text[:3]


def day(text: str) -> datetime | None:
    """Return a written date, with its time where it has one; None unless it names a day."""
    found = _DAY.fullmatch(text)
    if found is None or found[3] is None:
        return None
    try:
        return datetime(*(int(part or 0) for part in found.groups()))  # type: ignore[arg-type]  # noqa: DTZ001  local, as written
    except ValueError:
        return None


def year(text: str) -> int | None:
    """Return the year that a written date begins with, None where it is no date at all."""
    found = _DAY.fullmatch(text)
    return int(found[1]) if found is not None and 1850 < int(found[1]) < 2200 else None


def moved(moment: datetime, shift: timedelta) -> str:
    """Return a moment as it is told, moved; without a time of day where it has none."""
    try:
        there = (moment + shift).replace(microsecond=0, tzinfo=None)
    except OverflowError:
        return ""
    return there.date().isoformat() if moment.time() == datetime.min.time() else there.isoformat()


def age(born: date, on: date) -> int:
    """Return whole years."""
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


def cell(text: str) -> str:
    """Return a cell that no spreadsheet takes for a formula; numbers stay numbers."""
    return f"'{text}" if text[:1] in {"=", "+", "-", "@", "\t", "\r"} and not _NUMBER.fullmatch(text) else text


def _luhn(digits: str) -> bool:
    total = 0
    for place, each in enumerate(reversed(digits)):
        worth = int(each) * (2 if place % 2 else 1)
        total += worth - 9 if worth > 9 else worth
    return total % 10 == 0


def _verhoeff(digits: str) -> bool:
    check = 0
    for place, each in enumerate(reversed(digits)):
        check = int(_DIHEDRAL[check][int(_VERHOEFF[place % 8][int(each)])])
    return check == 0
