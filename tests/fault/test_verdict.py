"""Who judges the judge: ledgers with one wrong in each, and every wrong is seen. A fair ledger is found fair."""

from itertools import islice

import pytest

from tests.fault.hospitals import Order, hospital
from tests.fault.ledger import Arrival, Ledger
from tests.fault.verdict import judge
from tests.support.peers import answer


async def fair() -> tuple[Ledger, list[Order]]:
    """Return a ledger in which everything went well, and some orders about one person that go to both."""
    ledger = Ledger()
    orders = list(islice(hospital(0, 7), 60))
    for order in orders:
        await ledger.sending(order)
        await ledger.was_answered(order, answer(order.payload, order.kind.answer)[1:-2])
        for destination, payload in order.due().items():
            await ledger.has_come(destination, payload)
    person = orders[-1].persons
    return ledger, [order for order in orders if len(order.due()) == 2 and order.persons & person]


def place_of(ledger: Ledger, order: Order) -> int:
    """Return where an order's arrival stands at the registry."""
    return [arrival.control_id for arrival in ledger.arrivals["registry"]].index(order.control_id)


def again(ledger: Ledger, order: Order, kills: int, after: int = 1) -> None:
    """Let an order come to the registry once more, so many places after it came."""
    arrival = Arrival(order.control_id, order.payload, kills)
    ledger.arrivals["registry"].insert(place_of(ledger, order) + after, arrival)


async def test_a_fair_ledger_is_found_fair() -> None:
    """Everything answered, delivered once, in order; and the example holds what the other tests need."""
    ledger, orders = await fair()

    assert judge(ledger) == []
    assert len(orders) >= 3
    assert ledger.undelivered == 0


async def test_a_lost_message_is_seen() -> None:
    """It was acknowledged, it is due, it never came."""
    ledger, orders = await fair()

    del ledger.arrivals["registry"][place_of(ledger, orders[0])]

    assert [each.split(":")[0] for each in judge(ledger)] == ["LOST"]


async def test_an_overtaken_message_is_seen() -> None:
    """Two messages about one person came in the wrong order."""
    ledger, orders = await fair()
    arrivals = ledger.arrivals["registry"]
    first, second = place_of(ledger, orders[0]), place_of(ledger, orders[1])

    arrivals[first], arrivals[second] = arrivals[second], arrivals[first]

    assert {each.split(":")[0] for each in judge(ledger)} == {"REORDERED"}


async def test_a_merge_joins_the_order_of_two_persons() -> None:
    """What comes for the survivor keeps its place behind the merge, and so does what still comes for the retired."""
    orders = list(islice(hospital(0, 7), 400))
    merges = [order for order in orders if len(order.persons) > 1 and b"\rMRG|" in order.payload]
    late = [order for order in orders if len(order.persons) > 1 and b"\rMRG|" not in order.payload]

    assert len(merges) > 10
    assert len(late) > 10


async def test_changed_bytes_are_seen() -> None:
    """Also when only a duplicate is not the same."""
    ledger, orders = await fair()
    changed = Arrival(orders[0].control_id, orders[0].payload + b"ZZZ|1\r", kills=1)

    ledger.arrivals["registry"].insert(place_of(ledger, orders[0]) + 1, changed)

    assert [each.split(":")[0] for each in judge(ledger)] == ["CHANGED"]


async def test_one_duplicate_is_borne_after_a_kill_and_none_before() -> None:
    """It is the message that was in flight; without a kill there is no reason for any."""
    ledger, orders = await fair()
    again(ledger, orders[0], kills=1)
    excused = judge(ledger)

    again(ledger, orders[0], kills=1)

    assert excused == []
    assert {each.split(":")[0] for each in judge(ledger)} == {"DUPLICATED"}


async def test_a_duplicate_after_something_newer_is_seen() -> None:
    """Only the oldest unfinished message may come again; an older one would undo a newer."""
    ledger, orders = await fair()

    again(ledger, orders[0], kills=1, after=place_of(ledger, orders[1]) - place_of(ledger, orders[0]) + 1)

    assert {each.split(":")[0] for each in judge(ledger)} == {"REORDERED"}


@pytest.mark.parametrize(("code", "number"), [(b"AE", None), (b"AA", b"SOMEONE-ELSE"), (b"", b"")])
async def test_a_wrong_answer_is_seen(code: bytes, number: bytes | None) -> None:
    """An acknowledgement is the right code with the sender's own MSH-10."""
    ledger, (order, *_) = await fair()

    await ledger.was_answered(order, answer(order.payload, code, number)[1:-2])

    assert judge(ledger) != []


async def test_an_unanswered_and_an_uninvited_message_are_seen() -> None:
    """Nobody is left without an answer, and nothing comes where no rule sends it."""
    ledger, orders = await fair()
    unsent = next(order for order in islice(hospital(1, 7), 60) if order.due())

    await ledger.sending(unsent)
    await ledger.has_come("registry", orders[0].payload.replace(b"|7-0-", b"|7-9-"))

    assert {each.split(":")[0] for each in judge(ledger)} == {"INVENTED", f"{unsent.control_id!r} was never answered"}
