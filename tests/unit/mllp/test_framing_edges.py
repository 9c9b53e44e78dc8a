"""Each rule of DESIGN.md 6, one stream at a time."""

import time
from collections.abc import Callable

import pytest

from engine.errors import FrameError
from engine.mllp.framing import Broken, Empty, Event, FrameDecoder, Tolerances, wrap

LIMIT = 16 * 2**20


@pytest.mark.parametrize(
    ("stream", "events"),
    [
        (b"\x0bMSH|a\r\x1c\r", [b"MSH|a\r"]),
        (b"\x0ba\x1c\r\x0bb\x1c\r", [b"a", b"b"]),
        (b"\x0ba\x1cb\x1c\r", [b"a\x1cb"]),
        (b"\x0ba\x1c\x1c\r", [b"a\x1c"]),
        (b"\x0ba\x1c\nb\x1c\r", [b"a\x1c\nb"]),
        (b"\x0ba\x1c\x0bb\x1c\r", [b"a", b"b"]),
        (b"\x0ba\x1c\x1c\x0bb\x1c\r", [b"a\x1c", b"b"]),
        (b"\x0b\x1c\r", [Empty()]),
        (b"\x0b\x1c\x0b\x1c\r", [Empty(), Empty()]),
        (b"\x0ba\x1c\r\r\n \x00\x0bb\x1c\r", [b"a", b"b"]),
        (b"\r\n\x0ba\x1c\r", [b"a"]),
        (b"\x0bab\x0bc\x1c\r", [Broken("vt-inside")]),
        (b"\x0b\x0ba\x1c\r", [Broken("vt-inside")]),
        (b"\x0ba\x1c\r\x0bb\x0bc\x1c\r", [b"a", Broken("vt-inside")]),
        (b"GET / HTTP/1.1\r\n\r\n\x0bMSH|a\r\x1c\r", [Broken("http")]),
        (b"POST / HTTP/1.1\r\n\r\n\x0bMSH|a\r\x1c\r", [Broken("http")]),
        (b"\x16\x03\x01\x02\x00", [Broken("tls")]),
        (b"SSH-2.0-OpenSSH\r\n", [Broken("ssh")]),
        (b"MSH|a\r\x1c\r", [Broken("junk")]),
        (b"\x1c\r", [Broken("junk")]),
        (b"\x0ba\x1c\rx", [b"a", Broken("junk")]),
        (b"GEx", [Broken("junk")]),
        (b" " * 4096 + b"\x0ba\x1c\r", [b"a"]),
        (b" " * 4097 + b"\x0ba\x1c\r", [Broken("junk")]),
    ],
)
@pytest.mark.parametrize("step", [1, 2, 3, 10_000])
def test_a_stream_gives_the_events_that_the_rules_name(stream: bytes, events: list[Event], step: int) -> None:
    """The same stream gives the same events in one piece and in pieces of one, two and three bytes."""
    decoder = FrameDecoder()

    got = [event for at in range(0, len(stream), step) for event in decoder.feed(stream[at : at + step])]

    assert got == events


def test_silence_after_fs_ends_the_frame_and_is_counted() -> None:
    """A sender that forgets the CR is answered after a second, not never."""
    decoder = FrameDecoder()
    assert decoder.feed(b"\x0ba\x1c") == []
    assert decoder.awaiting_cr

    got = decoder.silence()

    assert got == [b"a"]
    assert decoder.counters.missing_cr == 1
    assert not decoder.partial


def test_a_cr_after_the_silence_is_skipped() -> None:
    """The CR that came too late is a blank between frames."""
    decoder = FrameDecoder()
    decoder.feed(b"\x0ba\x1c")
    decoder.silence()

    got = decoder.feed(b"\r\x0bb\x1c\r")

    assert got == [b"b"]


def test_silence_inside_a_frame_ends_nothing() -> None:
    """Only an FS makes silence meaningful."""
    decoder = FrameDecoder()
    decoder.feed(b"\x0ba\x1cb")

    got = decoder.silence()

    assert got == []
    assert decoder.partial


def test_what_is_odd_is_counted() -> None:
    """Operators see how a sender frames without reading a byte of what it sends."""
    decoder = FrameDecoder()

    decoder.feed(b"\x0b\x1c\r\n\x0ba\x1c\x0bb\x1c\r\r\n ")

    counters = decoder.counters
    assert (counters.empty, counters.missing_cr, counters.lf_after, counters.skipped) == (1, 1, 2, 4)


@pytest.mark.parametrize("step", [1, 7, 10_000])
def test_a_frame_of_exactly_the_limit_passes(step: int) -> None:
    """The limit is the largest payload allowed."""
    decoder = FrameDecoder(max_bytes=100)
    stream = b"\x0b" + b"x" * 100 + b"\x1c\r"

    got = [event for at in range(0, len(stream), step) for event in decoder.feed(stream[at : at + step])]

    assert got == [b"x" * 100]


@pytest.mark.parametrize("step", [1, 7, 10_000])
def test_one_byte_over_the_limit_breaks_with_the_header(step: int) -> None:
    """The intake needs the first segment to say AR, and nothing else."""
    decoder = FrameDecoder(max_bytes=100)
    stream = b"\x0bMSH|^~\\&|a\rPID|" + b"x" * 86 + b"\x1c\r"

    got = [event for at in range(0, len(stream), step) for event in decoder.feed(stream[at : at + step])]

    assert got == [Broken("too-big", b"MSH|^~\\&|a")]
    assert isinstance(got[0], Broken)
    assert got[0].saw_msh
    assert decoder.held_bytes == 0


def test_sixteen_mebibytes_pass_and_one_byte_more_does_not() -> None:
    """The default limit is 16 MiB, whatever the pieces."""
    exact, over = FrameDecoder(), FrameDecoder()
    body = b"MSH|" + b"x" * (LIMIT - 4)
    pieces = [body[at : at + 65_536] for at in range(0, LIMIT, 65_536)]

    passed = [e for piece in [b"\x0b", *pieces, b"\x1c\r"] for e in exact.feed(piece)]
    refused = [e for piece in [b"\x0b", *pieces, b"x\x1c\r"] for e in over.feed(piece)]

    assert passed == [body]
    assert refused == [Broken("too-big", b"MSH|" + b"x" * 4092)]


def test_a_frame_too_big_without_msh_says_so() -> None:
    """What is no HL7 gets no answer."""
    decoder = FrameDecoder(max_bytes=10)

    got = decoder.feed(b"\x0b" + b"y" * 11)

    assert isinstance(got[0], Broken)
    assert not got[0].saw_msh


def test_a_broken_stream_shows_nothing_of_it() -> None:
    """A header may name a patient's ward: it stays out of reprs."""
    event = Broken("too-big", b"MSH|secret")

    assert "secret" not in repr(event)


def test_nothing_comes_after_a_broken_stream() -> None:
    """Whatever follows the fault is not read."""
    decoder = FrameDecoder()
    decoder.feed(b"x")

    got = decoder.feed(b"\x0ba\x1c\r")

    assert got == []


@pytest.mark.parametrize(
    ("stream", "dropped"),
    [(b"", False), (b"\x0b", True), (b"\x0ba", True), (b"\x0ba\x1c", True), (b"\x0ba\x1c\r", False), (b"\r\n", False)],
)
def test_close_tells_whether_part_of_a_frame_was_dropped(stream: bytes, dropped: bool) -> None:
    """A sender that dies in the middle of a message is counted."""
    decoder = FrameDecoder()
    decoder.feed(stream)

    got = decoder.close()

    assert got is dropped
    assert decoder.feed(b"\x0ba\x1c\r") == []


@pytest.mark.parametrize(
    ("tolerances", "stream", "events"),
    [
        (Tolerances(missing_vt=True), b"MSH|a\r\x1c\r\nMSH|b\r\x1c\r", [b"MSH|a\r", b"MSH|b\r"]),
        (Tolerances(missing_vt=True), b"MSH|a\r\x1c\r\x0bMSH|b\r\x1c\r", [b"MSH|a\r", b"MSH|b\r"]),
        (Tolerances(missing_vt=True), b"MSX", [Broken("junk")]),
        (Tolerances(missing_vt=True), b"GET /", [Broken("http")]),
        (Tolerances(fs_only=True), b"\x0ba\x1c\x0bb\x1c\r\x0bc\x1c\r\n", [b"a", b"b", b"c"]),
        (Tolerances(fs_only=True), b"\x0ba\x1cb", [b"a", Broken("junk")]),
        (Tolerances(lf_ended=True), b"\x0ba\x1c\n\x0bb\x1c\r\n\x0bc\x1cd\x1c\n", [b"a", b"b", b"c\x1cd"]),
    ],
)
@pytest.mark.parametrize("step", [1, 2, 10_000])
def test_a_tolerance_accepts_what_it_names(
    tolerances: Tolerances, stream: bytes, events: list[Event], step: int
) -> None:
    """Each is for one kind of sender, and changes nothing else."""
    decoder = FrameDecoder(1_000, tolerances)

    got = [event for at in range(0, len(stream), step) for event in decoder.feed(stream[at : at + step])]

    assert got == events


@pytest.mark.parametrize("payload", [b"a\x0bb", b"a\x1cb", b"\x1c\r"])
def test_a_payload_with_frame_bytes_is_not_framed(payload: bytes) -> None:
    """MLLP knows no escape, so such a payload could only be read wrongly."""
    with pytest.raises(FrameError) as caught:
        wrap(payload)

    assert caught.value.code == "not-frameable"
    assert str(caught.value) == "not-frameable"


def _cpu_seconds(pieces: list[bytes]) -> float:
    decoder = FrameDecoder()
    began = time.process_time()
    for piece in pieces:
        decoder.feed(piece)
    return time.process_time() - began


@pytest.mark.parametrize(
    "pieces",
    [
        lambda n: [b"\x0b", *[b"x"] * n, b"\x1c\r"],
        lambda n: [b"\x0b", *[b"\x1c"] * n, b"\r"],
        lambda n: [b"\x0b" + b"\x1c" * n * 40 + b"\r"],
        lambda n: [b"\x0ba\x1c" * n],
        lambda n: [b"\x0ba\x1c\r" * n],
        lambda n: [b"\x0ba\x1c\r\n" * n],
    ],
    ids=["byte by byte", "FS by FS", "many FS in one", "no CR ever", "many in one read", "LF after each"],
)
def test_cost_is_linear(pieces: Callable[[int], list[bytes]]) -> None:
    """Eight times the bytes may not cost much more than eight times the time; quadratic would cost 64 times."""
    small = min(_cpu_seconds(pieces(10_000)) for _ in range(3))
    large = min(_cpu_seconds(pieces(80_000)) for _ in range(3))

    assert large < 24 * small + 0.01
