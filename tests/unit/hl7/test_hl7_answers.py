"""What a destination answers is read with every tolerance, and never believed to be more than it is."""

import pytest

from engine.hl7.ack import AckError, AckPlan, build_ack
from engine.hl7.answers import Answer, read_ack
from engine.hl7.message import Message

HEADER = b"MSH|^~\\&|A|B|C|D|1||ACK^A01^ACK|1|P|2.5"


@pytest.mark.parametrize(
    ("rest", "expected"),
    [
        (b"\rMSA|AA|MSG1\r", Answer("AA", b"MSG1", (), "")),
        (b"\rMSA|AA|MSG1", Answer("AA", b"MSG1", (), "")),
        (b"\r\nMSA|AA|MSG1\r\n", Answer("AA", b"MSG1", (), "")),
        (b"\nMSA|AA|MSG1\n", Answer("AA", b"MSG1", (), "")),
        (b"\rMSA| AE |MSG1|bad", Answer("AE", b"MSG1", (), "bad")),
        (b"\rMSA|AA", Answer("AA", b"", (), "")),
        (b"\rMSA|AA|\xff 1 ", Answer("AA", b"\xff 1 ", (), "")),
        (b"\rSFT|x\rMSA|AR|1\rERR||MSH^1^9|200^x|E||||words", Answer("AR", b"1", ("200",), "words")),
        (b"\rMSA|AR|1\rERR|||200^x|E|||diagnosis|", Answer("AR", b"1", ("200",), "diagnosis")),
        (b"\rMSA|AE|1\rERR|||101|E\rERR|||102~103|E", Answer("AE", b"1", ("101", "102", "103"), "")),
        (b"\rMSA|AE|1\rERR|PID^1^7^102&x&HL70357~PID^1^8^103&y", Answer("AE", b"1", ("102", "103"), "")),
        (b"\rMSA|AE|1|||| 207^x", Answer("AE", b"1", ("207",), "")),
        (b"\rMSA|AE|1\rERR|something else", Answer("AE", b"1", (), "")),
        ("\rMSA|AE|1|né".encode(), Answer("AE", b"1", (), "né")),
        (b"\rMSA|AE|1|n\xe9", Answer("AE", b"1", (), "né")),
    ],
)
def test_an_answer_says_its_code_whom_it_answers_and_why(rest: bytes, expected: Answer) -> None:
    """In the older and the newer form, however its segments end."""
    assert read_ack(HEADER + rest) == expected


@pytest.mark.parametrize(
    "payload",
    [b"", b"\x06", b"OK", b"MSA|AA|1", HEADER, HEADER + b"\rMSA\r", HEADER + b"\rMSA||1\r", b"HTTP/1.1 200 OK\r\n"],
)
def test_what_is_no_acknowledgement_is_none(payload: bytes) -> None:
    """The caller closes the connection and sends again."""
    assert read_ack(payload) is None


@pytest.mark.parametrize("version", ["2.1", "2.3", "2.4", "2.5.1", "2.7"])
def test_our_own_answers_are_understood(version: str) -> None:
    """In every version's form."""
    message = Message.parse(f"MSH|^~\\&|A|B|C|D|1||ADT^A01|7|P|{version}\r".encode())
    plan = AckPlan("AE", (AckError("PID", 1, 7, code="102"), AckError("PID", 1, 8, code="103")))

    answer = read_ack(build_ack(message, plan))

    assert answer is not None
    assert (answer.code, answer.control_id, answer.error_codes) == ("AE", b"7", ("102", "103"))


@pytest.mark.parametrize("codec", ["utf-16", "utf-16-le", "utf-16-be"])
def test_an_answer_may_be_wide(codec: str) -> None:
    """Who is sent UTF-16 may answer in UTF-16; what MSA-2 holds is compared as UTF-8."""
    answer = read_ack((HEADER.decode() + "\rMSA|AA|Mé1\r").encode(codec))

    assert answer == Answer("AA", "Mé1".encode(), (), "")


def test_the_words_of_a_peer_stay_out_of_representations() -> None:
    """They may repeat a patient's data."""
    assert "Neil" not in repr(read_ack(HEADER + b"\rMSA|AE|1|PID-5 O'Neil is bad"))
