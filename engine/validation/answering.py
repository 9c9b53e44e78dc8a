"""What the sender, and whoever reads a parked delivery, is told of findings: places and codes, never a value."""

import re
from collections.abc import Sequence

from engine.hl7.ack import AckError
from engine.hl7.message import Message
from engine.validation.checks import Checks
from engine.validation.codes import CODES, Code
from engine.validation.finding import Finding

MOST_ERRORS = 20
"""In one answer; who has more is told the first ones."""
_MOST_TOLD = 5
_SEGMENT = re.compile(r"[A-Z][A-Z0-9]{2}")


def ack_errors(found: Sequence[Finding], checks: Checks, message: Message) -> tuple[AckError, ...]:
    """Return the errors for an answer that refuses *message* because of *found*."""
    return tuple(_error(each, checks, message) for each in found[:MOST_ERRORS])


def told(found: Sequence[Finding]) -> str:
    """Return findings in a line: ``required-missing at PID-3; bad-format at PID-7``."""
    shown = "; ".join(f"{each.code} at {each.path or 'a line'}" for each in found[:_MOST_TOLD])
    more = len(found) - _MOST_TOLD
    return f"{shown}; and {more} more" if more > 0 else shown


def _error(finding: Finding, checks: Checks, message: Message) -> AckError:
    rule = checks.rule(finding.code)
    code = rule.error if rule is not None else _code(finding)
    words = f"{finding.code}: {checks.sentence(finding.code)}"
    name = finding.segment
    if not _SEGMENT.fullmatch(name):
        return AckError(code=code, text=words)  # a group, or one of several segments: ERR-2 has no word for it
    numbers = (finding.field, finding.repetition, finding.component, finding.subcomponent)
    if finding.field and not finding.repetition:
        numbers = (finding.field, 1 if finding.component else 0, finding.component, finding.subcomponent)
    field, repetition, component, subcomponent = (number or None for number in numbers)
    return AckError(name, _sequence(finding, message), field, repetition, component, subcomponent, code, words)


def _code(finding: Finding) -> str:
    """Return the code of table 0357; a segment that is missing is an error of the sequence."""
    if finding.code == Code.REQUIRED_MISSING.value and not finding.field:
        return "100"
    return CODES[finding.code].error if finding.code in CODES else "207"


def _sequence(finding: Finding, message: Message) -> int:
    """Return which segment of its name it is; for a missing one, which it would be."""
    names, index = message.names, finding.number - 1
    before = list(names[:index]).count(finding.segment)
    return before + 1
