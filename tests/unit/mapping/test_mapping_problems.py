"""What is told of a mapping when it is loaded, and where."""

import pytest

from engine.states import Severity
from tests.support.mappings import problems_of

EMPTY = "{message: ADT^A01^ADT_A01, version: 2.5.1, start: empty}"


@pytest.mark.parametrize(
    ("steps", "code", "place"),
    [
        ("- sett: {PID-2: x}", "no-step", "4:5"),
        ("- set: {PID-2: x}\n  copy: PID", "several-steps", "5:5"),
        ("- set: {PID-2: x}\n  do: []", "unknown-key", "5:5"),
        ("- PID", "wrong-kind", "4:5"),
        ("- set: [PID-2]", "wrong-kind", "4:10"),
        ("- set: {PID-2: [a, b]}", "wrong-kind", "4:18"),
        ("- set: {PID: x}", "not-a-field", "4:11"),
        ("- set: {MSH-1: x}", "delimiters-not-allowed", "4:11"),
        ("- set: {PID-2: ~}", "yaml-null", "4:18"),
        ("- set: {PID-2.1: a~b}", "too-much-structure", "4:21"),
        ("- set: {'PID-3[1]': a~b}", "too-much-structure", "4:24"),
        ("- set: {PID-2.1.1: a&b}", "too-much-structure", "4:23"),
        ("- set:\n    PID-2: a # b", "comment-behind", "5:16"),
        ("- set: {PID-2: =upper(}", "unexpected", "4:25"),
        ("- set: {PID-2: =nope}", "unknown-name", "4:19"),
        ("- append: MSH", "msh-not-allowed", "4:13"),
        ("- append: PID-3.1", "not-appendable", "4:13"),
        ("- append: PID-3\n  after: PV1", "misplaced-key", "5:12"),
        ("- append: NK1\n  after: PV1-3", "not-a-segment", "5:12"),
        ("- append: PID-3\n  set: {PID-4: x}", "not-what-is-added", "5:11"),
        ("- append: PID-3\n  set: {PID-3: a~b}", "too-much-structure", "5:19"),
        ("- delete: MSH-2", "delimiters-not-allowed", "4:13"),
        ("- for each: PID-3.1\n  do: []", "not-walkable", "4:15"),
        ("- for each: PID", "missing-key", "4:5"),
        ("- for each: PID-3\n  do:\n    - for each: PID\n      do: []", "loop-inside-itself", "6:19"),
        ("- let: {in: x}", "let-name", "4:11"),
        ("- number: PID-1", "not-a-segment", "4:13"),
        ("- number: IN2", "no-set-id", "4:13"),
        ("- when: PID-3\n  do: []", "not-a-condition", "4:11"),
        ("- fail: [a]", "wrong-kind", "4:11"),
    ],
)
def test_each_mistake_is_told_at_its_place(steps: str, code: str, place: str) -> None:
    """One mistake, one problem, at the line and column of what is wrong."""
    problems = [each for each in problems_of(steps) if each.severity is Severity.ERROR]

    assert [(each.code, str(each.place)) for each in problems] == [(code, f"m.yaml:{place}")]


def test_all_mistakes_are_told_at_once() -> None:
    """Nobody repairs a file one message at a time."""
    problems = problems_of("- sett: {PID-2: x}\n- set: {PID: x, PID-3: ~}\n- for each: OBX\n  do:\n    - delete: MSH")

    assert [each.code for each in problems] == ["no-step", "not-a-field", "yaml-null", "msh-not-allowed"]


def test_a_step_misspelt_gets_a_suggestion() -> None:
    """The hint is the word that was meant."""
    (problem,) = problems_of("- apend: NK1")

    assert problem.hint == "did you mean 'append'?"


@pytest.mark.parametrize(
    ("output", "code"),
    [
        ("{start: empty, version: 2.5.1}", "missing-key"),
        ("{start: copied}", "unknown-choice"),
        ("{message: ADT^A01}", "missing-key"),
        ("{start: copy, version: 2.5.9}", "unknown-version"),
        ("{start: copy, message: ADT^A01^ADT_X01}", "unknown-structure"),
        ("{start: copy, split: PID-3}", "not-a-segment"),
        ("{start: copy, splitt: PID}", "unknown-key"),
        ("copy", "wrong-kind"),
    ],
)
def test_mistakes_of_the_output_are_told(output: str, code: str) -> None:
    """What a mapping makes is checked before any message comes."""
    assert [each.code for each in problems_of("[]", output)] == [code]


def test_a_split_counts_as_a_loop_around_everything() -> None:
    """What the output splits by is this message's already."""
    problems = problems_of("- for each: OBR\n  do: []", "{start: copy, split: OBR}")

    assert [each.code for each in problems] == ["loop-inside-itself"]


def test_what_a_let_names_is_known_to_the_steps_behind_it_only() -> None:
    """Not before it, and not behind its list."""
    steps = """
- set: {PID-2: =a}
- let: {a: x}
- set: {PID-2: =a}
- for each: OBX
  do:
    - let: {b: =a}
- set: {PID-2: =b}
"""

    assert [str(each.place) for each in problems_of(steps)] == ["m.yaml:4:19", "m.yaml:10:19"]


@pytest.mark.parametrize(
    "steps",
    [
        "- copy: [PID]\n- copy: [EVN]",
        "- append: DG1\n- append: NK1",
        "- when: PID-1 == '1'\n  do: [{copy: PV1}]\n- copy: [PID]",
        "- for each: PR1\n  do: [{append: PR1}]\n- copy: [DG1]",
        "- copy: [FT1]",
    ],
)
def test_steps_that_cannot_give_the_order_are_warned_of(steps: str) -> None:
    """A warning: the destination may be more lenient than the standard."""
    problems = problems_of(steps, EMPTY)

    assert {(each.code, each.severity) for each in problems} == {("structure-order", Severity.WARNING)}


def test_a_step_is_warned_of_once_with_all_that_it_puts_in_the_wrong_place() -> None:
    """What was agreed with a destination against the standard is one line, in the words of the step."""
    (problem,) = problems_of("- copy: [PV1, IN1, GT1]\n- copy: [PID, EVN, PV1, PD1, EVN]", EMPTY)

    assert str(problem.place) == "m.yaml:5:5"
    assert problem.text == "in the order of ADT_A01 EVN, PID, PD1 cannot stand here and PV1 may not stand here again"


@pytest.mark.parametrize(
    "steps",
    [
        "- copy: [PV1, PID, EVN]",
        "- copy: [EVN, PID, 'Z*']\n- copy: PV1\n- append: ZPI",
        "- copy: [IN3, IN2, IN1]",
        "- for each: DG1\n  do: [{append: DG1}]\n- append: GT1\n- append: IN1\n- append: IN2\n- append: IN1",
        "- when: PID-1 == '1'\n  do: [{append: GT1}]\n  else: [{append: DG1}]\n- append: IN1",
    ],
)
def test_steps_that_can_give_the_order_are_not_warned_of(steps: str) -> None:
    """One copy keeps the message's order; either branch of a ``when`` is looked at alone."""
    assert problems_of(steps, EMPTY) == []


@pytest.mark.parametrize(
    ("steps", "columns"),
    [
        ("- set: {'OBX[*]-5': =upper(OBX-3.1)}", [30]),
        ("- set: {\"OBX[3.1 == 'A']-5\": =OBX-6}", [33]),
        ("- set: {'PID-13[*].1': =digits(PID-13.1)}", [34]),
        ("- set: {'OBX[*]-5': =upper(value)}", []),
        ("- set: {'OBX[*]-5': '=OBX[1]-5'}", []),
        ("- set: {'OBX[*]-5': =out.OBX-5}", []),
        ("- set: {'OBX[*]-16': =OBR-16}", []),
        ("- set: {'OBX[2]-5': =OBX-3}", []),
        ("- set: {'PID-13[*].1': =digits(PID-14.1)}", []),
        ("- for each: OBX\n  do:\n    - set: {'OBX[*]-5': =OBX-3}", []),
    ],
)
def test_a_formula_that_writes_what_the_first_holds_to_every_place_is_doubted(steps: str, columns: list[int]) -> None:
    """`OBX[*]-5: =upper(OBX-5)` looks as if each kept its own, and gives all of them the first one's."""
    problems = problems_of(steps)

    assert [(each.code, each.severity) for each in problems] == [("first-only", Severity.WARNING)] * len(columns)
    assert [each.place.column for each in problems] == columns
    assert all("'value' is what stands at each place" in each.hint for each in problems)
