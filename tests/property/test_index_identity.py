"""Random histories of five patients, merged and moved, arrive in any order; and what is undone was never done."""

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.index import tables
from engine.index.decisions import Action
from engine.index.identity_records import MergeState
from engine.index.rebuild import rebuild
from tests.unit.index.identity_events import decide, identity, mrg, person, pid, pv1, reader, visit, visits
from tests.unit.index.records_office import Office, merge

NUMBERS = "12345"
ROWS = tuple(table for table in tables.FOLDED_TABLES if table not in (tables.MERGE, tables.QUALITY))


def number(digit: str) -> str:
    return f"{digit}^^^HOSP^MR"


@st.composite
def histories(draw: st.DrawFn) -> list[bytes]:
    """Up to fifty events, a minute or more apart; each patient has visits of its own numbers."""
    made: list[bytes] = []
    minute = 1
    for _ in range(draw(st.integers(1, 50))):
        minute += draw(st.integers(1, 20))
        one, other = draw(st.sampled_from(NUMBERS)), draw(st.sampled_from(NUMBERS))
        what = draw(st.sampled_from(("told", "told", "came", "left", "merged", "moved", "linked")))
        if what == "told":
            born = draw(st.sampled_from(("19800101", "19800101", "19800101", "19990101")))
            made.append(person(minute, number(one), kind="A31", born=born, street=f"Street {minute}"))
        elif what in ("came", "left"):
            kind = "A01" if what == "came" else "A03"
            made.append(visit(minute, number(one), f"V{one}{draw(st.sampled_from('12'))}", kind=kind))
        elif what == "merged":
            made.append(merge(minute, number(one), number(other)))
        elif what == "linked":
            made.append(identity("A24", minute, pid(number(one)), pid(number(other))))
        else:
            named = f"V{other}{draw(st.sampled_from('12'))}^^^HOSP^VN"
            made.append(identity("A45", minute, pid(number(one)), mrg(number(other), number=named), pv1(named)))
    return made


def told(office: Office) -> object:
    """Return what people read: by number, through every pointer; and what became of all that was asked for."""
    patients = {row["id"]: row for row in office.rows(tables.PATIENT)}
    known = {row["key"] for row in office.rows(tables.IDENTIFIER)}
    shown = ("family", "given", "born", "sex", "pid", "effective_at")
    asked = sorted(
        (
            row["kind"],
            *sorted((patients[row["source_id"]]["lane_key"], patients[row["target_id"]]["lane_key"])),
            row["source_key"],
            row["effective_at"],
            row["state"],
            row["reason"],
        )
        for row in office.rows(tables.MERGE)
    )
    stays = sorted((row["number_key"], row["status"], row["location"]) for row in office.rows(tables.ENCOUNTER))
    people = {row["lane_key"]: tuple(row[name] for name in shown) for row in patients.values()}
    return {key: reader(office, key) for key in sorted(known)}, people, visits(office), stays, asked


def read_after(batches: list[list[bytes]]) -> object:
    office = Office()
    for batch in batches:
        office.take(*batch, together=True)
    found = told(office)
    office.close()
    return found


def cut(payloads: list[bytes], places: set[int]) -> list[list[bytes]]:
    batches: list[list[bytes]] = [[]]
    for place, payload in enumerate(payloads):
        if place in places:
            batches.append([])
        batches[-1].append(payload)
    return [batch for batch in batches if batch]


@given(histories(), st.data())
@settings(max_examples=30, deadline=None)
def test_histories_may_arrive_in_any_order_and_again(sent: list[bytes], data: st.DataObject) -> None:
    """Shuffled, duplicated, in batches of any size: the same people, visits, merges and conflicts."""
    again = data.draw(st.lists(st.sampled_from(sent), max_size=5))
    arrived = data.draw(st.permutations([*sent, *again]))
    places = data.draw(st.sets(st.integers(0, len(arrived)), max_size=8))

    assert read_after(cut(arrived, places)) == read_after([[payload] for payload in sent])


@given(histories(), st.data())
@settings(max_examples=15, deadline=None)
def test_a_merge_that_is_undone_leaves_every_other_row_as_it_was(sent: list[bytes], data: st.DataObject) -> None:
    """The last thing asked for is undone: byte-equal rows; folded again they are the same."""
    one, other = data.draw(st.sampled_from(NUMBERS)), data.draw(st.sampled_from(NUMBERS))
    office = Office()
    office.take(*[person(0, number(each)) for each in NUMBERS], *sent)
    before = office.dump(ROWS)
    count = len(office.rows(tables.MERGE))
    office.take(merge(1_300, number(one), number(other)))

    undone = len(office.rows(tables.MERGE)) > count and office.rows(tables.MERGE)[-1]["state"] == MergeState.APPLIED
    if undone:
        decide(office, Action.UNDO)
        assert office.dump(ROWS) == before
    whole = office.dump()
    rebuild(office.connection)
    assert office.dump() == whole
    office.close()
