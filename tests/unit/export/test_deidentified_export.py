"""A thousand identifiers stand wherever the index keeps text: none is exported; what belongs together still does."""

import csv
import random
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import orjson
import pytest
from sqlalchemy import Connection, Table, Text, insert

from engine.errors import NotPossible
from engine.export.files import Dates
from engine.export.secret import Secret, kept_secret
from engine.export.writing import Kind, Wanted, export
from engine.index import tables
from engine.journal.store import Store, open_store

SECRET = Secret(b"k" * 32)
TABLES = (
    *(tables.PATIENT, tables.IDENTIFIER, tables.ENCOUNTER, tables.LOCATION, tables.DIAGNOSIS, tables.PROCEDURE),
    *(tables.COVERAGE, tables.ORDER, tables.RESULT),
)
PSEUDONYM = re.compile(r"(?:[cuvo]-)?[a-z2-7]{26}")
EVERYBODY = 12
"""People who share each planted thing in the second half: enough for a code to be told."""


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(tmp_path / "journal.db")
    yield opened
    opened.close()


def wanted(folder: Path, **changed: object) -> Wanted:
    made = Wanted(folder, Kind.CSV, Dates.SHIFT, 11, ZoneInfo("America/New_York"), date(2026, 11, 22))
    return replace(made, **changed)  # type: ignore[arg-type]  # the fields' own kinds


def a_row(table: Table, **values: object) -> dict[str, object]:
    """Return a row of *table* that says nothing but *values*."""
    empty = {column.name: None if column.nullable else column.type.python_type() for column in table.columns.values()}
    return {**empty, **values}


def put(connection: Connection, table: Table, **values: object) -> None:
    connection.execute(insert(table).values(**a_row(table, **values)))


class Planted:
    """Identifiers of all eighteen kinds that can be text, each but once."""

    def __init__(self) -> None:
        self._dice = random.Random(18)
        self.tokens: list[str] = []

    def one(self) -> str:
        """Return another one."""
        dice, n = self._dice, len(self.tokens)
        word = "".join(dice.choice("bdfghjkmprstvwz") + dice.choice("aeiou") for _ in range(4)).capitalize()
        digits = f"{dice.randrange(10**9):09}"
        kinds = (
            *(word, f"{word} {word[::-1]}", f"{digits[:3]}-{digits[3:5]}-{digits[5:]}", digits, f"MRN{digits[:6]}"),
            *(f"({digits[:3]}){digits[3:6]}-{digits[5:]}", f"{digits[:3]}-{digits[3:7]}", f"{word}@example.org"),
            *(f"https://{word}.example/{n}", f"10.{digits[:2]}.{digits[2:4]}.{digits[4:6]}", f"{digits[:4]} {word} St"),
            *(f"27{digits[:3]}-{digits[3:7]}", f"ACCT{digits}", f"{digits[:2]}/{digits[2:4]}/19{digits[4:6]}"),
            *(f"{word[:3].upper()}-{digits[:4]}", f"SN{digits[:7]}", f"Dr. {word}", f"seen by {word} on Monday"),
            *(f"1{digits[:7]}", f"19{10 + n % 19:02}-{1 + n % 12:02}-{1 + n % 28:02}", f"{word.upper()}{digits[:2]}"),
        )  # fmt: skip
        self.tokens.append(kinds[n % len(kinds)])
        return self.tokens[-1]


def plant(connection: Connection, planted: Planted, number: int, shared: dict[tuple[str, str], str] | None) -> None:
    """Put a patient with everything, each text of it an identifier, or one that the others have too."""
    for table in TABLES:
        values: dict[str, object] = {}
        for column in table.columns.values():
            if isinstance(column.type, Text):
                place = (table.name, column.name)
                text = planted.one() if shared is None else shared.setdefault(place, planted.one())
                values[column.name] = text
            elif column.name in {"id", "patient_id", "encounter_id", "order_id", "number"}:
                values[column.name] = number
        if "pid" in values:
            told = [planted.one() if shared is None else str(values["pid"]) for _ in range(30)]
            values["pid"] = "PID|" + "|".join("^".join([each] * 5 + ["", each][number % 2 :]) for each in told)
        if table is tables.PATIENT:
            values["lane_key"] = f"{planted.one()}|{number}"
        if table is tables.IDENTIFIER:
            values["key"] = f"{planted.one()}|{number}"
        if table in {tables.DIAGNOSIS, tables.PROCEDURE, tables.ORDER}:
            values["system"] = "I10" if shared is not None else ("I10", "LN", "SCT", "C4", "L", "I10P")[number % 6]
        if table is tables.RESULT:
            values["code"] = f"{values['code']}^{('LN', 'L', 'SCT')[number % 3]}"
            values["value_type"] = ("NM", "ST", "TX", "CWE", "SN", "DT", "FT", "CE", "")[number % 9]
            values["current"] = 1
        connection.execute(insert(table).values(**a_row(table, **values)))


def cells(folder: Path) -> list[str]:
    return [
        cell
        for path in sorted(folder.glob("*.csv"))
        for row in csv.reader(path.open(encoding="utf-8", newline=""))
        for cell in row
    ]


def bare(text: str) -> str:
    return "".join(filter(str.isalnum, text.casefold()))


def test_of_a_thousand_planted_identifiers_none_survives(store: Store, tmp_path: Path) -> None:
    """Every text position of every table holds one: alone, and shared by so many that a code would be told."""
    planted = Planted()
    with store.connection.begin():
        for number in range(1, 19):
            plant(store.connection, planted, number, None)
        shared: dict[tuple[str, str], str] = {}
        for number in range(101, 101 + EVERYBODY):
            plant(store.connection, planted, number, shared)
    with store.readers.reading() as connection:
        export(connection, SECRET, wanted(tmp_path / "csv"))
        export(connection, SECRET, wanted(tmp_path / "json", kind=Kind.JSONL))

    found = cells(tmp_path / "csv")
    told = {bare(cell) for cell in found if not PSEUDONYM.fullmatch(cell)}
    whole = "".join(path.read_text("utf-8") for path in sorted(tmp_path.glob("*/*.*"))).casefold()

    assert len(planted.tokens) >= 1_000
    assert len(found) > 18 * 7 * 4
    assert [token for token in planted.tokens if any(bare(token) in cell for cell in told)] == []
    assert [token for token in planted.tokens if len(token) > 5 and token.casefold() in whole] == []


def test_the_search_for_survivors_sees_one(tmp_path: Path) -> None:
    """A search that finds nothing anywhere proves nothing."""
    (tmp_path / "x.csv").write_text("patient,note\r\nabc,Seen (919)555-0142 today\r\n", "utf-8")

    assert any(bare("919-555-0142") in bare(cell) for cell in cells(tmp_path))


def _person(connection: Connection, number: int, **values: object) -> None:
    put(connection, tables.PATIENT, **{"id": number, "lane_key": f"A|{number}", "pid": "PID|1", **values})


def _us(text: str) -> int:
    return int(datetime.fromisoformat(f"{text}+00:00").timestamp()) * 1_000_000


def _lines(folder: Path, name: str) -> list[dict[str, str]]:
    return list(csv.DictReader((folder / f"{name}.csv").open(encoding="utf-8", newline="")))


def test_what_belongs_to_one_patient_still_does_and_intervals_hold(store: Store, tmp_path: Path) -> None:
    """Also where two records were merged: one pseudonym, one shift, the visit of each order."""
    with store.connection.begin():
        _person(store.connection, 1, born="19610214", sex="F")
        _person(store.connection, 2, merged_into=1)
        _person(store.connection, 3, born="19800101", sex="M")
        for number, owner in ((1, 1), (2, 2), (3, 3)):
            came = _us("2026-03-01T12:00:00") + number * 86_400_000_000
            visit = {"id": number, "number_key": f"A|V{number}", "patient_id": owner, "begun_at": came}
            put(store.connection, tables.ENCOUNTER, **visit, ended_at=came + 3 * 86_400_000_000)
            order = {"id": number, "patient_id": owner, "filler_key": f"L|{number}", "visit_key": f"A|V{number}"}
            put(store.connection, tables.ORDER, **order, collected_at=came)
            result = {"order_id": number, "code": "718-7^LN", "sub_id": "", "revision": 1, "value_type": "NM"}
            put(store.connection, tables.RESULT, **result, value="13.4", units="g/dL", reference_range="12.0-16.0")
    with store.readers.reading() as connection:
        export(connection, SECRET, wanted(tmp_path / "out"))

    patients, visits = _lines(tmp_path / "out", "patients"), _lines(tmp_path / "out", "visits")
    orders, results = _lines(tmp_path / "out", "orders"), _lines(tmp_path / "out", "results")
    one, other = (each["patient"] for each in patients)
    assert [each["patient"] for each in visits] == [one, one, other]
    assert [(each["patient"], each["visit"]) for each in orders] == [
        (each["patient"], each["visit"]) for each in visits
    ]
    assert [(each["patient"], each["order"]) for each in results] == [
        (each["patient"], each["order"]) for each in orders
    ]
    assert {(each["value"], each["units"], each["reference_range"]) for each in results} == {
        ("13.4", "g/dL", "12.0-16.0")
    }
    begun = [datetime.fromisoformat(each["begun"]) for each in visits]
    ended = [datetime.fromisoformat(each["ended"]) for each in visits]
    assert [end - begin for begin, end in zip(begun, ended, strict=True)] == [timedelta(days=3)] * 3
    assert begun[1] - begun[0] == timedelta(days=1)
    moved = begun[0].date() - date(2026, 3, 2)
    assert timedelta(days=-365) <= moved <= timedelta(days=-1)
    assert date.fromisoformat(patients[0]["birth_date"]) - date(1961, 2, 14) == moved
    assert [each["collected"] for each in orders] == [each["begun"] for each in visits]


@pytest.mark.parametrize(("people", "is_told"), [(10, False), (11, True)])
def test_a_public_code_is_told_where_enough_people_share_it(
    store: Store, tmp_path: Path, people: int, is_told: bool
) -> None:
    """A code that few share may be somebody's story; a pseudonym keeps it countable."""
    with store.connection.begin():
        for number in range(1, people + 1):
            _person(store.connection, number)
            put(store.connection, tables.ORDER, id=number, patient_id=number, code="718-7", system="LN")
            put(store.connection, tables.ORDER, id=100 + number, patient_id=1, code="2345-7", system="LN")
    with store.readers.reading() as connection:
        export(connection, SECRET, wanted(tmp_path / "out"))

    codes = {each["code"] for each in _lines(tmp_path / "out", "orders")}
    assert ("718-7" in codes) == is_told
    assert "2345-7" not in codes
    assert len(codes) == 2


def test_age_place_and_years_follow_safe_harbor(store: Store, tmp_path: Path) -> None:
    """Nobody over 89 has a birth date; ZIP codes have three digits, of small areas none; a year may be all there is."""
    address = "PID|1||||||||||1 Example St^^Town^NH^{}"
    with store.connection.begin():
        _person(store.connection, 1, born="19360101", pid=address.format("03601-1234"))
        _person(store.connection, 2, born="19380101", pid=address.format("27900"))
        _person(store.connection, 3, born="1936", died="19900505", pid=address.format("K1A 0B1"))
    with store.readers.reading() as connection:
        export(connection, SECRET, wanted(tmp_path / "out", dates=Dates.YEAR))

    told = [(each["birth_date"], each["over_89"], each["zip3"]) for each in _lines(tmp_path / "out", "patients")]
    assert told == [("", "yes", "000"), ("1938", "", "279"), ("1936", "", "")]
    done = orjson.loads((tmp_path / "out" / "export.json").read_bytes())
    assert done["left_out"] == {"patients.zip3": 1}
    assert "Safe Harbor, 45 CFR" in done["method"]


def test_a_kept_key_joins_exports_and_is_guarded(tmp_path: Path) -> None:
    """The same key gives the same pseudonyms; one that others may read is refused."""
    path = tmp_path / "research.key"
    first, again = kept_secret(path), kept_secret(path)
    mode = path.stat().st_mode & 0o777
    path.chmod(0o644)

    with pytest.raises(NotPossible, match="others may read"):
        kept_secret(path)

    assert first.pseudonym("patient", "A|1") == again.pseudonym("patient", "A|1") != SECRET.pseudonym("patient", "A|1")
    assert (mode, repr(first)) == (0o600, "<Secret>")


def test_a_folder_that_holds_something_is_refused(store: Store, tmp_path: Path) -> None:
    """Nothing is mixed with what is there."""
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "notes.txt").write_text("x", "utf-8")

    with pytest.raises(NotPossible, match="not empty"), store.readers.reading() as connection:
        export(connection, SECRET, wanted(tmp_path / "out"))
