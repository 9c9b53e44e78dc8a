"""Orders and results: what they are known by, and how their status moves."""

import pytest

from engine.index import tables
from engine.index.result_status import Change, change_of, next_order_status
from tests.unit.index.records_office import Adt, Office, obx, oru

pytest_plugins = ("tests.unit.index.index_fixtures",)


def current(office: Office) -> dict[str, tuple[str, str]]:
    return {row["code"]: (row["status"], row["value"]) for row in office.rows(tables.RESULT) if row["current"]}


def test_a_report_makes_an_order_with_its_results(office: Office) -> None:
    """Order by filler, result by order, OBX-3 and OBX-4."""
    office.take(oru(10, "P", obx("A", "1", "P"), obx("B", "2", "P", "1.1")))

    order = office.only(tables.ORDER)
    assert (order["filler_key"], order["placer_key"], order["visit_key"]) == ("LAB|F1", "HOSP|P1", "HOSP|V1")
    assert (order["code"], order["system"], order["status"]) == ("58410-2", "LN", "P")
    assert [(row["code"], row["sub_id"], row["value"]) for row in office.rows(tables.RESULT)] == [
        ("A^LN", "", "1"),
        ("B^LN", "1.1", "2"),
    ]


def test_final_replaces_preliminary_in_place(office: Office) -> None:
    """P then F is progress, not a correction: one revision."""
    office.take(oru(10, "P", obx("A", "1", "P")), oru(20, "F", obx("A", "2", "F")))

    row = office.only(tables.RESULT)
    assert (row["revision"], row["status"], row["value"]) == (1, "F", "2")
    assert office.only(tables.ORDER)["status"] == "F"


@pytest.mark.parametrize("minutes", [5, 30])
def test_preliminary_never_overwrites_final(office: Office, minutes: int) -> None:
    """P behind F, late or newer: the final result stays."""
    office.take(oru(20, "F", obx("A", "2", "F")), oru(minutes, "P", obx("A", "1", "P")))

    assert current(office) == {"A^LN": ("F", "2")}
    assert office.only(tables.ORDER)["status"] == "F"


def test_a_correction_supersedes_and_keeps_what_it_corrects(office: Office) -> None:
    """C: a new revision; the final one stays as it was."""
    office.take(oru(20, "F", obx("A", "2", "F"), obx("B", "9", "F")), oru(30, "C", obx("A", "3", "C")))

    rows = [(row["revision"], row["current"], row["status"], row["value"]) for row in office.rows(tables.RESULT)]
    assert rows == [(1, 0, "F", "2"), (2, 1, "C", "3"), (1, 1, "F", "9")]
    assert office.only(tables.ORDER)["status"] == "C"


def test_a_correction_that_comes_first_still_corrects(office: Office) -> None:
    """C before its F: folded in the order of OBR-22."""
    office.take(oru(30, "C", obx("A", "3", "C")), oru(20, "F", obx("A", "2", "F")))

    rows = [(row["revision"], row["current"], row["status"], row["value"]) for row in office.rows(tables.RESULT)]
    assert rows == [(1, 0, "F", "2"), (2, 1, "C", "3")]


def test_the_same_report_again_changes_nothing(office: Office) -> None:
    """An identical F is a no-op, a C that was sent again is the same correction."""
    final, corrected = oru(20, "F", obx("A", "2", "F")), oru(30, "C", obx("A", "3", "C"))
    office.take(final, corrected)
    before = office.rows(tables.RESULT)

    office.take(corrected, final, corrected)

    assert office.rows(tables.RESULT) == before


def test_a_result_that_is_taken_back_keeps_its_earlier_revision(office: Office) -> None:
    """D and W after F: the status says so, the value that was is still there; a replacement is a third revision."""
    office.take(oru(20, "F", obx("A", "2", "F")), oru(30, "C", obx("A", "", "W")), oru(40, "C", obx("A", "5", "F")))

    rows = [(row["revision"], row["current"], row["status"], row["value"]) for row in office.rows(tables.RESULT)]
    assert rows == [(1, 0, "F", "2"), (2, 0, "W", "2"), (3, 1, "F", "5")]


def test_a_cancelled_order_cancels_what_was_preliminary(office: Office) -> None:
    """X: cannot be obtained."""
    office.take(oru(10, "P", obx("A", "1", "P")), oru(20, "X", obx("A", "", "X")))

    assert current(office) == {"A^LN": ("X", "1")}
    assert office.only(tables.ORDER)["status"] == "X"


def test_a_final_order_can_still_be_cancelled(office: Office) -> None:
    """X behind F: the order says so, and what was charged for it can be credited."""
    office.take(oru(10, "F", obx("A", "1", "F")), oru(20, "X", obx("A", "", "X")))

    assert office.only(tables.ORDER)["status"] == "X"
    assert current(office) == {"A^LN": ("X", "1")}


@pytest.mark.parametrize("status", ["P", "I", "X"])
def test_an_order_with_some_results_is_not_final(office: Office, status: str) -> None:
    """A is "some results available" of an order; only of a result does it mean amended."""
    office.take(oru(10, "A", obx("A", "1", "")), oru(20, status, obx("B", "1", "P")))

    assert office.only(tables.ORDER)["status"] == status
    assert current(office)["A^LN"] == ("P", "1")


def test_a_status_may_have_blanks_behind_it(office: Office) -> None:
    """A final result of a sender that pads is as final as any."""
    office.take(oru(10, "F", obx("A", "2", "F ")), oru(20, "P", obx("A", "3", "P")))

    assert current(office) == {"A^LN": ("F", "2")}


@pytest.mark.parametrize(("first", "second", "left"), [("D", "C", "Second"), ("C", "X", "First")])
def test_a_line_is_deleted_alone(office: Office, first: str, second: str, left: str) -> None:
    """OBX that share a key are a unit, but D and X are said of the line that they stand in."""
    line = "TX|N^Note^L||{}||||||{}".format
    office.take(oru(10, "F", line("First", "F"), line("Second", "F")))

    office.take(oru(20, "C", line("First", first), line("Second", second)))

    assert current(office) == {"N^L": ("C", left)}


def test_a_sender_of_whole_reports_withdraws_by_silence() -> None:
    """``results: snapshot``: what is not sent again is withdrawn by absence."""
    office = Office(results="snapshot")

    office.take(oru(10, "P", obx("A", "1", "P"), obx("B", "1", "P")), oru(20, "F", obx("A", "2", "F")))

    assert current(office) == {"A^LN": ("F", "2"), "B^LN": ("withdrawn-by-absence", "1")}
    office.close()


def test_lines_of_one_text_are_one_result(office: Office) -> None:
    """OBX that share OBX-3 and OBX-4 are replaced as a unit."""
    lines = ("TX|N^Note^L||First line||||||F", "TX|N^Note^L||Second line||||||F")

    office.take(oru(10, "F", *lines))

    assert office.only(tables.RESULT)["value"] == "First line~Second line"


def test_an_order_is_found_by_its_placer_and_then_by_its_filler(office: Office) -> None:
    """A placer's number alone, later with the filler's: one order."""
    office.take(oru(10, "I", filler=""), oru(20, "P"), oru(30, "F", placer=""))

    order = office.only(tables.ORDER)
    assert (order["filler_key"], order["placer_key"], order["status"]) == ("LAB|F1", "HOSP|P1", "F")


def test_an_order_without_numbers_is_known_by_what_and_when(office: Office) -> None:
    """Neither filler nor placer: OBR-4 and OBR-7 of that patient."""
    office.take(oru(10, "P", filler="", placer=""), oru(20, "F", filler="", placer=""))

    assert office.only(tables.ORDER)["status"] == "F"


def test_a_filler_number_under_another_patient_is_another_order(office: Office) -> None:
    """Results never move between patients by an order's number; somebody is told."""
    office.take(oru(10, "F", obx("A", "1", "F")), oru(20, "F", obx("A", "2", "F"), patient="2^^^HOSP^MR", visit=""))

    assert [row["patient_id"] for row in office.rows(tables.ORDER)] == [1, 2]
    assert [row["value"] for row in office.rows(tables.RESULT)] == ["1", "2"]
    assert office.only(tables.QUALITY)["code"] == "order-of-another-patient"


def test_results_for_a_visit_of_somebody_else_are_pointed_out(office: Office) -> None:
    """PV1-19 is a check, PID-3 decides."""
    office.take(Adt("A01", 5, patient="2^^^HOSP^MR").payload, oru(10, "F", obx("A", "1", "F")))

    assert office.only(tables.ORDER)["patient_id"] == 2
    assert office.only(tables.QUALITY)["code"] == "visit-of-another-patient"


def test_a_visit_may_stand_before_its_patient(office: Office) -> None:
    """Against the structure, but there is only one patient that it can mean."""
    header, person, visit, *rest = oru(10, "F", obx("A", "1", "F")).split(b"\r")

    office.take(b"\r".join([header, visit, person, *rest]))

    order = office.only(tables.ORDER)
    assert (order["patient_id"], order["visit_key"]) == (1, "HOSP|V1")


def test_results_without_an_order_of_their_own_are_not_the_last_orders(office: Office) -> None:
    """An ORC begins an order; between OBR and its OBX it only stands in the wrong place."""
    behind = b"ORC|RE||F2^LAB\rOBX|1|NM|B^^LN||2||||||F\r"

    office.take(oru(10, "F", obx("A", "1", "F")) + behind)
    office.take(oru(20, "F", filler="F3^LAB", placer="P3^HOSP") + b"ORC|RE\rOBX|1|NM|C^^LN||3||||||F\r")

    assert {(row["order_id"], row["code"]) for row in office.rows(tables.RESULT)} == {(1, "A^LN"), (2, "C^LN")}


def test_several_orders_and_patients_of_one_report_stand_apart(office: Office) -> None:
    """Each OBR is an order; each PID begins another patient; OBX behind SPM are the specimen's."""
    more = (
        b"OBR|2|P2^HOSP|F2^LAB|1^Two^LN|||||||||||||||||||||F\rOBX|1|NM|B^^LN||2||||||F\rSPM|1\rOBX|1|NM|S^^LN||9||||||F\r"
        b"PID|||2^^^HOSP^MR\rOBR|1||F3^LAB|1^Three^LN|||||||||||||||||||||F\rOBX|1|NM|C^^LN||3||||||F\r"
    )

    office.take(oru(10, "F", obx("A", "1", "F")) + more)

    assert [(row["filler_key"], row["patient_id"], row["visit_key"]) for row in office.rows(tables.ORDER)] == [
        ("LAB|F1", 1, "HOSP|V1"),
        ("LAB|F2", 1, "HOSP|V1"),
        ("LAB|F3", 2, ""),
    ]
    assert [row["code"] for row in office.rows(tables.RESULT)] == ["A^LN", "B^LN", "C^LN"]


def test_an_order_folded_again_keeps_its_visit(office: Office) -> None:
    """A late report of the second order of a message: events carry the visit they need."""
    second = b"OBR|2|P2^HOSP|F2^LAB|1^Two^LN||||||||||||||||||20260105001000|||P\rOBX|1|NM|B^^LN||2||||||P\r"
    office.take(oru(20, "F", filler="F2^LAB", placer="P2^HOSP"))

    office.take(oru(10, "P") + second)

    assert {row["visit_key"] for row in office.rows(tables.ORDER)} == {"HOSP|V1"}
    assert {row["status"] for row in office.rows(tables.ORDER)} == {"P", "F"}


@pytest.mark.parametrize(
    ("old", "new", "same", "expected"),
    [
        ("P", "P", False, Change.REPLACE),
        ("P", "F", True, Change.REPLACE),
        ("P", "I", False, Change.NOTHING),
        ("I", "P", False, Change.REPLACE),
        ("P", "C", False, Change.REPLACE),
        ("P", "U", False, Change.STATUS),
        ("F", "U", False, Change.NOTHING),
        ("F", "F", True, Change.NOTHING),
        ("F", "F", False, Change.REVISE),
        ("F", "C", True, Change.REVISE),
        ("C", "F", True, Change.NOTHING),
        ("C", "C", True, Change.NOTHING),
        ("C", "P", False, Change.NOTHING),
        ("C", "R", False, Change.NOTHING),
        ("F", "D", False, Change.WITHDRAW),
        ("F", "X", False, Change.WITHDRAW),
        ("W", "P", False, Change.REVISE),
        ("D", "F", False, Change.REVISE),
        ("X", "X", True, Change.NOTHING),
    ],
)
def test_the_status_of_a_result_moves_as_the_standard_allows(old: str, new: str, same: bool, expected: Change) -> None:
    """HL7.md 3.7, table 0085."""
    assert change_of(old, new, same=same) is expected


@pytest.mark.parametrize(
    "moved",
    [",I,I", "I,P,P", "A,P,P", "P,F,F", "F,P,F", "C,A,C", "F,C,C", "F,X,X", "F,,F", "F,Y,F"],
)
def test_the_status_of_an_order_moves_as_the_standard_allows(moved: str) -> None:
    """HL7.md 3.7, table 0123."""
    old, new, expected = moved.split(",")

    assert next_order_status(old, new) == expected
