"""Two versions of a site's rules, held against each other: what is told, and what makes no difference."""

import pytest

from engine.reloading import Fate, differences, summary

CONFIG = """\
site: st-mary
listeners: {adt: {mllp: 127.0.0.1:2575}}
destinations: {billing: {mllp: 127.0.0.1:2601}, registry: {mllp: 127.0.0.1:2602}}
tables: {wards: {file: tables/wards.csv}}
"""
ROUTE = """\
route: lab
from: adt
accept: MSH-9.1 == 'ORU' and OBR-25 == 'F'
to:
  billing: {map: charges}
"""
MAPPING = """\
mapping: charges
output: {start: copy}
steps:
  - copy: [PID]
  - set: {MSH-5: A, MSH-6: B}
"""
SITE = {
    "config.yaml": CONFIG,
    "routes/lab.yaml": ROUTE,
    "mappings/charges.yaml": MAPPING,
    "tables/wards.csv": "from,to\nW1,A\nW2,B\n",
}


def _changed(file: str, old: str, new: str) -> list[str]:
    """Return what is told when *old* becomes *new* in *file*."""
    assert old in SITE[file]
    found = differences(SITE, {**SITE, file: SITE[file].replace(old, new)})
    return [line for each in found for line in (each.title, *each.details)]


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        (
            "routes/lab.yaml",
            "OBR-25 == 'F'",
            "OBR-25 in ['F', 'C']",
            ["route lab changed", "- accept: and OBR-25 == 'F'", "+ accept: and OBR-25 in ['F', 'C']"],
        ),
        (
            "routes/lab.yaml",
            "MSH-9.1 == 'ORU' and OBR-25 == 'F'",
            "MSH-9.1 == 'ORU'",
            ["route lab changed", "- accept: and OBR-25 == 'F'"],
        ),
        (
            "routes/lab.yaml",
            "' and OBR",
            "' or OBR",
            [
                "route lab changed",
                "accept: MSH-9.1 == 'ORU' and OBR-25 == 'F' -> MSH-9.1 == 'ORU' or OBR-25 == 'F'",
            ],
        ),
        (
            "routes/lab.yaml",
            "  billing: {map: charges}\n",
            "  billing: {map: charges}\n  registry: {when: PID-8 == 'F'}\n",
            ["route lab changed", "+ to.registry: {when: PID-8 == 'F'}"],
        ),
        (
            "mappings/charges.yaml",
            "MSH-5: A",
            "MSH-5: C",
            ["mapping charges changed", "steps[2].set.MSH-5: A -> C"],
        ),
        (
            "mappings/charges.yaml",
            "  - copy: [PID]\n",
            "  - copy: [PID]\n  - delete: PV1\n",
            ["mapping charges changed", "+ steps[2]: {delete: PV1}"],
        ),
        (
            "tables/wards.csv",
            "W2,B\n",
            "W2,C\nW3,D\n",
            ["table wards changed", "+1 row: W3", "~1 row: W2"],
        ),
        (
            "config.yaml",
            "127.0.0.1:2602",
            "127.0.0.1:2700, lanes: 4",
            ["destination registry changed", "mllp: 127.0.0.1:2602 -> 127.0.0.1:2700", "+ lanes: 4"],
        ),
        (
            "config.yaml",
            "listeners: {adt: {mllp: 127.0.0.1:2575}}",
            "listeners: {lab: {mllp: 127.0.0.1:2575}}",
            ["listener adt removed", "listener lab added", "+ mllp: 127.0.0.1:2575"],
        ),
        ("config.yaml", "site: st-mary", "site: st-john", ["setting site changed", "st-mary -> st-john"]),
    ],
)
def test_a_change_is_told_in_the_words_of_the_rules(file: str, old: str, new: str, told: list[str]) -> None:
    """Routes and clauses, steps, rows, addresses: added, removed or changed, each at its place."""
    assert _changed(file, old, new) == told


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("routes/lab.yaml", "route: lab\n", "# what the laboratory sends\nroute: 'lab'\n"),
        ("routes/lab.yaml", "{map: charges}", "\n    map: charges"),
        ("routes/lab.yaml", "' and OBR", "'  and  OBR"),
        ("tables/wards.csv", "W1,A\nW2,B\n", "W2,B\n W1 , A\n"),
    ],
)
def test_comments_quotes_blanks_and_the_order_of_rows_make_no_difference(file: str, old: str, new: str) -> None:
    """Only what rules say counts."""
    assert _changed(file, old, new) == []


def test_a_file_with_another_name_is_the_same_route() -> None:
    """What a file is called decides only the order; where it went is told."""
    moved = {name: text for name, text in SITE.items() if name != "routes/lab.yaml"} | {"routes/a.yaml": ROUTE}

    found = differences(SITE, moved)

    assert [(each.title, each.details) for each in found] == [("route lab changed", ("now in routes/a.yaml",))]


def test_a_file_that_cannot_be_read_is_still_told_of() -> None:
    """An old version may hold what today's reader refuses."""
    found = differences(SITE, {**SITE, "routes/lab.yaml": "route: [\n"})

    assert ("route", "lab", Fate.REMOVED) in [(each.kind, each.name, each.fate) for each in found]


def test_a_summary_is_one_line() -> None:
    """Few things by name, many by number."""
    few = differences(SITE, {**SITE, "tables/wards.csv": "from,to\nW1,A\n"})
    many = differences(SITE, {"config.yaml": "site: st-mary\nlisteners: {}\n"})

    assert summary(few) == "table wards changed (-1 row: W2)"
    assert (
        summary(many)
        == "2 destinations removed, 1 listener removed, 1 mapping removed, 1 route removed, 1 table removed"
    )
    assert summary(()) == "nothing that a rule says"
