"""The bytes of each segment as they came, for codecs in which a character has more than one byte form."""

from engine.hl7.message import DEFAULT_READING, Message, split_segments


def received_segments(message: Message) -> list[bytes] | None:
    """Return each segment's own bytes, or None where they cannot be told apart.

    A CR is never part of a character in these codecs, so the payload is cut where the text was.
    """
    text = message.payload.decode("latin-1")
    start = text.find("MSH")
    segments, _ = split_segments(text[start:], message.delimiters, DEFAULT_READING)
    if len(segments) != len(message.segments):
        return None
    return [segment.encode("latin-1") for segment in segments]
