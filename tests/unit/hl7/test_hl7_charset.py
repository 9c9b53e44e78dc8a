"""MSH-18 to text, by HL7.md 2.4."""

import pytest

from engine.errors import Undecodable
from engine.hl7.charset import codec_of, decode_payload, is_reversible, name_of
from engine.hl7.message import Message, Reading


def _message(declared: str, name: bytes) -> bytes:
    return f"MSH|^~\\&|A|B|C|D|1||ADT^A01|1|P|2.5||||||{declared}\rPID|||1||".encode() + name + b"\r"


@pytest.mark.parametrize(
    ("declared", "sent_in", "text", "codec", "notes"),
    [
        ("", "ascii", "Muller", "ascii", ()),
        ("", "utf-8", "Müller", "utf-8", ("charset-undeclared",)),
        ("", "cp1252", "Müller€", "cp1252", ("charset-undeclared",)),
        ("ASCII", "utf-8", "Müller", "utf-8", ("charset-not-ascii",)),
        ("ISO IR6", "cp1252", "Müller", "cp1252", ("charset-not-ascii",)),
        ("8859/1", "latin-1", "Müller", "latin-1", ()),
        ("8859/1", "cp1252", "Müller€", "cp1252", ("charset-is-cp1252",)),
        ("8859/1", "utf-8", "Müller", "utf-8", ("charset-is-utf8",)),
        ("8859/2", "iso8859-2", "Dvořák", "iso8859-2", ()),
        ("8859/5", "iso8859-5", "Иванов", "iso8859-5", ()),
        ("8859/15", "iso8859-15", "Müller€", "iso8859-15", ()),
        ("ISO IR14", "shift_jis", "表示ソ", "shift_jis", ()),
        ("~ISO IR87", "iso2022_jp", "山田", "iso2022_jp", ()),
        ("~ISO IR87~ISO IR159", "iso2022_jp_2", "山田丂", "iso2022_jp_2", ()),
        ("GB 18030-2000", "gb18030", "张伟", "gb18030", ()),
        ("KS X 1001", "euc_kr", "김철수", "euc_kr", ()),
        ("KS X 1001", "cp949", "똠방", "cp949", ()),
        ("BIG-5", "big5", "許功蓋", "big5hkscs", ()),
        ("UNICODE UTF-8", "utf-8", "Müller", "utf-8", ()),
        ("UNICODE", "utf-8", "Müller", "utf-8", ()),
        ("UTF-8", "utf-8", "Müller", "utf-8", ("nonstandard-charset-name",)),
        ("ISO-8859-1", "latin-1", "Müller", "latin-1", ("nonstandard-charset-name",)),
        ("KLINGON", "utf-8", "Müller", "utf-8", ("unknown-charset", "charset-undeclared")),
        ("KLINGON", "cp1252", "Müller", "cp1252", ("unknown-charset", "charset-undeclared")),
        ("UNICODE UTF-16", "utf-8", "Müller", "utf-8", ("charset-without-mark", "charset-undeclared")),
        ("8859/1~8859/2", "latin-1", "Müller", "latin-1", ()),
    ],
)
def test_each_declaration_is_read_as_its_senders_mean_it(
    declared: str, sent_in: str, text: str, codec: str, notes: tuple[str, ...]
) -> None:
    """The table, the names people really send, and bytes that contradict what is declared."""
    payload = _message(declared, text.encode(sent_in))

    message = Message.parse(payload)

    assert message.value("PID", 5) == text
    assert message.codec == codec
    assert tuple(note.code for note in message.notes) == notes
    assert message.encode() == payload


@pytest.mark.parametrize(
    ("declared", "name"),
    [
        ("UNICODE UTF-8", b"M\xfcller"),
        ("UNICODE", b"M\xfcller"),
        ("ISO IR14", b"\x81\x20"),
        ("GB 18030-2000", b"\xff\xff"),
        ("KS X 1001", b"\xa1\xff"),
        ("BIG-5", b"\xff\xff"),
        ("8859/3", b"\xa5"),
        ("CNS 11643-1992", b"\xa1\xa1"),
    ],
)
def test_bytes_that_contradict_a_known_declaration_are_refused_by_code(declared: str, name: bytes) -> None:
    """Guessing would change somebody's name; nothing of it is repeated, neither here nor in a cause."""
    with pytest.raises(Undecodable) as refused:
        Message.parse(_message(declared, name))

    assert refused.value.code == "charset"
    assert refused.value.__cause__ is None
    assert refused.value.__context__ is None


def test_a_message_of_plain_ascii_never_fails_by_what_it_declares() -> None:
    """There is nothing to decode."""
    for declared in ("CNS 11643-1992", "UNICODE UTF-16", "KLINGON", "~~"):
        message = Message.parse(_message(declared, b"Muller"))

        assert message.codec == "ascii"


@pytest.mark.parametrize(
    ("declared", "codec"),
    [("", "ascii"), ("UNICODE UTF-8", "utf-8"), ("8859/1", "latin-1"), ("~ISO IR87", "iso2022_jp")],
)
def test_plain_ascii_is_continued_in_what_it_declares(declared: str, codec: str) -> None:
    """A rule may add a character to it that is not ASCII."""
    assert Message.parse(_message(declared, b"Muller")).codec == codec


@pytest.mark.parametrize("codec", ["utf-8-sig", "utf-16", "utf-32"])
def test_a_byte_order_mark_decides(codec: str) -> None:
    """It is no part of the text."""
    payload = _message("", "Müller".encode()).decode().encode(codec)

    message = Message.parse(payload)

    assert message.value("PID", 5) == "Müller"
    assert [note.code for note in message.notes] == ["byte-order-mark"]
    assert message.encode() == payload


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
def test_two_byte_text_without_a_mark_is_known_by_its_header(codec: str) -> None:
    """M and NUL, or NUL and M."""
    message = Message.parse(_message("", "Müller".encode()).decode().encode(codec))

    assert message.value("PID", 5) == "Müller"
    assert message.codec == codec


def test_a_broken_mark_is_refused() -> None:
    """A UTF-8 mark before bytes that are not UTF-8."""
    with pytest.raises(Undecodable):
        Message.parse(b"\xef\xbb\xbf" + _message("", b"M\xfcller"))


def test_the_listener_says_what_undeclared_bytes_are() -> None:
    """By a name of the table or a codec's; UTF-8 is still recognised first."""
    payload = _message("", "Иванов".encode("iso8859-5"))

    assert Message.parse(payload, Reading(charset="8859/5")).value("PID", 5) == "Иванов"
    assert Message.parse(payload, Reading(charset="iso8859-5")).value("PID", 5) == "Иванов"
    assert Message.parse(_message("", "Иванов".encode()), Reading(charset="8859/5")).value("PID", 5) == "Иванов"


def test_an_undeclared_iso_2022_default_is_tried_before_utf_8() -> None:
    """Its seven-bit bytes would be valid UTF-8."""
    payload = _message("", "山田".encode("iso2022_jp"))

    assert Message.parse(payload, Reading(charset="ISO IR87")).value("PID", 5) == "山田"


def test_the_last_resort_keeps_every_byte_and_says_so() -> None:
    """Neither UTF-8 nor the default: latin-1 reads anything."""
    decoded = decode_payload(_message("", b"M\x81ller"))

    assert decoded.codec == "latin-1"
    assert decoded.notes == ("charset-undeclared", "charset-guessed")


def test_delimiters_inside_characters_are_data() -> None:
    """Shift-JIS trail bytes equal the backslash and the bar."""
    name = "表ポ".encode("shift_jis")

    message = Message.parse(_message("ISO IR14", name))

    assert b"\\" in name
    assert b"|" in name
    assert message.value("PID", 5) == "表ポ"
    assert len(message.fields(1)) == 6


@pytest.mark.parametrize("name", ["cp037", "utf-7", "rot13", "hex", "no-such-set", "", "punycode"])
def test_a_set_in_which_structure_is_not_ascii_is_no_character_set(name: str) -> None:
    """EBCDIC and transformations cannot carry a message."""
    assert codec_of(name) is None


def test_a_codec_has_the_name_that_msh_18_must_carry() -> None:
    """And where the table has none, there is none."""
    assert name_of("utf-8") == "UNICODE UTF-8"
    assert name_of("iso8859-1") == "8859/1"
    assert name_of("cp1252") is None


def test_only_codecs_with_one_form_per_character_are_called_reversible() -> None:
    """The others leave as the received bytes."""
    assert all(map(is_reversible, ["ascii", "utf-8", "latin-1", "cp1252", "iso8859-2"]))
    assert not any(map(is_reversible, ["shift_jis", "iso2022_jp", "gb18030", "euc_kr", "big5hkscs", "cp950"]))
