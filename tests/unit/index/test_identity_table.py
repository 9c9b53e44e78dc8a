"""Every event that says who is who, one row each (HL7.md 3.4, 3.5), and what is kept aside for a person."""

from dataclasses import dataclass, field

import pytest

from engine.index import tables
from engine.index.identity_records import MergeState
from engine.index.rebuild import rebuild
from tests.unit.index.identity_events import (
    ONE,
    THREE,
    TWO,
    identity,
    mrg,
    of,
    person,
    pid,
    pv1,
    reader,
    states,
    visit,
    visits,
)
from tests.unit.index.records_office import Office, merge, oru

pytest_plugins = ("tests.unit.index.index_fixtures",)

BOTH = (person(1, ONE), person(2, TWO))
ADMITTED = (*BOTH, visit(5, ONE, "V1", "ACC1"))


@dataclass(frozen=True)
class Row:
    """One line of the table: what is known, what is sent, what is so then."""

    kind: str
    name: str
    before: tuple[bytes, ...]
    segments: tuple[str, ...]
    readers: dict[str, str] = field(default_factory=dict)
    visits: dict[str, str] = field(default_factory=dict)
    asked: str = "merge"


INTO_TWO = {"HOSP|1": "HOSP|2", "HOSP|2": "HOSP|2"}
MERGING = (pid(TWO), mrg(ONE))

TABLE = [
    Row("A18", "merge patient information", ADMITTED, MERGING, INTO_TWO, {"HOSP|V1": "HOSP|2"}),
    Row("A24", "link", BOTH, (pid(ONE), pid(TWO)), {"HOSP|1": "HOSP|1", "HOSP|2": "HOSP|2"}, asked="link"),
    Row("A30", "merge person", ADMITTED, MERGING, INTO_TWO, {"HOSP|V1": "HOSP|2"}),
    Row("A34", "merge patient, id only", ADMITTED, MERGING, INTO_TWO, {"HOSP|V1": "HOSP|2"}),
    Row(
        "A35",
        "merge account only",
        ADMITTED,
        (pid(ONE, account="ACC2"), mrg(ONE, account="ACC1")),
        {"HOSP|1": "HOSP|1"},
        asked="account-merge",
    ),
    Row("A39", "merge person, external id", ADMITTED, MERGING, INTO_TWO, {"HOSP|V1": "HOSP|2"}),
    Row("A40", "merge patient, identifier list", ADMITTED, MERGING, INTO_TWO, {"HOSP|V1": "HOSP|2"}),
    Row(
        "A41",
        "merge account",
        ADMITTED,
        (pid(ONE, account="ACC2"), mrg(ONE, account="ACC1")),
        {"HOSP|1": "HOSP|1"},
        asked="account-merge",
    ),
    Row(
        "A42",
        "merge visit",
        (*ADMITTED, visit(6, ONE, "V2")),
        (pid(ONE), mrg(ONE, number="V1^^^HOSP"), pv1("V2^^^HOSP")),
        visits={"HOSP|V1": "as HOSP|V2", "HOSP|V2": "HOSP|1"},
        asked="visit-merge",
    ),
    Row(
        "A43",
        "move an identifier to whom it belongs",
        (person(1, f"{ONE}~10^^^MPI"), person(2, f"{TWO}~20^^^MPI"), visit(5, ONE, "V1")),
        (pid(f"{ONE}~20^^^MPI"), mrg(f"{ONE}~10^^^MPI")),
        {"HOSP|1": "HOSP|2", "MPI|10": "HOSP|1"},
        {"HOSP|V1": "HOSP|2"},
        asked="move",
    ),
    Row(
        "A44",
        "move account",
        (*ADMITTED, visit(6, ONE, "V2", "OTHER")),
        (pid(TWO, account="ACC1"), mrg(ONE, account="ACC1")),
        {"HOSP|1": "HOSP|1"},
        {"HOSP|V1": "HOSP|2", "HOSP|V2": "HOSP|1"},
        asked="account-move",
    ),
    Row(
        "A45",
        "move visit",
        (*ADMITTED, visit(6, ONE, "V2", "ACC1")),
        (pid(TWO, account="ACC2"), mrg(ONE, account="ACC1", number="V1^^^HOSP"), pv1("V1^^^HOSP")),
        {"HOSP|1": "HOSP|1"},
        {"HOSP|V1": "HOSP|2", "HOSP|V2": "HOSP|1"},
        asked="visit-move",
    ),
    Row(
        "A46",
        "change external id",
        BOTH,
        (pid(ONE, external="E9"), mrg(ONE, external="E1")),
        {"HOSP external|E1": "HOSP|1", "HOSP external|E9": "HOSP|1"},
        asked="external-change",
    ),
    Row(
        "A47",
        "change patient identifier",
        ADMITTED,
        (pid("9^^^HOSP"), mrg(ONE)),
        {"HOSP|1": "HOSP|9", "HOSP|9": "HOSP|9"},
        {"HOSP|V1": "HOSP|9"},
        asked="change",
    ),
    Row(
        "A48",
        "change alternate id",
        BOTH,
        (pid(ONE, alternate="A9"), "MRG|1^^^HOSP^MR|A1"),
        {"HOSP alternate|A1": "HOSP|1", "HOSP alternate|A9": "HOSP|1"},
        asked="external-change",
    ),
    Row(
        "A49",
        "change account number",
        ADMITTED,
        (pid(ONE, account="ACC9"), mrg(ONE, account="ACC1")),
        {"HOSP|1": "HOSP|1"},
        asked="account-change",
    ),
    Row(
        "A50",
        "change visit number",
        ADMITTED,
        (pid(ONE), mrg(ONE, number="V1^^^HOSP"), pv1("V9^^^HOSP")),
        visits={"HOSP|V1": "as HOSP|V9", "HOSP|V9": "HOSP|1"},
        asked="visit-change",
    ),
    Row(
        "A51",
        "change alternate visit id",
        ADMITTED,
        (pid(ONE), mrg(ONE, alternate="V1^^^HOSP"), pv1(alternate="V9^^^HOSP")),
        visits={"HOSP|V1": "as HOSP|V9", "HOSP|V9": "HOSP|1"},
        asked="visit-change",
    ),
]


@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row.kind} {row.name}")
def test_an_identity_event_does_what_its_row_says(office: Office, row: Row) -> None:
    """Each identifier and each visit is read through the patient that the row names."""
    office.take(*row.before, identity(row.kind, 30, *row.segments))

    assert states(office) == [(row.asked, MergeState.APPLIED, "")]
    assert {key: reader(office, key) for key in row.readers} == row.readers
    assert visits(office) == (row.visits or visits(office))


@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row.kind} {row.name}")
def test_sent_twice_it_is_done_once(office: Office, row: Row) -> None:
    """A resend asks for nothing new."""
    sent = identity(row.kind, 30, *row.segments)
    office.take(*row.before, sent)
    told = (states(office), visits(office))

    office.take(sent)

    assert (states(office), visits(office)) == told


@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row.kind} {row.name}")
def test_folding_it_again_gives_the_same_rows(office: Office, row: Row) -> None:
    """Pointers and what belongs to somebody else now are folded from the events like everything."""
    office.take(*row.before, identity(row.kind, 30, *row.segments))
    before = office.dump()

    rebuild(office.connection)

    assert office.dump() == before


def test_an_unlink_ends_a_link_and_never_a_merge(office: Office) -> None:
    """A37 after A24; the two were two all the time."""
    office.take(*BOTH, identity("A24", 20, pid(ONE), pid(TWO)), identity("A37", 30, pid(TWO), pid(ONE)))

    assert states(office) == [("link", MergeState.UNDONE, ""), ("unlink", MergeState.APPLIED, "")]


def test_a_merge_of_patient_and_account_is_both(office: Office) -> None:
    """A36: the patient of MRG-1 and the account of MRG-3."""
    office.take(*ADMITTED, identity("A36", 30, pid(TWO, account="ACC2"), mrg(ONE, account="ACC1")))

    assert states(office) == [("merge", MergeState.APPLIED, ""), ("account-merge", MergeState.APPLIED, "")]


@pytest.mark.parametrize(
    ("before", "sent", "expected"),
    [
        (BOTH, identity("A47", 30, pid(TWO), mrg(ONE)), ("change", "onto-existing")),
        (
            (*ADMITTED, visit(6, ONE, "V2")),
            identity("A50", 30, pid(ONE), mrg(ONE, number="V1"), pv1("V2")),
            ("visit-change", "onto-existing"),
        ),
        (
            ADMITTED,
            identity("A42", 30, pid(TWO), mrg(ONE, number="V1"), pv1("V2")),
            ("visit-merge", "of-another-patient"),
        ),
        (
            ADMITTED,
            identity("A41", 30, pid(TWO, account="B"), mrg(ONE, account="A")),
            ("account-merge", "of-another-patient"),
        ),
        (
            (*ADMITTED, visit(6, ONE, "V2", "ACC2")),
            identity("A49", 30, pid(ONE, account="ACC2"), mrg(ONE, account="ACC1")),
            ("account-change", "onto-existing"),
        ),
        (BOTH, identity("A43", 30, pid(ONE), mrg(ONE)), ("move", "target-unnamed")),
        (BOTH, identity("A43", 30, pid(TWO), mrg(ONE)), ("move", "number-missing")),
        (BOTH, identity("A44", 30, pid(TWO), mrg(ONE)), ("account-move", "number-missing")),
        (BOTH, identity("A45", 30, pid(TWO), mrg(ONE)), ("visit-move", "number-missing")),
        ((person(1, ONE, born="19990101"), person(2, TWO)), merge(30, TWO, ONE), ("merge", "birth-differs")),
        ((person(1, ONE, sex="M"), person(2, TWO)), merge(30, TWO, ONE), ("merge", "sex-differs")),
        ((*BOTH, merge(20, ONE, TWO)), merge(30, TWO, ONE), ("merge", "cycle")),
        ((*BOTH, person(3, THREE), merge(20, TWO, ONE)), merge(30, THREE, ONE), ("merge", "source-retired")),
    ],
)
def test_what_a_person_has_to_look_at_is_kept_aside(
    office: Office, before: tuple[bytes, ...], sent: bytes, expected: tuple[str, str]
) -> None:
    """Not applied, not lost, and on the list of things to look at."""
    office.take(*before)
    told = visits(office)

    office.take(sent)

    kind, reason = expected
    assert states(office)[-1] == (kind, MergeState.KEPT_ASIDE, reason)
    assert f"{kind}-{reason}" in {row["code"] for row in office.rows(tables.QUALITY)}
    assert {key: told[key] for key in told} == {key: visits(office)[key] for key in told}


def test_the_birth_date_that_comes_late_takes_a_merge_back(office: Office) -> None:
    """A conflict is flagged in every order: what is told of the time before the merge counts, whenever it is told."""
    office.take(merge(30, TWO, ONE), person(10, TWO))
    assert reader(office, "HOSP|1") == "HOSP|2"

    office.take(person(11, ONE, born="19990101"))

    assert states(office) == [("merge", MergeState.KEPT_ASIDE, "birth-differs")]
    assert reader(office, "HOSP|1") == "HOSP|1"


@pytest.mark.parametrize("turned", ["as-sent", "turned"])
def test_of_a_merge_and_its_reverse_the_earlier_one_counts(office: Office, turned: str) -> None:
    """Whichever arrives first."""
    asked = [merge(20, TWO, ONE), merge(30, ONE, TWO)]
    office.take(*BOTH, *(reversed(asked) if turned == "turned" else asked))

    assert reader(office, "HOSP|1") == reader(office, "HOSP|2") == "HOSP|2"
    assert sorted(states(office)) == [("merge", MergeState.APPLIED, ""), ("merge", MergeState.KEPT_ASIDE, "cycle")]


@pytest.mark.parametrize("turned", ["as-sent", "turned"])
def test_a_ring_of_merges_is_broken_where_it_closes(office: Office, turned: str) -> None:
    """One into two, two into three, three into one: the last is kept aside."""
    asked = [merge(20, TWO, ONE), merge(25, THREE, TWO), merge(30, ONE, THREE)]
    office.take(*BOTH, person(3, THREE), *(reversed(asked) if turned == "turned" else asked))

    assert {reader(office, key) for key in ("HOSP|1", "HOSP|2", "HOSP|3")} == {"HOSP|3"}
    assert sorted(states(office))[-1] == ("merge", MergeState.KEPT_ASIDE, "cycle")


def test_late_messages_follow_a_changed_number(office: Office) -> None:
    """A47: what the old number hears is the same person's, before the change and after it."""
    office.take(person(1, ONE, street="Old St"), identity("A47", 30, pid("9^^^HOSP"), mrg(ONE)))

    office.take(person(20, ONE, kind="A31", street="New St"), person(40, "9^^^HOSP", kind="A31", name="Roe^Jane"))

    row = of(office, "HOSP|9")
    assert (row["family"], str(row["pid"]).split("|")[11]) == ("Roe", "New St")


def test_a_change_may_come_after_what_the_new_number_heard(office: Office) -> None:
    """What was sent with the new number since the change is no other person."""
    office.take(person(1, ONE), person(40, "9^^^HOSP", kind="A31"), identity("A47", 30, pid("9^^^HOSP"), mrg(ONE)))

    assert states(office) == [("change", MergeState.APPLIED, "")]


def test_late_messages_follow_a_changed_visit(office: Office) -> None:
    """A50: a discharge with the old number ends the visit, and there is still one visit."""
    office.take(*ADMITTED, identity("A50", 30, pid(ONE), mrg(ONE, number="V1^^^HOSP"), pv1("V9^^^HOSP")))

    office.take(visit(40, ONE, "V1", kind="A03"))

    rows = {row["number_key"]: row for row in office.rows(tables.ENCOUNTER)}
    assert rows["HOSP|V9"]["ended_at"] is not None
    assert (rows["HOSP|V1"]["status"], rows["HOSP|V1"]["pv1"]) == (0, "")


def test_late_messages_follow_a_moved_visit(office: Office) -> None:
    """A45: whoever still says the wrong patient means that visit, and founds no second one."""
    moved = (pid(TWO), mrg(ONE, number="V1^^^HOSP"), pv1("V1^^^HOSP"))
    office.take(*ADMITTED, identity("A45", 30, *moved))

    office.take(visit(40, ONE, "V1", kind="A03"), visit(41, TWO, "V1", kind="A08"))

    assert visits(office) == {"HOSP|V1": "HOSP|2"}
    assert office.only(tables.ENCOUNTER)["ended_at"] is not None


def test_a_moved_visit_may_be_told_of_late(office: Office) -> None:
    """A45 before the admission: the visit is with whom it was moved to."""
    office.take(*BOTH, identity("A45", 30, pid(TWO), mrg(ONE, number="V1^^^HOSP"), pv1("V1^^^HOSP")))

    office.take(visit(5, ONE, "V1"))

    assert visits(office) == {"HOSP|V1": "HOSP|2"}


def test_several_visits_move_in_one_message_and_may_get_other_numbers(office: Office) -> None:
    """A45 repeats MRG and PV1 inside one PID."""
    segments = (
        pid(TWO),
        mrg(ONE, number="V1^^^HOSP"),
        pv1("V7^^^HOSP"),
        mrg(ONE, number="V2^^^HOSP"),
        pv1("V2^^^HOSP"),
    )

    office.take(*ADMITTED, visit(6, ONE, "V2"), identity("A45", 30, *segments))

    assert visits(office) == {"HOSP|V1": "as HOSP|V7", "HOSP|V7": "HOSP|2", "HOSP|V2": "HOSP|2"}


def test_results_move_with_their_visit(office: Office) -> None:
    """An order that names a moved visit is read through whom the visit was moved to."""
    moved = (pid(TWO), mrg(ONE, number="V1^^^HOSP"), pv1("V1^^^HOSP"))
    office.take(*ADMITTED, oru(10, "F", visit="V1^^^HOSP"), identity("A45", 30, *moved))

    order, target = office.only(tables.ORDER), of(office, "HOSP|2")
    assert order["moved_to"] == target["id"]


@pytest.mark.parametrize("turned", ["as-sent", "turned"])
def test_what_a_moved_number_hears_belongs_to_whom_it_led_to_then(office: Office, turned: str) -> None:
    """A43: before the move the wrong person's history, after it the right one's, whatever arrives first."""
    known = (person(1, f"{ONE}~10^^^MPI", street="S1"), person(2, f"{TWO}~20^^^MPI", street="S2"))
    moved = identity("A43", 30, pid(f"{ONE}~20^^^MPI"), mrg(f"{ONE}~10^^^MPI"))
    told = [person(20, ONE, kind="A31", street="Before"), person(40, ONE, kind="A31", street="After")]
    office.take(*known, *([*told, moved] if turned == "turned" else [moved, *told]))

    streets = {key: str(of(office, key)["pid"]).split("|")[11] for key in ("MPI|10", "MPI|20")}
    assert streets == {"MPI|10": "Before", "MPI|20": "After"}


@pytest.mark.parametrize(
    "raw", ["1^^^HOSP", "1^^^HOSP&1.2.3&ISO~999-99-9999^^^USSSA^SS", "1^^^OTHER~1^^^HOSP", "999-99-9999^^^USSSA^SS"]
)
def test_odd_numbers_in_a_merge_are_survived(office: Office, raw: str) -> None:
    """Onto itself, beside a social security number, the same number under two authorities, or nothing usable."""
    office.take(person(1, ONE), merge(20, raw, ONE), merge(21, ONE, raw))

    assert MergeState.APPLIED not in {state for _, state, _ in states(office)} or "OTHER" in raw
