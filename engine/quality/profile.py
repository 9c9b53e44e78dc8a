"""What of a patient's record tells who it is: names, birth date, sex, address, telephone, numbers. Pure."""

from dataclasses import dataclass
from functools import lru_cache

from engine.index.identity import decoded, is_attribute
from engine.quality.names import family_of, given_of, plain, suffix_of

_MOST_NAMES = 4
_OWN_NUMBERS = frozenset({"DL", "PPN", "MA", "MC", "PI", "NI", "NH"})
"""Numbers (table 0203) that follow a person from one registration to the next; record numbers do not."""
_NO_SSN = frozenset({"123456789", "987654321", "078051120", "219099999"})
_NO_DAY = frozenset({"19000101", "18000101", "19010101", "99991231", "11111111"})


@dataclass(frozen=True, slots=True, repr=False)
class Name:
    """One of a patient's names, made comparable."""

    family: str
    given: str
    middle: str = ""
    suffix: str = ""


@dataclass(frozen=True, slots=True, repr=False)
class Profile:
    """What of one patient is compared; whatever is a stopgap ('unknown', 999-99-9999) is left out."""

    patient_id: int
    names: tuple[Name, ...]
    born: str
    """Digits of a day, a month or a year."""
    sex: str
    birth_order: str
    ssn: str
    phones: tuple[str, ...]
    street: str
    postal: str
    numbers: tuple[str, ...]
    """Own numbers with their type, as ``PPN:X123``."""


def profile_of(patient_id: int, pid: str) -> Profile:
    """Return the profile that a patient's PID segment gives."""
    fields = pid.split("|")
    fields += [""] * (31 - len(fields))
    ssn, numbers = _numbers(fields)
    street, postal = _address(fields[11])
    return Profile(
        patient_id,
        _names(fields[5]),
        _born(fields[7]),
        fields[8] if fields[8] in {"F", "M"} else "",
        fields[25] if fields[25].isdigit() else "",
        ssn,
        _phones(fields[13], fields[14]),
        street,
        postal,
        numbers,
    )


def _names(raw: str) -> tuple[Name, ...]:
    found: dict[Name, None] = {}
    for repetition in raw.split("~")[:_MOST_NAMES]:
        parts = repetition.split("^", 5)
        family = family_of(_leaf(parts[0].partition("&")[0]))
        given = given_of(_leaf(parts[1])) if len(parts) > 1 else ""
        middle = plain(_leaf(parts[2])) if len(parts) > 2 else ""
        suffix = suffix_of(_leaf(parts[3])) if len(parts) > 3 else ""
        if not given and middle and not family:
            continue
        if family or given:
            found[Name(family, given, middle, suffix)] = None
    return tuple(found)


def _born(raw: str) -> str:
    day = raw.partition("^")[0][:8]
    if not day.isascii() or not day.isdigit() or day in _NO_DAY or not "1850" < day[:4] < "2200":
        return ""
    if len(day) == 8 and "0101" <= day[4:] <= "1231":
        return day
    return day[:6] if len(day) >= 6 and "01" <= day[4:6] <= "12" else day[:4]


def _numbers(fields: list[str]) -> tuple[str, tuple[str, ...]]:
    """Return the social security number and the other numbers of their own."""
    ssn = _ssn(fields[19])
    found: dict[str, None] = {}
    for repetition in fields[3].split("~"):
        parts = repetition.split("^", 5)
        kind = parts[4] if len(parts) > 4 else ""
        if kind in {"SS", "SSN"}:
            ssn = ssn or _ssn(parts[0])
        elif (kind in _OWN_NUMBERS and kind != "PI") or is_attribute(kind):
            number = plain(_leaf(parts[0]))
            if len(number) >= 5 and len(set(number)) > 1:
                found[f"{kind}:{number}"] = None
    licence = plain(_leaf(fields[20].partition("^")[0]))
    if len(licence) >= 5 and len(set(licence)) > 1:
        found[f"DL:{licence}"] = None
    return ssn, tuple(found)


@lru_cache(maxsize=1024)
def _ssn(raw: str) -> str:
    digits = "".join(filter(str.isdecimal, raw.partition("^")[0]))
    if len(digits) != 9 or len(set(digits)) == 1 or digits in _NO_SSN:
        return ""
    return "" if digits[:3] in {"000", "666"} or digits[5:] == "0000" else digits


def _phones(*raws: str) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for raw in raws:
        for repetition in raw.split("~") if raw else ():
            parts = repetition.split("^")
            parts += [""] * (12 - len(parts))
            written = parts[0] or (parts[5] + parts[6]) or parts[11]
            digits = "".join(filter(str.isdecimal, written.lower().partition("x")[0]))[-10:]
            if len(digits) >= 7 and len(set(digits[-7:])) > 1:
                found[digits] = None
    return tuple(found)


def _address(raw: str) -> tuple[str, str]:
    """Return the street, its words shortened as the post does, and the postal code."""
    parts = raw.partition("~")[0].split("^", 5)
    street = _street(_leaf(parts[0].partition("&")[0]))
    postal = plain(_leaf(parts[4])) if len(parts) > 4 else ""
    return street, postal[:5] if postal.isdigit() and len(postal) == 9 else postal


def _street(text: str) -> str:
    words = text.lower().replace(".", " ").replace(",", " ").replace("#", " ").split()
    return " ".join(_SHORT.get(word, word if word.isascii() and word.isalnum() else plain(word)) for word in words)


def _leaf(raw: str) -> str:
    return "" if not raw or raw == '""' else (raw if raw.isalnum() else decoded(raw))


_SHORT = {
    "street": "st", "avenue": "ave", "av": "ave", "road": "rd", "drive": "dr", "lane": "ln", "court": "ct",
    "boulevard": "blvd", "place": "pl", "square": "sq", "terrace": "ter", "parkway": "pkwy", "highway": "hwy",
    "circle": "cir", "north": "n", "south": "s", "east": "e", "west": "w", "apartment": "apt", "unit": "apt",
    "suite": "ste", "straße": "str", "strasse": "str",
}  # fmt: skip
