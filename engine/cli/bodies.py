"""A message's body as lines for a screen: a segment each. Only for those whom the audit trail names."""

import re

from engine.errors import EngineError
from engine.hl7.charset import decode_payload

_SEGMENT_END = re.compile(r"\r\n?|\n")


def body_lines(payload: bytes) -> list[str]:
    """Return the segments of *payload*; bytes that fit no character set are shown as ``\\x..``."""
    try:
        text = decode_payload(payload).text
    except EngineError:
        text = payload.decode("ascii", "backslashreplace")
    lines = _SEGMENT_END.split(text)
    return lines[:-1] if lines[-1] == "" else lines
