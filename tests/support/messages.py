"""Messages about nobody, for tests in which only their numbers and patients matter."""


def adt(control_id: str, patient: str = "P1", event: str = "A08", more: str = "") -> bytes:
    """Return an ADT message with that MSH-10 and patient number; *more*: further segments, each ended by CR."""
    return (
        f"MSH|^~\\&|ADT|HOSP|ENGINE|HERE|20260101120000||ADT^{event}^ADT_A01|{control_id}|P|2.5.1\r"
        f"EVN|{event}|20260101120000\r"
        f"PID|1||{patient}^^^HOSP^MR||TEST^NOBODY||19700101|F\r"
        f"PV1|1|I|WARD^1^1\r{more}"
    ).encode()
