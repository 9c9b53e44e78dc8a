"""The acknowledgement that we give to a message, in the form that its version knows."""

from dataclasses import dataclass

from engine.errors import UnsafeValue
from engine.hl7.charset import is_reversible
from engine.hl7.delimiters import STANDARD, Delimiters
from engine.hl7.escapes import escape
from engine.hl7.header import Header
from engine.hl7.message import Message, split_fields
from engine.hl7.versions import Version, version_of
from engine.quick import quick_value

TABLE_0357 = {
    "0": "Message accepted",
    "100": "Segment sequence error",
    "101": "Required field missing",
    "102": "Data type error",
    "103": "Table value not found",
    "104": "Value too long",
    "200": "Unsupported message type",
    "201": "Unsupported event code",
    "202": "Unsupported processing id",
    "203": "Unsupported version id",
    "204": "Unknown key identifier",
    "205": "Duplicate key identifier",
    "206": "Application record locked",
    "207": "Application internal error",
}


@dataclass(frozen=True, slots=True)
class AckError:
    """One error of an acknowledgement: where, which code of table 0357, and words that hold no patient data."""

    segment: str = ""
    sequence: int | None = None
    field: int | None = None
    repetition: int | None = None
    component: int | None = None
    subcomponent: int | None = None
    code: str = "207"
    text: str = ""
    severity: str = "E"


@quick_value
class AckPlan:
    """What an acknowledgement is to say."""

    code: str
    """MSA-1: AA, AE, AR, or CA, CE, CR in enhanced mode."""
    errors: tuple[AckError, ...] = ()
    control_id: str = ""
    """MSH-10 of the acknowledgement itself."""
    made_at: str = ""
    """MSH-7, an HL7 time."""
    answers: bytes | None = None
    """MSA-2 where it is not the MSH-10 of the message answered, as for a batch."""
    text: str = ""
    """MSA-3 below 2.7; the first error's words when empty."""


def build_ack(source: Message | Header, plan: AckPlan) -> bytes:
    """Return the acknowledgement of *source*, in its delimiters and character set, MSA-2 verbatim."""
    delimiters, fields = source.delimiters, source.fields(0)
    if len(fields) < 19:
        fields = fields + [""] * (19 - len(fields))
    separator = delimiters.field
    version = version_of(fields[12], delimiters.component)
    character_set = separator * 6 + fields[18] if fields[18] else ""
    head = separator.join(
        (
            "MSH",
            delimiters.encoding_characters,
            fields[5],
            fields[6],
            fields[3],
            fields[4],
            _said(plan.made_at, delimiters),
            "",
            _message_type(fields[9], delimiters, version),
            _said(plan.control_id, delimiters),
            fields[11],
            f"{fields[12]}{character_set}\rMSA",
            plan.code,
            "",
        )
    )
    tail = "\r" if not plan.errors and not plan.text else _explained(plan, delimiters, version)
    if plan.answers is not None:
        return head.encode(source.codec, "replace") + plan.answers + tail.encode(source.codec, "replace")
    control_id = fields[10]
    if not control_id.isascii() and not is_reversible(source.codec):
        return build_ack(source, _answering_received_bytes(source, plan))
    return f"{head}{control_id}{tail}".encode(source.codec, "replace")


def minimal_ack(plan: AckPlan) -> bytes:
    """Return the acknowledgement of something without a usable header: nothing in it could be echoed."""
    errors = plan.errors or (AckError(code="100"),)
    nobody = Header(split_fields("MSH|^~\\&|||||||||P|2.5.1", "|"), STANDARD)
    return build_ack(nobody, AckPlan(plan.code, errors, plan.control_id, plan.made_at, plan.answers, plan.text))


def _answering_received_bytes(source: Message | Header, plan: AckPlan) -> AckPlan:
    header = Header.peek(source.payload) if isinstance(source, Message) else source
    found = header.field("MSH", 10) if header else ""
    return AckPlan(plan.code, plan.errors, plan.control_id, plan.made_at, found.encode("latin-1"), plan.text)


def _message_type(message_type: str, delimiters: Delimiters, version: Version) -> str:
    parts = message_type.split(delimiters.component, 2)
    if len(parts) < 2 or not parts[1] or version < (2, 3, 1):
        return "ACK"
    return f"ACK{delimiters.component}{parts[1]}{delimiters.component}ACK"


def _explained(plan: AckPlan, delimiters: Delimiters, version: Version) -> str:
    """Return what follows MSA-2: the words and the codes, in the form that this version knows."""
    separator = delimiters.field
    words = plan.text or (_words(plan.errors[0]) if plan.errors else "")
    message = [_said(words, delimiters)] if version < (2, 7) else []
    if plan.errors and (2, 3) <= version < (2, 5):
        message += ["", "", _coded(plan.errors[0].code, delimiters)]
    tail = separator.join(["", *message]).rstrip(separator) + "\r"
    if not plan.errors:
        return tail
    if version < (2, 5):
        located = (_error_location(error, delimiters) for error in plan.errors)
        return f"{tail}ERR{separator}{delimiters.repetition.join(located)}\r"
    return tail + "".join(f"{_error_segment(error, delimiters)}\r" for error in plan.errors)


def _error_location(error: AckError, delimiters: Delimiters) -> str:
    """Return one repetition of ERR-1 (ELD, up to 2.4): segment, sequence, field, and the coded error below them."""
    inside = delimiters.subcomponent
    code = inside.join((error.code, _said(_words(error), delimiters), "HL70357")) if inside else error.code
    return delimiters.component.join((error.segment, _number(error.sequence), _number(error.field), code))


def _error_segment(error: AckError, delimiters: Delimiters) -> str:
    """Return one ERR from 2.5 on: where (ERL), which code, how bad, and our words for the user."""
    numbers = (error.sequence, error.field, error.repetition, error.component, error.subcomponent)
    location = delimiters.component.join((error.segment, *map(_number, numbers))).rstrip(delimiters.component)
    severity = "I" if error.code == "0" else error.severity
    parts = ("ERR", "", location, _coded(error.code, delimiters), severity)
    words = ("", "", "", _said(error.text, delimiters)) if error.text else ()
    return delimiters.field.join((*parts, *words))


def _coded(code: str, delimiters: Delimiters) -> str:
    return delimiters.component.join((code, _said(TABLE_0357.get(code, ""), delimiters), "HL70357"))


def _words(error: AckError) -> str:
    return error.text or TABLE_0357.get(error.code, "")


def _said(words: str, delimiters: Delimiters) -> str:
    """Return our own words escaped; an acknowledgement is never lost for want of an escape character."""
    try:
        return escape(words, delimiters)
    except UnsafeValue:
        return "".join(character if character.isalnum() else " " for character in words)


def _number(number: int | None) -> str:
    return "" if number is None else str(number)
