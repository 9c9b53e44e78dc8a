"""What decisions need to know of a listener and of a destination, made from their settings."""

from zoneinfo import ZoneInfo

from engine.config.settings import Configuration, DestinationSettings, ListenerSettings
from engine.documents import Entries, Scalar, report_comment
from engine.errors import NotHl7
from engine.expression import CompiledPath, Formula, Vocabulary, compile_formula, compile_path, has_formula_sign
from engine.hl7.builder import Target
from engine.hl7.charset import codec_of
from engine.hl7.delimiters import Delimiters, delimiters_of
from engine.hl7.message import Reading
from engine.hl7.path import First
from engine.mapping.lefthand import depth_of
from engine.mapping.values import is_yaml_null, load_fixed
from engine.problems import Problems
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
    own = _own(entries, "destinations", name)
    return Destination(name, _target(own, problems), _header(own, problems), settings.lanes, _lane_by(own, problems))


def check_others(entries: Entries, configuration: Configuration, problems: Problems) -> None:
    """Report what is wrong in listeners, and in destinations that another mistake keeps from being made."""
    for name in _names(entries, "listeners"):
        sender = _own(entries, "listeners", name).get("sender")
        if isinstance(sender, Entries):
            _codec(sender, problems)
    for name in _names(entries, "destinations"):
        if name not in configuration.destinations:
            own = _own(entries, "destinations", name)
            _target(own, problems)
            _header(own, problems)
            _lane_by(own, problems)


def with_header(entries: Entries) -> frozenset[str]:
    """Return the destinations that write a header, those with mistakes included."""
    headers = ((name, _own(entries, "destinations", name).get("header")) for name in _names(entries, "destinations"))
    return frozenset(name for name, header in headers if isinstance(header, Entries) and header.pairs)


def _names(entries: Entries, section: str) -> tuple[str, ...]:
    node = entries.get(section)
    return tuple(key.text for key, _ in node.pairs) if isinstance(node, Entries) else ()


def _own(entries: Entries, section: str, name: str) -> Entries:
    node = entries.get(section)
    written = node.get(name) if isinstance(node, Entries) else None
    return written if isinstance(written, Entries) else Entries(entries.place, ())


def _target(own: Entries, problems: Problems) -> Target:
    return Target(delimiters=_delimiters(own, problems), codec=_codec(own, problems))


def _delimiters(own: Entries, problems: Problems) -> Delimiters | None:
    written = own.get("encoding")
    if not isinstance(written, Scalar) or not written.text:
        return None
    try:
        return delimiters_of("|", written.text)
    except NotHl7:
        hint = r"as ^~\& or ^~\&#, each only once"
        problems.add(written.place, "bad-encoding", "these cannot be encoding characters", hint)
        return None


def _codec(own: Entries, problems: Problems) -> str | None:
    written = own.get("charset")
    if not isinstance(written, Scalar) or not written.text:
        return None
    codec = codec_of(written.text)
    if codec is None:
        hint = "a name of table 0211 as 8859/1 or UNICODE UTF-8, or one as cp1252, utf-8"
        problems.add(written.place, "unknown-charset", f"no character set is called '{written.text}'", hint)
    return codec


def _header(own: Entries, problems: Problems) -> tuple[tuple[CompiledPath, str], ...]:
    header = own.get("header")
    found = []
    for path, value in header.pairs if isinstance(header, Entries) else ():
        compiled = _header_path(path, problems)
        if compiled is not None and isinstance(value, Scalar) and _is_header_text(value, compiled, problems):
            found.append((compiled, value.text))
    return tuple(found)


def _is_header_text(value: Scalar, target: CompiledPath, problems: Problems) -> bool:
    report_comment(value, problems)
    if value.text.startswith("="):
        text = "a header takes texts, no formulas"
        problems.add(value.place, "formula-not-here", text, "write it in a mapping's 'set'")
        return False
    return not is_yaml_null(value, problems) and load_fixed(value, depth_of(target.path, ()), problems) is not None


def _header_path(written: Scalar, problems: Problems) -> CompiledPath | None:
    compiled = compile_path(written, Vocabulary(), problems)
    if compiled is None:
        return None
    path = compiled.path
    if path.segment != "MSH" or path.field is None or path.field < 0 or not isinstance(path.occurrence, First):
        text = f"{written.text} is no field of the header"
        problems.add(written.place, "not-a-header-field", text, "'header' writes the MSH: as in MSH-5 or MSH-6.2")
    elif path.field in (1, 2):
        text = "MSH-1 and MSH-2 follow from the delimiters"
        problems.add(written.place, "delimiters-not-allowed", text, "'encoding' sets them")
    elif compiled.many:
        problems.add(written.place, "not-a-header-field", f"{written.text} names many places", "as in MSH-5 or MSH-6.2")
    else:
        return compiled
    return None


def _lane_by(own: Entries, problems: Problems) -> Formula | None:
    written = own.get("lane_by")
    if not isinstance(written, Scalar):
        return None
    report_comment(written, problems)
    if has_formula_sign(written, problems):
        return None
    return compile_formula(written, Vocabulary(), problems)
