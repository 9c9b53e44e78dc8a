"""What starting points say: the texts of new files and of new members of config.yaml, with what to edit in them."""

from dataclasses import dataclass

from engine.hl7.delimiters import STANDARD

NEW_SENDER = "EDIT-ME"
"""MSH-3 that a new route asks for: until somebody writes a real one, nobody's messages go its way."""


def listener(address: str) -> tuple[str, ...]:
    """Return a listener, in flow style first."""
    return (
        f"{{mllp: {address}}}",
        f"mllp: {address}",
        "# Only this machine can connect. For others name an address of this one, and add 'tls' or 'allow'.",
        "# What the sender leaves out, and which MSH-11 it may use (docs/reference/configuration.md):",
        "# sender: {authority: HOSPITAL, processing: [P]}",
    )


def destination(address: str) -> tuple[str, ...]:
    """Return a destination, in flow style first."""
    return (
        f"{{mllp: {address}}}",
        f"mllp: {address}",
        "timeout: 10s",
        "retry: {first: 1s, longest: 5m}",
        "# One message at a time, in order; with more lanes only each patient's messages keep their order.",
        "lanes: 1",
        "# Written into every message for it, which then needs a mapping:",
        "# header: {MSH-5: APPLICATION, MSH-6: FACILITY}",
    )


def table(file: str) -> tuple[str, ...]:
    """Return a table's entry in config.yaml, in flow style first."""
    return (
        f"{{file: {file}, unknown: error}}",
        f"file: {file}",
        "# For a code that has no row: error parks the output, keep passes the code on, {default: X} writes X.",
        "unknown: error",
    )


ROWS = "from,to,display,effective_from,effective_to\nA,1,an example: replace this row,,\n"


def message(message_type: str, processing: str = "P") -> str:
    """Return an invented message as the lines of a case, indented."""
    code, _, event = message_type.partition("^")
    header = f"MSH|{STANDARD.encoding_characters}|{NEW_SENDER}|HOSPITAL|ENGINE|SITE|20260115110000||{message_type}|M1|"
    segments = [f"{header}{processing}|2.5.1"]
    patient = "PID|1||4711^^^HOSPITAL^MR||Sample^Alex||19770412|F"
    match code:
        case "ADT":
            segments += [f"EVN|{event}|20260115110000", patient, "PV1|1|I"]
        case "ORU":
            segments += [patient, "OBR|1||F1^LAB|718-7^Hemoglobin^LN", "OBX|1|NM|718-7^Hemoglobin^LN||14|g/dL|||||F"]
        case _:
            segments += [patient]
    return "".join(f"      {each}\n" for each in segments)


def mapping(name: str, message_type: str, schema: str) -> str:
    """Return a mapping that copies, and a case that shows it."""
    return f"""\
# yaml-language-server: $schema={schema}
# {name}: what it makes and for whom. Edit this line, then the steps.
mapping: {name}
# start: copy begins with the message as it came; 'start: empty' with an MSH alone, and then 'message' and 'version' say
# what is made, as in {{message: BAR^P01^BAR_P01, version: 2.5.1, start: empty}}.
output: {{start: copy}}
steps:
  # A path on the left is written; what begins with '=' is a formula over the message that came.
  - set:
      PID-5.1: =upper(PID-5.1)
  # Segments or fields that the destination must not have:
  # - delete: [NK1, "Z*"]
# `engine test {name}` runs these.
cases:
  - case: the family name is written in capitals, and all the rest is as it came
    message: |
{message(message_type)}\
    expect:
      output: {{changed_only: true, PID-5: SAMPLE^Alex}}
"""


@dataclass(frozen=True, slots=True)
class Ends:
    """What a new route joins."""

    listener: str
    destination: str
    mapping: str = ""
    """Without one the bytes go as they came."""


def route(name: str, ends: Ends, message_type: str, processing: str, schema: str) -> str:
    """Return a route from a listener to a destination, and a case that shows it."""
    code, _, event = message_type.partition("^")
    entry = f"    map: {ends.mapping}\n" if ends.mapping else "    # Without 'map' the bytes go as they came.\n"
    return f"""\
# yaml-language-server: $schema={schema}
# {name}: whose messages, and what for. Edit this line, then 'accept'.
route: {name}
from: {ends.listener}
# Which messages of the listener it takes. {NEW_SENDER} is nobody's MSH-3: write the sender's, here and in the case.
accept: MSH-9.1 == '{code}' and MSH-9.2 == '{event}' and MSH-3.1 == '{NEW_SENDER}'
validate: structure
to:
  {ends.destination}:
    # Which of them go there, as in
    # when: PV1-2 == 'I'
{entry}\
# `engine test {name}` runs these. A destination that is not named is not looked at.
cases:
  - case: a message of the new sender goes to {ends.destination}
    message: |
{message(message_type, processing)}\
    expect: {{ack: AA, {ends.destination}: sent}}
"""


CONFIG = """\
# yaml-language-server: $schema=docs/schemas/config.json
site: my-site
# Of the place whose clocks the messages tell, as America/New_York.
time_zone: UTC
store: sqlite:///var/engine.db
"""
