"""Acknowledgements by HL7.md 1.5: for every version, for every header, MSA-2 verbatim."""

import pytest

from engine.hl7.ack import AckError, AckPlan, build_ack, minimal_ack
from engine.hl7.header import Header
from engine.hl7.message import Message

ACCEPTED = AckPlan("AA", control_id="ACK1", made_at="20240101120000+0100")
BAD = AckError(segment="PID", sequence=1, field=7, repetition=1, component=2, code="102", text="no date")
REFUSED = AckPlan("AE", (BAD,), "ACK1", "20240101120000+0100")


def _message(version: str = "2.5.1", message_type: str = "ADT^A01^ADT_A01", control_id: str = "MSG1") -> Message:
    text = f"MSH|^~\\&|ADT1|HOSP|LAB|SITE|20240101||{message_type}|{control_id}|P|{version}|||AL|NE\rPID|1\r"
    return Message.parse(text.encode())


@pytest.mark.parametrize(
    ("version", "message_type"),
    [
        ("2.1", "ACK"),
        ("2.2", "ACK"),
        ("2.3", "ACK"),
        ("2.3.1", "ACK^A01^ACK"),
        ("2.4", "ACK^A01^ACK"),
        ("2.5.1", "ACK^A01^ACK"),
        ("2.5.1^USA^1", "ACK^A01^ACK"),
        ("2.7", "ACK^A01^ACK"),
        ("2.8.2", "ACK^A01^ACK"),
        ("nonsense", "ACK^A01^ACK"),
        ("", "ACK^A01^ACK"),
    ],
)
def test_an_acceptance_swaps_the_sites_and_echoes_processing_and_version(version: str, message_type: str) -> None:
    """MSH-12 as sent, whole; MSH-15 and 16 empty; the type that the version knows."""
    answer = build_ack(_message(version), ACCEPTED)

    assert answer.decode() == (
        f"MSH|^~\\&|LAB|SITE|ADT1|HOSP|20240101120000+0100||{message_type}|ACK1|P|{version}\rMSA|AA|MSG1\r"
    )


def test_a_message_without_an_event_is_answered_by_a_plain_ack() -> None:
    """There is nothing to put into MSH-9.2."""
    for message_type in ("ADT", "ADT^", "", "ADT^^ADT_A01"):
        assert b"||ACK|ACK1|" in build_ack(_message(message_type=message_type), ACCEPTED)


@pytest.mark.parametrize(
    ("version", "tail"),
    [
        ("2.1", "MSA|AE|MSG1|no date\rERR|PID^1^7^102&no date&HL70357\r"),
        ("2.3", "MSA|AE|MSG1|no date|||102^Data type error^HL70357\rERR|PID^1^7^102&no date&HL70357\r"),
        ("2.4", "MSA|AE|MSG1|no date|||102^Data type error^HL70357\rERR|PID^1^7^102&no date&HL70357\r"),
        ("2.5", "MSA|AE|MSG1|no date\rERR||PID^1^7^1^2|102^Data type error^HL70357|E||||no date\r"),
        ("2.6", "MSA|AE|MSG1|no date\rERR||PID^1^7^1^2|102^Data type error^HL70357|E||||no date\r"),
        ("2.7", "MSA|AE|MSG1\rERR||PID^1^7^1^2|102^Data type error^HL70357|E||||no date\r"),
        ("2.9", "MSA|AE|MSG1\rERR||PID^1^7^1^2|102^Data type error^HL70357|E||||no date\r"),
    ],
)
def test_an_error_is_told_in_the_form_of_the_version(version: str, tail: str) -> None:
    """ERR-1 up to 2.4, ERL from 2.5; MSA-3 below 2.7; MSA-6 in 2.3 and 2.4."""
    answer = build_ack(_message(version), REFUSED)

    assert answer.decode().split("\r", 1)[1] == tail


def test_several_errors_are_all_told() -> None:
    """As repetitions of ERR-1, or as segments."""
    plan = AckPlan("AR", (AckError("MSH", 1, 9, code="200"), AckError("MSH", 1, 12, code="203", severity="W")), "ACK1")

    older, newer = build_ack(_message("2.4"), plan).decode(), build_ack(_message("2.5"), plan).decode()

    assert "ERR|MSH^1^9^200&Unsupported message type&HL70357~MSH^1^12^203&Unsupported version id&HL70357\r" in older
    assert "ERR||MSH^1^9|200^Unsupported message type^HL70357|E\r" in newer
    assert "ERR||MSH^1^12|203^Unsupported version id^HL70357|W\r" in newer


def test_an_acceptance_may_be_explained_as_information() -> None:
    """Code 0 is no error."""
    answer = build_ack(_message(), AckPlan("AA", (AckError(code="0"),), "ACK1"))

    assert b"ERR|||0^Message accepted^HL70357|I\r" in answer


def test_enhanced_codes_are_only_another_code() -> None:
    """CA, CE and CR stand where AA, AE and AR do."""
    assert b"\rMSA|CA|MSG1\r" in build_ack(_message(), AckPlan("CA"))


@pytest.mark.parametrize(
    "control_id",
    ["", " 7 ", "A^B&C~D", "\\X0D\\", '""', "x" * 300, "\\F\\", "été", "0007"],
)
def test_the_control_id_is_echoed_verbatim(control_id: str) -> None:
    """Neither unescaped nor trimmed nor cut."""
    answer = build_ack(_message(control_id=control_id), ACCEPTED)

    assert f"\rMSA|AA|{control_id}\r".encode() in answer


@pytest.mark.parametrize(
    ("declared", "control_id"),
    [("8859/1", b"\xe9"), ("UNICODE UTF-8", b"\xc3\xa9"), ("ISO IR14", b"\x83\x5c\x87\x90"), ("BIG-5", b"\xa2\xcc")],
)
def test_the_answer_is_in_the_character_set_of_the_message(declared: str, control_id: bytes) -> None:
    """MSH-18 is echoed, and the control id has the same bytes."""
    payload = b"MSH|^~\\&|A|B|C|D|1||ADT^A01|" + control_id + f"|P|2.5||||||{declared}|x\rPID|1\r".encode()

    answer = build_ack(Message.parse(payload), ACCEPTED)

    assert answer.endswith(b"\rMSA|AA|" + control_id + b"\r")
    assert f"|P|2.5||||||{declared}\r".encode() in answer


@pytest.mark.parametrize(
    ("header", "answer"),
    [
        ("MSH@~&#\\@A@B@C@D@1@@ADT~A01@7@P@2.5", "MSH@~&#\\@C@D@A@B@@@ACK~A01~ACK@@P@2.5\rMSA@AA@7\r"),
        ("MSH|^~\\&#|A|B|C|D|1||ADT^A01|7|P|2.5", "MSH|^~\\&#|C|D|A|B|||ACK^A01^ACK||P|2.5\rMSA|AA|7\r"),
        ("MSH|^~\\\\&|A|B|C|D|1||ADT^A01|7|P|2.5", "MSH|^~\\\\&|C|D|A|B|||ACK^A01^ACK||P|2.5\rMSA|AA|7\r"),
        ("MSH|^~|A|B|C|D|1||ADT^A01|7|P|2.5", "MSH|^~|C|D|A|B|||ACK^A01^ACK||P|2.5\rMSA|AA|7\r"),
        ("MSH|^~\\&|A|B|C||^^|1||ADT^A01|7|P|2.5", "MSH|^~\\&|C||A|B|||ACK||7|P\rMSA|AA|ADT^A01\r"),
        ("MSH|^~\\&|A|B|C|^^|1||ADT^A01|7|P|2.5", "MSH|^~\\&|C|^^|A|B|||ACK^A01^ACK||P|2.5\rMSA|AA|7\r"),
        ("MSH|^~\\&", "MSH|^~\\&|||||||ACK|||\rMSA|AA|\r"),
        ("MSH|^~\\&|A", "MSH|^~\\&|||A||||ACK|||\rMSA|AA|\r"),
    ],
)
def test_any_header_can_be_answered_in_its_own_delimiters(header: str, answer: str) -> None:
    """Odd characters, too few fields, structure where none belongs."""
    assert build_ack(Message.parse(header.encode()), AckPlan("AA")).decode() == answer


@pytest.mark.parametrize("encoding_characters", ["", "^", "ABCD", "^^\\&", "^~\\&^~\\&x"])
def test_a_header_with_unusable_encoding_characters_still_names_what_is_refused(encoding_characters: str) -> None:
    """MSH-1 tells the fields apart; the answer brings encoding characters of its own."""
    header = Header.peek(f"MSH|{encoding_characters}|A|B|C|D|1||ADT^A01|MSG7|P|2.5\rPID|1".encode())

    assert header is not None
    answer = build_ack(header, AckPlan("AR", (AckError("MSH", 1, 2, code="100"),), "ACK1"))
    assert answer.startswith(b"MSH|^~\\&|C|D|A|B|")
    assert b"\rMSA|AR|MSG7|Segment sequence error\rERR||MSH^1^2|100^Segment sequence error^HL70357|E\r" in answer


def test_what_is_refused_for_its_character_set_is_still_answered_byte_for_byte() -> None:
    """The header is read as bytes."""
    header = Header.peek(b"MSH|^~\\&|A|B|C|D|1||ADT^A01|M\xff7|P|2.5||||||UNICODE UTF-8\rPID|\xff")

    assert header is not None
    answer = build_ack(header, AckPlan("AE", (AckError("MSH", 1, 18, code="102"),), "ACK1"))
    assert b"\rMSA|AE|M\xff7|" in answer


def test_a_batch_is_answered_by_the_control_id_it_is_given() -> None:
    """BHS-11 or another, byte for byte."""
    assert b"\rMSA|AE|B\xff1|" in build_ack(_message(), AckPlan("AE", (BAD,), answers=b"B\xff1"))


def test_our_own_words_never_break_the_answer() -> None:
    """They are escaped; where there is no escape character or no such letter, something is left out."""
    plan = AckPlan("AE", (AckError(code="207", text="a|b\nc"),), "ACK1", "20240101+0100")
    plus = Message.parse(b"MSH|+~|A|B|C|D|1||ADT+A01|7|P|2.5\r")

    assert b"|a\\F\\b\\.br\\c\r" in build_ack(_message(), plan)
    assert b"|20240101 0100||" in build_ack(plus, plan)
    assert b"|E||||a b c\r" in build_ack(plus, plan)
    assert b"|E||||caf?\r" in build_ack(_message(), AckPlan("AE", (AckError(code="207", text="café"),)))


def test_bytes_without_a_header_get_an_answer_of_our_own() -> None:
    """There is nothing to echo: MSA-2 is empty, and the code says segment sequence."""
    assert minimal_ack(AckPlan("AR", (), "ACK1", "20240101120000+0100")).decode() == (
        "MSH|^~\\&|||||20240101120000+0100||ACK|ACK1|P|2.5.1\r"
        "MSA|AR||Segment sequence error\rERR|||100^Segment sequence error^HL70357|E\r"
    )
