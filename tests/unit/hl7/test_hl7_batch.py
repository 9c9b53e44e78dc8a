"""Batches are cut at their messages, byte for byte, and their counts are checked without losing anything."""

import pytest

from engine.errors import NotHl7
from engine.hl7.ack import AckPlan, build_ack
from engine.hl7.batch import is_batch, several_headers, split_batch, split_messages
from engine.hl7.message import Note

ONE = b"MSH|^~\\&|A|B|C|D|1||ADT^A01|1|P|2.4\rPID|1|\r"
TWO = b"MSH|^~\\&|A|B|C|D|1||ADT^A01|2|P|2.4\rPID|2||\r"
FHS = b"FHS|^~\\&|FA|FB|FC|FD|1||||F9\r"
BHS = b"BHS|^~\\&|BA|BB|BC|BD|1||||B9|\r"


@pytest.mark.parametrize(
    "payload", [FHS + BHS + ONE, BHS + ONE, b"\r\n" + BHS + ONE, b"\xef\xbb\xbf" + FHS, b" \t" + BHS]
)
def test_a_payload_that_begins_with_an_envelope_is_a_batch(payload: bytes) -> None:
    """Behind blanks and a byte order mark, too."""
    assert is_batch(payload)


@pytest.mark.parametrize("payload", [ONE, b"", b"\r\n" + ONE, b"FH", b"PID|FHS|"])
def test_anything_else_is_none(payload: bytes) -> None:
    """And cannot be split as one."""
    assert not is_batch(payload)
    with pytest.raises(NotHl7) as refused:
        split_batch(payload)
    assert refused.value.code == "no-batch-header"


@pytest.mark.parametrize(
    ("payload", "messages"),
    [
        (FHS + BHS + ONE + TWO + b"BTS|2\rFTS|1\r", [ONE, TWO]),
        (BHS + ONE + TWO + b"BTS|2", [ONE, TWO]),
        (FHS + ONE + TWO + b"FTS|\r", [ONE, TWO]),
        (FHS + BHS + ONE + b"BTS|1\r" + BHS + TWO + b"BTS|1\rFTS|2\r", [ONE, TWO]),
        (BHS + b"ARV|1\rNTE|1\r" + ONE + TWO[:-1], [ONE, TWO[:-1]]),
        (BHS + b"MSH*%$!?*A\rPID*1\r" + ONE, [b"MSH*%$!?*A\rPID*1\r", ONE]),
        (BHS[:-1] + b"\rMSH|^~\\&|A\rNTE|1||see\nMSH|^~\\&| in the text\r", None),
        (BHS + ONE.replace(b"PID|1|", b"NTE|MSH|^~\\&|") + TWO, [ONE.replace(b"PID|1|", b"NTE|MSH|^~\\&|"), TWO]),
    ],
)
def test_each_message_is_an_exact_slice(payload: bytes, messages: list[bytes] | None) -> None:
    """From its MSH to before the next header or trailer; a line feed in a text begins no line."""
    batch = split_batch(payload)

    expected = [payload[payload.index(b"MSH") :]] if messages is None else messages
    assert batch.messages == expected
    assert batch.notes == ()


@pytest.mark.parametrize("terminator", [b"\n", b"\r\n"])
def test_a_file_with_line_feeds_is_cut_the_same(terminator: bytes) -> None:
    """Each message keeps the terminators it has."""
    payload = (BHS + ONE + TWO + b"BTS|2\r").replace(b"\r", terminator)

    assert split_batch(payload).messages == [part.replace(b"\r", terminator) for part in (ONE, TWO)]


@pytest.mark.parametrize(
    ("payload", "codes"),
    [
        (BHS + ONE + b"BTS|2\r", [Note("batch-count", 1)]),
        (BHS + ONE + b"BTS|many\r", [Note("batch-count", 1)]),
        (BHS + ONE + b"BTS\r", []),
        (BHS + ONE + b"BTS|01 |x\r", []),
        (FHS + BHS + ONE + b"BTS|1\rFTS|2\r", [Note("file-count", 1)]),
        (FHS + BHS + b"BTS|0\rFTS|1\r", [Note("batch-without-messages")]),
        (BHS + ONE + b"BTS|" + b"9" * 5000 + b"\r", [Note("batch-count", 1)]),
    ],
)
def test_counts_that_differ_are_noted(payload: bytes, codes: list[Note]) -> None:
    """BTS-1 counts messages, FTS-1 batches; an empty one does not count."""
    assert list(split_batch(payload).notes) == codes


@pytest.mark.parametrize(
    ("payload", "control_id"),
    [
        (FHS + BHS.replace(b"B9", b"B\xff9") + ONE, b"B\xff9"),
        (FHS + BHS.replace(b"B9", b"") + ONE, b"F9"),
        (FHS.replace(b"F9", b"") + ONE, b""),
    ],
)
def test_a_batch_is_known_by_its_envelope(payload: bytes, control_id: bytes) -> None:
    """BHS-11, else FHS-11, else nothing."""
    assert split_batch(payload).control_id == control_id


def test_a_batch_is_answered_as_its_envelope_was_sent() -> None:
    """Sites swapped from BHS; processing and version from its first message; a plain ACK."""
    batch = split_batch(FHS + BHS + ONE + TWO)

    answer = build_ack(batch.header, AckPlan("AA", control_id="ACK1", answers=b"B9"))

    assert answer == b"MSH|^~\\&|BC|BD|BA|BB|||ACK|ACK1|P|2.4\rMSA|AA|B9\r"


def test_a_batch_without_messages_can_be_answered() -> None:
    """By processing and version of our own."""
    batch = split_batch(b"BHS*%$!?*BA*BB\r")

    assert build_ack(batch.header, AckPlan("AA")) == b"MSH*%$!?***BA*BB***ACK**P*2.5.1\rMSA*AA*\r"


@pytest.mark.parametrize(
    ("payload", "several"),
    [
        (ONE, False),
        (ONE + TWO, True),
        ((ONE + TWO).replace(b"\r", b"\n"), True),
        ((ONE + TWO).replace(b"\r", b"\r\n"), True),
        (b"\r\n" + ONE + TWO, True),
        (ONE + b"NTE|1||a\nMSH|^~\\&|\r", False),
        (ONE + b"NTE|MSH|1\r", False),
        (ONE + b"MSH-9 is bad\r", False),
        (b"", False),
    ],
)
def test_a_second_header_in_a_frame_is_seen(payload: bytes, several: bool) -> None:
    """At the beginning of a line, with the first one's field separator."""
    assert several_headers(payload) is several


def test_several_messages_in_a_frame_are_split_without_a_gap() -> None:
    """Put together they are the frame."""
    assert split_messages(ONE + TWO) == [ONE, TWO]
    assert split_messages(ONE) == [ONE]
