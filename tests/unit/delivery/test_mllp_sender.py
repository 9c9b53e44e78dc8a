"""An exchange over MLLP as a lane sees it: what came of it, whether it may have arrived, when the socket is closed."""

from typing import TYPE_CHECKING, cast

import pytest

from engine.delivery.mllp import MllpSender
from engine.delivery.retry import Trouble
from engine.delivery.sender import Delivered, NotDelivered
from engine.errors import FrameError, PeerError

if TYPE_CHECKING:
    from engine.mllp.client import MllpClient

PAYLOAD = b"MSH|^~\\&|A|B|C|D|20260301||ADT^A01|M1|P|2.5.1\rPID|1\r"


def _ack(code: bytes, control_id: bytes = b"M1", error: bytes = b"") -> bytes:
    tail = b"ERR|||" + error + b"|E\r" if error else b""
    return b"MSH|^~\\&|C|D|A|B|20260301||ACK|X|P|2.5.1\rMSA|" + code + b"|" + control_id + b"\r" + tail


class Client:
    """A peer that says what it is told."""

    def __init__(self, says: bytes | Exception) -> None:
        self.says = says
        self.closed = 0

    async def exchange(self, payload: bytes) -> bytes:
        assert payload == PAYLOAD
        if isinstance(self.says, Exception):
            raise self.says
        return self.says

    def close(self) -> None:
        self.closed += 1


@pytest.mark.parametrize(
    ("code", "may_have_arrived"),
    [
        *((code, False) for code in ("refused", "unreachable", "tls", "connect-timeout")),
        *((code, True) for code in ("answer-timeout", "closed", "garbage", "extra-bytes", "too-big")),
    ],
)
async def test_a_fault_says_whether_the_message_may_have_arrived(code: str, may_have_arrived: bool) -> None:
    """Where nothing was sent, the next try is no second copy."""
    sender = MllpSender(cast("MllpClient", Client(PeerError(code))))

    result = await sender.send(PAYLOAD)

    assert result == NotDelivered(Trouble.FAILED, code, may_have_arrived)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (b"hello", "garbage"),
        (b"\x06", "garbage"),
        (_ack(b"AA", b"M0"), "ack-mismatch"),
        (_ack(b"AA", b""), "ack-mismatch"),
        (_ack(b"XX"), "garbage"),
    ],
)
async def test_an_answer_in_doubt_closes_the_socket(answer: bytes, reason: str) -> None:
    """A late answer must never be taken for the next message's."""
    client = Client(answer)

    result = await MllpSender(cast("MllpClient", client)).send(PAYLOAD)

    assert result == NotDelivered(Trouble.FAILED, reason, may_have_arrived=True)
    assert client.closed == 1


@pytest.mark.parametrize(
    ("answer", "result"),
    [
        (_ack(b"AA"), Delivered("AA")),
        (_ack(b"AE"), NotDelivered(Trouble.REFUSED, "AE")),
        (_ack(b"AR", error=b"203^^HL70357"), NotDelivered(Trouble.REFUSED, "AR-203")),
        (_ack(b"AR"), NotDelivered(Trouble.FAILED, "AR")),
    ],
)
async def test_a_clear_answer_keeps_the_socket(answer: bytes, result: Delivered | NotDelivered) -> None:
    """The destination has spoken about this message: there is no doubt, whatever it said."""
    client = Client(answer)

    assert await MllpSender(cast("MllpClient", client)).send(PAYLOAD) == result
    assert client.closed == 0


async def test_what_cannot_be_framed_is_refused_not_tried_for_ever() -> None:
    """A byte of the frame's own inside: it cannot travel."""
    sender = MllpSender(cast("MllpClient", Client(FrameError("not-frameable"))))

    assert await sender.send(PAYLOAD) == NotDelivered(Trouble.REFUSED, "unframeable")
