"""A decision is carried out in the store, foreseen without being written, and refused where it cannot be done."""

import pytest

from engine.errors import NotPossible
from engine.index import tables
from engine.index.deciding import carry_out, foresee, merges_in, overlays_in
from engine.index.decisions import Action, Choice
from engine.index.identity_records import MergeState, OverlayState
from engine.index.rebuild import rebuild
from tests.unit.index.identity_events import ONE, TWO, identity, mrg, of, person, pid, pv1, reader, visit, visits
from tests.unit.index.records_office import RECEIVED_US, Office, merge

pytest_plugins = ("tests.unit.index.index_fixtures",)

ASIDE = (
    person(1, ONE, born="19990101"),
    person(2, TWO),
    person(5, ONE, kind="A31", born="19990101"),
    merge(30, TWO, ONE),
)
LAST = Choice(Action.APPLY, (4, 1, 1))


def test_what_would_move_is_shown_and_nothing_is_written(office: Office) -> None:
    """Preview: the patients whose rows change; the store stays as it is."""
    office.take(*ASIDE)
    before = office.dump()

    moved = foresee(office.connection, LAST, 4, RECEIVED_US)

    assert moved.merge is not None
    assert (moved.merge.state, moved.patients) == (MergeState.APPLIED, (1, 2))
    assert office.dump() == before


def test_a_preview_of_a_move_names_the_visits(office: Office) -> None:
    """Undoing an A45: which visit goes back."""
    office.take(person(1, ONE), person(2, TWO), visit(5, ONE, "V1"))
    office.take(identity("A45", 30, pid(TWO), mrg(ONE, number="V1"), pv1("V1")))

    moved = foresee(office.connection, Choice(Action.UNDO, (4, 1, 1)), 4, RECEIVED_US)

    assert (moved.visits, moved.events) == ((1,), 0)
    assert visits(office) == {"HOSP|V1": "HOSP|2"}


def test_a_decision_is_numbered_behind_the_last_message(office: Office) -> None:
    """Two decisions and what came between are folded again to the same rows."""
    office.take(*ASIDE)

    carry_out(office.connection, LAST, 4, RECEIVED_US)
    carry_out(office.connection, Choice(Action.UNDO, LAST.key), 4, RECEIVED_US)
    carry_out(office.connection, LAST, 4, RECEIVED_US)

    assert [(row["message_id"], row["ordinal"]) for row in office.rows(tables.EVENT)][3:] == [
        (4, 1), (4, 2), (4, 3), (4, 4)
    ]  # fmt: skip
    assert reader(office, "HOSP|1") == "HOSP|2"
    before = office.dump()
    rebuild(office.connection)
    assert office.dump() == before


@pytest.mark.parametrize(
    ("choice", "code"),
    [
        (Choice(Action.UNDO, (4, 1, 1)), "wrong-state"),
        (Choice(Action.APPLY, (9, 1, 1)), "no-such-merge"),
        (Choice(Action.ACCEPT, (4, 1, 0)), "no-such-overlay"),
    ],
)
def test_what_cannot_be_decided_is_refused(office: Office, choice: Choice, code: str) -> None:
    """With a code and a sentence, and no event of it."""
    office.take(*ASIDE)

    with pytest.raises(NotPossible) as refused:
        carry_out(office.connection, choice, 4, RECEIVED_US)

    assert refused.value.code == code
    assert len(office.rows(tables.EVENT)) == 4


def test_a_circle_is_refused(office: Office) -> None:
    """The merge that stands against it has to be undone first."""
    office.take(person(1, ONE), person(2, TWO), merge(20, TWO, ONE), merge(30, ONE, TWO))

    with pytest.raises(NotPossible) as refused:
        carry_out(office.connection, Choice(Action.APPLY, (4, 1, 1)), 4, RECEIVED_US)

    assert refused.value.code == "kept-aside"


def test_merges_and_overlays_are_listed_by_state(office: Office) -> None:
    """What waits for a person, the newest first."""
    stranger = person(40, TWO, kind="A31", name="Stone^Mary", born="19550505")
    office.take(person(1, ONE, born="19990101"), person(2, TWO, name="Miller^Jane"), merge(30, TWO, ONE), stranger)

    assert [row.key for row in merges_in(office.connection, MergeState.KEPT_ASIDE, 10)] == [(3, 1, 1)]
    assert merges_in(office.connection, MergeState.APPLIED, 10) == []
    (held,) = overlays_in(office.connection, OverlayState.HELD, 10)
    carry_out(office.connection, Choice(Action.ACCEPT, (held.message_id, held.ordinal, 0)), 4, RECEIVED_US)
    assert of(office, "HOSP|2")["family"] == "Stone"
    assert overlays_in(office.connection, OverlayState.HELD, 10) == []
