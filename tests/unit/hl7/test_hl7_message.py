"""The wire view: what came is read without being changed."""

import pytest

from engine.errors import NotHl7
from engine.hl7.message import Continuation, Message, Note, Reading, join_fields, leaf, split_fields

ADT = (
    b"MSH|^~\\&|ADT1|HOSP|LAB|SITE|20240101120000||ADT^A01^ADT_A01|MSG1|P|2.5.1\r"
    b"EVN|A01|20240101120000\r"
    b'PID|1||123^^^HOSP&1.2.3&ISO^MR~456^^^SSA^SS||O\\T\\Neil^Ann^^^""||19700101|F||""\r'
    b"OBX|1|NM|718-7^Hb^LN||13.5\r"
    b"OBX|2|TX|NOTE||first\\.br\\second\r"
)


def test_an_untouched_message_encodes_to_the_payload_itself() -> None:
    """Not a copy that is equal: the bytes that came."""
    message = Message.parse(ADT)

    assert message.encode() is ADT


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        (("MSH", 1), "|"),
        (("MSH", 2), "^~\\&"),
        (("MSH", 2, 2), ""),
        (("MSH", 3), "ADT1"),
        (("MSH", 9, 2), "A01"),
        (("MSH", 9, 3), "ADT_A01"),
        (("MSH", 12), "2.5.1"),
        (("MSH", 99), ""),
        (("PID", 3), "123"),
        (("PID", 3, 4), "HOSP"),
        (("PID", 3, 4, 2), "1.2.3"),
        (("PID", 3, 4, 4), ""),
        (("PID", 3, 9), ""),
        (("PID", 5), "O&Neil"),
        (("PID", 5, 5), '""'),
        (("PID", 2), ""),
        (("PID", 10), '""'),
        (("OBX", 5), "13.5"),
        (("ZZZ", 1), ""),
    ],
)
def test_a_value_is_the_decoded_leaf_of_the_first_repetition(place: tuple[str, int], expected: str) -> None:
    """Of the first segment of that name; '' where there is nothing; the header's fields count their separator."""
    message = Message.parse(ADT)

    assert message.value(*place) == expected


def test_absent_empty_and_null_are_three_things() -> None:
    """Beyond the end, nothing between the bars, and the delete indicator."""
    fields = Message.parse(ADT).fields(2)

    assert len(fields) == 11
    assert fields[2] == ""
    assert fields[10] == '""'


def test_other_repetitions_are_read_by_number() -> None:
    """The raw field serves every repetition."""
    message = Message.parse(ADT)
    raw = message.field("PID", 3)

    assert leaf(raw, message, 2, 1, 1) == "456"
    assert leaf(raw, message, 2, 4, 1) == "SSA"
    assert leaf(raw, message, 3, 1, 1) == ""


def test_segments_are_found_by_name_in_order() -> None:
    """Every occurrence, and none."""
    message = Message.parse(ADT)

    assert list(message.positions("OBX")) == [3, 4]
    assert list(message.positions("ZZZ")) == []
    assert message.names == ["MSH", "EVN", "PID", "OBX", "OBX"]
    assert message.value("OBX", 1) == "1"


def test_fields_are_split_once_and_kept() -> None:
    """The second look costs nothing."""
    message = Message.parse(ADT)

    assert message.fields(2) is message.fields(2)


@pytest.mark.parametrize("line", ["MSH|^~\\&|A|B", "MSH|^~\\&", "MSH|^~\\&|", "PID|1||", "PID", "FHS|^~\\&|X"])
def test_joining_fields_undoes_splitting_them(line: str) -> None:
    """In a header, where the separator counts as a field, too."""
    assert join_fields(split_fields(line, "|"), "|") == line


def test_a_message_without_a_last_terminator_is_whole() -> None:
    """Many senders leave it out."""
    message = Message.parse(ADT[:-1])

    assert message.names == ["MSH", "EVN", "PID", "OBX", "OBX"]
    assert message.notes == ()


@pytest.mark.parametrize("terminator", [b"\n", b"\r\n"])
def test_line_feeds_end_segments_where_the_first_terminator_has_one(terminator: bytes) -> None:
    """A file's line ends, noted once."""
    payload = ADT.replace(b"\r", terminator)

    message = Message.parse(payload)

    assert message.segments == ADT.decode().split("\r")[:-1]
    assert message.notes == (Note("lf-terminated"),)
    assert message.encode() == payload


def test_a_line_feed_inside_a_segment_is_data_where_returns_end_segments() -> None:
    """A multi-line result is one result."""
    message = Message.parse(b"MSH|^~\\&|A\rOBX|1|TX|N||first\nPID|second\rNTE|1\r")

    assert message.names == ["MSH", "OBX", "NTE"]
    assert message.value("OBX", 5) == "first\nPID"
    assert message.notes == ()


def test_a_line_feed_behind_a_return_belongs_to_the_terminator() -> None:
    """No segment begins with one."""
    message = Message.parse(b"MSH|^~\\&|A\rPID|1\r\nPV1|1\r")

    assert message.names == ["MSH", "PID", "PV1"]
    assert message.notes == (Note("mixed-terminators"),)


@pytest.mark.parametrize("before", [b" ", b"\r\n", b"\x00\x00", b"\t\n"])
def test_what_stands_before_the_header_is_left_out_and_noted(before: bytes) -> None:
    """And still there when the message leaves unedited."""
    message = Message.parse(before + ADT)

    assert message.names[0] == "MSH"
    assert Note("leading-whitespace") in message.notes
    assert message.encode() == before + ADT


def test_blank_segments_are_skipped_and_noted() -> None:
    """Each with the index of the segment after it; a second terminator at the end is nothing."""
    message = Message.parse(b"MSH|^~\\&|A\r\rPID|1\r  \rPV1|1\r\r")

    assert message.names == ["MSH", "PID", "PV1"]
    assert message.notes == (Note("blank-segment", 1), Note("blank-segment", 2))


@pytest.mark.parametrize("line", ["continued text", "lower|case", "AB|x", "OBXX|x", "obx|1", "Pid|2"])
def test_a_line_without_a_segment_name_continues_the_one_before(line: str) -> None:
    """Joined as a line break in the message's own escape character, so that no text is lost."""
    message = Message.parse(f"MSH|^~\\&|A\rNTE|1||begun\r{line}\rPV1|1\r".encode())

    assert message.segments[1] == f"NTE|1||begun\\.br\\{line}"
    assert message.names == ["MSH", "NTE", "PV1"]
    assert message.notes == (Note("continuation-line", 1),)


def test_a_continuation_uses_the_escape_character_of_the_message() -> None:
    """Or a line feed, as data, where there is none."""
    assert Message.parse(b"MSH|^~!&|A\rNTE|1||a\rb c\r").segments[1] == "NTE|1||a!.br!b c"
    assert Message.parse(b"MSH|^~|A\rNTE|1||a\rb c\r").segments[1] == "NTE|1||a\nb c"


def test_a_listener_may_refuse_continued_lines() -> None:
    """By code; nothing of the line is repeated."""
    with pytest.raises(NotHl7) as refused:
        Message.parse(b"MSH|^~\\&|A\rNTE|1\rsecret\r", Reading(continuation=Continuation.REJECT))

    assert refused.value.code == "continuation-line"
    assert "secret" not in repr(refused.value)


@pytest.mark.parametrize("blanks", [" ", "\t", "   ", "\x00", "\ufeff"])
def test_a_segment_with_blanks_before_it_is_a_segment(blanks: str) -> None:
    """Indented by a person or padded by a gateway; it is never taken for more of the segment before it."""
    message = Message.parse(f"MSH|^~\\&|A\r{blanks}PID|1||7\r\x00\rPV1|1\r{blanks}".encode())

    assert message.segments == ["MSH|^~\\&|A", "PID|1||7", "PV1|1"]
    assert [note for note in message.notes if note.code == "leading-blanks"] == [Note("leading-blanks", 1)]
    assert "continuation-line" not in [note.code for note in message.notes]


@pytest.mark.parametrize("line", [b"pid|1||7", b"Pid|1||7", b" pid"])
def test_a_header_is_never_continued_by_what_may_be_a_segment(line: bytes) -> None:
    """A patient would vanish in the last field of MSH, and the message look as if it had none."""
    with pytest.raises(NotHl7) as refused:
        Message.parse(b"MSH|^~\\&|A\r" + line + b"\rPV1|1\r")

    assert refused.value.code == "continuation-line"


def test_a_repaired_msh_2_is_noted() -> None:
    """And MSH-2 reads as it was sent."""
    message = Message.parse(b"MSH|^~\\\\&|A\rPID|1||a&b\r")

    assert message.notes == (Note("msh2-repaired"),)
    assert message.value("MSH", 2) == "^~\\\\&"
    assert message.value("PID", 3, 1, 2) == "b"


@pytest.mark.parametrize("payload", [b"", b"\r", b"PID|1\r", b"FHS|^~\\&|A\r", b"GET / HTTP/1.1\r\n", b"\xff\xfe"])
def test_bytes_without_a_header_are_refused_by_code(payload: bytes) -> None:
    """A batch is not a message either."""
    with pytest.raises(NotHl7) as refused:
        Message.parse(payload)

    assert refused.value.code == "no-header"


def test_only_a_carriage_return_ends_a_segment() -> None:
    """Not VT, FF, FS, NEL or LS, at which str.splitlines would cut."""
    text = "a\x0bb\x0cc\x1cd\x85e\u2028f"

    message = Message.parse(f"MSH|^~\\&|A\rNTE|1||{text}\rPV1|1\r".encode())

    assert message.names == ["MSH", "NTE", "PV1"]
    assert message.field("NTE", 3) == text


def test_without_a_subcomponent_delimiter_there_is_one_subcomponent() -> None:
    """An ampersand is data in a message with three encoding characters."""
    message = Message.parse(b"MSH|^~\\|A\rPID|1||a&b^c\r")

    assert message.value("PID", 3) == "a&b"
    assert message.value("PID", 3, 1, 2) == ""


def test_a_large_message_is_read_in_one_piece() -> None:
    """100,000 segments, and a field of megabytes."""
    payload = b"MSH|^~\\&|A\r" + b"OBX|1\r" * 100_000 + b"OBX|1|ED|X||" + b"A" * 2_000_000 + b"\r"

    message = Message.parse(payload)

    assert len(message.positions("OBX")) == 100_001
    assert len(message.fields(100_001)[5]) == 2_000_000


def test_no_value_stands_in_a_representation() -> None:
    """A traceback or a log shows sizes only."""
    assert "Neil" not in repr(Message.parse(ADT))
