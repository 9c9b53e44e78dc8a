"""Whatever bytes arrive, only our own errors are raised, and an answer can always be built."""

from contextlib import suppress
from datetime import UTC

from hypothesis import example, given
from hypothesis import strategies as st

from engine.errors import Hl7Error, InvalidPath
from engine.hl7.ack import AckError, AckPlan, build_ack, minimal_ack
from engine.hl7.answers import read_ack
from engine.hl7.batch import is_batch, several_headers, split_batch, split_messages
from engine.hl7.builder import Builder, Target
from engine.hl7.delimiters import delimiters_of
from engine.hl7.header import Header
from engine.hl7.message import Message
from engine.hl7.path import scan_path
from engine.hl7.timestamps import parse_time, write_instant

PLAN = AckPlan("AE", (AckError("PID", 1, 3, code="102", text="not | good"),), "ACK1", "20240101120000+0100")
ODD = delimiters_of("*", "%$!?")
CHARSETS = [b"", b"ASCII", b"8859/1", b"8859/3", b"UNICODE UTF-8", b"ISO IR14", b"~ISO IR87", b"GB 18030-2000",
            b"KS X 1001", b"BIG-5", b"CNS 11643-1992", b"UNICODE UTF-16", b"what"]  # fmt: skip

pieces = st.sampled_from(
    [b"\r", b"\n", b"|", b"^", b"~", b"\\", b"&", b"PID|", b"OBX|1", b"\\X0D\\", b"\\.br\\", b"\x1b$B"]
)
bodies = st.lists(st.binary(max_size=12) | pieces, max_size=20).map(b"".join)


def _walk(message: Message) -> None:
    for position, name in enumerate(message.names):
        for number in range(len(message.fields(position))):
            message.value(name, number, 2, 2)
    for target in (None, Target(ODD), Target(codec="utf-8")):
        with suppress(Hl7Error):
            Builder.copying(message).encode(target)


@given(bodies)
@example(b"")
@example(b"|")
def test_any_body_is_read_and_answered_or_refused_by_code(body: bytes) -> None:
    """Behind a good beginning of a header."""
    payload = b"MSH|^~\\&|" + body

    try:
        message = Message.parse(payload)
    except Hl7Error:
        header = Header.peek(payload)
        assert header is not None
        assert build_ack(header, PLAN)
    else:
        assert message.encode() == payload
        assert b"MSA" in build_ack(message, PLAN)
        _walk(message)


@given(bodies, st.sampled_from(CHARSETS))
def test_any_bytes_in_any_declared_character_set_are_read_or_refused_by_code(body: bytes, charset: bytes) -> None:
    """An unedited builder gives the received segments back in every one of them."""
    payload = b"MSH|^~\\&|A|B|C|D|1||ADT^A01|1|P|2.5||||||" + charset + b"\rZZZ|" + body.replace(b"\r", b"") + b"\r"

    try:
        message = Message.parse(payload)
    except Hl7Error:
        return
    assert b"\rMSA|AE|1|" in build_ack(message, PLAN)
    if not message.notes and b"\n" not in payload:
        assert Builder.copying(message).encode() == payload


@given(st.binary(max_size=60) | st.binary(max_size=40).map(b"MSH".__add__))
def test_any_bytes_at_all_can_be_answered(payload: bytes) -> None:
    """By their own header if they have one, else by ours."""
    header = Header.peek(payload)

    answer = build_ack(header, PLAN) if header else minimal_ack(PLAN)

    assert answer.count(b"\rMSA") >= 1
    with suppress(Hl7Error):
        Message.parse(payload)


@given(bodies, st.sampled_from([b"FHS|^~\\&|", b"BHS|^~\\&|", b"MSH|^~\\&|", b"\r\nFHS|", b""]))
def test_batches_of_anything_are_split_or_refused_by_code(body: bytes, start: bytes) -> None:
    """Every message is a slice, in order, and none overlaps another."""
    payload = start + body + b"\rMSH|^~\\&|" + body + b"\rBTS|1\r"

    several_headers(payload)
    if start.startswith(b"MSH"):
        assert b"".join(split_messages(payload)) == payload
    if is_batch(payload):
        with suppress(Hl7Error):
            batch = split_batch(payload)
            at = 0
            for message in batch.messages:
                at = payload.index(message, at) + len(message)
            build_ack(batch.header, PLAN)


@given(bodies | st.binary(max_size=60))
def test_any_answer_is_understood_or_none(body: bytes) -> None:
    """A destination may say anything."""
    for payload in (body, b"MSH|^~\\&|\r" + body, b"MSH|^~\\&|\rMSA|AA|" + body, b"MSH|^~\\&|\rMSA|AA|\rERR|" + body):
        answer = read_ack(payload)

        assert answer is None or answer.code


@given(st.text("PIDOBX-.[]*'\"0123456789 =abc_", max_size=25))
def test_any_text_is_scanned_for_a_path_or_refused_by_code(text: str) -> None:
    """What is taken is where it says it is."""
    with suppress(InvalidPath):
        found = scan_path(text)
        if found is not None:
            path, end = found
            assert text[:end] == path.text


@given(st.from_regex(r"[0-9]{4,14}(\.[0-9]{1,6})?([+-][0-9]{4})?", fullmatch=True))
def test_a_time_that_can_be_read_is_written_the_same(text: str) -> None:
    """In its own precision, with the offset it had."""
    instant = parse_time(text, UTC)

    assert instant is None or write_instant(instant) == text.replace("-0000", "+0000")
