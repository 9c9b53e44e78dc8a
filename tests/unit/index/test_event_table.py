"""Each row of the event table, each transition of a visit, and the page that is written from both."""

import os
from pathlib import Path

import pytest

from engine.index import tables
from engine.index.kinds import VISIT_KINDS
from engine.index.records import Aspect, VisitStatus
from engine.index.transitions import OF_CLASS, STAYS, STEPS
from tests.unit.index.event_table import BED_A, ROWS, Row
from tests.unit.index.records_office import Adt, Office

pytest_plugins = ("tests.unit.index.index_fixtures",)

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "events.md"
OTHERS = {"A18", "A24", "A30", *(f"A{number}" for number in (34, 35, 36, 37)), *(f"A{n}" for n in range(39, 52))}
"""Events about who is who: they have tests of their own."""

LEADING: dict[VisitStatus, tuple[bytes, ...]] = {
    VisitStatus.UNKNOWN: (),
    VisitStatus.PLANNED: (Adt("A05", 10).payload,),
    VisitStatus.ACTIVE: (Adt("A04", 10, patient_class="O").payload,),
    VisitStatus.ADMITTED: (Adt("A01", 10).payload,),
    VisitStatus.LEAVE: (Adt("A01", 10).payload, Adt("A21", 20).payload),
    VisitStatus.DISCHARGED: (Adt("A01", 10).payload, Adt("A03", 20).payload),
    VisitStatus.CANCELLED: (Adt("A01", 10).payload, Adt("A11", 20, 10).payload),
    VisitStatus.DELETED: (Adt("A01", 10).payload, Adt("A23", 20).payload),
}
"""How a visit gets to each status."""
TAKEN_BACK = {("A11", status) for status in (VisitStatus.LEAVE, VisitStatus.DISCHARGED)} | {
    ("A13", VisitStatus.DISCHARGED),
    ("A52", VisitStatus.LEAVE),
    ("A38", VisitStatus.PLANNED),
    ("A27", VisitStatus.PLANNED),
}
"""Cancels that find what they take back in these histories; their rows are above."""


def seen(row: Row, office: Office) -> dict[str, object]:
    """Return of the visit what the row tells."""
    visit = office.rows(tables.ENCOUNTER)[0]
    found: dict[str, object] = {**visit, "status": VisitStatus(visit["status"]).name.lower()}
    found["places"] = [each["place"] for each in office.rows(tables.LOCATION) if each["encounter_id"] == visit["id"]]
    names = {name for name, _ in row.visit.get("turns", [])}  # type: ignore[attr-defined]  # a list of pairs
    turns = [(Aspect(each["aspect"]).name, each["value"]) for each in office.rows(tables.TURN)]
    found["turns"] = [each for each in turns if each[0] in names]
    return {name: found[name] for name in row.visit}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.kind)
def test_an_event_does_what_its_row_says(office: Office, row: Row) -> None:
    """HL7.md 3.4, row by row."""
    office.take(*row.before, row.event)

    assert bool(office.rows(tables.ENCOUNTER)) == bool(row.visit)
    assert not row.visit or seen(row, office) == row.visit
    patients = office.rows(tables.PATIENT)
    assert bool(patients) == bool(row.person)
    allergies = [(each["code"], each["severity"], each["reaction"]) for each in office.rows(tables.ALLERGY)]
    assert not patients or row.person == {
        name: allergies if name == "allergies_of" else patients[0][name] for name in row.person
    }


@pytest.mark.parametrize("row", [row for row in ROWS if row.person and row.before], ids=lambda row: row.kind)
def test_an_event_that_comes_before_its_past_does_the_same(row: Row) -> None:
    """The event first, then what happened before it, twice: the same rows."""
    straight, crooked = Office(), Office()
    chosen = [tables.LOCATION, tables.TURN, tables.ALLERGY, tables.DIAGNOSIS]
    straight.take(*row.before, row.event)

    crooked.take(row.event, *reversed(row.before), row.event)

    shown = [(each["number_key"], each["status"], each["location"]) for each in straight.rows(tables.ENCOUNTER)]
    again = [(each["number_key"], each["status"], each["location"]) for each in crooked.rows(tables.ENCOUNTER)]
    assert sorted(shown) == sorted(again)
    if len(shown) < 2:
        assert crooked.told(chosen) == straight.told(chosen)
    straight.close()
    crooked.close()


@pytest.mark.parametrize("status", LEADING, ids=lambda status: status.name.lower())
@pytest.mark.parametrize("kind", sorted(VISIT_KINDS))
def test_a_transition_is_the_one_of_the_table(office: Office, kind: str, status: VisitStatus) -> None:
    """Every event on every status: what comes of it, and whether it is flagged."""
    step = STEPS[kind][status]
    office.take(*LEADING[status])

    office.take(Adt(kind, 50).payload)

    visit = office.only(tables.ENCOUNTER)
    assert step.flag in visit["flags"].split() or not step.flag
    expected = {STAYS: status, OF_CLASS: VisitStatus.ADMITTED}.get(step.after, step.after)
    if (kind, status) not in TAKEN_BACK:
        assert VisitStatus(visit["status"]) == expected
    else:
        assert visit["status"] != status


def test_a_bed_has_the_status_that_was_told_last(office: Office) -> None:
    """A20: an older word does not overwrite a newer one, whatever comes first."""
    told = [
        f"MSH|^~\\&|ADT|HOSP|E|E|2026010500{at}00||ADT^A20|C|P|2.5.1\rEVN|A20|2026010500{at}00\rNPU|{BED_A}|{status}\r"
        for at, status in (("20", "H"), ("10", "C"))
    ]

    office.take(*(text.encode() for text in told))

    bed = office.only(tables.BED)
    assert (bed["place"], bed["status"], bed["message_id"]) == (BED_A, "H", 1)


def test_a_conversion_under_a_new_number_leaves_the_old_visit(office: Office) -> None:
    """A06 with MRG-5: the old visit ends, continued; the new one knows where it comes from; nobody is merged."""
    office.take(Adt("A04", 10, patient_class="E", visit="V0^^^HOSP^VN", place="ED^1").payload)

    office.take(Adt("A06", 20, place=BED_A, more=("MRG|1^^^HOSP^MR||||V0^^^HOSP^VN",)).payload)

    old, new = office.rows(tables.ENCOUNTER)
    assert (old["status"], old["flags"]) == (VisitStatus.DISCHARGED, "continued")
    assert (new["status"], new["former_key"], new["location"]) == (VisitStatus.ADMITTED, "HOSP|V0", BED_A)
    assert office.rows(tables.MERGE) == []


def test_every_fact_says_which_message_brought_it(office: Office) -> None:
    """Rows by their message; a visit's and a person's groups of fields each by their own."""
    more = ("NK1|1|Kin", "DG1|1||A00^^I10", "AL1|1||P^Pen")
    office.take(
        Adt("A01", 10, place=BED_A, more=more).payload,
        Adt("A02", 20, place="ICU^1").payload,
        Adt("A08", 30, pid={5: "Roe^Jane"}, more=("DG1|1||B00^^I10",)).payload,
    )

    patient, visit = office.only(tables.PATIENT), office.only(tables.ENCOUNTER)
    assert (patient["pid_by"], patient["nk1_by"], visit["dg1_by"]) == (3, 1, 3)
    assert [each["message_id"] for each in office.rows(tables.LOCATION)] == [1, 2]
    assert office.only(tables.DIAGNOSIS)["message_id"] == 3
    assert office.only(tables.ALLERGY)["message_id"] == office.only(tables.IDENTIFIER)["message_id"] == 1


def test_a_person_deleted_late_loses_only_what_was_before(office: Office) -> None:
    """A29 folded in where it belongs: later visits and later words stand."""
    office.take(
        Adt("A01", 10, visit="V1^^^HOSP").payload,
        Adt("A01", 50, visit="V2^^^HOSP", pid={5: "Roe^Jane"}).payload,
        Adt("A29", 40, has_visit=False).payload,
    )

    first, second = office.rows(tables.ENCOUNTER)
    assert (first["status"], second["status"]) == (VisitStatus.DELETED, VisitStatus.ADMITTED)
    assert office.only(tables.PATIENT)["family"] == "Roe"


def test_the_table_has_every_event() -> None:
    """A01 to A62: here, or among those about who is who."""
    assert {row.kind for row in ROWS} | OTHERS == {f"A{number:02}" for number in range(1, 63)}


def test_the_reference_page_is_the_one_that_the_table_makes() -> None:
    """After a change: WRITE_EVENTS=1 pytest tests/unit/index/test_event_table.py."""
    if os.environ.get("WRITE_EVENTS"):
        PAGE.write_text(page(), "utf-8")

    assert PAGE.read_text("utf-8") == page()


def page() -> str:
    """Return docs/reference/events.md."""
    lines = [
        "# Events",
        "",
        "What each trigger event does to the record index. Written from tests/unit/index/event_table.py, whose rows",
        "are tests. Events about who is who (merge, move, change, link) are not on this page.",
        "",
        "| event | is called | what it does |",
        "|---|---|---|",
        *(f"| {row.kind} | {row.name} | {row.effect} |" for row in ROWS),
        "",
        "## Status of a visit",
        "",
        "What becomes of each status. `=`: it stays. *class*: nobody had announced the visit, and its class says it.",
        "`!`: odd, and flagged with the code of the second table; being newer it counts all the same. What a cancel",
        "takes back counts as if it had not been sent, so a cancel needs no transition of its own.",
        "",
        "| event | " + " | ".join(status.name.lower() for status in VisitStatus) + " |",
        "|---" * (len(VisitStatus) + 1) + "|",
        *(f"| {kind} | " + " | ".join(map(_cell, STEPS[kind])) + " |" for kind in sorted(STEPS)),
        "",
        "| flag | event |",
        "|---|---|",
        *(f"| `{flag}` | {', '.join(kinds)} |" for flag, kinds in sorted(_flags().items())),
        "| `continued` | A06, A07 under another number |",
        "| `moved-from-elsewhere` | A02 whose PV1-6 is not where the visit was |",
    ]
    return "\n".join(lines) + "\n"


def _cell(step: tuple[int, str]) -> str:
    after, flag = step
    said = {STAYS: "=", OF_CLASS: "*class*"}.get(after) or VisitStatus(after).name.lower()
    return f"{said} !" if flag else said


def _flags() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for kind, steps in sorted(STEPS.items()):
        for step in steps:
            if step.flag:
                found.setdefault(step.flag, []).append(kind)
    return found
