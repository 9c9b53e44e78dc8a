"""The files of an export and what stands in each column: every value passes a rule, and what has none is not read.

A column of the index that nobody has classified is therefore never exported, whoever adds it.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Table, select

from engine.clock import at_us
from engine.export import vocabulary
from engine.export.coding import CODED, Codes, coded, split_code
from engine.export.people import People, Person
from engine.export.safe import WIDEST, day, listed, moved, number, one_of, reference_range, words, year, zip3
from engine.export.secret import Secret
from engine.index import tables
from engine.index.identity import decoded
from engine.index.records import VisitStatus

Line = dict[str, str]
_PAGE = 2_000


class Dates(Enum):
    """What becomes of dates."""

    SHIFT = "shift"
    """Each person's all move by the same number of days."""
    YEAR = "year"
    """Only years are told, as the letter of Safe Harbor has it."""


@dataclass(slots=True)
class Export:
    """One export under way."""

    connection: Connection
    secret: Secret
    people: People
    codes: Codes
    zone: ZoneInfo
    dates: Dates
    left_out: Counter[str] = field(default_factory=Counter)
    """Values that were not proven safe, by file and column."""
    _visits: dict[int, tuple[Person, str]] = field(default_factory=dict, repr=False)
    _orders: dict[int, tuple[Person, str]] = field(default_factory=dict, repr=False)

    def patients(self) -> Iterator[Line]:
        """Yield a line for every person."""
        for row in self._rows(tables.PATIENT):
            person = self.people.of(row["id"])
            if person is None or row["merged_into"] is not None:
                continue
            fields = [*row["pid"].split("|"), *[""] * 31]
            address = [*fields[11].partition("~")[0].split("^"), *[""] * 6]
            country = decoded(address[5]).upper()
            is_here = country in {"", "US", "USA"}
            yield {
                "patient": person.pseudonym,
                "sex": self._checked("patients.sex", row["sex"], one_of(row["sex"], vocabulary.SEXES)),
                "birth_date": "" if person.is_old else self._written("patients.birth_date", person, row["born"]),
                "over_89": "yes" if person.is_old else "",
                "deceased": one_of(row["deceased"], frozenset("YN")),
                "death_date": self._written("patients.death_date", person, row["died"]),
                "race": self._one("patients.race", fields[10].partition("^")[0], vocabulary.RACES),
                "ethnicity": self._one("patients.ethnicity", fields[22].partition("^")[0], vocabulary.ETHNICITIES),
                "state": self._one("patients.state", decoded(address[3]), vocabulary.STATES) if is_here else "",
                "zip3": self._checked("patients.zip3", address[4], zip3(decoded(address[4])) if is_here else ""),
            }

    def visits(self) -> Iterator[Line]:
        """Yield a line for every visit that was not deleted."""
        for row in self._rows(tables.ENCOUNTER):
            person = self.people.holding(row)
            if person is None or row["status"] == VisitStatus.DELETED:
                continue
            name = self._visit(person, row["number_key"])
            self._visits[row["id"]] = (person, name)
            status = VisitStatus(row["status"])
            yield {
                "patient": person.pseudonym,
                "visit": name,
                "status": status.name.lower(),
                "class": self._one("visits.class", row["patient_class"], vocabulary.CLASSES),
                "begun": self._stored(person, row["begun_at"]),
                "ended": self._stored(person, row["ended_at"]),
                "disposition": self._one("visits.disposition", row["disposition"], vocabulary.DISPOSITIONS),
            }

    def locations(self) -> Iterator[Line]:
        """Yield a line for every stay at a ward; wards have pseudonyms."""
        for row, person, visit in self._of_visits(tables.LOCATION):
            yield {
                "patient": person.pseudonym,
                "visit": visit,
                "number": str(row["number"]),
                "since": self._stored(person, row["since_at"]),
                "event": self._one("locations.event", row["kind"], vocabulary.MOVEMENTS),
                "unit": "u-" + self.secret.pseudonym("unit", row["unit"]) if row["unit"] else "",
            }

    def diagnoses(self) -> Iterator[Line]:
        """Yield a line for every diagnosis; its words stay behind."""
        for row, person, visit in self._of_visits(tables.DIAGNOSIS):
            yield {
                "patient": person.pseudonym,
                "visit": visit,
                "number": str(row["number"]),
                "code": self.codes.told(row["system"], row["code"]),
                "kind": self._one("diagnoses.kind", row["kind"], vocabulary.DIAGNOSIS_KINDS),
                "priority": self._checked("diagnoses.priority", row["priority"], _small(row["priority"])),
            }

    def procedures(self) -> Iterator[Line]:
        """Yield a line for every procedure."""
        for row, person, visit in self._of_visits(tables.PROCEDURE):
            yield {
                "patient": person.pseudonym,
                "visit": visit,
                "number": str(row["number"]),
                "code": self.codes.told(row["system"], row["code"]),
                "done": self._written("procedures.done", person, row["done"]),
            }

    def orders(self) -> Iterator[Line]:
        """Yield a line for every order."""
        for row in self._rows(tables.ORDER):
            person = self.people.holding(row)
            if person is None:
                continue
            name = "o-" + self.secret.pseudonym("order", f"{row['filler_key']}\x00{row['placer_key']}\x00{person.key}")
            self._orders[row["id"]] = (person, name)
            yield {
                "patient": person.pseudonym,
                "visit": self._visit(person, row["visit_key"]) if row["visit_key"] else "",
                "order": name,
                "code": self.codes.told(row["system"], row["code"]),
                "status": self._one("orders.status", row["status"], vocabulary.ORDER_STATUSES),
                "collected": self._stored(person, row["collected_at"]),
                "reported": self._stored(person, row["reported_at"]),
            }

    def results(self) -> Iterator[Line]:
        """Yield a line for every revision of every result; sub-ids become numbers."""
        order_id, seen = 0, dict[tuple[str, str], int]()
        for row in self._rows(tables.RESULT):
            found = self._orders.get(row["order_id"])
            if found is None:
                continue
            person, order = found
            if row["order_id"] != order_id:
                order_id, seen = row["order_id"], {}
            place = seen.setdefault((row["code"], row["sub_id"]), len(seen) + 1)
            yield {
                "patient": person.pseudonym,
                "order": order,
                "number": str(place),
                "revision": str(row["revision"]),
                "current": "yes" if row["current"] else "",
                "code": self.codes.told(*split_code(row["code"])),
                "status": self._one("results.status", row["status"], vocabulary.RESULT_STATUSES),
                "value": self._value(person, row),
                "units": self._one("results.units", row["units"].partition("^")[0], vocabulary.UNITS),
                "reference_range": self._passed("results.reference_range", row["reference_range"], reference_range),
                "flags": self._passed("results.flags", row["flags"], lambda text: listed(text, vocabulary.FLAGS)),
                "observed": self._stored(person, row["observed_at"]),
            }

    def _value(self, person: Person, row: Any) -> str:
        """Return what may be told of a result: a number, a date, a code, a known word; free text stays behind."""
        kind, raw = row["value_type"], row["value"]
        if not raw:
            return ""
        if kind in CODED:
            system, code, text = coded(raw)
            return words(decoded(text)) or self.codes.told(system, decoded(code))
        if kind in {"DT", "TS", "DTM"}:
            return self._written("results.value", person, raw)
        text = decoded(raw)
        widest = WIDEST if row["units"].partition("^")[0] in vocabulary.UNITS else 4
        safe = (
            _structured(raw, widest) if kind == "SN" else number(text, widest) or words(text) or reference_range(text)
        )
        return self._checked("results.value", raw, safe)

    def _rows(self, table: Table) -> Iterator[Any]:
        query = select(table).order_by(*table.primary_key).execution_options(yield_per=_PAGE)
        yield from self.connection.execute(query).mappings()

    def _of_visits(self, table: Table) -> Iterator[tuple[Any, Person, str]]:
        for row in self._rows(table):
            found = self._visits.get(row["encounter_id"])
            if found is not None:
                yield row, *found

    def _visit(self, person: Person, number_key: str) -> str:
        return "v-" + self.secret.pseudonym("visit", f"{person.key}\x00{number_key}")

    def _one(self, column: str, value: str, allowed: frozenset[str]) -> str:
        return self._checked(column, value, one_of(value, allowed))

    def _passed(self, column: str, value: str, rule: Callable[[str], str]) -> str:
        return self._checked(column, value, rule(decoded(value)))

    def _checked(self, column: str, value: str, safe: str) -> str:
        if value and not safe:
            self.left_out[column] += 1
        return safe

    def _written(self, column: str, person: Person, text: str) -> str:
        """Return a date as it was written, moved."""
        moment, known = day(text), year(text)
        if moment is None:
            # A year alone may be told by Safe Harbor; a month may not.
            return self._checked(column, text, str(known) if known is not None else "")
        return self._told(person, moment)

    def _stored(self, person: Person, moment_us: int | None) -> str:
        if moment_us is None:
            return ""
        try:
            return self._told(person, at_us(moment_us).astimezone(self.zone).replace(tzinfo=None))
        except (OverflowError, ValueError):
            return ""

    def _told(self, person: Person, moment: datetime) -> str:
        return moved(moment, person.shift) if self.dates is Dates.SHIFT else str(moment.year)


FILES: dict[str, Callable[[Export], Iterator[Line]]] = {
    "patients": Export.patients,
    "visits": Export.visits,
    "locations": Export.locations,
    "diagnoses": Export.diagnoses,
    "procedures": Export.procedures,
    "orders": Export.orders,
    "results": Export.results,
}
"""In the order in which they must be made: visits and orders are known to what follows them."""


def _structured(raw: str, widest: int) -> str:
    """Return a number with a comparator, a range or a ratio (SN), as one text."""
    comparator, first, separator, second = [*raw.split("^"), "", "", "", ""][:4]
    if comparator not in {"", "<", ">", "<=", ">=", "=", "<>"} or separator not in {"", "-", "/", ":", "+", "."}:
        return ""
    told = [number(each, widest) for each in (first, second) if each]
    return comparator + separator.join(told) if told and all(told) else ""


def _small(text: str) -> str:
    return text if text.isascii() and text.isdigit() and len(text) <= 2 else ""
