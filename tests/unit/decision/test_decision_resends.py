"""What makes a resend recognisable: everything but the time in MSH-7, and nothing less."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.decision import digest_of, plan
from engine.hl7.message import Message, Reading
from tests.support.decisions import ADT, CONFIG, receipt_of, rules_of

TIME = b"20260301115959"
_AT = ADT.index(TIME)


def _digest(payload: bytes, listener: str = "adt") -> bytes:
    return digest_of(Message.parse(payload), receipt_of(payload, listener))


@pytest.mark.parametrize("made_at", [b"", b"20260301120500", b"2026", b"20260301115959.123+0100^S"])
def test_a_sender_may_renew_the_time(made_at: bytes) -> None:
    """Many write the time of sending into MSH-7."""
    again = ADT.replace(TIME, made_at, 1)

    assert _digest(again) == _digest(ADT)


@given(st.integers(0, len(ADT) - 1).filter(lambda at: not _AT <= at < _AT + len(TIME)), st.integers(1, 127))
def test_any_other_byte_makes_another_message(at: int, change: int) -> None:
    """To take two messages for one is to lose one."""
    other = ADT[:at] + bytes([ADT[at] ^ change]) + ADT[at + 1 :]

    try:
        digest = _digest(other)
    except Exception:  # noqa: BLE001  it is no message any more
        return

    assert digest != _digest(ADT)


def test_a_time_elsewhere_counts(tmp_path: Path) -> None:
    """Only MSH-7 is the sender's; EVN-2 says when something happened."""
    other = ADT[:_AT] + ADT[_AT:].replace(b"EVN|A01|20260301115959", b"EVN|A01|20260301120500")

    assert _digest(other) != _digest(ADT)


def test_each_listener_has_its_own(tmp_path: Path) -> None:
    """Two senders may count alike."""
    assert _digest(ADT, "adt") != _digest(ADT, "lab")


@pytest.mark.parametrize(
    "shape",
    [
        lambda payload: b"\r\n \x00" + payload,
        lambda payload: b"\xef\xbb\xbf" + payload,
        lambda payload: payload.replace(b"\r", b"\n"),
        lambda payload: payload.replace(b"\r", b"\r\n"),
        lambda payload: payload.rstrip(b"\r"),
        lambda payload: payload.partition(b"\r")[0],
        lambda payload: payload.replace(b"|", b"*"),
        lambda payload: payload.replace(b"|^~\\&|HIS|", b"|^~|HIS|"),
        lambda payload: payload.replace(b"HIS", b"H\xf4pital"),
        lambda payload: payload.replace(b"HIS", "Hôpital".encode()),
    ],
)  # fmt: skip
def test_however_it_is_written_the_time_is_found(shape: object) -> None:
    """Blanks before it, other separators, other ends of lines, no end at all."""
    assert callable(shape)
    one, again = shape(ADT), shape(ADT.replace(TIME, b"20260301120500", 1))
    other = shape(ADT.replace(b"MSG1", b"MSG2"))

    assert one != again
    assert _digest(one) == _digest(again) != b""
    assert _digest(other) != _digest(one)


def test_a_character_that_holds_the_separator_never_hides_another_field() -> None:
    """A second byte of GB 18030 may be ``|``: which field is MSH-7 the bytes do not tell, so nothing is left out."""
    reading = Reading(charset="GB 18030-2000")
    written = ADT.replace(b"HIS", b"\x81\x7c")

    def digest(payload: bytes) -> bytes:
        return digest_of(Message.parse(payload, reading), receipt_of(payload))

    assert Message.parse(written, reading).fields(0)[10] == "MSG1"
    assert digest(written) != b""
    assert digest(written.replace(b"|SITE|", b"|OTHER|")) != digest(written)


@pytest.mark.parametrize("kind", ["no route", "two headers", "not its character set"])
def test_what_was_refused_is_recognised_too(tmp_path: Path, kind: str) -> None:
    """A resend of it is decided afresh and linked to the first copy: the rules may have been mended."""
    payload = {
        "no route": ADT.replace(b"ADT^A01", b"ZZZ^Z01"),
        "two headers": ADT + ADT.replace(b"MSG1", b"MSG2"),
        "not its character set": ADT.replace(b"|2.5.1\r", b"|2.5.1||||||UNICODE UTF-8\r", 1).replace(b"JANE", b"\xff"),
    }[kind]
    rules = rules_of(tmp_path, "route: all\nfrom: adt\naccept: MSH-9.1 == 'ADT'\nto: {billing: {}}\n", config=CONFIG)
    receipt = receipt_of(payload)
    later = replace(receipt, payload=payload.replace(TIME, b"20260301120500", 1), received_ns=receipt.received_ns + 1)

    first, again = plan(receipt, rules), plan(later, rules)

    assert first.reply.code != "AA"
    assert first.digest == again.digest != b""


def test_a_resend_is_answered_as_its_first_copy_was(tmp_path: Path) -> None:
    """Nothing is decided again; only the code is needed."""
    rules = rules_of(tmp_path, "  billing: {}\n")

    answer = plan(receipt_of(), rules).ack_for("AA")

    assert b"MSA|AA|MSG1" in answer
