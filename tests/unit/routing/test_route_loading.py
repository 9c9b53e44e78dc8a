"""A route's file is read whole: every mistake at its place, whatever could be read is there."""

import pytest

from engine.documents import read_document
from engine.expression import Vocabulary
from engine.problems import Problems
from engine.routing import Known, OnFailure, Route, Validate, load_route


def _load(text: str) -> tuple[Route | None, list[str]]:
    problems = Problems()
    node = read_document("r.yaml", text, problems)
    assert node is not None
    known = Known(
        frozenset({"adt", "lab"}),
        frozenset({"billing", "registry"}),
        frozenset({"billing"}),
        {"bar": None},
        Vocabulary(),
    )
    loaded = load_route(node, known, problems)
    return loaded, [f"{each.place.line}:{each.place.column}: {each.code}" for each in problems.sorted()]


def test_defaults_are_the_quiet_ones() -> None:
    """No validation, every message, park what fails."""
    loaded, problems = _load("route: r\nfrom: adt\nto: {registry: }\n")

    assert problems == []
    assert loaded is not None
    assert (loaded.listeners, loaded.accept, loaded.validate) == (("adt",), None, Validate.OFF)
    (entry,) = loaded.entries
    assert (entry.destination, entry.when, entry.mapping, entry.on_failure) == ("registry", None, None, OnFailure.PARK)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("from: adt\nto: {}\n", ["1:1: missing-key"]),
        ("route: r\nto: {}\n", ["1:1: missing-key"]),
        ("route: r\nfrom: adt\n", ["1:1: missing-key"]),
        ("route: r\nfrom: [adt, lap]\nto: {}\n", ["2:13: unknown-listener"]),
        ("route: r\nfrom: adt\nto: {biling: {map: bar}}\n", ["3:6: unknown-destination"]),
        ("route: r\nfrom: adt\nto: {billing: {map: baz}}\n", ["3:21: unknown-mapping"]),
        ("route: r\nfrom: adt\nto: {billing: {when: exists(PID)}}\n", ["3:15: header-without-map"]),
        ("route: r\nfrom: adt\nto: {billing: bar}\n", ["3:15: wrong-kind"]),
        ("route: r\nfrom: adt\nto: [billing]\n", ["3:5: wrong-kind"]),
        ("route: r\nfrom: adt\nto: {billing: {mapp: bar, map: bar}}\n", ["3:16: unknown-key"]),
        ("route: r\nfrom: adt\nto: {billing: {map: bar, on_failure: drop}}\n", ["3:38: unknown-choice"]),
        ("route: r\nfrom: adt\nto: {billing: [{map: bar}, {map: baz}]}\n", ["3:34: unknown-mapping"]),
        ("route: r\nfrom: adt\naccept: =MSH-9.1 == 'ADT'\nto: {}\n", ["3:9: formula-sign"]),
        ("route: r\nfrom: adt\naccept: exists(PID) # patients\nto: {}\n", ["3:21: comment-behind"]),
        ("route: r\nfrom: adt\naccept: PID-29\nto: {}\n", ["3:9: not-a-condition"]),
        ("route: r\nfrom: *x\nto: *y\n", ["2:7: yaml-alias", "3:5: yaml-alias"]),
    ],
)
def test_a_mistake_is_told_once_at_its_place(text: str, expected: list[str]) -> None:
    """And nothing that follows from it is told on top."""
    _, problems = _load(text)

    assert problems == expected


def test_all_mistakes_of_a_route_are_told_together() -> None:
    """Nobody has to run the check five times."""
    _, problems = _load("route: r\nfrom: lap\naccept: PID-29\nvalidate: yes\nto:\n  x: {when: 'a b'}\nnote: x\n")

    assert [each.split(": ")[1] for each in problems][:4] == [
        "unknown-listener",
        "not-a-condition",
        "unknown-choice",
        "unknown-destination",
    ]
    assert problems[-1] == "7:1: unknown-key"


def test_an_entry_knows_its_number_and_its_place() -> None:
    """Explain and parked outputs name them."""
    loaded, _ = _load("route: r\nfrom: adt\nto:\n  billing:\n    - map: bar\n    - {map: bar, on_failure: hold}\n")

    assert loaded is not None
    assert [(entry.index, entry.place.line, entry.on_failure) for entry in loaded.entries] == [
        (0, 5, OnFailure.PARK),
        (1, 6, OnFailure.HOLD),
    ]
