"""A header can be read where the message cannot."""

import pytest

from engine.hl7.header import Header


def test_a_header_is_read_from_a_payload_that_was_cut_off() -> None:
    """A frame too big to keep still says what it was."""
    header = Header.peek(b"MSH|^~\\&|A|B|C|D|1||ORU^R01|7|P|2.5||\rOBX|1|ED|" + b"A" * 100_000)

    assert header is not None
    assert header.value("MSH", 9, 2) == "R01"
    assert header.value("MSH", 10) == "7"
    assert header.field("MSH", 99) == ""
    assert header.field("PID", 3) == ""


@pytest.mark.parametrize("before", [b"", b"\r\n ", b"\xef\xbb\xbf", b"\x00"])
@pytest.mark.parametrize("end", [b"", b"\r", b"\n", b"\r\n", b"\x1c\r"])
def test_a_header_ends_where_its_segment_does(before: bytes, end: bytes) -> None:
    """Whatever stands before it and however it ends."""
    header = Header.peek(before + b"MSH|^~\\&|A|B" + end)

    assert header is not None
    assert header.fields(0) == ["MSH", "|", "^~\\&", "A", "B"]


@pytest.mark.parametrize("payload", [b"", b"MS", b"MSH", b"MSHA^~", b"MSH\x00^~\\&", b"PID|1", b"\xff\xfeM\0S\0H\0"])
def test_nothing_is_made_up_where_no_header_can_be_trusted(payload: bytes) -> None:
    """The caller answers with a header of its own."""
    assert Header.peek(payload) is None


def test_encoding_characters_of_our_own_never_repeat_the_separator() -> None:
    """Where MSH-1 is one of the standard's others."""
    header = Header.peek(b"MSH^x^A^B^C")

    assert header is not None
    assert header.delimiters.encoding_characters == "|~\\&"
    assert header.field("MSH", 3) == "A"


def test_a_header_is_one_segment_and_shows_no_value() -> None:
    """Its fields are asked for as a message's first."""
    header = Header.peek(b"BHS|^~\\&|SECRET")

    assert header is not None
    assert "SECRET" not in repr(header)
    with pytest.raises(IndexError):
        header.fields(1)
