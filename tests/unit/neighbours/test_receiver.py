"""The system that receives: it answers what it is told, to whatever comes, and remembers nothing by itself."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from engine.hl7.answers import read_ack
from engine.neighbours import Exchange, Receiver

MESSAGE = b"MSH|^~\\&|HIS|A|ENG|B|20260301||ADT^A01|M1|P|2.5.1\rPID|1||4711\r"
BATCH = b"BHS|^~\\&|HIS|A|ENG|B|20260301||||B77\r" + MESSAGE + b"BTS|1\r"


@dataclass
class Caller:
    """What was answered."""

    peer: str = "127.0.0.1"
    said: list[bytes | None] = field(default_factory=list)

    def answer(self, ticket: int, payload: bytes | None) -> None:
        self.said.append(payload)

    def answer_all(self, ticket: int, payloads: Sequence[bytes]) -> None:
        self.said.extend(payloads)

    def close_without_answer(self) -> None:
        raise AssertionError("it has nothing to be silent about")


@pytest.mark.parametrize(
    ("payload", "control_id"), [(MESSAGE, b"M1"), (BATCH, b"B77"), (b"hello", b""), (b"BHSabc", b""), (b"", b"")]
)
@pytest.mark.parametrize("code", ["AA", "AE", "CR"])
def test_whatever_comes_is_answered_with_the_number_it_came_with(payload: bytes, control_id: bytes, code: str) -> None:
    """A batch by the batch's own; what has no number by none."""
    caller, receiver = Caller(), Receiver(lambda _payload: code)

    receiver.on_frame(caller, payload, 0)

    assert caller.said[0] is not None
    answer = read_ack(caller.said[0])
    assert answer is not None
    assert (answer.code, answer.control_id) == (code, control_id)
    assert receiver.received == 1


def test_silence_is_an_answer_too() -> None:
    """To try what a sender does then."""
    caller = Caller()

    Receiver(lambda _payload: "").on_frame(caller, MESSAGE, 0)

    assert caller.said == [None]


def test_who_listens_hears_the_bytes_before_they_are_answered() -> None:
    """So that what cannot be kept is not acknowledged."""
    caller, heard = Caller(), list[tuple[bytes, int]]()

    Receiver(heard=lambda payload: heard.append((payload, len(caller.said)))).on_frame(caller, MESSAGE, 0)

    assert heard == [(MESSAGE, 0)]


def test_what_is_too_long_is_refused_by_its_header() -> None:
    """AR, as the engine itself does."""
    caller = Caller()

    Receiver().on_too_big(caller, MESSAGE.partition(b"\r")[0], 0)

    assert caller.said[0] is not None
    assert b"MSA|AR|M1" in caller.said[0]


def test_an_exchange_tells_codes_and_shows_no_message() -> None:
    """What is printed for a person holds nothing of the patient."""
    answer = b"MSH|^~\\&|||||||ACK|1|P|2.5.1\rMSA|AR|M1|DOE\rERR||MSH^1^9|201^^HL70357|E\r"

    done = Exchange(MESSAGE, answer, 0.1, 1)

    assert (done.code, done.told) == ("AR", "AR 201")
    assert Exchange(MESSAGE, b"hello", 0.1, 1).told == ""
    assert "4711" not in repr(done)
    assert "DOE" not in repr(done)
