"""Looking at patients as messages change them finds what a look at all of them finds; decisions and merges hold."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, Table, func, insert, select, update

from engine.errors import NotPossible
from engine.index.tables import EVENT, PATIENT
from engine.journal.store import Store, open_store
from engine.quality.finding import find_pairs
from engine.quality.looking import look_at_all, look_at_news, save_all, save_look, start_over
from engine.quality.pairs import decide, pairs
from engine.quality.profile import profile_of
from engine.quality.rates import rates
from engine.quality.tables import BLOCK, SEEN, Verdict
from tests.support.populations import population

ONE = "PID|1||1^^^A^MR||Müller^Katherine||19610214|F|||12 Example Street^^Town^NC^27900||(919)555-0142"
SAME = "PID|1||2^^^A^MR||MUELLER^KATE||19610214|F|||12 Example St^^Town^NC^27900||919-555-0142"
OTHER = "PID|1||3^^^A^MR||Novak^Jan||19800101|M|||1 Nowhere Blvd^^Town^NC^27911||(704)555-0101"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(tmp_path / "journal.db")
    yield opened
    opened.close()


def a_row(table: Table, **values: object) -> dict[str, object]:
    empty = {column.name: None if column.nullable else column.type.python_type() for column in table.columns.values()}
    return {**empty, **values}


def tell(connection: Connection, message_id: int, patient_id: int, pid: str) -> None:
    """Have a message say who a patient is."""
    connection.execute(
        insert(EVENT), a_row(EVENT, message_id=message_id, patient_id=patient_id, kind="A04", received_at=5)
    )
    if connection.execute(update(PATIENT).where(PATIENT.c.id == patient_id).values(pid=pid)).rowcount == 0:
        connection.execute(insert(PATIENT), a_row(PATIENT, id=patient_id, lane_key=f"A|{patient_id:06}", pid=pid))


def catch_up(connection: Connection, messages: int = 64) -> int:
    """Look at all that is new; return in how many steps."""
    steps = 0
    while (look := look_at_news(connection, messages)) is not None:
        save_look(connection, look)
        steps += 1
    return steps


def found(connection: Connection) -> list[tuple[int, int]]:
    return sorted((each.pair.first_id, each.pair.second_id) for each in pairs(connection))


def test_news_looked_at_bit_by_bit_are_what_a_look_at_all_finds(store: Store) -> None:
    """Whoever comes later is compared with whoever came before, in any order."""
    people = population(1_500, share=0.1, seed=7)
    with store.connection.begin():
        for message_id, (patient_id, pid) in enumerate(people.patients, 1):
            tell(store.connection, message_id, patient_id, pid)
        steps = catch_up(store.connection)

    with store.readers.reading() as connection:
        whole = find_pairs(profile_of(*each) for each in people.patients)
        assert steps == 24
        assert found(connection) == sorted((pair.first_id, pair.second_id) for pair in whole.pairs)
        assert len(whole.pairs) > 100
        assert look_at_news(connection) is None


def test_a_look_at_all_leaves_nothing_new(store: Store) -> None:
    """What it has read need not be compared again, and what comes after is compared with it."""
    with store.connection.begin():
        tell(store.connection, 1, 1, ONE)
        tell(store.connection, 2, 3, OTHER)
    everybody = look_at_all(store.readers.reading)
    with store.connection.begin():
        save_all(store.connection, everybody)
        assert look_at_news(store.connection) is None
        tell(store.connection, 3, 2, SAME)
        assert catch_up(store.connection) == 1
        assert found(store.connection) == [(1, 2)]


def test_a_patient_who_changes_is_compared_anew_and_one_who_does_not_is_not(store: Store) -> None:
    """Pairs and keys follow what the record says today."""
    with store.connection.begin():
        tell(store.connection, 1, 1, ONE)
        tell(store.connection, 2, 2, SAME)
        catch_up(store.connection)
        before = found(store.connection)
        tell(store.connection, 3, 2, SAME)
        unchanged = look_at_news(store.connection)
        catch_up(store.connection)
        tell(store.connection, 4, 2, OTHER)
        catch_up(store.connection)
        after = found(store.connection)
        kept = store.connection.execute(select(func.count()).select_from(BLOCK).where(BLOCK.c.patient_id == 2)).scalar()
        keys = store.connection.execute(select(SEEN.c.blocks).where(SEEN.c.patient_id == 2)).scalar_one()

    assert (before, after) == ([(1, 2)], [])
    assert unchanged is not None
    assert unchanged.seen == {}
    assert kept == len(keys) // 8


def test_merged_patients_are_no_pair(store: Store) -> None:
    """The survivor speaks for both."""
    with store.connection.begin():
        tell(store.connection, 1, 1, ONE)
        tell(store.connection, 2, 2, SAME)
        catch_up(store.connection)
        store.connection.execute(update(PATIENT).where(PATIENT.c.id == 2).values(merged_into=1))
        at_once = found(store.connection)
        tell(store.connection, 3, 2, SAME)
        catch_up(store.connection)
        gone = store.connection.execute(select(SEEN.c.patient_id)).scalars().all()

    assert at_once == []
    assert gone == [1]


def test_a_decision_outlives_changes_and_a_new_start(store: Store) -> None:
    """It is tied to what the patients were founded with, not to numbers; it can be taken back."""
    with store.connection.begin():
        tell(store.connection, 1, 1, ONE)
        tell(store.connection, 2, 2, SAME)
        catch_up(store.connection)
        decide(store.connection, (2, 1), Verdict.DIFFERENT, "jane")
        start_over(store.connection)
        catch_up(store.connection)
        after = [each.verdict for each in pairs(store.connection)]
        decide(store.connection, (1, 2), None, "jane")
        taken_back = [each.verdict for each in pairs(store.connection)]
        with pytest.raises(NotPossible, match="there is no patient 9"):
            decide(store.connection, (1, 9), Verdict.SAME, "jane")
        with pytest.raises(NotPossible, match="two different"):
            decide(store.connection, (1, 1), Verdict.SAME, "jane")

    assert after == [Verdict.DIFFERENT]
    assert taken_back == [None]


def test_the_rates_are_ahimas(store: Store) -> None:
    """Records in pairs of all records; confirmed pairs of registrations, each in the period."""
    with store.connection.begin():
        for number, pid in enumerate((ONE, SAME, OTHER, OTHER.replace("Novak^Jan", "Horvat^Luca")), 1):
            tell(store.connection, number, number, pid)
        catch_up(store.connection)
        before = rates(store.connection, 0, 1 << 60)
        decide(store.connection, (1, 2), Verdict.SAME, "jane")
        confirmed = rates(store.connection, 0, 1 << 60)
        decide(store.connection, (1, 2), Verdict.DIFFERENT, "jane")
        cleared = rates(store.connection, 0, 1 << 60)

    assert (before.records, before.possible, before.registrations, before.confirmed) == (4, 2, 4, 0)
    assert (before.error_rate, confirmed.error_rate, cleared.error_rate) == (50.0, 50.0, 0.0)
    assert (before.creation_rate, confirmed.creation_rate, cleared.creation_rate) == (0.0, 25.0, 0.0)
