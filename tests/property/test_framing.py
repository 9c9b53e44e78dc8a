"""Framing against a reader so simple that it must be right: one byte at a time, straight from DESIGN.md 6."""

import random
import time
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.mllp.framing import Empty, Event, FrameDecoder, Tolerances, wrap

VT, FS, CR, LF = 0x0B, 0x1C, 0x0D, 0x0A
MUTATED_FRAMES = 100_000
OPENINGS = {
    **dict.fromkeys([b"GET ", b"POST ", b"PUT ", b"HEAD ", b"OPTIONS ", b"DELETE ", b"PATCH "], "http"),
    **dict.fromkeys([b"CONNECT ", b"TRACE ", b"PRI "], "http"),
    b"\x16\x03": "tls",
    b"SSH-": "ssh",
}

payloads = st.binary(max_size=40).map(lambda raw: raw.translate(None, b"\x0b\x1c"))
pieces = st.sampled_from(
    [
        *(b"\x0b", b"\x1c\r", b"\x1c", b"\r", b"\n", b" ", b"\0", b"a", b"bc", b"MSH|", b"GET ", b"\x16\x03", b"SSH-"),
        *(b"\x0bab\x1c\r", b"\x0b\x1c\r", b"\x0babcdefgh\x1c\r"),
    ]
)
streams = st.lists(pieces, max_size=25).map(b"".join)
tolerated = st.builds(Tolerances, st.booleans(), st.booleans(), st.booleans())


def reference(  # noqa: C901, PLR0911, PLR0912  all the rules in one place, to be read beside DESIGN.md
    stream: bytes, max_bytes: int, tolerances: Tolerances
) -> list[tuple[str, bytes]]:
    """Return what *stream* holds, as (kind, payload); quadratic and proud of it."""
    events: list[tuple[str, bytes]] = []
    ends = [b"\x1c"] if tolerances.fs_only else [b"\x1c\r"] + [b"\x1c\n"] * tolerances.lf_ended
    frame: bytes | None = None
    opening = b""
    blanks = 0
    for byte in stream:
        char = bytes([byte])
        if frame is None and not opening and byte == VT:
            frame = b""
        elif frame is None and not opening and char in b"\r\n \0":
            blanks += 1
            if blanks > 4096:
                return [*events, ("junk", b"")]
        elif frame is None:
            opening += char
            if opening in OPENINGS:
                return [*events, (OPENINGS[opening], b"")]
            if opening == b"MSH" and tolerances.missing_vt:
                frame, opening = b"MSH", b""
            known = [*OPENINGS] + [b"MSH"] * tolerances.missing_vt
            if frame is None and not any(start.startswith(opening) for start in known):
                return [*events, ("junk", b"")]
        elif byte == VT and frame.endswith(b"\x1c"):
            events.append(("frame" if frame[:-1] else "empty", frame[:-1]))
            frame, blanks = b"", 0
        elif byte == VT:
            return [*events, ("vt-inside", b"")]
        else:
            frame += char
            end = next((end for end in ends if frame.endswith(end)), None)
            if end is not None:
                payload = frame[: -len(end)]
                if len(payload) > max_bytes:
                    return [*events, ("too-big", b"")]
                events.append(("frame" if payload else "empty", payload))
                frame, blanks = None, 0
            elif len(frame) - (byte == FS) > max_bytes:
                return [*events, ("too-big", b"")]
    return events


def plain(events: list[Event]) -> list[tuple[str, bytes]]:
    """Return events in the reference's words."""
    return [
        ("frame", e) if isinstance(e, bytes) else ("empty", b"") if isinstance(e, Empty) else (e.code, b"")
        for e in events
    ]


def fed(decoder: FrameDecoder, stream: bytes, cuts: list[int]) -> list[Event]:
    """Return all events of *stream*, cut at *cuts*."""
    edges = [0, *sorted(cuts), len(stream)]
    return [event for a, b in pairwise(edges) for event in decoder.feed(stream[a:b])]


@given(st.lists(payloads.filter(bool), max_size=5), st.data())
def test_any_split_of_the_stream_yields_the_same_payloads(sent: list[bytes], data: st.DataObject) -> None:
    """TCP may cut a frame anywhere; the decoder must not care."""
    stream = b"".join(map(wrap, sent))
    cuts = data.draw(st.lists(st.integers(0, len(stream)), max_size=6))

    got = fed(FrameDecoder(1_000), stream, cuts)

    assert got == sent


@settings(max_examples=500)
@given(streams, tolerated, st.integers(4, 12), st.data())
def test_any_split_of_any_stream_yields_what_the_rules_say(
    stream: bytes, tolerances: Tolerances, limit: int, data: st.DataObject
) -> None:
    """Good frames, faults and their order depend on the bytes alone, under every tolerance and near the limit."""
    cuts = data.draw(st.lists(st.integers(0, len(stream)), max_size=8))
    expected = reference(stream, limit, tolerances)

    in_pieces = FrameDecoder(limit, tolerances)
    got = fed(in_pieces, stream, cuts)
    byte_by_byte = FrameDecoder(limit, tolerances)
    slowly = fed(byte_by_byte, stream, list(range(len(stream))))

    assert plain(got) == expected
    assert slowly == got
    assert in_pieces.counters == byte_by_byte.counters
    assert (in_pieces.partial, in_pieces.awaiting_cr) == (byte_by_byte.partial, byte_by_byte.awaiting_cr)


def mutate(original: bytes, dice: random.Random) -> bytes:
    """Return *original* with a few bytes changed, lost, doubled or put in: never as it was."""
    stream = bytearray(original)
    hurts = dice.randrange(1, 5)
    while hurts > 0 or stream == original:
        hurts -= 1
        at = dice.randrange(len(stream) + 1)
        match dice.randrange(5):
            case 0:
                stream[at : at + 1] = bytes([dice.randrange(256)])
            case 1:
                del stream[at : at + dice.randrange(1, 4)]
            case 2:
                stream[at:at] = dice.choice([b"\x0b", b"\x1c", b"\r", b"\n", b"\x1c\r", b"\0", b"\x1c\x0b"])
            case 3:
                stream[at:at] = stream[at : at + 10]
            case _:
                del stream[at:]
    return bytes(stream)


def test_a_hundred_thousand_mutated_frames_crash_nothing() -> None:
    """Whatever a line does to a frame: no exception, the same answer in pieces, and soon."""
    dice = random.Random(20_260)
    began = time.process_time()
    kinds: set[str] = set()

    for number in range(MUTATED_FRAMES):
        stream = mutate(wrap(b"MSH|^~\\&|A\rPID|1||%d\r" % number), dice) + wrap(b"MSH|next\r")
        cuts = [dice.randrange(len(stream) + 1) for _ in range(3)]
        whole = FrameDecoder(32).feed(stream)
        assert fed(FrameDecoder(32), stream, cuts) == whole
        assert plain(whole) == reference(stream, 32, Tolerances())
        kinds.update(kind for kind, _ in plain(whole))

    assert kinds >= {"frame", "empty", "junk", "vt-inside", "too-big"}
    assert time.process_time() - began < 60
