"""Whatever is written is read back the same, in any delimiters, and changes nothing beside it."""

from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from engine.hl7.builder import Builder, Target
from engine.hl7.delimiters import Delimiters, delimiters_of
from engine.hl7.escapes import escape, unescape
from engine.hl7.message import Message, View, leaf

PUNCTUATION = "!\"#$%&'()*,/:;<=>?@[\\]^_`{|}~"
"""Without . + and -, which stand in formatting sequences: those cannot be written where one of them is structure."""

texts = st.text(st.characters(exclude_characters="\r\x0b\x1c", exclude_categories=["Cs"]), max_size=30)
hl7_texts = st.text(st.sampled_from("|^~\\&#!*ABXFSTREHN.br0D1 \n"), max_size=30)
words = st.text("abcXYZ019 ", max_size=5)


@st.composite
def delimiter_sets(draw: st.DrawFn, smallest: int = 3) -> Delimiters:
    """Return any delimiters that a header may declare, with an escape character."""
    size = draw(st.integers(smallest, 5))
    characters = draw(st.lists(st.sampled_from(PUNCTUATION), min_size=size + 1, max_size=size + 1, unique=True))
    return delimiters_of(characters[0], "".join(characters[1:]))


@st.composite
def messages(draw: st.DrawFn) -> Message:
    """Return a message of a few segments in any delimiters, its leaves plain words."""
    marks = draw(delimiter_sets(smallest=4))
    components = st.lists(st.lists(words, min_size=1, max_size=3).map(marks.subcomponent.join), min_size=1, max_size=3)
    repetitions = st.lists(components.map(marks.component.join), min_size=1, max_size=3)
    fields = st.lists(repetitions.map(marks.repetition.join), max_size=4)
    segments = draw(st.lists(st.tuples(st.sampled_from(["PID", "OBX", "ZX1"]), fields), min_size=1, max_size=4))
    header = f"MSH{marks.field}{marks.encoding_characters}{marks.field}A"
    lines = [header, *(marks.field.join([name, *values]) for name, values in segments)]
    return Message.parse(("\r".join(lines) + "\r").encode())


def _leaves(view: View) -> dict[tuple[int, ...], str]:
    """Return every filled leaf below the header by its place."""
    found = {}
    for position in range(1, len(view.segments)):
        for number, raw in enumerate(view.fields(position)[1:], 1):
            for place in product(range(1, 5), repeat=3):
                text = leaf(raw, view, *place)
                if text:
                    found[position, number, *place] = text
    return found


@given(texts | hl7_texts, delimiter_sets())
def test_unescaping_undoes_escaping(text: str, delimiters: Delimiters) -> None:
    """For any text without CR, VT and FS and any delimiters with an escape character."""
    assert unescape(escape(text, delimiters), delimiters, "utf-8") == text


@given(texts | hl7_texts, delimiter_sets())
def test_escaped_text_holds_no_structure(text: str, delimiters: Delimiters) -> None:
    """No delimiter but the escape character is left in it."""
    structure = {delimiters.field, delimiters.component, delimiters.repetition, delimiters.subcomponent, "\r", "\n"}

    assert not structure.intersection(escape(text, delimiters))


@given(hl7_texts, delimiter_sets())
def test_any_raw_text_can_be_unescaped(raw: str, delimiters: Delimiters) -> None:
    """Escape soup is read without failing, and never gives a carriage return."""
    assert "\r" not in unescape(raw, delimiters, "utf-8")


@given(messages(), texts | hl7_texts, st.data())
def test_a_text_written_into_a_leaf_is_read_back_and_changes_no_other_leaf(
    message: Message, text: str, data: st.DataObject
) -> None:
    """In the builder, and again from the bytes it gives."""
    position = data.draw(st.integers(1, len(message.segments) - 1))
    number, repetition, component, subcomponent = data.draw(st.tuples(*[st.integers(1, 4)] * 4))
    expected = _leaves(message)
    expected[position, number, repetition, component, subcomponent] = text
    builder = Builder.copying(message)

    raw = escape(text, message.delimiters)
    builder.set_leaf(position, number, repetition, component, subcomponent, raw)

    again = Message.parse(builder.encode(Target(codec="utf-8")))
    filled = {place: value for place, value in expected.items() if value}
    assert _leaves(builder) == filled
    assert _leaves(again) == filled


@given(messages(), st.data())
def test_an_edit_leaves_every_other_segment_as_its_bytes(message: Message, data: st.DataObject) -> None:
    """And every other field of its own segment."""
    position = data.draw(st.integers(1, len(message.segments) - 1))
    number = data.draw(st.integers(1, 6))
    builder = Builder.copying(message)

    builder.set_field(position, number, "NEW")

    before, after = message.payload.split(b"\r"), builder.encode().split(b"\r")
    mark = message.delimiters.field.encode()
    others = [field for index, field in enumerate(before[position].split(mark)) if index != number]
    assert before[:position] + before[position + 1 :] == after[:position] + after[position + 1 :]
    kept = [field for index, field in enumerate(after[position].split(mark)) if index != number]
    assert kept[: len(others)] == others
    assert not any(kept[len(others) :])


@given(messages(), delimiter_sets(smallest=4), texts | hl7_texts)
def test_other_delimiters_say_the_same(message: Message, delimiters: Delimiters, text: str) -> None:
    """Every leaf has the same text after re-delimiting, and after going back."""
    builder = Builder.copying(message)
    builder.set_leaf(1, 1, 1, 1, 1, escape(text, message.delimiters))
    expected = _leaves(builder)

    there = Message.parse(builder.encode(Target(delimiters, "utf-8")))
    back = Message.parse(Builder.copying(there).encode(Target(message.delimiters, "utf-8")))

    assert there.delimiters == delimiters
    assert _leaves(there) == expected
    assert _leaves(back) == expected


@given(messages())
def test_parsing_and_encoding_is_the_identity(message: Message) -> None:
    """As it came, and as a builder that nobody edits."""
    assert message.encode() == message.payload
    assert Builder.copying(message).encode() == message.payload
