"""From MSH-18 (table 0211) to text: which character set a message's bytes are in, decided before anything is split."""

import codecs
import re
from dataclasses import dataclass
from enum import Enum

from engine.errors import Undecodable

DEFAULT = "cp1252"
BOM = codecs.BOM_UTF8
_NO_CODEC = "CNS 11643-1992"

_TABLE: dict[str, tuple[str, ...]] = {
    "ASCII": ("ascii",),
    "ISO IR6": ("ascii",),
    "8859/1": ("latin-1",),
    **{f"8859/{part}": (f"iso8859-{part}",) for part in (2, 3, 4, 5, 6, 7, 8, 9, 15)},
    "ISO IR14": ("shift_jis", "cp932"),
    "ISO IR87": ("iso2022_jp", "iso2022_jp_2", "iso2022_jp_ext"),
    "ISO IR159": ("iso2022_jp_2", "iso2022_jp_ext"),
    "GB 18030-2000": ("gb18030",),
    "KS X 1001": ("euc_kr", "cp949"),
    "BIG-5": ("big5hkscs", "cp950"),
    "UNICODE": ("utf-8",),
    "UNICODE UTF-8": ("utf-8",),
    "UNICODE UTF-16": ("utf-16",),
    "UNICODE UTF-32": ("utf-32",),
}
"""Table 0211; where senders say one set and send its vendor's superset, that follows."""

_ALIASES = {
    **dict.fromkeys(("UTF-8", "UTF8", "UNICODE UTF8", "UNICODE-UTF-8", "ISO IR192", "ISO_IR 192"), "UNICODE UTF-8"),
    **dict.fromkeys(("ISO IR100", "ISO_IR 100", "LATIN1", "LATIN-1"), "8859/1"),
    **{
        f"{prefix}{part}": f"8859/{part}"
        for prefix in ("ISO-8859-", "ISO8859-", "ISO_8859-", "8859-", "ISO 8859/")
        for part in (1, 2, 3, 4, 5, 6, 7, 8, 9, 15)
    },
    "ISO IR101": "8859/2",
    "ISO IR144": "8859/5",
    "US-ASCII": "ASCII",
    "ISO IR 6": "ASCII",
    "ISO IR 14": "ISO IR14",
    "ISO IR 87": "ISO IR87",
    "ISO IR 159": "ISO IR159",
    "GB 18030": "GB 18030-2000",
    "GB18030": "GB 18030-2000",
    "BIG5": "BIG-5",
    "UTF-16": "UNICODE UTF-16",
    "UTF-32": "UNICODE UTF-32",
}
_NAMES = [(name, {codecs.lookup(codec).name for codec in tried}) for name, tried in _TABLE.items() if name != "UNICODE"]
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_WIDE = frozenset({"utf-16", "utf-32", "utf-16-le", "utf-16-be"})
_REVERSIBLE = frozenset({"ascii", "utf-8", "latin-1", "cp1252"} | _WIDE | {f"iso8859-{n}" for n in range(2, 16)})
_PRINTABLE = bytes(range(32, 127))
_HEADER_END = re.compile(rb"[\r\n]")


@dataclass(frozen=True, slots=True)
class Decoded:
    """A payload as text, the codec that it was read with, and the codes of what was odd."""

    text: str
    codec: str
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Declared:
    codecs: tuple[str, ...]
    """Worth trying, in this order; none when nothing usable is declared."""
    notes: tuple[str, ...]


class Shift(Enum):
    """Whether the payload holds ESC, with which ISO 2022 switches between character sets."""

    USED = "used"
    UNUSED = "unused"


def codec_of(name: str) -> str | None:
    """Return the codec for a name of table 0211, a common alias or a codec's own name; None if it has none."""
    known = _names_codecs(name)
    if known:
        return known[0]
    try:
        found = codecs.lookup(name.strip()).name
        # Structure is ASCII: a set that writes it otherwise (EBCDIC, UTF-7) can carry no message.
        return found if _PRINTABLE.decode(found) == _PRINTABLE.decode("ascii") else None
    except (LookupError, ValueError, TypeError):
        return None


def name_of(codec: str) -> str | None:
    """Return the name in table 0211 that MSH-18 must carry for text in *codec*; None if the table has none."""
    wanted = codecs.lookup(codec).name
    return next((name for name, tried in _NAMES if wanted in tried), None)


def is_reversible(codec: str) -> bool:
    """Whether text decoded strictly with *codec* always encodes to the same bytes."""
    return codec in _REVERSIBLE


def declared_codec(names: list[str]) -> str:
    """Return the codec in which an ASCII message with these MSH-18 repetitions would be continued."""
    usable = _declared(names, Shift.USED).codecs
    return usable[0] if usable else "ascii"


def decode_payload(payload: bytes, default: str = DEFAULT) -> Decoded:
    """Return *payload* as text by HL7.md 2.4; raise Undecodable where it contradicts what it declares."""
    wide = _by_signature(payload)
    if wide is not None:
        return wide
    if payload.isascii() and b"\x1b" not in payload:
        return Decoded(payload.decode("ascii"), declared_codec(_msh18(payload)), ())
    names = _msh18(payload)
    if _NO_CODEC in names:
        raise Undecodable("charset")
    declared = _declared(names, Shift.USED if b"\x1b" in payload else Shift.UNUSED)
    first = declared.codecs[0] if declared.codecs else ""
    if first in {"", "ascii"}:
        odd = () if payload.isascii() else ("charset-not-ascii" if first else "charset-undeclared",)
        return _undeclared(payload, default, declared.notes + odd)
    if first == "utf-8":
        return Decoded(_strictly(payload, ("utf-8",))[0], "utf-8", declared.notes)
    if first == "latin-1" or first.startswith("iso8859"):
        return _single_byte(payload, first, declared.notes)
    text, codec = _strictly(payload, declared.codecs)
    return Decoded(text, codec, declared.notes)


def narrowed(payload: bytes) -> bytes:
    """Return UTF-16 and UTF-32 as UTF-8, anything else as it is: an answer may be as wide as what it answers."""
    if payload[:1] == b"M" and payload[1:2] != b"\0":
        return payload
    try:
        wide = _by_signature(payload)
    except Undecodable:
        return payload
    return payload if wide is None else wide.text.encode()


def _by_signature(payload: bytes) -> Decoded | None:
    for mark, codec in _BOMS:
        if payload.startswith(mark):
            text, _ = _strictly(payload, (codec,))
            return Decoded(text.lstrip("\ufeff"), codec, ("byte-order-mark",))
    for start, codec in ((b"M\0S\0", "utf-16-le"), (b"\0M\0S", "utf-16-be")):
        if payload.startswith(start):
            return Decoded(_strictly(payload, (codec,))[0], codec, ("utf16-without-mark",))
    return None


def _single_byte(payload: bytes, codec: str, notes: tuple[str, ...]) -> Decoded:
    # Valid UTF-8 with high bytes is UTF-8 whatever is declared: no other text looks like it by chance.
    text = None if payload.isascii() else _attempt(payload, "utf-8")
    if text is not None:
        return Decoded(text, "utf-8", (*notes, "charset-is-utf8"))
    if codec == "latin-1" and _has_c1(payload):
        text = _attempt(payload, "cp1252")
        if text is not None:
            return Decoded(text, "cp1252", (*notes, "charset-is-cp1252"))
    return Decoded(_strictly(payload, (codec,))[0], codec, notes)


def _undeclared(payload: bytes, default: str, notes: tuple[str, ...]) -> Decoded:
    # ISO 2022 is seven-bit, so UTF-8 would accept it and leave its escapes in the text.
    stateful = default.startswith("iso2022") and b"\x1b" in payload
    for codec in (default, "utf-8") if stateful else ("ascii", "utf-8", default):
        text = _attempt(payload, codec)
        if text is not None:
            return Decoded(text, codec, notes)
    return Decoded(payload.decode("latin-1"), "latin-1", (*notes, "charset-guessed"))


def _declared(names: list[str], shift: Shift) -> _Declared:
    notes: list[str] = []
    tried: list[tuple[str, ...]] = []
    for name in names:
        known = _names_codecs(name)
        if name and not known:
            notes.append("unknown-charset")
        if known and name not in _TABLE:
            notes.append("nonstandard-charset-name")
        if known and known[0] not in _WIDE:
            tried.append(known)
        elif known:
            notes.append("charset-without-mark")
    if len(names) > 1 and shift is Shift.USED:
        # MSH-18 lists the default first; the others are reached by escape sequences, which only ISO 2022 codecs read.
        tried.sort(key=_is_not_iso2022)
    return _Declared(tuple(dict.fromkeys(codec for known in tried for codec in known)), tuple(dict.fromkeys(notes)))


def _is_not_iso2022(known: tuple[str, ...]) -> bool:
    return not known[0].startswith("iso2022")


def _names_codecs(name: str) -> tuple[str, ...]:
    upper = name.strip().upper()
    return _TABLE.get(_ALIASES.get(upper, upper), ())


def _msh18(payload: bytes) -> list[str]:
    """Return the repetitions of MSH-18; up to there the header is ASCII in every character set that MLLP can carry."""
    start = len(payload) - len(payload.lstrip(b" \t\r\n\x00"))
    ended = _HEADER_END.search(payload, start)
    header = payload[start : ended.start() if ended else len(payload)]
    fields = header.split(header[3:4] or b"|", 18)
    if len(fields) < 18 or not fields[17]:
        return []
    return [part.decode("latin-1").strip().upper() for part in fields[17].split(fields[1][1:2] or b"~")]


def _has_c1(payload: bytes) -> bool:
    return re.search(rb"[\x80-\x9f]", payload) is not None


def _attempt(payload: bytes, codec: str) -> str | None:
    try:
        return payload.decode(codec)
    except (UnicodeDecodeError, LookupError):
        return None


def _strictly(payload: bytes, names: tuple[str, ...]) -> tuple[str, str]:
    for codec in names:
        text = _attempt(payload, codec)
        if text is not None:
            return text, codec
    raise Undecodable("charset")
