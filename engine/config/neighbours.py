"""What decisions need to know of a listener and of a destination, made from their settings."""

from zoneinfo import ZoneInfo

from engine.config.crosschecks import place_at
from engine.config.settings import DestinationSettings, ListenerSettings
from engine.documents import Entries, Scalar, report_comment
from engine.errors import NotHl7
from engine.expression import CompiledPath, Formula, Vocabulary, compile_formula, compile_path
from engine.hl7.builder import Target
from engine.hl7.charset import codec_of
from engine.hl7.delimiters import Delimiters, delimiters_of
from engine.hl7.message import Reading
from engine.problems import Place, Problems
from engine.routing import Destination, Listener, Sender


def listener_of(name: str, settings: ListenerSettings, zone: ZoneInfo) -> Listener:
    """Return the listener as decisions see it."""
    sender = settings.sender
    return Listener(
        name=name,
        zone=settings.time_zone or zone,
        sender=Sender(
            authority=sender.authority,
            charset=sender.charset,
            processing=frozenset(sender.processing),
            updates=sender.updates,
            results=sender.results,
            acknowledge=sender.acknowledge.value,
        ),
        reading=Reading(charset=sender.charset),
        splits_several=settings.several == "split",
    )


def destination_of(name: str, settings: DestinationSettings, entries: Entries, problems: Problems) -> Destination:
    """Return the destination as decisions see it; what cannot be compiled is reported and left out."""
    section = entries.get("destinations")
    written = section.get(name) if isinstance(section, Entries) else None
    own = written if isinstance(written, Entries) else Entries(entries.place, ())
    target = Target(
        delimiters=_delimiters(settings.encoding, place_at(own, "encoding"), problems),
        codec=_codec(settings.charset, place_at(own, "charset"), problems),
    )
    return Destination(
        name=name,
        target=target,
        header=_header(own, problems),
        lanes=settings.lanes,
        lane_by=_lane_by(own, problems),
    )


def check_charset(settings: ListenerSettings, place: Place, problems: Problems) -> None:
    """Report a listener's character set that nobody knows."""
    _codec(settings.sender.charset, place, problems)


def _delimiters(encoding: str, place: Place, problems: Problems) -> Delimiters | None:
    if not encoding:
        return None
    try:
        return delimiters_of("|", encoding)
    except NotHl7:
        problems.add(place, "bad-encoding", "these cannot be encoding characters", r"as ^~\& or ^~\&#, each only once")
        return None


def _codec(charset: str, place: Place, problems: Problems) -> str | None:
    if not charset:
        return None
    codec = codec_of(charset)
    if codec is None:
        hint = "a name of table 0211 as 8859/1 or UNICODE UTF-8, or one as cp1252, utf-8"
        problems.add(place, "unknown-charset", f"no character set is called '{charset}'", hint)
    return codec


def _header(own: Entries, problems: Problems) -> tuple[tuple[CompiledPath, str], ...]:
    header = own.get("header")
    found = []
    for path, value in header.pairs if isinstance(header, Entries) else ():
        compiled = compile_path(path, Vocabulary(), problems)
        if isinstance(value, Scalar) and value.plain and value.text.startswith("="):
            text = "a header takes texts, no formulas"
            problems.add(value.place, "formula-not-here", text, "write it in a mapping's 'set', or quote it")
        elif compiled is not None and isinstance(value, Scalar):
            found.append((compiled, value.text))
    return tuple(found)


def _lane_by(own: Entries, problems: Problems) -> Formula | None:
    written = own.get("lane_by")
    if not isinstance(written, Scalar):
        return None
    report_comment(written, problems)
    return compile_formula(written, Vocabulary(), problems)
