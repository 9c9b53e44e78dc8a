"""The sender's answer in both modes: which code for which wish in MSH-15 (table 0155), and when there is silence."""

from pathlib import Path

import pytest

from engine.context import EMPTY_CONTEXT
from engine.decision import decide, plan, refuse_too_long
from tests.support.decisions import ADT, CONFIG, answered, errors, receipt_of, rules_of

ENHANCED = CONFIG.replace("authority: STMARY", "acknowledge: enhanced")
ROUTE = "route: all\nfrom: adt\naccept: MSH-9.1 == 'ADT'\nto: {billing: {}}\n"


def _asking(wish: bytes, payload: bytes = ADT) -> bytes:
    """Return the message with MSH-15 (accept) and MSH-16 (application) as *wish*."""
    return payload.replace(b"|2.5.1\r", b"|2.5.1|||" + wish + b"\r", 1)


def _codes(folder: Path, wish: bytes, config: str = ENHANCED) -> list[bytes]:
    """Return what is answered to a message that is accepted, one that is refused (AE) and one that is rejected (AR)."""
    rules = rules_of(folder, ROUTE, config=config)
    undecodable = ADT.replace(b"|2.5.1\r", b"|2.5.1|||" + wish + b"||UNICODE UTF-8\r").replace(b"JANE", b"\xff")
    assert wish.count(b"|") == 1
    payloads = [_asking(wish), undecodable, _asking(wish, ADT.replace(b"ADT^", b"ZZZ^"))]
    acks = [decide(receipt_of(payload), rules, EMPTY_CONTEXT).ack for payload in payloads]
    return [answered(ack)[0] if ack else b"" for ack in acks]


@pytest.mark.parametrize(
    ("wish", "codes"),
    [
        (b"|", [b"AA", b"AE", b"AR"]),
        (b"|AL", [b"AA", b"AE", b"AR"]),
        (b"AL|NE", [b"CA", b"CE", b"CR"]),
        (b"AL|AL", [b"CA", b"CE", b"CR"]),
        (b"NE|NE", [b"", b"", b""]),
        (b"ER|NE", [b"", b"CE", b"CR"]),
        (b"SU|NE", [b"CA", b"", b""]),
        (b"XX|NE", [b"CA", b"CE", b"CR"]),
        (b"NE|AL", [b"AA", b"AE", b"AR"]),
        (b"NE|ER", [b"", b"AE", b"AR"]),
        (b"NE|SU", [b"AA", b"", b""]),
        (b"ER|AL", [b"AA", b"CE", b"CR"]),
        (b"SU|AL", [b"CA", b"AE", b"AR"]),
    ],
)
def test_an_enhanced_sender_hears_what_it_asks_for(tmp_path: Path, wish: bytes, codes: list[bytes]) -> None:
    """Also about what could not be read, as long as its header can; a wish nobody knows is taken for always.

    An application acknowledgement comes only where no accept acknowledgement does: nobody waits for two.
    """
    assert _codes(tmp_path, wish) == codes


@pytest.mark.parametrize("wish", [b"AL|NE", b"NE|NE", b"ER|AL"])
@pytest.mark.parametrize("mode", ["auto", "original"])
def test_an_original_sender_always_hears_one_plain_answer(tmp_path: Path, wish: bytes, mode: str) -> None:
    """Many fill MSH-15 and 16 and wait for AA on the same socket all the same."""
    config = CONFIG.replace("authority: STMARY", f"acknowledge: {mode}")

    assert _codes(tmp_path, wish, config) == [b"AA", b"AE", b"AR"]


def test_a_resend_is_answered_in_the_senders_mode(tmp_path: Path) -> None:
    """The store keeps AA, AE, AR; silence stays silence."""
    rules = rules_of(tmp_path, ROUTE, config=ENHANCED)

    assert answered(plan(receipt_of(_asking(b"AL|NE")), rules).ack_for("AA")) == (b"CA", b"MSG1")
    assert plan(receipt_of(_asking(b"ER|NE")), rules).ack_for("AA") == b""


def test_a_frame_that_is_too_long_is_refused_by_its_header(tmp_path: Path) -> None:
    """AR with the number that it came with; nothing more of it was read."""
    rules = rules_of(tmp_path, ROUTE)

    refusal = refuse_too_long(ADT.partition(b"\r")[0], receipt_of(), rules)

    assert refusal is not None
    assert answered(refusal) == (b"AR", b"MSG1")
    assert errors(refusal) == [(b"", b"207", b"E")]
    assert refuse_too_long(b"MSH", receipt_of(), rules) is None


@pytest.mark.parametrize("version", [b"2.1", b"2.3", b"2.3.1", b"2.4", b"2.5", b"2.8", b"9.9", b"", b"garbage"])
def test_every_version_gets_its_form_of_an_error(tmp_path: Path, version: bytes) -> None:
    """ERR-1 up to 2.4, ERR-2 to 4 from 2.5 on; the whole MSH-12 comes back as it was."""
    rules = rules_of(tmp_path, ROUTE)
    payload = ADT.replace(b"ADT^", b"ZZZ^").replace(b"|2.5.1\r", b"|" + version + b"\r")

    ack = decide(receipt_of(payload), rules, EMPTY_CONTEXT).ack

    assert b"MSA|AR|MSG1" in ack
    assert b"200" in ack
    assert ack.split(b"\r")[0].endswith(b"|P|" + version)
