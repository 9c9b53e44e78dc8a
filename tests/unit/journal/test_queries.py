"""Questions to the journal: right answers, and the same cost in a large store as in a small one."""

from functools import partial
from typing import Any

import pytest
from sqlalchemy import Connection, Select
from sqlalchemy.dialects import postgresql, sqlite

from engine.errors import HashMismatch
from engine.journal import deliveries, queries
from engine.journal.deliveries import DeliveryFilter
from engine.journal.queries import MessageFilter
from engine.journal.store import Store
from engine.journal.writes import Writes
from engine.states import DeliveryState, MessageState
from tests.unit.journal.journals import START_NS, Desk, FakeOutput, message

pytest_plugins = ("tests.unit.journal.journal_fixtures",)

SECOND_US = 1_000_000
START_US = START_NS // 1_000


@pytest.fixture
async def filled(desk: Desk) -> Desk:
    """Return a desk with ten messages a second apart: every third filtered, the last rejected."""
    for number in range(1, 11):
        state = MessageState.FILTERED if number % 3 == 0 else MessageState.ACCEPTED
        state = MessageState.REJECTED if number == 10 else state
        outputs = {"outputs": ()} if state is MessageState.FILTERED else {}
        at = START_NS + number * 1_000_000_000
        await desk.one(message(f"M{number}", state=state, received_ns=at, **outputs))
    return desk


def ids(desk: Desk, wanted: MessageFilter) -> list[int]:
    """Return the numbers of the messages found."""
    return [row["id"] for row in desk.ask(lambda connection: queries.messages(connection, wanted))]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (MessageFilter(limit=3), [10, 9, 8]),
        (MessageFilter(before_id=4), [3, 2, 1]),
        (MessageFilter(state=MessageState.FILTERED), [9, 6, 3]),
        (MessageFilter(state=MessageState.REJECTED), [10]),
        (MessageFilter(control_id="M1"), [1]),
        (MessageFilter(control_id="M"), []),
        (MessageFilter(listener="oru"), []),
        (MessageFilter(message_type="ADT^A01", limit=1), [10]),
        (MessageFilter(since_us=START_US + 8 * SECOND_US), [10, 9, 8]),
        (MessageFilter(since_us=START_US + 99 * SECOND_US), []),
        (MessageFilter(since_us=0, limit=99), [10, 9, 8, 7, 6, 5, 4, 3, 2, 1]),
    ],
)
async def test_messages_are_found_newest_first(filled: Desk, wanted: MessageFilter, found: list[int]) -> None:
    """Filters add up, and pages follow each other by number."""
    assert ids(filled, wanted) == found


async def test_lists_hold_nothing_that_only_an_audited_action_may_open(filled: Desk) -> None:
    """Bytes, texts with values and stored values are asked for by name, one message at a time."""
    listed = filled.ask(lambda connection: queries.messages(connection, MessageFilter(limit=1)))[0]
    sent = filled.ask(lambda connection: deliveries.deliveries_of(connection, 1))[0]

    assert not {"payload", "context", "detail"} & set(listed)
    assert not {"payload", "detail", "evidence"} & set(sent)


@pytest.mark.parametrize("changed", ["X'4D5348'", "'MSH'"], ids=["bytes", "text"])
async def test_changed_bytes_are_never_handed_out(desk: Desk, changed: str) -> None:
    """A flipped bit is found on reading, and names the message, nothing else; its neighbours are not touched."""
    await desk.one(message("M1"))
    await desk.one(message("M2"))
    await desk.writer.run(lambda connection: _set_payload(connection, changed))

    for read in (
        lambda connection: queries.message_payload(connection, 1),
        lambda connection: deliveries.delivery_payload(connection, (1, 1)),
    ):
        with pytest.raises(HashMismatch) as caught:
            desk.ask(read)
        assert caught.value.message_id == 1
        assert "PID" not in str(caught.value)
    assert desk.ask(lambda connection: queries.message_payload(connection, 2))


async def test_missing_messages_are_none(desk: Desk) -> None:
    """Asking for what is not there is no error."""
    assert desk.ask(lambda connection: queries.message_payload(connection, 5)) is None
    assert desk.ask(lambda connection: queries.message_head(connection, 5)) is None
    assert desk.ask(lambda connection: deliveries.delivery_payload(connection, (5, 1))) is None


async def test_lanes_read_what_waits_in_order_page_by_page(desk: Desk) -> None:
    """Pending and held, by message and ordinal; parked and delivered ones are passed over."""
    states = (DeliveryState.PENDING, DeliveryState.PARKED, DeliveryState.HELD, DeliveryState.PENDING)
    for number, state in enumerate(states, 1):
        output = FakeOutput(1, "billing", b"x" if state is DeliveryState.PENDING else b"", state)
        other = FakeOutput(2, "billing", b"y", lane_keys=("A|1", "B|2"))
        await desk.one(message(f"M{number}", outputs=(output, other)))
    await desk.reporting((4, 1), DeliveryState.DELIVERED)

    pages: list[list[tuple[int, int]]] = []
    while page := desk.ask(partial(deliveries.waiting, destination="billing", after=_end_of(pages), limit=2)):
        pages.append([each[:2] for each in page])

    assert pages == [[(1, 1), (1, 2)], [(2, 2), (3, 1)], [(3, 2), (4, 2)]]
    first = desk.ask(lambda connection: deliveries.waiting(connection, "billing", (3, 1), 1))[0]
    assert first.lane_keys == ("A|1", "B|2")
    queued = desk.ask(lambda connection: deliveries.with_bytes(connection, first))
    assert (queued.payload, queued.state) == (b"y", DeliveryState.PENDING)


async def test_what_waits_no_more_has_no_bytes(desk: Desk) -> None:
    """It was skipped between reading the page and its turn."""
    await desk.one(message("M1"))
    (first, *_) = desk.ask(lambda connection: deliveries.waiting(connection, "billing"))
    await desk.reporting((1, 1), DeliveryState.DELIVERED)

    assert desk.ask(lambda connection: deliveries.with_bytes(connection, first)) is None


async def test_destinations_with_work_are_named(desk: Desk) -> None:
    """A destination that was taken out of the configuration may still hold deliveries."""
    await desk.one(message("M1"))
    await desk.reporting((1, 1), DeliveryState.DELIVERED)

    assert desk.ask(deliveries.destinations_with_work) == ["registry"]


async def test_deliveries_are_listed_by_destination_and_state(desk: Desk) -> None:
    """As the screens ask for them."""
    await desk.one(message("M1"))
    await desk.one(message("M2"))
    await desk.reporting((2, 1), DeliveryState.DELIVERED)

    def places(wanted: DeliveryFilter) -> list[Any]:
        rows = desk.ask(lambda connection: deliveries.deliveries(connection, wanted))
        return [(row["message_id"], row["ordinal"]) for row in rows]

    assert places(DeliveryFilter(destination="billing")) == [(1, 1), (2, 1)]
    assert places(DeliveryFilter(state=DeliveryState.PENDING)) == [(1, 1), (1, 2), (2, 2)]
    assert places(DeliveryFilter(state=DeliveryState.DELIVERED)) == [(2, 1)]
    assert places(DeliveryFilter(after=(1, 1), limit=1)) == [(1, 2)]


PLANS = [
    (lambda connection: deliveries.waiting(connection, "billing", (5, 1)), "USING INDEX ix_delivery_open"),
    (deliveries.destinations_with_work, "ix_delivery_open"),
    (
        lambda connection: deliveries.deliveries(connection, DeliveryFilter("billing", DeliveryState.HELD)),
        "USING INDEX ix_delivery_open",
    ),
    (
        lambda connection: queries.messages(connection, MessageFilter(state=MessageState.QUARANTINED)),
        "INDEX ix_message_troubled",
    ),
    (lambda connection: queries.messages(connection, MessageFilter(control_id="M1")), "INDEX ix_message_resend"),
    (lambda connection: queries.messages(connection, MessageFilter(before_id=9)), "INTEGER PRIMARY KEY"),
]


@pytest.mark.parametrize(("ask", "plan"), PLANS)
def test_a_question_uses_its_index(store: Store, ask: Any, plan: str) -> None:
    """A partial index is only taken where the query repeats its condition: a million delivered rows are not read."""
    explained: list[str] = []

    class Explaining:
        def execute(self, query: Select[Any]) -> Any:
            rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {_literal(query)}")
            explained.extend(str(row[3]) for row in rows)
            return connection.execute(query)

    with store.readers.reading() as connection:
        ask(Explaining())

    assert plan in " ".join(explained)
    assert "TEMP B-TREE" not in " ".join(explained) or "resend" in plan, "only the few of one control id may be sorted"


def test_the_resend_lookup_uses_its_index_for_any_number_of_digests(store: Store) -> None:
    """One statement, one parameter: never an expanding IN."""
    sql = Writes(store.connection.dialect).earlier.sql

    with store.readers.reading() as connection:
        rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", ('["a 00"]', 0))
        plan = " ".join(str(row[3]) for row in rows)

    assert sql.count("?") == 2
    assert "USING INDEX ix_message_resend (resend_key=?)" in plan


@pytest.mark.parametrize("dialect", [sqlite.dialect(), postgresql.dialect()], ids=["sqlite", "postgresql"])  # type: ignore[no-untyped-call]
def test_every_hot_statement_compiles_for_both_databases(dialect: Any) -> None:
    """PostgreSQL follows: nothing here may need SQLite."""
    writes = vars(Writes(dialect))

    assert len(writes) == 12
    assert ("= ANY(" in writes["earlier"].sql) == (dialect.name == "postgresql")
    assert "ON CONFLICT (scope, state) DO UPDATE" in writes["tally"].sql


def _end_of(pages: list[list[tuple[int, int]]]) -> tuple[int, int]:
    return pages[-1][-1] if pages else (0, 0)


def _set_payload(connection: Connection, sql: str) -> None:
    connection.exec_driver_sql(f"UPDATE message SET payload = {sql} WHERE id = 1")  # noqa: S608  the test's own words


def _literal(query: Select[Any]) -> str:
    return str(query.compile(dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True}))
