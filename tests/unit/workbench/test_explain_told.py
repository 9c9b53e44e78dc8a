"""What an explanation shows, and what it hides from those who may not see values."""

from pathlib import Path

import orjson
import pytest

from engine.config.recalled import recall
from engine.routing import Rules
from engine.workbench.explain.subject import Subject, Wishes, of_file
from engine.workbench.explain.values import MASKED, SHOWN, Values

NOW_US = 1_768_496_400_000_000
CONFIG = """
site: here
time_zone: UTC
listeners: {door: {mllp: 127.0.0.1:2575}, back: {mllp: 127.0.0.1:2576}}
destinations:
  there: {mllp: 127.0.0.1:2601}
  away: {mllp: 127.0.0.1:2602}
tables: {codes: {file: codes.csv}}
"""
ROUTE = """
route: only
from: door
to:
  there:
    when: PID-8 == 'F' or (exists(PID-5) and listed('codes', PV1-2))
    map: m
  away:
    when: translate('codes', PID-5.1) == 'x'
"""
MAPPING = """
mapping: m
output: {start: copy, split: OBX}
steps:
  - let: {name: =PID-5.1}
  - set: {PID-5.1: =name, PV1-2: "=translate('codes', PV1-2)", EVN-1: P03}
  - for each: PID-3
    do:
      - set: {PID-3.4: "=if(PID-3.5 == 'MR', PID-3.1, 'NONE')"}
  - skip: =PID-5.2
    when: OBX-3 == 'a'
"""
MESSAGE = """MSH|^~\\&|A|B|||20260301||ORU^R01^ORU_R01|1|P|2.5.1
PID|1||sekret1^^^H^MR~sekret2||sekret3^sekret4||20100101|M
PV1|1|I
OBX|1|ST|a||sekret5
OBX|2|ST|b||sekret6
"""


@pytest.fixture
def rules() -> Rules:
    texts = {"config.yaml": CONFIG, "codes.csv": "from,to\nI,IN\n", "routes/a.yaml": ROUTE, "mappings/m.yaml": MAPPING}
    found = recall(texts, Path("/nowhere/config.yaml"), {})
    assert found is not None
    assert not found.problems.errors, [str(each) for each in found.problems.items]
    return found.rules


def text_of(subject: Subject, values: Values, destination: str = "") -> str:
    """Return the explanation as people read it."""
    lines = subject.lines(Wishes(values, destination))
    return "\n".join("".join(piece.text for piece in line).rstrip() for line in lines)


def only(rules: Rules, text: str = MESSAGE) -> Subject:
    """Return the one message of a file."""
    (subject,) = of_file(text.encode(), "", rules, NOW_US)
    return subject


@pytest.mark.parametrize("destination", ["", "there", "away"])
def test_no_value_is_shown_that_was_not_asked_for(rules: Rules, destination: str) -> None:
    """Neither to people nor to programs, nor by a repr that ends in a log."""
    subject = only(rules)

    masked = text_of(subject, MASKED, destination)
    document = orjson.dumps(subject.document(Wishes(MASKED, destination))).decode()

    for text in (masked, document, repr(subject), repr(subject.explanation)):
        assert "sekret" not in text
    assert "***" in masked
    assert "sekret3" in text_of(subject, SHOWN)
    assert "sekret3" in orjson.dumps(subject.document(Wishes(SHOWN))).decode()


def test_every_clause_is_there_asked_or_not(rules: Rules) -> None:
    """With its place and what it saw; a table's line where one answered."""
    text = " ".join(text_of(only(rules), SHOWN).split())

    assert "false PID-8 == 'F' saw PID-8 = 'M' routes/a.yaml:6:11" in text
    assert "true exists(PID-5) saw PID-5 = 'sekret3^sekret4'" in text
    assert "true listed('codes', PV1-2) saw PV1-2 = 'I'; codes.csv:2 'I' -> 'True'" in text
    assert "failed translate('codes', PID-5.1) == 'x' failed: unknown-code" in text


def test_what_was_not_asked_says_so(rules: Rules) -> None:
    """An earlier clause had decided."""
    text = " ".join(text_of(only(rules, MESSAGE.replace("|M\n", "|F\n")), MASKED).split())

    assert "not asked exists(PID-5)" in text


def test_every_step_tells_turn_input_output_and_row(rules: Rules) -> None:
    """In the order in which they ran, each with its place."""
    text = " ".join(text_of(only(rules), SHOWN).split())

    assert "turn 1 of OBX (segment 4)" in text
    assert "turn 2 of PID-3 (segment 2, repetition 2)" in text
    assert "set PV1-2 'I' -> 'IN' from PV1-2 = 'I'; translate('codes', PV1-2)" in text
    assert "row codes 'I' -> 'IN' codes.csv:2" in text
    assert "set EVN-1 'P03'" in text
    assert "skipped nothing is sent: 'sekret4'" in text


def test_a_file_tells_how_it_was_read(rules: Rules) -> None:
    """Frames are taken off, line ends made those of HL7, batches taken apart."""
    framed = b"\x0b" + MESSAGE.replace("\n", "\r").encode() + b"\x1c\r"
    batch = b"BHS|^~\\&|A\r" + MESSAGE.replace("\n", "\r").encode() * 2 + b"BTS|2\r"

    assert only(rules).notes == ("read with line-ends-made-cr",)
    assert [each.notes for each in of_file(framed, "door", rules, NOW_US)] == [("read with mllp-frame-taken-off",)]
    assert len(list(of_file(batch, "door", rules, NOW_US))) == 2


def test_a_listener_whose_routes_take_the_message_is_chosen(rules: Rules) -> None:
    """It is the one that a message of this kind would come in at."""
    assert only(rules).explanation.head.listener == "door"
