"""The pure core: the same in, the same out, in any process; and whatever bytes come, a decision."""

import os
import subprocess
import sys
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from engine.config import load
from engine.hl7.batch import is_batch, split_batch
from engine.routing import Rules
from engine.states import MessageState
from tests.support.decisions import ADT, UNREADABLE, answered, decided, rules_of
from tests.support.sites import ROOT, own_site

FOLDER = os.environ.get("HL7_CORPUS", "")
ROUTE = """\
route: all
from: adt
validate: strict
to:
  billing:
    - map: new
    - when: PID-8 == 'F'
      map: broken
  registry: {}
"""
NEW = """\
output: {message: ADT^A08^ADT_A01, version: 2.5.1, start: empty}
steps:
  - copy: [PID, 'Z*']
  - set: {PID-5.1: =upper(PID-5.1)}
"""
BROKEN = f"output: {{start: copy}}\nsteps:\n  - set:\n      PID-8: ={UNREADABLE}\n"
MAPPINGS = {"new": NEW, "broken": BROKEN}
CHILD = """\
import sys
from pathlib import Path
from hashlib import sha256
from engine.config import load
from tests.support.decisions import decided
decision = decided(load(Path(sys.argv[1]) / "config.yaml").rules)
parts = [decision.ack, decision.findings, *(output.payload for output in decision.outputs)]
print(sha256(repr((parts, [o.lane_keys for o in decision.outputs], decision.reason)).encode()).hexdigest())
"""


@cache
def _rules() -> Rules:
    return rules_of(Path(mkdtemp(prefix="decision-")), ROUTE, MAPPINGS)


def test_two_processes_decide_the_same(tmp_path: Path) -> None:
    """No order of a set, no clock, no dice: whatever PYTHONHASHSEED is."""
    rules_of(tmp_path, ROUTE, MAPPINGS)

    told = {
        subprocess.run(  # noqa: S603
            [sys.executable, "-c", CHILD, str(tmp_path)],
            check=True,
            capture_output=True,
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "4242")
    }

    assert len(told) == 1
    assert len(told.pop()) > 60


def test_deciding_twice_gives_the_same_bytes() -> None:
    """What a first decision may have left in memory changes no second one."""
    one, again = decided(_rules()), decided(_rules())

    assert one == again
    assert [output.payload for output in one.outputs] == [output.payload for output in again.outputs]


pieces = st.sampled_from([b"\r", b"\n", b"|", b"^", b"~", b"\\", b"&", b"PID|", b"OBX|1", b"MSH|", b"\x1b$B", b"BHS|"])
bodies = st.lists(st.binary(max_size=12) | pieces, max_size=30).map(b"".join)


@given(bodies, st.sampled_from([b"", b"MSH", b"MSH|^~\\&|", b"\r\nMSH|^~\\&|A|B|C|D|1||ADT^A01|", ADT, ADT[:40]]))
@example(b"\xff" * 40, b"MSH|^~\\&|A|B|C|D|1||ADT^A01|1|P|2.5.1||||||UNICODE UTF-8\r")
def test_whatever_bytes_come_there_is_a_decision_and_an_answer(body: bytes, beginning: bytes) -> None:
    """Never an exception: what cannot be handled is kept, and its sender hears something."""
    decision = decided(_rules(), beginning + body)

    code, _ = answered(decision.ack)
    assert code.decode() == decision.ack_code
    assert (decision.ack_code == "AA") == (decision.state in {MessageState.ACCEPTED, MessageState.FILTERED})


@pytest.mark.skipif(not FOLDER, reason="HL7_CORPUS is unset: there is no corpus to read")
def test_every_message_of_the_corpus_is_decided_by_the_sites_own_rules(tmp_path: Path) -> None:
    """Real messages meet real rules: each is answered, and nothing of ours fails on it."""
    settings = load(own_site(tmp_path / "site"))
    every = [path.read_bytes() for path in sorted(Path(FOLDER).rglob("*")) if path.is_file()]
    payloads = [part for each in every for part in (split_batch(each).messages if is_batch(each) else [each])]
    states = dict.fromkeys(MessageState, 0)

    for payload in payloads:
        for listener in settings.rules.listeners:
            decision = decided(settings.rules, payload, listener=listener)
            states[decision.state] += 1
            assert decision.ack
            assert decision.reason != "engine-failed"

    assert sum(states.values()) > 1_000
    assert states[MessageState.ACCEPTED] > 100
