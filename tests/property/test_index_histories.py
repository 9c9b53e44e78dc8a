"""Random histories of five patients end in one index, whatever the order, the repetitions and the restarts."""

from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import Table, create_engine
from sqlmodel import SQLModel

from engine.index import tables
from engine.index.kinds import CANCELS, CONVERTS, TAKES_BACK, VISIT_KINDS
from engine.index.rebuild import rebuild
from engine.index.store import Index
from tests.unit.index.records_office import VISIT_TABLES, Adt, Office

EVENTS, PATIENTS = 50, 5
PERSONAL = ("A28", "A29", "A31", "A60")
KINDS = (*sorted(VISIT_KINDS), *PERSONAL, *("A01", "A02", "A03", "A08") * 4)
PLACES = ("", "MED^1^01^HOSP", "SURG^2^02^HOSP", "ICU^3^03^HOSP")
SETS: tuple[tuple[str, ...], ...] = (
    (),
    ("DG1|1||A00^^I10",),
    ("DG1|1||B00^^I10", "PR1|1||P1"),
    ('DG1|""',),
    ("AL1|1||P^Pen",),
    ("IAM|1||N^Nut|||A",),
    ("IAM|1||N^Nut|MO||U",),
    ("IAM|1||N^Nut|||D",),
    ("PV2|||||||||20260109",),
    ("NK1|1|Kin",),
)


def history(chance: Random) -> list[bytes]:
    """Return events of five patients, two visits each, in effective order; cancels name what they take back, or not."""
    made: list[bytes] = []
    happened: dict[tuple[str, int, int], list[int]] = {}
    for minute in range(10, 10 + EVENTS):
        kind, who, visit = chance.choice(KINDS), chance.randint(1, PATIENTS), chance.randint(1, 2)
        originals = [at for each in TAKES_BACK.get(kind, ()) for at in happened.get((each, who, visit), ())]
        occurred = chance.choice([None, *originals]) if kind in CANCELS else None
        happened.setdefault((kind, who, visit), []).append(minute)
        more = chance.choice(SETS)
        if kind in CONVERTS and chance.random() < 0.5:
            more = (*more, f"MRG|||||V{3 - visit}^^^HOSP^VN")
        made.append(
            Adt(
                kind,
                minute,
                occurred,
                patient=f"{who}^^^HOSP^MR",
                visit=f"V{visit}^^^HOSP^VN",
                patient_class=chance.choice("IOEP"),
                place=chance.choice(PLACES),
                pid={11: chance.choice(("", '""', "Street A", "Street B")), 30: chance.choice(("", "Y", "N"))},
                pv1={
                    7: chance.choice(("", '""', "D1", "D2")),
                    9: chance.choice(("", "C1~C2")),
                    11: chance.choice(("", "", "XRAY^1")),
                    36: chance.choice(("", "01")),
                    42: chance.choice(("", "", "ICU^9")),
                },
                more=more,
                has_visit=kind not in PERSONAL,
            ).payload
        )
    return made


def index_of(office: Office, chosen: tuple[Table, ...] = VISIT_TABLES) -> dict[str, list[str]]:
    """Return the rows with patients and visits by what they are called: their numbers are those of arrival."""
    told = office.told(chosen)
    people = {row["id"]: row["lane_key"] for row in told["patient"]}
    visits = {row["id"]: (people[row["patient_id"]], row["number_key"]) for row in told["encounter"]}

    def named(name: str, row: dict[str, Any]) -> str:
        own = {"patient": people, "encounter": visits}.get(name, {})
        swaps = {"id": own, "patient_id": people, "encounter_id": {0: "", **visits}}
        return repr({key: swaps[key][value] if key in swaps else value for key, value in row.items()})

    return {name: sorted(named(name, row) for row in rows) for name, rows in told.items()}


def taken(payloads: list[bytes], chance: Random) -> Office:
    """Return an index that took the messages in batches of any size."""
    office = Office()
    rest = list(payloads)
    while rest:
        size = chance.randint(1, 12)
        office.take(*rest[:size], together=True)
        rest = rest[size:]
    return office


@pytest.mark.parametrize("seed", range(25))
def test_a_history_may_come_in_any_order_and_again(seed: int) -> None:
    """Fifty events of five patients: shuffled, some twice, in any batches; folding again changes nothing."""
    chance = Random(seed)
    sent = history(chance)
    straight = taken(sent, chance)
    arrived = [*sent, *chance.sample(sent, 5)]
    chance.shuffle(arrived)

    crooked = taken(arrived, chance)

    assert index_of(crooked) == index_of(straight)
    for office in (straight, crooked):
        before = office.dump()
        rebuild(office.connection)
        assert office.dump() == before
        office.close()


@pytest.mark.parametrize("seed", range(5))
def test_a_restart_in_the_middle_changes_nothing(seed: int, tmp_path: Path) -> None:
    """What one process has written the next one goes on from."""
    chance = Random(seed)
    sent = history(chance)
    straight, restarted = taken(sent, chance), Office()
    for half in (sent[:23], sent[23:]):
        restarted.connection.close()
        restarted.engine = create_engine(f"sqlite:///{tmp_path / 'index.db'}")
        SQLModel.metadata.create_all(restarted.engine, tables=list(tables.INDEX_TABLES))
        restarted.connection, restarted.index = restarted.engine.connect(), Index()
        with restarted.connection.begin():
            restarted.take(*half)

    assert index_of(restarted) == index_of(straight)
    straight.close()
    restarted.close()
