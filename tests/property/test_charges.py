"""Each order and code is charged exactly once and credited exactly when it was cancelled, whatever the history."""

import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.config import examine
from engine.routing import Rules
from tests.support.sites import ROOT
from tests.unit.intake.knowing import Books

ORDERS = ("F1", "F2", "F3")


@dataclass(frozen=True)
class Report:
    """What the laboratory says of one order; the same number is the same message again."""

    number: int
    order: str
    status: str


_REPORTS = st.lists(st.tuples(st.sampled_from(ORDERS), st.sampled_from("PFCX")), min_size=1, max_size=14)
_AGAIN = st.lists(st.integers(0, 13), max_size=4)


@cache
def _rules() -> Rules:
    found, problems = examine(ROOT / "config.yaml")
    assert found is not None, problems.items
    return found.rules


@settings(max_examples=40, deadline=None)
@given(_REPORTS, _AGAIN, st.data())
def test_an_order_is_charged_once_and_credited_when_it_is_cancelled(
    said: list[tuple[str, str]], again: list[int], data: st.DataObject
) -> None:
    """P, F, C and X in any order, repeated and resent, in batches of any size, with a restart in the middle."""
    reports = [Report(number, order, status) for number, (order, status) in enumerate(said)]
    for place in again:
        reports.insert(data.draw(st.integers(0, len(reports))), reports[place % len(reports)])
    texts: list[tuple[str, str]] = [("lab", _result(each)) for each in reports]
    texts.insert(data.draw(st.integers(0, len(texts))), ("admissions", _admission()))
    cuts = sorted(data.draw(st.sets(st.integers(0, len(texts)), max_size=3)))
    restart = data.draw(st.integers(0, len(cuts)))

    with tempfile.TemporaryDirectory() as folder:
        books = Books(Path(folder), _rules())
        for number, (start, end) in enumerate(zip([0, *cuts], [*cuts, len(texts)], strict=True)):
            if number == restart:
                books.restart()
            books.take_at(*texts[start:end])
        charged = [(fields[23], fields[6]) for fields in books.sent("FT1")]
        books.store.close()

    assert charged == _expected(reports)


def _expected(reports: list[Report]) -> list[tuple[str, str]]:
    """Return what billing is to get, in order, by a book of the simplest kind."""
    seen: set[int] = set()
    state: dict[str, str] = {}
    found: list[tuple[str, str]] = []
    for each in reports:
        if each.number in seen:
            continue
        seen.add(each.number)
        before = state.get(each.order, "")
        if each.status in "FC" and before == "":
            state[each.order] = "CG"
        elif each.status == "X" and before == "CG":
            state[each.order] = "CD"
        else:
            continue
        found.append((f"{each.order}^LAB", state[each.order]))
    return found


def _result(report: Report) -> str:
    return "\r".join(
        (
            f"MSH|^~\\&|LAB|STMARYLAB|||20260301110000||ORU^R01^ORU_R01|R{report.number}|P|2.5.1",
            "PID|1||1^^^STMARY^MR||Sample^Alex",
            "PV1|1|I|LAB^1||||||||||||||||V1^^^STMARY^VN",
            (
                f"OBR|1||{report.order}^LAB|58410-2^CBC panel^LN|||20260301100000|||||||||2900000011^Hale^Ruth||||||"
                f"20260301110000|||{report.status}"
            ),
            "",
        )
    )


def _admission() -> str:
    """Return the admission, which may come late."""
    return "\r".join(
        (
            "MSH|^~\\&|ADT1|STMARY|||20260301080000||ADT^A01^ADT_A01|A1|P|2.5.1",
            "EVN||20260301080000",
            "PID|1||1^^^STMARY^MR||Sample^Alex",
            "PV1|1|I|3N^301||||||||||||||||V1^^^STMARY^VN",
            "",
        )
    )
