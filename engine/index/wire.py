"""Raw segment text in the standard's delimiters: what an update leaves of the old one, and times as integers. Pure."""

from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from itertools import zip_longest

from engine.hl7.timestamps import parse_time
from engine.index.identity import decoded

NULL = '""'
"""What a sender writes to delete a value."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def field(fields: list[str], number: int) -> str:
    """Return a raw field, '' where the segment ends before it."""
    return fields[number] if number < len(fields) else ""


@lru_cache(maxsize=8192)  # units, codes, wards and names come again and again
def component(raw: str, number: int) -> str:
    """Return a component of a raw field's first repetition, decoded."""
    if not raw or raw.isalnum():
        return raw if number == 1 else ""
    if "~" in raw:
        raw = raw.partition("~")[0]
    if number == 1:
        raw = raw.partition("^")[0]
    else:
        parts = raw.split("^", number)
        raw = parts[number - 1] if number <= len(parts) else ""
    return "" if raw == NULL else decoded(raw.partition("&")[0])


def updated(old: list[str], new: list[str]) -> list[str]:
    """Return *old* as an update leaves it: an empty field says nothing, ``""`` deletes, anything else replaces."""
    return [
        before if not after or after == before else (after if after.isalnum() else _changed(before, after))
        for before, after in zip_longest(old, new, fillvalue="")
    ]


def filled(old: list[str], new: list[str]) -> list[str]:
    """Return *old* with the values of *new*; nothing is deleted."""
    return [
        before if not after or after == before else (after if after.isalnum() else _changed("", after) or before)
        for before, after in zip_longest(old, new, fillvalue="")
    ]


def stated(new: list[str]) -> list[str]:
    """Return *new* as all that there is: an empty field deletes as ``""`` does."""
    return [value if not value or value.isalnum() else _changed("", value) for value in new]


def _changed(before: str, after: str) -> str:
    """Return a field as *after* leaves it; HL7.md 2.3: separators alone say nothing, ``""`` deletes what it stands for.

    Beside a value a null leaves its own component or repetition empty; ``""`` first and nothing else deletes it all.
    """
    if NULL not in after:
        return after if after.strip("^&~") else before
    repetitions = [_without_nulls(repetition) for repetition in after.split("~")]
    said = [repetition for repetition in repetitions if repetition.strip("^&")]
    if said:
        return "~".join(said)
    if after.startswith(NULL) or not before:
        return ""
    kept = before.split("^")
    for number, part in enumerate(after.partition("~")[0].split("^")[: len(kept)]):
        if NULL in part:
            kept[number] = ""
    return "^".join(kept)


def _without_nulls(repetition: str) -> str:
    return "^".join(
        "&".join(["" if leaf == NULL else leaf for leaf in part.split("&")]) if NULL in part else part
        for part in repetition.split("^")
    )


def joined(fields: list[str]) -> str:
    """Return fields as a segment, without the separators of nothing at its end."""
    return "|".join(fields).rstrip("|")


def grouped(segments: tuple[str, ...]) -> dict[str, list[str]]:
    """Return the segments by name; IN2 and IN3 stand with their IN1."""
    found: dict[str, list[str]] = {}
    for segment in segments:
        name = segment[:3]
        if name in ("IN2", "IN3"):
            name = "IN1"
        if name in found:
            found[name].append(segment)
        else:
            found[name] = [segment]
    return found


def deletes_all(segment: str) -> bool:
    """Tell whether a repeating segment stands there only to say that there is none: ``""`` in its first fields."""
    if NULL not in segment:
        return False
    first, *others = segment.split("|")[1:4]
    keys = [first, *others] if not first.isdigit() else others
    # A code may be all digits, and a null beside it only says that nothing else is known of it.
    return any(keys) and not any(key.replace(NULL, "").strip("^&~") for key in keys)


@lru_cache(maxsize=4096)
def us_of(text: str, zone: tzinfo) -> int | None:
    """Return an HL7 time in microseconds since 1970, in *zone* where it names no offset; None if it is not one."""
    if len(text) in (14, 19) and text.isascii() and (rest := text[10:14]).isdecimal():
        # Nearly every time is to the second. Clocks change on the hour, so the hour can be remembered.
        minute, second = int(rest[:2]), int(rest[2:])
        hour = _us_of(text[:10] + text[14:], zone)
        return None if hour is None or minute > 59 or second > 59 else hour + (minute * 60 + second) * 1_000_000
    return _us_of(text, zone) if text else None


@lru_cache(maxsize=1024)
def _us_of(text: str, zone: tzinfo) -> int | None:
    instant = parse_time(text, zone)
    if instant is None:
        return None
    try:
        return (instant.value - _EPOCH) // _MICROSECOND
    except OverflowError:
        return None
