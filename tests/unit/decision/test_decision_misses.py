"""Codes that a table does not list: each decision tells which, whatever the table's policy does with them."""

from pathlib import Path

import pytest

from engine.errors import Miss
from engine.routing import Rules
from engine.states import DeliveryState, MessageState
from tests.support.decisions import CONFIG, decided, rules_of

CLASSES = "from,to\nI,INP\n"
MESSAGE = (
    b"MSH|^~\\&|HIS|STMARY|ENGINE|SITE|20260301115959||ADT^A01^ADT_A01|MSG1|P|2.5.1\r"
    b"EVN|A01|20260301115959\rPID|1||4711^^^STMARY^MR||DOE^JANE||19690130|F\rPV1|1|%b\r"
)


def _rules(folder: Path, unknown: str, formula: str = "translate('classes', PV1-2)", entry: str = "") -> Rules:
    (folder / "classes.csv").write_text(CLASSES, "utf-8")
    config = f"{CONFIG}tables: {{classes: {{file: classes.csv, unknown: {unknown}}}}}\n"
    steps = f"output: {{start: copy}}\nsteps:\n  - set:\n      PV1-2: ={formula}\n"
    return rules_of(folder, entry or "  billing: {map: m}\n", {"m": steps}, config)


@pytest.mark.parametrize("unknown", ["error", "keep", "{default: OTH}"])
def test_an_unknown_code_is_told_whatever_the_policy(tmp_path: Path, unknown: str) -> None:
    """Under `keep` and `default` it passes, and somebody should know all the same."""
    decision = decided(_rules(tmp_path, unknown), MESSAGE % b"X")

    assert decision.missed == (Miss("classes", "X"),)


@pytest.mark.parametrize("code", [b"I", b"", b'""', b" I "])
def test_a_known_code_and_no_code_are_no_miss(tmp_path: Path, code: bytes) -> None:
    """Empty and null never meet the policy."""
    decision = decided(_rules(tmp_path, "error"), MESSAGE % code)

    assert decision.missed == ()


def test_a_code_asked_for_several_times_is_one_miss(tmp_path: Path) -> None:
    """What counts is the message, not how often its rules ask; blanks around a key mean nothing."""
    formula = "translate('classes', PV1-2) + lookup('classes', PV1-2, 'to') + translate('classes', ' X')"

    decision = decided(_rules(tmp_path, "keep", formula), MESSAGE % b"X")

    assert decision.missed == (Miss("classes", "X"),)


def test_whether_a_code_is_listed_is_only_a_question(tmp_path: Path) -> None:
    """`listed` chooses; a code that is not listed is an answer, nothing to be mended."""
    decision = decided(_rules(tmp_path, "error", "if(listed('classes', PV1-2), 'Y', 'N')"), MESSAGE % b"X")

    assert decision.missed == ()


def test_a_parked_output_knows_the_code_that_it_waits_for(tmp_path: Path) -> None:
    """So that those waiting for one row can be found, without reading sentences that hold values."""
    (output,) = decided(_rules(tmp_path, "error"), MESSAGE % b"X").outputs

    assert (output.state, output.reason, output.miss) == (DeliveryState.PARKED, "unknown-code", Miss("classes", "X"))


def test_a_condition_that_meets_an_unknown_code_tells_it_too(tmp_path: Path) -> None:
    """`when` and `accept` ask tables as mappings do."""
    entry = "  billing: {when: \"translate('classes', PV1-2) == 'INP'\", map: m}\n"
    route = f"route: all\nfrom: adt\naccept: translate('classes', PV1-2) != ''\nto:\n{entry}"

    of_when = decided(_rules(tmp_path, "error", entry=entry), MESSAGE % b"X")
    of_accept = decided(_rules(tmp_path, "error", entry=route), MESSAGE % b"X")

    assert [each.miss for each in (*of_when.outputs, *of_accept.outputs)] == [Miss("classes", "X")] * 2
    assert [each.destination for each in of_accept.outputs] == ["-"]
    assert of_when.missed == of_accept.missed == (Miss("classes", "X"),)


def test_a_refused_message_tells_the_code(tmp_path: Path) -> None:
    """Nothing is parked then, and the code is missing all the same."""
    decision = decided(_rules(tmp_path, "error", entry="  billing: {map: m, on_failure: refuse}\n"), MESSAGE % b"X")

    assert (decision.state, decision.missed) == (MessageState.REJECTED, (Miss("classes", "X"),))


def test_a_miss_shows_its_table_alone(tmp_path: Path) -> None:
    """The code is a value of the message."""
    decision = decided(_rules(tmp_path, "error"), MESSAGE % b"SECRET")

    assert "SECRET" not in repr((decision, decision.outputs, decision.missed))
