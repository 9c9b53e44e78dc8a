"""Pairs of possible duplicates as they are stored: what was found, and what people decided of it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, select

from engine.clock import now_us
from engine.errors import NotPossible
from engine.index.tables import PATIENT
from engine.quality.finding import Pair
from engine.quality.tables import DECISION, PAIR, Verdict
from engine.statements import in_list

_PAGE = 2_000


@dataclass(frozen=True, slots=True)
class Listed:
    """A pair for a person to look at; no value of a message in it."""

    pair: Pair
    verdict: Verdict | None

    @property
    def name(self) -> str:
        """What people call it."""
        return f"{self.pair.first_id}+{self.pair.second_id}"


def pairs(connection: Connection) -> Iterator[Listed]:
    """Yield the pairs of patients who are not merged, the likeliest first, with what was decided of each."""
    verdicts = _verdicts(connection)
    one, other = PATIENT.alias(), PATIENT.alias()
    query = (
        select(PAIR, one.c.lane_key.label("one"), other.c.lane_key.label("other"))
        .join(one, one.c.id == PAIR.c.first_id)
        .join(other, other.c.id == PAIR.c.second_id)
        .where(one.c.merged_into.is_(None), other.c.merged_into.is_(None))
        .order_by(PAIR.c.score.desc(), PAIR.c.first_id, PAIR.c.second_id)
        .execution_options(yield_per=_PAGE)
    )
    for row in connection.execute(query):
        pair = Pair(row.first_id, row.second_id, row.score, tuple(row.reasons.split()))
        yield Listed(pair, verdicts.get(_key(row.one, row.other)))


def decide(connection: Connection, place: tuple[int, int], verdict: Verdict | None, actor: str) -> None:
    """Remember what a person decided of two patients; None takes the decision back. NotPossible if one is unknown."""
    first, second = sorted(_founding_key(connection, each) for each in place)
    if first == second:
        raise NotPossible("one-patient", "a pair is two different patients")
    connection.execute(delete(DECISION).where(DECISION.c.first_key == first, DECISION.c.second_key == second))
    if verdict is not None:
        told = {"verdict": int(verdict), "decided_at": now_us(), "decided_by": actor}
        connection.execute(insert(DECISION).values(first_key=first, second_key=second, **told))


def replace_all(connection: Connection, found: Iterable[Pair]) -> None:
    """Store what a look at all patients has found, in place of what stood there."""
    connection.execute(delete(PAIR))
    add(connection, found)


def add(connection: Connection, found: Iterable[Pair]) -> None:
    """Store pairs, each in place of what was known of the same two."""
    rows = [
        {"first_id": each.first_id, "second_id": each.second_id, "score": each.score, "reasons": " ".join(each.reasons)}
        for each in found
    ]
    if rows:
        connection.execute(insert(PAIR).prefix_with("OR REPLACE", dialect="sqlite"), rows)


def forget(connection: Connection, patient_ids: Iterable[int]) -> None:
    """Take away the pairs of patients who have changed."""
    keys = list(patient_ids)
    for column in (PAIR.c.first_id, PAIR.c.second_id):
        connection.execute(delete(PAIR).where(in_list(column, "keys")), {"keys": keys})


def _founding_key(connection: Connection, patient_id: int) -> str:
    found = connection.execute(select(PATIENT.c.lane_key).where(PATIENT.c.id == patient_id)).scalar()
    if found is None:
        raise NotPossible("no-such-patient", f"there is no patient {patient_id}")
    return str(found)


def _verdicts(connection: Connection) -> dict[tuple[str, str], Verdict]:
    rows = connection.execute(select(DECISION.c.first_key, DECISION.c.second_key, DECISION.c.verdict))
    return {(row.first_key, row.second_key): Verdict(row.verdict) for row in rows}


def _key(one: str, other: str) -> tuple[str, str]:
    return (one, other) if one < other else (other, one)
