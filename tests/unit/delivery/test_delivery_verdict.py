"""What a destination's answer means."""

import pytest

from engine.delivery.mllp import control_id_of, verdict
from engine.delivery.retry import Trouble
from engine.delivery.sender import Delivered, NotDelivered, Result
from engine.hl7.answers import Answer


@pytest.mark.parametrize(
    ("code", "errors", "meaning"),
    [
        ("AA", (), Delivered("AA")),
        ("CA", (), Delivered("CA")),
        ("AE", (), NotDelivered(Trouble.REFUSED, "AE")),
        ("AE", ("207",), NotDelivered(Trouble.REFUSED, "AE")),
        ("CR", (), NotDelivered(Trouble.REFUSED, "CR")),
        ("AR", ("203",), NotDelivered(Trouble.REFUSED, "AR-203")),
        ("AR", ("207",), NotDelivered(Trouble.FAILED, "AR")),
        ("AR", (), NotDelivered(Trouble.FAILED, "AR")),
        ("CE", (), NotDelivered(Trouble.FAILED, "CE")),
        ("OK", (), None),
        ("", (), None),
    ],
)
def test_each_acknowledgement_code_has_one_meaning(code: str, errors: tuple[str, ...], meaning: Result | None) -> None:
    """Positive is done; at fault is tried a few times; unable for now is tried for ever; anything else is garbage."""
    assert verdict(Answer(code=code, control_id=b"1", error_codes=errors, text="")) == meaning


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        (b"MSH|^~\\&|A|B|C|D|2026||ADT^A01|M1|P|2.5.1\rPID|1\r", b"M1"),
        (b"MSH@~&#\\@A@B@C@D@2026@@ADT~A01@M@P@2.3\r", b"M"),
        (b"MSH|^~\\&|A|B|C|D|2026||ADT^A01|LAST\rPID|1\r", b"LAST"),
        (b"MSH|^~\\&|A\r", b""),
        (b"MSH|^~\\&|A|B|C|D|2026||ADT^A01|LAST\nPID|1\n", b"LAST"),
        (b"MSH|^~\\&|A|B|C\nEVN|1|2|3|4|5|6|7\n", b""),
        (b"\xef\xbb\xbfMSH|^~\\&|A|B|C|D|2026||ADT^A01|M1|P\r", b"M1"),
        (b"\r\nMSH|^~\\&|A|B|C|D|2026||ADT^A01|\xe9\xff|P\r", b"\xe9\xff"),
        ("MSH|^~\\&|A|B|C|D|2026||ADT^A01|Mé1|P\r".encode("utf-16"), "Mé1".encode()),
        ("MSH|^~\\&|A|B|C|D|2026||ADT^A01|M1|P\r".encode("utf-16-be"), b"M1"),
        (b"", b""),
    ],
)
def test_the_control_id_is_read_from_the_bytes_that_were_sent(payload: bytes, expected: bytes) -> None:
    """MSA-2 has to match what is on the wire, not what a table says."""
    assert control_id_of(payload) == expected
