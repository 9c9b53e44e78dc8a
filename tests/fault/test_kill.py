"""Killed at random moments under load, the engine loses nothing it acknowledged: an outside ledger is the judge.

Ten kills; `make fault` sets HL7_FAULT_KILLS=60. The seed is new in each run (HL7_FAULT_SEED repeats one) and printed.
"""

import os
import random
import sqlite3
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest

from engine.journal import balance
from engine.journal.store import open_readers, quick_check
from engine.states import DeliveryState, MessageState
from tests.fault.harness import Trial, trial
from tests.fault.hospitals import LANES, Kind
from tests.fault.ledger import Ledger
from tests.fault.verdict import duplicates_of, judge

KILLS = int(os.environ.get("HL7_FAULT_KILLS", "10"))
SEED = int(os.environ.get("HL7_FAULT_SEED", "0")) or random.SystemRandom().randrange(1, 10**6)


@dataclass(frozen=True, slots=True)
class Books:
    """What the store says at the end."""

    counts: balance.Counts
    faults: list[str]
    copies: Counter[bytes]
    """How many rows each MSH-10 has."""
    flagged: set[tuple[str, bytes]]
    """(destination, MSH-10) of deliveries that may have been sent twice."""


def books_of(trial: Trial) -> Books:
    """Read the store with the engine stopped."""
    readers = open_readers(trial.config.parent / "data" / "engine.db")
    with readers.reading(60) as connection:
        counts = balance.counts(connection)
        faults = balance.differences(counts, balance.recount(connection)) + quick_check(connection)
    readers.close()
    with sqlite3.connect(trial.config.parent / "data" / "engine.db") as database:
        copies = Counter({name.encode(): n for name, n in database.execute(_COPIES)})
        flagged = {(where, name.encode()) for where, name in database.execute(_FLAGGED)}
    database.close()
    return Books(counts, faults, copies, flagged)


_COPIES = "SELECT control_id, count(*) FROM message GROUP BY control_id"
_FLAGGED = "SELECT destination, control_id FROM delivery WHERE possible_duplicate"


def figures(ledger: Ledger, books: Books) -> str:
    """Return what the run amounted to."""
    duplicates = {name: len(duplicates_of(arrivals)) for name, arrivals in ledger.arrivals.items()}
    return (
        f"kills={len(ledger.kills)} acknowledged={ledger.answered} resent={ledger.resent} "
        f"suppressed={books.counts.resends} delivered={ {n: len(a) for n, a in ledger.arrivals.items()} } "
        f"duplicates={duplicates} in_flight_at_kill={sum(kill.in_flight for kill in ledger.kills)} "
        f"undelivered_at_kill={[kill.undelivered for kill in ledger.kills]} "
        f"answered_between_kills={[kill.answered for kill in ledger.kills]}"
    )


def vacuous(ledger: Ledger, books: Books) -> list[str]:
    """Say what the run did not exercise, so that its verdict would prove nothing."""
    under_load = [kill for kill in ledger.kills if kill.was_ready]
    faults = {
        "too few kills": len(ledger.kills) == KILLS,
        "kills only while starting": len(under_load) >= KILLS * 0.7,
        "a kill without an answer before it": all(kill.answered > 0 for kill in under_load),
        "nothing was in flight at kills": sum(kill.in_flight > 0 for kill in under_load) >= len(under_load) * 0.7,
        "nothing was undelivered at kills": sum(kill.undelivered > 0 for kill in under_load) >= len(under_load) * 0.3,
        "nothing was sent again": ledger.resent >= KILLS,
        "no resend was suppressed": books.counts.resends >= max(2, KILLS // 2),
        "some kinds of message were never sent": {entry.order.kind for entry in ledger.entries.values()} == set(Kind),
    }
    return [fault for fault, is_fine in faults.items() if not is_fine]


def misbooked(ledger: Ledger, books: Books) -> list[str]:
    """Hold the store against the ledger: every message once, every delivery where it belongs, every doubt flagged."""
    wrong = list(books.faults)
    kinds = Counter(entry.order.kind for entry in ledger.entries.values())
    due = Counter(name for entry in ledger.entries.values() for name in entry.order.due())
    sent = {number: entry.order.kind for number, entry in ledger.entries.items()}
    wrong += [f"{number!r} is not what anyone sent" for number in books.copies.keys() - sent.keys()]
    for number, kind in sent.items():
        copies = books.copies[number]
        if copies != 1 and not (kind is Kind.REJECTED and copies > 1):  # a refused one is decided afresh
            wrong.append(f"{number!r} ({kind.name}) has {copies} rows")
    messages = books.counts.messages
    filtered, parked = kinds[Kind.FILTERED], kinds[Kind.PARKED_AT_BILLING]
    accepted = kinds.total() - filtered - kinds[Kind.REJECTED]
    expected = {
        "accepted": (messages.get(MessageState.ACCEPTED, 0), accepted),
        "filtered": (messages.get(MessageState.FILTERED, 0), filtered),
        "billing": (_filled(books, "billing"), _states(due["billing"], parked)),
        "registry": (_filled(books, "registry"), _states(due["registry"], 0)),
    }
    wrong += [f"{name}: {found}, not {wanted}" for name, (found, wanted) in expected.items() if found != wanted]
    for name, arrivals in ledger.arrivals.items():
        doubtful = {(name, arrival.control_id) for arrival in duplicates_of(arrivals)}
        wrong += [f"{each} came twice and is not flagged" for each in doubtful - books.flagged]
    return wrong


def _filled(books: Books, destination: str) -> dict[DeliveryState, int]:
    return {state: count for state, count in books.counts.destinations.get(destination, {}).items() if count}


def _states(delivered: int, parked: int) -> dict[DeliveryState, int]:
    states = {DeliveryState.DELIVERED: delivered}
    return {**states, DeliveryState.PARKED: parked} if parked else states


@pytest.mark.timeout(120 + 20 * KILLS)
async def test_sigkill_at_random_moments_loses_and_reorders_nothing(tmp_path: Path) -> None:
    """Every acknowledged message at each destination its rules name or parked, in order, at most one copy more per lane
    and kill, each with the same bytes; resends suppressed; the books balance; and the run proves that it tried."""
    print(f"\nHL7_FAULT_SEED={SEED} HL7_FAULT_KILLS={KILLS}")  # noqa: T201  whoever repeats it needs the seed
    async with trial(tmp_path, SEED, KILLS) as run:
        await run.run()

        books = books_of(run)
        print(figures(run.ledger, books))  # noqa: T201  the figures are the point of the run

        assert judge(run.ledger) == [], f"HL7_FAULT_SEED={SEED}"
        assert misbooked(run.ledger, books) == [], f"HL7_FAULT_SEED={SEED}"
        assert vacuous(run.ledger, books) == [], f"HL7_FAULT_SEED={SEED}: the run proves nothing"
        assert all(len(duplicates_of(each)) <= KILLS * LANES for each in run.ledger.arrivals.values())
