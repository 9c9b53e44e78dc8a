"""What nobody edits leaves byte for byte as it came; what is edited changes nothing beside it."""

import pytest

from engine.errors import Unencodable, UnsafeValue
from engine.hl7.builder import Builder, Target
from engine.hl7.delimiters import delimiters_of
from engine.hl7.message import Message, Note, leaf

ADT = (
    b"MSH|^~\\&|ADT1|HOSP|LAB|SITE|20240101||ADT^A01|MSG1|P|2.5.1||||\r"
    b"PID|1||123^^^HOSP&1.2&ISO^MR~456||A^B^^||\\X41\\|||\r"
    b"ZZZ|odd\\|~~^^&&|\r"
    b"OBX|1|TX|N||a\\.br\\b\r"
)


def _builder(payload: bytes = ADT) -> Builder:
    return Builder.copying(Message.parse(payload))


def test_a_copy_is_the_same_bytes() -> None:
    """Trailing delimiters, escapes and oddities included."""
    assert _builder().encode() == ADT


def test_a_copy_of_odd_lines_is_the_canonical_form_of_the_same_segments() -> None:
    """CR behind every segment, whatever ended them before."""
    message = Message.parse(b"\n" + ADT.replace(b"\r", b"\r\n").rstrip())

    assert Builder.copying(message).encode() == ADT


def test_an_edit_changes_its_field_only_and_never_the_message_it_came_from() -> None:
    """The other fields and segments are spliced around it."""
    message = Message.parse(ADT)
    message.fields(1)
    builder = Builder.copying(message)

    builder.set_field(1, 5, "X^Y")

    assert builder.encode() == ADT.replace(b"|A^B^^|", b"|X^Y|")
    assert message.field("PID", 5) == "A^B^^"
    assert Builder.copying(message).encode() == ADT


@pytest.mark.parametrize(
    ("number", "raw", "before", "after"),
    [
        (3, "", b"|123^^^HOSP&1.2&ISO^MR~456|", b"||"),
        (1, "2", b"PID|1|", b"PID|2|"),
        (12, "new", b"\\X41\\|||\r", b"\\X41\\|||||new\r"),
        (30, "", b"", b""),
    ],
)
def test_a_whole_field_is_replaced_cleared_or_created(number: int, raw: str, before: bytes, after: bytes) -> None:
    """Clearing what is not there adds nothing."""
    builder = _builder()

    builder.set_field(1, number, raw)

    assert builder.encode() == ADT.replace(before, after, 1)


@pytest.mark.parametrize(
    ("place", "field"),
    [
        ((3, 1, 1, None), "X^^^HOSP&1.2&ISO^MR~456"),
        ((3, 1, 4, 2), "123^^^HOSP&X&ISO^MR~456"),
        ((3, 1, 4, None), "123^^^X^MR~456"),
        ((3, 1, 5, 3), "123^^^HOSP&1.2&ISO^MR&&X~456"),
        ((3, 2, 1, None), "123^^^HOSP&1.2&ISO^MR~X"),
        ((3, 2, 5, None), "123^^^HOSP&1.2&ISO^MR~456^^^^X"),
        ((3, 2, None, None), "123^^^HOSP&1.2&ISO^MR~X"),
        ((3, 4, None, None), "123^^^HOSP&1.2&ISO^MR~456~~X"),
        ((5, 1, 2, 1), "A^X^^"),
        ((20, 2, 2, 2), "~^&X"),
    ],
)
def test_a_leaf_is_written_in_place_and_what_is_missing_is_created(
    place: tuple[int, int, int | None, int | None], field: str
) -> None:
    """Beside it, everything stays, trailing delimiters too."""
    number, repetition, component, subcomponent = place
    builder = _builder()

    builder.set_leaf(1, number, repetition, component, subcomponent, "X")

    assert builder.fields(1)[number] == field


def test_a_field_of_the_header_is_written_by_its_number() -> None:
    """MSH-1 and MSH-2 count."""
    builder = _builder()

    builder.set_field(0, 3, "ME")
    builder.set_field(0, 10, "NEW")

    assert builder.encode() == ADT.replace(b"|ADT1|", b"|ME|").replace(b"MSG1", b"NEW")


@pytest.mark.parametrize("number", [0, 1, 2])
def test_the_delimiters_themselves_are_no_field_to_write(number: int) -> None:
    """Changing them would change the meaning of every other byte."""
    with pytest.raises(UnsafeValue) as refused:
        _builder().set_field(0, number, "#")

    assert refused.value.code == "field-not-writable"


@pytest.mark.parametrize("raw", ["a\rb", "a\x0bb", "a\x1cb"])
def test_nothing_that_ends_a_segment_or_a_frame_can_be_written(raw: str) -> None:
    """Not into a field, a leaf or a new segment."""
    builder = _builder()

    for write in (
        lambda: builder.set_field(1, 5, raw),
        lambda: builder.set_leaf(1, 5, 1, 1, None, raw),
        lambda: builder.append_segment(f"NTE|{raw}"),
        lambda: builder.append_segment(["NTE", raw]),
    ):
        with pytest.raises(UnsafeValue) as refused:
            write()
        assert refused.value.code == "control-character"
    assert builder.encode() == ADT


@pytest.mark.parametrize(
    ("component", "subcomponent", "raw"),
    [(None, None, "a~b"), (1, None, "a^b"), (1, None, "a~b"), (1, 1, "a&b"), (1, 1, "a|b"), (None, None, "a|b")],
)
def test_a_place_takes_no_structure_from_above_it(component: int | None, subcomponent: int | None, raw: str) -> None:
    """It would spill into its neighbours."""
    builder = _builder()

    with pytest.raises(UnsafeValue) as refused:
        builder.set_leaf(1, 5, 1, component, subcomponent, raw)

    assert refused.value.code == "structure-above-target"
    assert builder.encode() == ADT


def test_subcomponents_need_a_delimiter() -> None:
    """The first is the component itself; there is no second."""
    builder = Builder.copying(Message.parse(b"MSH|^~\\|A\rPID|1||a^b\r"))

    builder.set_leaf(1, 3, 1, 2, 1, "c&d")

    assert builder.fields(1)[3] == "a^c&d"
    with pytest.raises(UnsafeValue):
        builder.set_leaf(1, 3, 1, 2, 2, "x")


def test_segments_are_appended_inserted_copied_and_removed() -> None:
    """Positions say where each stands afterwards."""
    message = Message.parse(ADT)
    builder = Builder.empty(message)

    assert builder.append_segment("MSH|^~\\&|ME") == 0
    assert builder.copy_segment(message, 2) == 1
    assert builder.append_segment(["NTE", "1", "x"]) == 2
    builder.insert_segment(1, "EVN|A01")
    assert builder.names == ["MSH", "EVN", "ZZZ", "NTE"]
    assert list(builder.positions("NTE")) == [3]
    builder.remove_segments([1, 3])

    assert builder.names == ["MSH", "ZZZ"]
    assert list(builder.positions("NTE")) == []
    assert builder.encode() == b"MSH|^~\\&|ME\rZZZ|odd\\|~~^^&&|\r"


def test_a_builder_is_read_like_a_message() -> None:
    """What has been written is what is read, from fields and from segments."""
    builder = _builder()

    builder.set_leaf(1, 5, 1, 2, None, "N\\T\\M")

    assert leaf(builder.fields(1)[5], builder, 1, 2, 1) == "N&M"
    assert builder.segments[1] == "PID|1||123^^^HOSP&1.2&ISO^MR~456||A^N\\T\\M^^||\\X41\\|||"
    builder.set_field(1, 5, "again")
    assert builder.segments[1] == "PID|1||123^^^HOSP&1.2&ISO^MR~456||again||\\X41\\|||"


def test_a_segment_of_a_message_with_other_delimiters_is_copied_by_meaning() -> None:
    """Its structure and its escapes are written in this one's."""
    other = Message.parse(b"MSH*%$!?*X\rPID*1**a%b?c$d!F!|\r")
    builder = _builder()

    builder.copy_segment(other, 1)

    assert builder.segments[-1] == "PID|1||a^b&c~d*\\F\\"


def test_an_empty_builder_has_no_bytes() -> None:
    """Not even a terminator."""
    assert Builder.empty(Message.parse(ADT)).encode() == b""


@pytest.mark.parametrize(
    ("declared", "first", "second"),
    [
        ("ISO IR14", b"\x82\xa0\x83\x5c", b"\x87\x90"),
        ("~ISO IR87", b"\x1b$B;3ED\x1b(B", b"\x1b$@;3ED\x1b(J"),
        ("BIG-5", b"\xb3\x5c\xa5\x5c", b"\xa2\xcc"),
        ("GB 18030-2000", b"\xd5\xc5\xce\xb0", b"\x82\x31\xa2\x33"),
    ],
)
def test_untouched_segments_leave_as_the_received_bytes_even_where_a_character_has_two_forms(
    declared: str, first: bytes, second: bytes
) -> None:
    """An edit in one segment re-encodes that segment only."""
    header = f"MSH|^~\\&|A|B|C|D|1||ADT^A01|1|P|2.5||||||{declared}\r".encode()
    payload = header + b"PID|1||" + first + b"\rNK1|1|" + second + b"|x\rZZZ|1\r"
    message = Message.parse(payload)
    builder = Builder.copying(message)
    assert builder.encode() == payload

    builder.set_field(1, 1, "2")
    builder.set_field(3, 1, "2")

    assert builder.encode() == header + b"PID|2||" + first + b"\rNK1|1|" + second + b"|x\rZZZ|2\r"


def test_received_bytes_survive_blank_and_continued_lines() -> None:
    """The payload is cut where the text was."""
    name = "表示".encode("shift_jis")
    payload = b"\r\nMSH|^~\\&|A|B|C|D|1||ADT^A01|1|P|2.5||||||ISO IR14\r\rNTE|" + name + b"\rmore " + name + b"\rPV1|1"

    message = Message.parse(payload)

    assert [note.code for note in message.notes] == ["leading-whitespace", "blank-segment", "continuation-line"]
    assert Builder.copying(message).encode() == (
        b"MSH|^~\\&|A|B|C|D|1||ADT^A01|1|P|2.5||||||ISO IR14\rNTE|" + name + b"\\.br\\more " + name + b"\rPV1|1\r"
    )


def test_a_character_that_the_codec_lacks_is_refused_without_being_repeated() -> None:
    """By code only, and with no library's error behind it that would show the text."""
    builder = _builder()
    builder.set_field(1, 5, "Müller")

    with pytest.raises(Unencodable) as refused:
        builder.encode()

    assert refused.value.code == "charset"
    assert "ller" not in repr(refused.value)
    assert refused.value.__cause__ is None


def test_a_destination_may_have_its_own_character_set() -> None:
    """The text is written in it; hexadecimal bytes are translated too."""
    message = Message.parse(b"MSH|^~\\&|A|B|C|D|1||ADT^A01|1|P|2.5||||||8859/1\rPID|M\xfcller|\\XFC\\|\\X41\\|\\H\\\r")

    sent = Builder.copying(message).encode(Target(codec="utf-8"))

    assert sent.split(b"\r")[1] == "PID|Müller|ü|\\X41\\|\\H\\".encode()


def test_a_destination_may_have_its_own_delimiters() -> None:
    """Structure is translated, data escaped anew, and formatting survives."""
    message = Message.parse(ADT)

    sent = Builder.copying(message).encode(Target(delimiters=delimiters_of("*", "%$!?")))

    again = Message.parse(sent)
    assert sent.startswith(b"MSH*%$!?*ADT1*")
    assert again.segments[1] == "PID*1**123%%%HOSP?1.2?ISO%MR$456**A%B%%**!X41!***"
    assert again.segments[2] == "ZZZ*odd\\*$$%%??*"
    assert again.segments[3] == "OBX*1*TX*N**a!.br!b"
    assert Builder.copying(again).encode(Target(delimiters=message.delimiters)).split(b"\r")[1] == ADT.split(b"\r")[1]


def test_a_target_that_changes_nothing_gives_the_same_bytes() -> None:
    """Whether it names what the message has already or nothing."""
    message = Message.parse(ADT)

    assert Builder.copying(message).encode(Target()) == ADT
    assert Builder.copying(message).encode(Target(message.delimiters, "ascii")) == ADT


def test_notes_name_positions_and_never_values() -> None:
    """They are kept and shown."""
    assert repr(Note("continuation-line", 3)) == "Note(code='continuation-line', segment=3)"
    assert "HOSP" not in repr(_builder())
