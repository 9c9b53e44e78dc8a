"""Delivery over MLLP: one exchange, and what the answer means (table 0008 in MSA-1, table 0357 in ERR-3).

An answer counts only if its MSA-2 is the MSH-10 that was sent. Any doubt about the socket closes it, so that a late
answer can never be taken for the next message's.
"""

from engine.delivery.retry import Trouble
from engine.delivery.sender import Delivered, NotDelivered, Result
from engine.errors import FrameError, PeerError
from engine.hl7.answers import Answer, read_ack
from engine.hl7.charset import narrowed
from engine.hl7.header import Header
from engine.mllp.client import MllpClient

_HEADER_ERRORS = frozenset({"200", "201", "202", "203"})
"""Table 0357: message type, event, processing id, version not supported. Sending it again changes nothing."""
_NOTHING_SENT = frozenset({"refused", "unreachable", "tls", "connect-timeout"})
"""Faults after which the destination cannot have the message."""


class MllpSender:
    """A `Sender` over one MLLP connection."""

    __slots__ = ("_client",)

    def __init__(self, client: MllpClient) -> None:
        self._client = client

    async def send(self, payload: bytes) -> Result:
        """Exchange *payload* for an answer; see `verdict` for what the answer means."""
        try:
            raw = await self._client.exchange(payload)
        except PeerError as error:
            return NotDelivered(Trouble.FAILED, error.code, error.code not in _NOTHING_SENT)
        except FrameError:  # VT or FS inside: it cannot travel in a frame, however often it is tried
            return NotDelivered(Trouble.REFUSED, "unframeable")
        answer = read_ack(raw)
        if answer is None:
            return self._doubt("garbage")
        if answer.control_id != control_id_of(payload):
            return self._doubt("ack-mismatch")
        return verdict(answer) or self._doubt("garbage")

    def _doubt(self, reason: str) -> NotDelivered:
        self._client.close()
        return NotDelivered(Trouble.FAILED, reason, may_have_arrived=True)

    def close(self) -> None:
        """Close the connection."""
        self._client.close()


def control_id_of(payload: bytes) -> bytes:
    """Return the MSH-10 of *payload* as it stands there, byte for byte (of UTF-16 as UTF-8, as answers are read)."""
    if not payload.startswith(b"MSH|"):  # received bytes are sent on as they came, with all that may stand before MSH
        header = Header.peek(narrowed(payload))
        return header.field("MSH", 10).encode("latin-1") if header is not None else b""
    fields = payload.partition(b"\r")[0].partition(b"\n")[0].split(b"|", 10)
    return fields[9] if len(fields) > 9 else b""


def verdict(answer: Answer) -> Result | None:
    """Return what MSA-1 (with ERR-3 for AR) means for the delivery; None if it is no acknowledgement code."""
    match answer.code:
        case "AA" | "CA":
            return Delivered(answer.code)
        case "AE" | "CR":
            return NotDelivered(Trouble.REFUSED, answer.code)
        case "AR":
            header = next((code for code in answer.error_codes if code in _HEADER_ERRORS), None)
            return NotDelivered(Trouble.REFUSED, f"AR-{header}") if header else NotDelivered(Trouble.FAILED, "AR")
        case "CE":
            return NotDelivered(Trouble.FAILED, "CE")
        case _:
            return None
