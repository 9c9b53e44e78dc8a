"""Who is who in an export: every patient's pseudonym, shift and age, read once; merged ones are their survivors."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Connection, select

from engine.export.safe import age, day, year
from engine.export.secret import Secret
from engine.index.tables import PATIENT

OLDEST = 89
"""Ages over it are told as 90 and more, and no birth date with them."""


class Person(NamedTuple):
    """One person as the export knows them."""

    key: str
    """What they were founded with: for making pseudonyms, never told."""
    pseudonym: str
    shift: timedelta
    is_old: bool

    def __repr__(self) -> str:
        return "<Person>"


@dataclass(frozen=True, slots=True)
class People:
    """All persons, by the number of any of their patients; whoever was deleted is missing."""

    survivors: dict[int, Person] = field(repr=False)
    merged: dict[int, int]

    def of(self, patient_id: int) -> Person | None:
        """Return who a patient is now."""
        for _ in range(len(self.merged) + 1):
            following = self.merged.get(patient_id)
            if following is None:
                break
            patient_id = following
        return self.survivors.get(patient_id)

    def holding(self, row: Any) -> Person | None:
        """Return whose visit or order a row is: it may have been moved to somebody."""
        holder = row.get("moved_to")
        return self.of(row["patient_id"] if holder is None else holder)


def people_of(connection: Connection, secret: Secret, today: date) -> People:
    """Read who is who."""
    survivors: dict[int, Person] = {}
    merged: dict[int, int] = {}
    for row in connection.execute(select(PATIENT)).mappings():
        if row["merged_into"] is not None:
            merged[row["id"]] = row["merged_into"]
        elif row.get("erased_at") is None:
            key = row["lane_key"]
            shift = secret.shift(key)
            is_old = _is_old(row["born"], row["died"], today, shift)
            survivors[row["id"]] = Person(key, secret.pseudonym("patient", key), shift, is_old)
    return People(survivors, merged)


def _is_old(born: str, died: str, today: date, shift: timedelta) -> bool:
    """Tell whether somebody is, or was at death, over 89; what cannot be told for certain counts as old."""
    begun, ended = day(born), day(died)
    last = ended.date() if ended is not None else today
    if begun is None:
        known = year(born)
        return known is not None and last.year - known > OLDEST
    return max(age(begun.date(), last), age((begun + shift).date(), last)) > OLDEST
