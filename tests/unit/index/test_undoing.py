"""What people decide about merges and suspected overlays: undone to exactly the state before."""

import pytest

from engine.hl7.message import Message
from engine.index import tables
from engine.index.decisions import Action, Choice
from engine.index.identity_records import MergeState, OverlayState
from engine.index.rebuild import rebuild, verify
from tests.unit.index.identity_events import (
    ONE,
    TWO,
    decide,
    decide_about,
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
from tests.unit.index.records_office import Office, merge

pytest_plugins = ("tests.unit.index.index_fixtures",)

KNOWN = (person(1, ONE, street="S1"), person(2, TWO, street="S2"), visit(5, ONE, "V1", "ACC1"), visit(6, ONE, "V2"))
ROWS = tuple(table for table in tables.FOLDED_TABLES if table not in (tables.MERGE, tables.QUALITY, tables.OVERLAY))
ACTS = {
    "merge": merge(30, TWO, ONE),
    "account-move": identity("A44", 30, pid(TWO, account="ACC1"), mrg(ONE, account="ACC1")),
    "visit-move": identity("A45", 30, pid(TWO), mrg(ONE, number="V1"), pv1("V1")),
    "visit-change": identity("A50", 30, pid(ONE), mrg(ONE, number="V1"), pv1("V9")),
    "visit-merge": identity("A42", 30, pid(ONE), mrg(ONE, number="V1"), pv1("V2")),
    "link": identity("A24", 30, pid(ONE), pid(TWO)),
}


@pytest.mark.parametrize("kind", ACTS)
def test_what_is_undone_leaves_exactly_the_rows_before(office: Office, kind: str) -> None:
    """Patients, identifiers, visits, places, orders: every row of every table but the record of the act itself."""
    office.take(*KNOWN)
    before = office.dump(ROWS)
    office.take(ACTS[kind])

    decide(office, Action.UNDO)

    assert office.dump(ROWS) == before
    assert states(office)[-1][:2] == (kind, MergeState.UNDONE)


@pytest.mark.parametrize("kind", ACTS)
def test_what_was_undone_can_be_applied_again(office: Office, kind: str) -> None:
    """Apply after undo is as if nothing had been undone."""
    office.take(*KNOWN, ACTS[kind])
    before, told = office.dump(ROWS), visits(office)
    decide(office, Action.UNDO)

    decide(office, Action.APPLY)

    assert visits(office) == told
    assert kind == "visit-change" or office.dump(ROWS) == before


def test_later_events_are_kept_when_a_merge_is_undone(office: Office) -> None:
    """What was sent for either number since then is that number's."""
    office.take(*KNOWN, ACTS["merge"])
    office.take(person(40, ONE, kind="A31", street="Of one"), visit(41, ONE, "V3"), visit(42, TWO, "V4"))

    decide(office, Action.UNDO)

    assert str(of(office, "HOSP|1")["pid"]).split("|")[11] == "Of one"
    assert str(of(office, "HOSP|2")["pid"]).split("|")[11] == "S2"
    assert visits(office) == {"HOSP|V1": "HOSP|1", "HOSP|V2": "HOSP|1", "HOSP|V3": "HOSP|1", "HOSP|V4": "HOSP|2"}


def test_later_events_are_kept_when_a_visits_number_is_changed_back(office: Office) -> None:
    """The new number keeps what was sent with it, the old one gets back what was sent with that."""
    office.take(*KNOWN, ACTS["visit-change"], visit(40, ONE, "V9", kind="A08"), visit(41, ONE, "V1", kind="A03"))

    decide(office, Action.UNDO)

    rows = {row["number_key"]: row for row in office.rows(tables.ENCOUNTER)}
    assert rows["HOSP|V1"]["ended_at"] is not None
    assert rows["HOSP|V9"]["ended_at"] is None


def test_a_person_may_apply_what_was_kept_aside(office: Office) -> None:
    """Two birth dates: somebody has looked at both."""
    office.take(person(1, ONE, born="19990101"), person(2, TWO), merge(30, TWO, ONE))
    assert reader(office, "HOSP|1") == "HOSP|1"

    decide(office, Action.APPLY)

    assert reader(office, "HOSP|1") == "HOSP|2"


def test_a_circle_cannot_be_applied_by_anybody(office: Office) -> None:
    """The other merge has to be undone first."""
    office.take(*KNOWN, merge(20, TWO, ONE), merge(30, ONE, TWO))

    decide(office, Action.APPLY)

    assert states(office)[-1] == ("merge", MergeState.KEPT_ASIDE, "cycle")
    decide(office, Action.UNDO, 0)
    assert reader(office, "HOSP|2") == "HOSP|1"


@pytest.mark.parametrize("kind", ACTS)
def test_decisions_are_events_and_folded_again(office: Office, kind: str) -> None:
    """Rebuilding gives the same rows, and verifying does not look for decisions in bodies."""
    sent = [*KNOWN, ACTS[kind]]
    office.take(*sent)
    decide(office, Action.UNDO)
    office.take(person(40, ONE, kind="A31", street="Later"))
    before = office.dump()

    rebuild(office.connection)

    assert office.dump() == before
    bodies = [(number, Message.parse(payload)) for number, payload in enumerate(sent, 1)]
    assert list(verify(office.connection, bodies)) == []


OVERLAY = person(20, ONE, kind="A31", name="Stone^Mary", born="19550505", sex="F")


def test_an_update_that_makes_another_person_is_held_back(office: Office) -> None:
    """Name and birth date at once: the index keeps what it knew, and somebody is told."""
    office.take(person(1, ONE, name="Miller^Jane"), OVERLAY)

    assert of(office, "HOSP|1")["family"] == "Miller"
    overlay = office.only(tables.OVERLAY)
    assert (overlay["state"], overlay["reason"]) == (OverlayState.HELD, "name birth")
    assert "suspected-overlay" in {row["code"] for row in office.rows(tables.QUALITY)}


@pytest.mark.parametrize(
    ("update", "reason"),
    [
        (person(20, ONE, kind="A31", name="Miller^Paul", born="19780611"), "name birth"),
        (person(20, ONE, kind="A31", name="Stone^Paul", sex="M"), "name sex"),
    ],
)
def test_relatives_are_other_persons(office: Office, update: bytes, reason: str) -> None:
    """One part of the name is the same, but the whole birth date, or the other part and the sex, are not."""
    office.take(person(1, ONE, name="Miller^Jane"), update)

    assert office.only(tables.OVERLAY)["reason"] == reason


@pytest.mark.parametrize(
    "update",
    [
        person(20, ONE, kind="A31", name="Stone^Jane"),
        person(20, ONE, kind="A31", name="Stone^Jane", born="19800102"),
        person(20, ONE, kind="A31", born="19990101"),
        person(20, ONE, kind="A31", name="Jane^Miller", sex="M"),
        person(20, ONE, kind="A31", name="Stone^Mary"),
    ],
)
def test_ordinary_updates_pass(office: Office, update: bytes) -> None:
    """A marriage, a typing error, a correction."""
    office.take(person(1, ONE, name="Miller^Jane"), update)

    assert office.rows(tables.OVERLAY) == []


def test_somebody_without_a_name_may_get_one(office: Office) -> None:
    """What comes after a placeholder is no other person."""
    office.take(person(1, ONE, name="Unknown^Trauma", born="19000101"), OVERLAY)

    assert of(office, "HOSP|1")["family"] == "Stone"


def test_an_accepted_update_is_folded_in_where_it_belongs(office: Office) -> None:
    """As if it had never been held back, also when it is folded again."""
    office.take(person(1, ONE, name="Miller^Jane"), OVERLAY)
    decide_about(office, Choice(Action.ACCEPT, (2, 1, 0)))
    assert of(office, "HOSP|1")["family"] == "Stone"
    before = office.dump()

    rebuild(office.connection)

    assert office.dump() == before


def test_a_rejected_update_stays_out(office: Office) -> None:
    """And cannot be let in by deciding again."""
    office.take(person(1, ONE, name="Miller^Jane"), OVERLAY)
    decide_about(office, Choice(Action.REJECT, (2, 1, 0)))

    decide_about(office, Choice(Action.ACCEPT, (2, 1, 0)))

    assert of(office, "HOSP|1")["family"] == "Miller"
    assert office.only(tables.OVERLAY)["state"] == OverlayState.REJECTED
