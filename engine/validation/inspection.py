"""One message looked at as its routes ask: what was found, and what follows from it."""

from dataclasses import dataclass

from engine.errors import Hl7Error
from engine.hl7.message import Message
from engine.validation.answering import told
from engine.validation.applying import Surroundings
from engine.validation.checks import Checks
from engine.validation.codes import CODES, Level
from engine.validation.finding import Finding
from engine.validation.levels import Reaction


@dataclass(frozen=True, slots=True)
class Inspection:
    """What was found in a message that came in."""

    found: tuple[Finding, ...]
    reaction: Reaction
    """The strictest that any finding calls for."""
    decisive: tuple[Finding, ...]
    """Those that call for it; of notes none."""
    position: str
    """Where the policy says so."""


def inspect(message: Message, checks: Checks, around: Surroundings) -> Inspection:
    """Return what is found in *message*, and the strictest reaction of the policy."""
    found = checks.findings(message, around)
    reaction = max((checks.reaction_to(each.code) for each in found), default=Reaction.NOTE)
    if reaction is Reaction.NOTE:
        return Inspection(found, reaction, (), "")
    decisive = tuple(each for each in found if checks.reaction_to(each.code) is reaction)
    return Inspection(found, reaction, decisive, str(checks.policy[decisive[0].code].place))


def why_unfit(payload: bytes, checks: Checks, around: Surroundings) -> str:
    """Return what is wrong with a message that we made, in codes and places; '' where it may be sent."""
    try:
        message = Message.parse(payload)
    except Hl7Error as error:
        return error.code
    return told([each for each in checks.findings(message, around) if _fails(each.code, checks)])


def _fails(code: str, checks: Checks) -> bool:
    ruling = checks.policy.get(code)
    if ruling is not None:
        return ruling.reaction > Reaction.NOTE
    is_oddity = code in CODES and CODES[code].level is Level.READING
    return not is_oddity and not checks.is_warning(code)
