"""MSH and the whole message around it: segments joined by CR, the character set declared where the text needs one."""

from engine.journeys.event import Sender
from engine.journeys.site_time import stamp

_FACILITIES = {Sender.ADMISSIONS: "STMARY", Sender.LAB: "STMARYLAB"}


def encode(sender: Sender, message_type: str, at: int, control_id: str, segments: list[str]) -> bytes:
    """Return the message as its sender puts it on the wire."""
    body = "\r".join(segments)
    # HL7: an empty MSH-18 means ASCII only
    charset = "" if body.isascii() else "||||||UNICODE UTF-8"
    return (
        f"MSH|^~\\&|{sender.value}|{_FACILITIES[sender]}|ENGINE|STMARY|{stamp(at)}||{message_type}|{control_id}"
        f"|P|2.5.1{charset}\r{body}\r"
    ).encode()
