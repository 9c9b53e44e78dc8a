"""Whether newer messages of the same patients have gone out: one condition, in both databases' words."""

from functools import partial

from sqlalchemy import Dialect, select
from sqlalchemy.dialects import postgresql

from engine.journal.deliveries import delivered_since
from engine.journal.tables import DELIVERY
from engine.statements import shares_any
from engine.states import DeliveryState
from tests.unit.journal.journals import Desk, FakeOutput, message

pytest_plugins = ("tests.unit.journal.journal_fixtures",)


async def _deliver(desk: Desk, name: str, *keys: str) -> None:
    """Receive a message for billing with these lane keys, and deliver it."""
    plan = message(name, outputs=(FakeOutput(1, "billing", b"x", lane_keys=keys),))
    answer = await desk.one(plan)
    await desk.reporting((answer.message_id, 1), DeliveryState.DELIVERED)


async def test_a_newer_delivery_of_one_of_its_patients_is_found(desk: Desk) -> None:
    """One key in common is enough; the oldest such message is named."""
    await desk.one(message("M1", outputs=(FakeOutput(1, "billing", b"x", lane_keys=("A|1", "A|2")),)))
    await _deliver(desk, "M2", "A|3")
    before = desk.ask(lambda connection: delivered_since(connection, (1, 1)))
    await _deliver(desk, "M3", "A|9", "A|2")
    await _deliver(desk, "M4", "A|1")

    found = desk.ask(lambda connection: delivered_since(connection, (1, 1)))

    assert before is None
    assert found == 3


async def test_a_delivery_without_keys_stands_in_an_order_with_all(desk: Desk) -> None:
    """Both ways."""
    await desk.one(message("M1", outputs=(FakeOutput(1, "billing", b"x", lane_keys=()),)))
    await desk.one(message("M2", outputs=(FakeOutput(1, "billing", b"x", lane_keys=("A|1",)),)))
    await _deliver(desk, "M3")

    found = [desk.ask(partial(delivered_since, place=(number, 1))) for number in (1, 2)]

    assert found == [3, 3]


async def test_other_destinations_and_what_only_waits_do_not_count(desk: Desk) -> None:
    """Only what this destination has already."""
    await desk.one(message("M1", outputs=(FakeOutput(1, "billing", b"x", lane_keys=("A|1",)),)))
    await desk.one(message("M2", outputs=(FakeOutput(1, "billing", b"x", lane_keys=("A|1",)),)))
    answer = await desk.one(message("M3", outputs=(FakeOutput(2, "registry", b"x", lane_keys=("A|1",)),)))
    await desk.reporting((answer.message_id, 2), DeliveryState.DELIVERED)

    found = desk.ask(lambda connection: delivered_since(connection, (1, 1)))

    assert found is None


def test_postgresql_is_asked_in_its_own_words() -> None:
    """The list travels as an array, the column is read as JSON."""
    query = select(DELIVERY.c.message_id).where(shares_any(DELIVERY.c.lane_keys, "keys"))

    dialect: Dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    sql = str(query.compile(dialect=dialect))

    assert "jsonb_array_elements_text(CAST(delivery.lane_keys AS jsonb)) AS own(value)" in sql
    assert "own.value = ANY(%(keys)s::TEXT[])" in sql
