"""The journeys could have happened: an independent ledger finds no message that contradicts those before it."""

import pytest

from engine.journeys import Event, Sender, journeys, mixed, take
from engine.journeys.stream import START
from tests.unit.journeys.hospital_ledger import ContradictionError, Ledger, record

EVERY_KIND = {f"ADT^A{number}" for number in ("01", "02", "03", "04", "05", "08", "11", "13", "28", "31", "40")} | {
    "ORU^R01"
}


def ledger_of(events: list[Event]) -> Ledger:
    """Return the ledger after all *events*."""
    ledger = Ledger()
    for event in events:
        record(ledger, event)
    return ledger


@pytest.mark.parametrize("seed", [0, 1, 7, 2_026])
def test_no_message_contradicts_those_before_it(seed: int) -> None:
    """Patients are registered before their results, beds hold one patient, visits move as the standard allows."""
    events = take(seed, 1_800, 1_200)

    ledger = ledger_of(events)

    assert len(ledger.visits) > 200
    assert len(ledger.orders) > 500


@pytest.mark.parametrize(("adt", "oru"), [(1, 60), (3, 300), (400, 20), (50, 50)])
def test_every_mix_hangs_together(adt: int, oru: int) -> None:
    """However few registrations there are, every result belongs to one of them."""
    events = take(5, adt, oru)

    ledger = ledger_of(events)

    assert ledger.known


@pytest.mark.parametrize("seed", range(8))
def test_two_thousand_messages_hold_every_kind(seed: int) -> None:
    """Whoever tries a route with a small sample meets each trigger event and each result status."""
    events = mixed(seed, 2_000)

    kinds = {event.kind for event in events}
    statuses = {order.status for order in ledger_of(events).orders.values()}

    assert kinds == EVERY_KIND
    assert statuses >= {"F", "C", "X"}


def test_a_retired_number_is_met_once_more_and_never_again() -> None:
    """After a merge a late message still names the old number: the engine must find the survivor."""
    ledger = ledger_of(take(11, 6_000, 4_000))

    uses = list(ledger.retired.values())

    assert set(uses) <= {0, 1}
    assert uses.count(1) > len(uses) / 2 > 10


def test_time_never_runs_backwards() -> None:
    """Messages stand in the order in which they are sent."""
    events = take(3, 900, 600)

    moments = [event.at for event in events]

    assert moments == sorted(moments)
    assert moments[0] >= START


def test_results_keep_pace_with_admissions() -> None:
    """The mix holds along the way: a load test cut short has measured both kinds."""
    events = mixed(9, 6_000)

    late = events[2_000:4_000]

    assert 0.33 < sum(event.sender is Sender.LAB for event in late) / len(late) < 0.47


def test_the_stream_is_endless_and_forgets() -> None:
    """A stream left running keeps a bounded memory of patients."""
    stream = journeys(1, START)

    for _ in range(40_000):
        next(stream)

    assert len(stream._returning) <= 2_000  # type: ignore[attr-defined]
    assert len(stream._agenda) < 3_000  # type: ignore[attr-defined]


def test_the_ledger_notices_a_missing_registration() -> None:
    """A check that cannot fail proves nothing: a patient's first message taken out is found out."""
    events = take(1, 60, 40)
    lost = next(event for event in events if event.kind in ("ADT^A04", "ADT^A01"))

    with pytest.raises(ContradictionError):
        ledger_of([event for event in events if event is not lost])


def test_the_ledger_notices_a_repeated_discharge() -> None:
    """The same for a message that comes twice."""
    events = take(1, 60, 40)
    place = next(place for place, event in enumerate(events) if event.kind == "ADT^A03")

    with pytest.raises(ContradictionError, match="A03 while discharged"):
        ledger_of([*events[: place + 1], *events[place:]])
