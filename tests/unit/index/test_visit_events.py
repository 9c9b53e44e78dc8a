"""Each trigger event that the index knows, and each transition of a visit."""

import pytest

from engine.index import tables
from engine.index.records import VisitStatus
from engine.index.wire import us_of
from tests.unit.index.records_office import UTC, Adt, Office, at

pytest_plugins = ("tests.unit.index.index_fixtures",)

BED_A, BED_B = "MED^1^01^HOSP", "SURG^2^02^HOSP"


def us(minutes: int) -> int | None:
    return us_of(at(minutes), UTC)


def status(office: Office) -> VisitStatus:
    return VisitStatus(office.only(tables.ENCOUNTER)["status"])


def places(office: Office) -> list[str]:
    return [row["place"] for row in office.rows(tables.LOCATION)]


def test_an_admission_opens_a_visit(office: Office) -> None:
    """A01: admitted, in its bed, since PV1-44."""
    office.take(Adt("A01", 10, place=BED_A, pv1={44: at(9)}).payload)

    visit = office.only(tables.ENCOUNTER)
    assert (visit["status"], visit["provisional"], visit["location"]) == (VisitStatus.ADMITTED, 0, BED_A)
    assert (visit["number_key"], visit["begun_at"], visit["patient_class"]) == ("HOSP|V1", us(9), "I")
    assert places(office) == [BED_A]


def test_a_second_admission_is_a_correction(office: Office) -> None:
    """A01 for a visit that is admitted corrects it; nobody is admitted twice."""
    office.take(Adt("A01", 10, place=BED_A).payload, Adt("A01", 12, occurred=11, place=BED_B).payload)

    assert status(office) == VisitStatus.ADMITTED
    assert places(office) == [BED_A, BED_B]


def test_a_transfer_moves_the_visit_and_writes_history(office: Office) -> None:
    """A02: PV1-3 is where the visit is from EVN-6 on."""
    office.take(Adt("A01", 10, place=BED_A).payload, Adt("A02", 30, 20, place=BED_B, pv1={6: BED_A}).payload)

    assert [(row["place"], row["since_at"]) for row in office.rows(tables.LOCATION)] == [
        (BED_A, us(10)),
        (BED_B, us(20)),
    ]
    assert office.only(tables.ENCOUNTER)["flags"] == ""


def test_a_transfer_from_somewhere_else_is_flagged(office: Office) -> None:
    """A02 whose PV1-6 is not where the visit was: a transfer is missing."""
    office.take(Adt("A01", 10, place=BED_A).payload, Adt("A02", 20, place=BED_B, pv1={6: "ICU^1"}).payload)

    assert office.only(tables.ENCOUNTER)["flags"] == "moved-from-elsewhere"


def test_a_transfer_of_an_unknown_visit_is_provisional_until_the_admission_comes(office: Office) -> None:
    """A02 first: the visit exists with what is known, and the late A01 puts it right."""
    office.take(Adt("A02", 20, place=BED_B).payload)
    assert (status(office), office.only(tables.ENCOUNTER)["provisional"]) == (VisitStatus.ADMITTED, 1)

    office.take(Adt("A01", 10, place=BED_A).payload)

    assert (status(office), office.only(tables.ENCOUNTER)["provisional"]) == (VisitStatus.ADMITTED, 0)
    assert places(office) == [BED_A, BED_B]
    assert office.only(tables.ENCOUNTER)["location"] == BED_B


def test_a_discharge_ends_the_visit_where_it_was(office: Office) -> None:
    """A03: discharged at PV1-45 with PV1-36; the last location stays."""
    office.take(Adt("A01", 10, place=BED_A).payload, Adt("A03", 60, place=BED_A, pv1={36: "01", 45: at(59)}).payload)

    visit = office.only(tables.ENCOUNTER)
    assert (visit["status"], visit["ended_at"], visit["disposition"]) == (VisitStatus.DISCHARGED, us(59), "01")
    assert visit["location"] == BED_A


def test_a_registration_makes_the_visit_active(office: Office) -> None:
    """A04: an outpatient is active, and an admission makes more of it."""
    office.take(Adt("A04", 10, patient_class="E", place="ED^1").payload)
    assert status(office) == VisitStatus.ACTIVE

    office.take(Adt("A01", 20, place=BED_A).payload)

    assert status(office) == VisitStatus.ADMITTED


def test_a_registration_does_not_end_an_admission(office: Office) -> None:
    """A04 behind A01 is odd: flagged, and the visit stays admitted."""
    office.take(Adt("A01", 10, place=BED_A).payload, Adt("A04", 20, place=BED_A).payload)

    assert status(office) == VisitStatus.ADMITTED
    assert office.only(tables.ENCOUNTER)["flags"] == "registered-while-admitted"


def test_an_update_moves_neither_status_nor_location(office: Office) -> None:
    """A08: attributes only; PV1-3, PV1-36 and PV1-45 belong to other events."""
    office.take(
        Adt("A01", 10, place=BED_A, pv1={7: "D1"}).payload,
        Adt("A08", 20, place=BED_B, pv1={7: "D2", 36: "01", 45: at(19)}).payload,
    )

    visit = office.only(tables.ENCOUNTER)
    assert (visit["status"], visit["location"], visit["ended_at"]) == (VisitStatus.ADMITTED, BED_A, None)
    fields = visit["pv1"].split("|")
    assert (fields[3], fields[7], len(fields)) == (BED_A, "D2", 20)


def test_an_update_after_the_discharge_may_correct_it(office: Office) -> None:
    """A08 of a discharged visit: when and how it ended may be put right."""
    office.take(
        Adt("A01", 10, place=BED_A).payload,
        Adt("A03", 60, pv1={36: "01", 45: at(60)}).payload,
        Adt("A08", 70, pv1={36: "20", 45: at(58)}).payload,
    )

    visit = office.only(tables.ENCOUNTER)
    assert (visit["status"], visit["disposition"], visit["ended_at"]) == (VisitStatus.DISCHARGED, "20", us(58))


def test_an_update_of_an_unknown_visit_takes_its_state_from_the_message(office: Office) -> None:
    """A08 first: planned, active, admitted or discharged, as class and PV1-45 say; always provisional."""
    office.take(
        Adt("A08", 10, visit="V1^^^HOSP", patient_class="P").payload,
        Adt("A08", 10, visit="V2^^^HOSP", patient_class="O").payload,
        Adt("A08", 10, visit="V3^^^HOSP", patient_class="I", place=BED_A).payload,
        Adt("A08", 10, visit="V4^^^HOSP", patient_class="I", pv1={45: at(9)}).payload,
    )

    assert [(row["status"], row["provisional"]) for row in office.rows(tables.ENCOUNTER)] == [
        (VisitStatus.PLANNED, 1),
        (VisitStatus.ACTIVE, 1),
        (VisitStatus.ADMITTED, 1),
        (VisitStatus.DISCHARGED, 1),
    ]
    assert places(office) == [BED_A]


def test_a_cancelled_admission_is_entered_in_error(office: Office) -> None:
    """A11: the visit is cancelled, and what happened in it did not happen."""
    office.take(
        Adt("A01", 10, place=BED_A).payload,
        Adt("A02", 20, place=BED_B).payload,
        Adt("A11", 30, occurred=10, place=BED_B).payload,
    )

    assert status(office) == VisitStatus.CANCELLED
    assert places(office) == []


def test_a_cancel_before_its_admission_is_remembered(office: Office) -> None:
    """A11 first: the admission, when it comes, is recorded as cancelled."""
    office.take(Adt("A11", 30, occurred=10).payload, Adt("A01", 12, occurred=10, place=BED_A).payload)

    assert status(office) == VisitStatus.CANCELLED


def test_a_visit_begun_again_after_a_cancel_stands(office: Office) -> None:
    """A01, A11, A01: the second admission counts, whatever the order of arrival."""
    office.take(
        Adt("A01", 40, place=BED_B).payload,
        Adt("A11", 30, occurred=10).payload,
        Adt("A01", 10, place=BED_A).payload,
    )

    assert status(office) == VisitStatus.ADMITTED
    assert places(office) == [BED_B]


def test_a_cancelled_discharge_opens_the_visit_again(office: Office) -> None:
    """A13: admitted again, without discharge time and disposition, in the bed of PV1-3."""
    office.take(
        Adt("A01", 10, place=BED_A).payload,
        Adt("A03", 60, place=BED_A, pv1={36: "01", 45: at(60)}).payload,
        Adt("A13", 70, occurred=60, place=BED_B).payload,
    )

    visit = office.only(tables.ENCOUNTER)
    assert (visit["status"], visit["ended_at"], visit["disposition"]) == (VisitStatus.ADMITTED, None, "")
    assert visit["location"] == BED_B
    assert not any(visit["pv1"].split("|")[36:37])


@pytest.mark.parametrize("occurred", [60, 65, None])
def test_a_cancelled_discharge_takes_its_corrections_with_it(office: Office, occurred: int | None) -> None:
    """A second A03 of a visit that nothing opened again is the same discharge with another time."""
    discharges = (Adt("A03", 60).payload, Adt("A03", 65).payload)

    office.take(Adt("A01", 10).payload, *discharges, Adt("A13", 70, occurred=occurred).payload)

    visit = office.only(tables.ENCOUNTER)
    assert (visit["status"], visit["ended_at"]) == (VisitStatus.ADMITTED, None)


def test_a_cancelled_discharge_leaves_an_earlier_one_alone(office: Office) -> None:
    """Between the two the visit had been opened again."""
    again = (Adt("A01", 62).payload, Adt("A03", 65).payload, Adt("A13", 70, occurred=65).payload)

    office.take(Adt("A01", 10).payload, Adt("A03", 60).payload, *again, Adt("A03", 80).payload)

    assert office.only(tables.ENCOUNTER)["ended_at"] == us(80)


def test_a_cancelled_discharge_of_a_registration_is_active_again(office: Office) -> None:
    """A13 gives back the status that there was."""
    office.take(
        Adt("A04", 10, patient_class="O").payload,
        Adt("A03", 60, patient_class="O").payload,
        Adt("A13", 70, occurred=60, patient_class="O").payload,
    )

    assert status(office) == VisitStatus.ACTIVE


def test_a_discharge_that_was_taken_back_before_it_came_does_not_count(office: Office) -> None:
    """A13 first, then its A03, twice: still admitted; the next A03 discharges."""
    cancelled = Adt("A03", 60, pv1={36: "01"}).payload
    office.take(Adt("A01", 10, place=BED_A).payload, Adt("A13", 70, occurred=60).payload, cancelled, cancelled)
    assert status(office) == VisitStatus.ADMITTED

    office.take(Adt("A03", 80).payload)

    assert status(office) == VisitStatus.DISCHARGED


def test_a_cancel_without_a_time_takes_back_the_newest_before_it(office: Office) -> None:
    """A13 without EVN-6: the last discharge before it, and twice the same cancel takes back no more."""
    cancel = Adt("A13", 70).payload
    office.take(
        Adt("A01", 10).payload,
        Adt("A03", 50).payload,
        Adt("A01", 55).payload,
        Adt("A03", 60, pv1={36: "03"}).payload,
        cancel,
        cancel,
    )

    visit = office.only(tables.ENCOUNTER)
    assert (visit["status"], visit["ended_at"]) == (VisitStatus.ADMITTED, None)
    assert visit["flags"] == "admitted-after-discharge"


def test_transitions_that_the_standard_does_not_know_are_flagged(office: Office) -> None:
    """A02 on discharged, A03 on cancelled: applied, being newer, and there for a person to see."""
    office.take(
        Adt("A01", 10, place=BED_A).payload,
        Adt("A03", 20).payload,
        Adt("A02", 30, place=BED_B).payload,
        Adt("A01", 10, visit="V2^^^HOSP").payload,
        Adt("A11", 20, occurred=10, visit="V2^^^HOSP").payload,
        Adt("A03", 30, visit="V2^^^HOSP").payload,
    )

    moved, ended = office.rows(tables.ENCOUNTER)
    assert (moved["status"], moved["location"]) == (VisitStatus.DISCHARGED, BED_B)
    assert (moved["flags"], ended["flags"]) == ("moved-after-discharge", "discharged-after-cancel")


def test_a_late_transfer_goes_to_its_place_in_history(office: Office) -> None:
    """A02 that occurred before one that is known: history has both, the location stays the newer one."""
    office.take(
        Adt("A01", 10, place=BED_A).payload,
        Adt("A02", 30, place=BED_B).payload,
        Adt("A02", 40, occurred=20, place="ICU^1").payload,
    )

    assert places(office) == [BED_A, "ICU^1", BED_B]
    assert office.only(tables.ENCOUNTER)["location"] == BED_B


def test_person_events_open_no_visit(office: Office) -> None:
    """A28 and A31: the person only, whatever their PV1 says."""
    office.take(
        Adt("A28", 10, patient_class="N", visit="").payload,
        Adt("A31", 20, pid={5: "Roe^Jane"}).payload,
    )

    assert office.rows(tables.ENCOUNTER) == []
    assert office.only(tables.PATIENT)["family"] == "Roe"


def test_a_visit_without_a_number_is_known_by_its_time_and_class(office: Office) -> None:
    """No PV1-19 and no PV1-50: a provisional number, the same for every event that tells PV1-44."""
    office.take(
        Adt("A01", 10, visit="", pv1={44: at(9)}).payload,
        Adt("A03", 60, visit="", pv1={44: at(9)}).payload,
    )

    assert status(office) == VisitStatus.DISCHARGED


def test_two_patients_may_have_a_visit_of_the_same_number(office: Office) -> None:
    """PV1-19 never overrides PID-3: two visits, and somebody is told."""
    office.take(Adt("A01", 10).payload, Adt("A01", 11, patient="2^^^HOSP^MR").payload)

    assert [row["patient_id"] for row in office.rows(tables.ENCOUNTER)] == [1, 2]
    assert office.only(tables.QUALITY)["code"] == "visit-of-another-patient"


def test_diagnoses_procedures_and_insurance_are_replaced_as_sets(office: Office) -> None:
    """DG1, PR1, IN1: the message's set replaces the stored one; no such segment says nothing; "" deletes all."""
    first = ("DG1|1||A00^One^I10||20260105|A", "DG1|2||B00^Two^I10||20260105|A", "PR1|1||P1^Cut^C4||20260105")
    office.take(
        Adt("A01", 10, more=(*first, "IN1|1|PLAN1|C1|Company||||G1||||20260101", "IN2|1|X")).payload,
        Adt("A08", 20, more=("DG1|1||C00^Three^I10||20260105|F",)).payload,
    )

    assert [(row["code"], row["kind"]) for row in office.rows(tables.DIAGNOSIS)] == [("C00", "F")]
    assert office.only(tables.PROCEDURE)["code"] == "P1"
    assert office.only(tables.COVERAGE)["plan"] == "PLAN1"

    office.take(Adt("A08", 30, more=('IN1|1|""|""', 'DG1|""')).payload)

    assert (office.rows(tables.DIAGNOSIS), office.rows(tables.COVERAGE)) == ([], [])
    assert office.only(tables.PROCEDURE)["code"] == "P1"


@pytest.mark.parametrize(
    "nothing",
    [('IN1|1|""|""',), ('IN1|""|""|""', 'IN2|""'), ('IN1|1|""^""|""', 'IN2|1|""', "IN3|1")],
)
def test_insurance_is_deleted_with_all_that_belongs_to_it(office: Office, nothing: tuple[str, ...]) -> None:
    """IN2 and IN3 fall with the IN1 before them."""
    office.take(Adt("A01", 10, more=("IN1|1|PLAN|CO", "IN2|1|X")).payload)

    office.take(Adt("A08", 20, more=nothing).payload)

    assert office.rows(tables.COVERAGE) == []
    assert office.only(tables.ENCOUNTER)["in1"] == ""


@pytest.mark.parametrize(("sent", "codes"), [('DG1|1|""|""^""^""|""||""', []), ('DG1|1|""|4019||""', ["4019"])])
def test_a_null_deletes_a_set_only_where_it_has_no_code(office: Office, sent: str, codes: list[str]) -> None:
    """A code may be all digits."""
    office.take(Adt("A01", 10, more=("DG1|1||I10",)).payload)

    office.take(Adt("A08", 20, more=(sent,)).payload)

    assert [row["code"] for row in office.rows(tables.DIAGNOSIS)] == codes


def test_segments_before_the_patient_are_the_patients(office: Office) -> None:
    """Against the structure, but there is only one patient that they can mean."""
    header, event, pid, pv1, dg1, end = Adt("A01", 10, place="W^1", more=("DG1|1||I10",)).payload.split(b"\r")

    office.take(b"\r".join([header, event, pv1, dg1, pid, end]))

    assert office.only(tables.ENCOUNTER)["location"] == "W^1"
    assert office.only(tables.DIAGNOSIS)["code"] == "I10"


def test_a_late_update_does_not_bring_back_old_diagnoses(office: Office) -> None:
    """A late A08 folds in where it belongs."""
    office.take(
        Adt("A01", 10).payload,
        Adt("A08", 30, more=("DG1|1||NEW^^I10",)).payload,
        Adt("A08", 40, occurred=20, more=("DG1|1||OLD^^I10",)).payload,
    )

    assert office.only(tables.DIAGNOSIS)["code"] == "NEW"


def test_what_a_cancel_carries_stays_the_newest(office: Office) -> None:
    """A late event folds the visit again: the detail rows are those of the end, not of some moment on the way."""
    office.take(
        Adt("A01", 10, more=("DG1|1||OLD^^I10",)).payload,
        Adt("A11", 30, more=("DG1|1||NEW^^I10",)).payload,
        Adt("A01", 20).payload,
    )

    assert office.only(tables.DIAGNOSIS)["code"] == "NEW"


def test_a_sender_of_snapshots_says_by_silence_that_there_is_nothing() -> None:
    """``updates: snapshot``: an update without DG1 leaves none."""
    office = Office(updates="snapshot")

    office.take(Adt("A01", 10, more=("DG1|1||A00^^I10",)).payload, Adt("A08", 20).payload)

    assert office.rows(tables.DIAGNOSIS) == []
    office.close()
