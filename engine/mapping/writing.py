"""How an output leaves: in the destination's delimiters and character set, and never with a byte that ends a frame."""

from engine.errors import UnsafeValue
from engine.hl7.builder import Builder, Target

_CHARSET_NAMES = {
    "ascii": "ASCII",
    "utf-8": "UNICODE UTF-8",
    "latin-1": "8859/1",
    "iso8859-1": "8859/1",
    "cp1252": "8859/1",
    **{f"iso8859-{part}": f"8859/{part}" for part in (2, 3, 4, 5, 6, 7, 8, 9, 15)},
    "shift_jis": "ISO IR14",
    "cp932": "ISO IR14",
    "iso2022_jp": "ISO IR87",
    "iso2022_jp_2": "ISO IR159",
    "gb18030": "GB 18030-2000",
    "euc_kr": "KS X 1001",
    "cp949": "KS X 1001",
    "big5hkscs": "BIG-5",
    "cp950": "BIG-5",
}
"""Names of HL7 table 0211 for what a destination may be written in."""


def encoded(builder: Builder, target: Target) -> bytes:
    """Return the output's bytes; raise UnsafeValue or Unencodable where it cannot be written so."""
    codec = target.codec
    if codec is not None and codec != builder.codec and codec in _CHARSET_NAMES:
        # Who re-encodes must say so: an old MSH-18 would make every accent unreadable.
        builder.set_field(0, 18, _CHARSET_NAMES[codec])
    payload = builder.encode(target if codec is not None or target.delimiters is not None else None)
    if b"\x0b" in payload or b"\x1c" in payload:
        raise UnsafeValue("control-character")
    return payload
