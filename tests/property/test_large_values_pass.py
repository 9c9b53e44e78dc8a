"""ED and RP in OBX-5: scanned letters and pictures pass every kind of mapping byte for byte, in bounded time."""

import base64
import random
import time
import tracemalloc
from pathlib import Path

import pytest

from engine.decision import plan
from engine.hl7.message import Message
from engine.mapping import Built, build
from engine.states import MessageState
from tests.support.decisions import receipt_of, rules_of
from tests.support.mappings import job_for, mapping_of

EMPTY = "{message: ORU^R01^ORU_R01, version: 2.5.1, start: empty}"
MAPPINGS = {
    "a copy of which other fields change": ("- set: {PID-5: X, 'OBX[1]-5': seen}", "{start: copy}"),
    "a copy whose results are renumbered": (
        "- for each: OBX\n  do:\n    - set: {OBX-11: C}\n- number: [OBX]",
        "{start: copy}",
    ),
    "a copy for each order": ("- set: {OBR-25: F}", "{start: copy, split: OBR}"),
    "segments taken over": ("- copy: [PID, OBR, OBX]", EMPTY),
    "values written into new segments": (
        "- copy: [PID, OBR]\n- for each: OBX\n  do:\n    - append: OBX\n      set: {OBX-3: =OBX-3, OBX-5: =OBX-5}",
        EMPTY,
    ),
}
LETTER = "PDF^Report||^application^pdf^Base64^"
POINTER = r"\\share\scans\4711.jpg&HOSPITAL^image^jpeg"


def _base64(megabytes: float) -> str:
    return base64.b64encode(random.Random(1).randbytes(int(megabytes * 750_000))).decode()


def _message(value: str) -> bytes:
    return (
        "MSH|^~\\&|LAB|STMARY|ENG|HUB|20260301120000||ORU^R01^ORU_R01|M1|P|2.5.1\r"
        "PID|1||4711^^^STMARY^MR||DOE^JANE\rOBR|1|P1|F1|LETTER\rOBX|1|TX|NOTE||x\r"
        f"OBX|2|ED|{LETTER}{value}||||||F\rOBX|3|RP|IMG||{POINTER}\r"
    ).encode()


@pytest.mark.parametrize("megabytes", [1, 5])
@pytest.mark.parametrize("name", MAPPINGS)
def test_a_document_leaves_byte_for_byte(name: str, megabytes: int) -> None:
    """Nobody decodes, escapes or copies it again and again: under a second and eight times its size."""
    steps, output = MAPPINGS[name]
    mapping, value = mapping_of(steps, output), _base64(megabytes)
    payload = _message(value)
    tracemalloc.start()
    begun = time.process_time()

    outcomes = build(mapping, job_for(Message.parse(payload)))

    seconds, peak = time.process_time() - begun, tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    [made] = outcomes
    assert isinstance(made, Built)
    assert f"^application^pdf^Base64^{value}".encode() in made.payload
    assert POINTER.encode() in made.payload
    assert seconds < 1
    assert peak < 8 * len(payload)


def test_a_whole_decision_about_a_document_is_quick(tmp_path: Path) -> None:
    """Findings, facts and two destinations included; without a mapping the very bytes leave."""
    rules = rules_of(
        tmp_path,
        "  billing: {map: kept}\n  registry: {}\n",
        {"kept": "output: {start: copy}\nsteps:\n  - set: {PID-19: ''}\n"},
    )
    payload = _message(_base64(5))
    begun = time.process_time()

    planned = plan(receipt_of(payload), rules)

    seconds = time.process_time() - begun
    assert planned.state is MessageState.ACCEPTED
    assert [draft.payload == payload for draft in planned.drafts] == [True, True]
    assert seconds < 2
