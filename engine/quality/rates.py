"""How good the patients' index is, in the two numbers of AHIMA.

After the American Health Information Management Association's white paper "A Realistic Approach to Achieving a 1 %
Duplicate Record Error Rate" (July 2020), for one patient index:

    duplicate error rate    = possible duplicate records / all patient records
    duplicate creation rate = duplicate records confirmed in a period / registration events in the same period

A possible pair is two records: 5,000 pairs of 10,000 different records in an index of 500,000 are 2 %. A record that
stands in several pairs counts once, pairs decided to be different people not at all. Confirmed is a pair that somebody
decided to be one person, or that was merged, in the period; each counts one record, the one too many. A registration
event is an A01, A04, A05 or A28 that was received in it.
"""

from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from engine.index.identity_records import MergeState
from engine.index.tables import EVENT, MERGE, PATIENT
from engine.quality.pairs import pairs
from engine.quality.tables import DECISION, Verdict

REGISTRATIONS = ("A01", "A04", "A05", "A28")


@dataclass(frozen=True, slots=True)
class Rates:
    """Counts; the rates are made of them."""

    records: int
    possible: int
    """Records that stand in a pair which nobody has decided to be different people."""
    confirmed: int
    registrations: int

    @property
    def error_rate(self) -> float:
        """Per cent of the records that are possible duplicates."""
        return 100.0 * self.possible / self.records if self.records else 0.0

    @property
    def creation_rate(self) -> float:
        """Confirmed duplicates as per cent of the registrations."""
        return 100.0 * self.confirmed / self.registrations if self.registrations else 0.0


def rates(connection: Connection, since_us: int, until_us: int) -> Rates:
    """Return the rates as they are now, and for the registrations between two moments."""
    records = connection.execute(select(func.count()).select_from(PATIENT).where(PATIENT.c.merged_into.is_(None)))
    possible: set[int] = set()
    for each in pairs(connection):
        if each.verdict is not Verdict.DIFFERENT:
            possible.update((each.pair.first_id, each.pair.second_id))
    registered = select(func.count(func.distinct(EVENT.c.message_id))).where(
        EVENT.c.kind.in_(REGISTRATIONS), EVENT.c.received_at.between(since_us, until_us)
    )
    return Rates(
        records.scalar_one(),
        len(possible),
        _confirmed(connection, since_us, until_us),
        connection.execute(registered).scalar_one(),
    )


def _confirmed(connection: Connection, since_us: int, until_us: int) -> int:
    """Count the pairs that were decided to be one, or merged: one that was decided, then merged, counts once."""
    one, other = PATIENT.alias(), PATIENT.alias()
    decided = (
        select(one.c.id, other.c.id)
        .select_from(DECISION)
        .join(one, one.c.lane_key == DECISION.c.first_key)
        .join(other, other.c.lane_key == DECISION.c.second_key)
        .where(DECISION.c.verdict == int(Verdict.SAME), DECISION.c.decided_at.between(since_us, until_us))
    )
    merged = select(MERGE.c.source_id, MERGE.c.target_id).where(
        MERGE.c.state == int(MergeState.APPLIED), MERGE.c.effective_at.between(since_us, until_us)
    )
    found = [*connection.execute(decided), *connection.execute(merged)]
    return len({frozenset(row) for row in found})
