"""The one answer to a batch: its number, the worst code, one error for each message that was not accepted."""

from pathlib import Path

import pytest

from engine.context import EMPTY_CONTEXT
from engine.decision import Decision, decide
from engine.intake.batches import answer_to_batch, frame_of
from engine.journal.items import Answer
from engine.states import MessageState
from tests.support.decisions import ADT, answered, errors, receipt_of, rules_of, segments

ROUTE = "route: all\nfrom: adt\naccept: MSH-9.1 == 'ADT'\nto: {billing: {}}\n"
BHS = b"BHS|^~\\&|HIS|STMARY|ENGINE|SITE|20260301||||B77\r"
FHS = b"FHS|^~\\&|FILER|STMARY|ENGINE|SITE|20260301||||F66\r"
STRANGE = ADT.replace(b"ADT^", b"ZZZ^").replace(b"MSG1", b"MSG2")
BROKEN = ADT.replace(b"|2.5.1\r", b"|2.5.1||||||UNICODE UTF-8\r", 1).replace(b"JANE", b"\xff").replace(b"MSG1", b"MSG3")


def _answer(folder: Path, payload: bytes) -> bytes:
    """Return the answer to a batch whose messages were decided one by one."""
    rules = rules_of(folder, ROUTE)
    frame = frame_of(receipt_of(payload), rules)
    assert frame is not None
    made: list[Decision] = [decide(receipt_of(part), rules, EMPTY_CONTEXT) for part in frame.batch.messages]
    return answer_to_batch(frame, [Answer(1, each.state, each.ack_code, each.ack, False, each) for each in made])


@pytest.mark.parametrize(
    ("envelope", "number"),
    [
        (BHS, b"B77"),
        (FHS + BHS, b"B77"),
        (FHS, b"F66"),
        (BHS.replace(b"B77", b""), b"MSG1"),
        (b"BHS|^~\\&|\r", b"MSG1"),
    ],
)
def test_the_batchs_number_is_answered(tmp_path: Path, envelope: bytes, number: bytes) -> None:
    """BHS-11, else FHS-11, else the first message's."""
    ack = _answer(tmp_path, envelope + ADT + b"BTS|1\r")

    assert answered(ack) == (b"AA", number)
    assert errors(ack) == []


@pytest.mark.parametrize("ends", [b"\r", b"\n", b"\r\n"])
def test_the_first_messages_number_is_found_however_lines_end(tmp_path: Path, ends: bytes) -> None:
    """Also where the header is short and the next line must not be taken for more of it."""
    ack = _answer(tmp_path, (b"BHS|^~\\&\r" + ADT + b"BTS|1\r").replace(b"\r", ends))

    assert answered(ack)[1] == b"MSG1"


def test_the_answer_goes_to_who_sent_the_batch(tmp_path: Path) -> None:
    """The envelope knows the sites."""
    (header,) = segments(_answer(tmp_path, FHS + BHS + ADT), b"MSH")

    assert header[2:6] == [b"ENGINE", b"SITE", b"HIS", b"STMARY"]


@pytest.mark.parametrize(
    ("messages", "code", "wrong"),
    [
        ([ADT], b"AA", []),
        ([ADT, STRANGE], b"AR", [(b"MSH^2^9", b"200")]),
        ([BROKEN, ADT], b"AE", [(b"MSH^1^18", b"102")]),
        ([BROKEN, STRANGE, ADT], b"AR", [(b"MSH^1^18", b"102"), (b"MSH^2^9", b"200")]),
    ],
)
def test_the_worst_code_counts_and_each_failure_says_which_message(
    tmp_path: Path, messages: list[bytes], code: bytes, wrong: list[tuple[bytes, bytes]]
) -> None:
    """Its number in the batch stands where the sequence of MSH would."""
    ack = _answer(tmp_path, BHS + b"".join(messages) + b"BTS|%d\r" % len(messages))

    assert answered(ack) == (code, b"B77")
    assert [(place, error) for place, error, _ in errors(ack)] == wrong


def test_a_message_that_only_the_store_failed_on_is_no_error(tmp_path: Path) -> None:
    """It is kept and answered AA; there is no decision to ask."""
    frame = frame_of(receipt_of(BHS + ADT), rules_of(tmp_path, ROUTE))
    assert frame is not None

    ack = answer_to_batch(frame, [Answer(1, MessageState.QUARANTINED, "AA", b"", False, None)])

    assert answered(ack) == (b"AA", b"B77")


@pytest.mark.parametrize("envelope", [BHS, FHS + BHS + b"BTS|0\rFTS|1\r", b"\r\n" + BHS + b"\n", b"\xef\xbb\xbf" + BHS])
def test_an_empty_batch_is_accepted(tmp_path: Path, envelope: bytes) -> None:
    """There is nothing in it that could be lost."""
    assert answered(_answer(tmp_path, envelope)) == (b"AA", b"B77")


@pytest.mark.parametrize("payload", [BHS + b"PID|1||4711\rBTS|1\r", BHS + b"BHSX\r", b"BHSabc", b"FHS", BHS + b"MSH\r"])
def test_what_only_looks_like_a_batch_is_none(tmp_path: Path, payload: bytes) -> None:
    """Lines outside any message would be acknowledged and thrown away: such a frame is kept whole."""
    assert frame_of(receipt_of(payload), rules_of(tmp_path, ROUTE)) is None
