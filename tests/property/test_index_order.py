"""The order in which messages arrive never shows in what the index says of a visit, an order or a merge."""

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Table

from engine.index import tables
from tests.unit.index.records_office import VISIT_TABLES, Adt, Office, merge, obx, oru

PLACES = ("MED^1^01^HOSP", "SURG^2^02^HOSP", "ICU^3^03^HOSP")
ONE, TWO = "1^^^HOSP^MR", "2^^^HOSP^MR"
STREETS = st.sampled_from(("", '""', "Street A", "Street B"))
ORDER_TABLES = (tables.PATIENT, tables.ORDER, tables.RESULT)


def dump_of(payloads: list[bytes], chosen: tuple[Table, ...], cuts: set[int]) -> object:
    office = Office()
    batch: list[bytes] = []
    for place, payload in enumerate(payloads):
        batch.append(payload)
        if place in cuts:
            office.take(*batch, together=True)
            batch = []
    if batch:
        office.take(*batch, together=True)
    dumped = office.told(chosen)
    office.close()
    return dumped


@st.composite
def visits(draw: st.DrawFn) -> list[bytes]:
    """A visit's events in effective order, a minute or more apart; cancels name what they take back, or do not."""
    made: list[bytes] = []
    minute, originals = 10, {"A11": [0], "A13": [0]}
    for kind in draw(st.lists(st.sampled_from(("A01", "A02", "A03", "A04", "A08", "A11", "A13", "A31")), max_size=8)):
        minute += draw(st.integers(1, 20))
        occurred: int | None = None
        if kind in ("A11", "A13"):
            occurred = draw(st.sampled_from([None, *originals[kind]])) or None
        elif kind in ("A01", "A04"):
            originals["A11"].append(minute)
        elif kind == "A03":
            originals["A13"].append(minute)
        made.append(
            Adt(
                kind,
                minute,
                occurred,
                place=draw(st.sampled_from(("", *PLACES))),
                patient_class=draw(st.sampled_from("IOE")),
                pid={11: draw(STREETS), 30: draw(st.sampled_from(("", "Y", "N")))},
                pv1={7: draw(st.sampled_from(("", '""', "D1", "D2"))), 36: draw(st.sampled_from(("", "01")))},
                more=draw(st.sampled_from(((), ("DG1|1||A00^^I10",), ("DG1|1||B00^^I10", "PR1|1||P1"), ('DG1|""',)))),
                has_visit=kind != "A31",
            ).payload
        )
    return made


@st.composite
def reports(draw: st.DrawFn) -> list[bytes]:
    """An order's reports, a minute or more apart, in any course of statuses."""
    made: list[bytes] = []
    minute = 0
    for _ in range(draw(st.integers(0, 6))):
        minute += draw(st.integers(1, 20))
        status = draw(st.sampled_from("IPFCX"))
        codes = draw(st.lists(st.sampled_from("ABC"), unique=True, max_size=3))
        seen = [obx(code, draw(st.sampled_from("12")), draw(st.sampled_from("PFCWDXU"))) for code in codes]
        made.append(oru(minute, status, *seen))
    return made


@given(visits(), st.data())
@settings(max_examples=150, deadline=None)
def test_the_events_of_a_visit_may_come_in_any_order_and_again(sent: list[bytes], data: st.DataObject) -> None:
    """Late, replayed, cancels before their originals, in batches of any size: the same rows."""
    again = data.draw(st.lists(st.sampled_from(sent), max_size=3)) if sent else []
    arrived = data.draw(st.permutations([*sent, *again]))
    cuts = data.draw(st.sets(st.integers(0, len(arrived))))

    assert dump_of(arrived, VISIT_TABLES, cuts) == dump_of(sent, VISIT_TABLES, set(range(len(sent))))


@given(reports(), st.data())
@settings(max_examples=150, deadline=None)
def test_the_reports_of_an_order_may_come_in_any_order_and_again(sent: list[bytes], data: st.DataObject) -> None:
    """P behind F, C before its F, replays: the same results with the same earlier revisions."""
    again = data.draw(st.lists(st.sampled_from(sent), max_size=2)) if sent else []
    arrived = data.draw(st.permutations([*sent, *again]))
    cuts = data.draw(st.sets(st.integers(0, len(arrived))))

    whole = dump_of(sorted([*sent, *again], key=sent.index), ORDER_TABLES, set())

    assert dump_of(arrived, ORDER_TABLES, cuts) == whole


@given(
    st.lists(st.tuples(st.integers(20, 200), st.sampled_from((ONE, TWO))), max_size=6, unique_by=lambda x: x[0]),
    st.data(),
)
@settings(max_examples=100, deadline=None)
def test_a_merge_may_come_at_any_moment(updates: list[tuple[int, str]], data: st.DataObject) -> None:
    """What a number heard since its merge is the survivor's, whenever the merge arrives."""
    first = [Adt("A28", 1 + at, patient=who, has_visit=False).payload for at, who in enumerate((ONE, TWO))]
    told = [Adt("A31", at, patient=who, pid={11: f"Street {at}"}, has_visit=False).payload for at, who in updates]
    joined = merge(data.draw(st.integers(201, 400)) // 2, TWO, ONE)
    arrived = data.draw(st.permutations([*told, joined]))
    cuts = data.draw(st.sets(st.integers(0, len(arrived))))

    whole = dump_of([*first, joined, *told], (tables.PATIENT,), set())

    assert dump_of([*first, *arrived], (tables.PATIENT,), cuts) == whole
