"""What a person decides about merges and suspected overlays, as an event of the history. Pure."""

from collections.abc import Iterable
from datetime import UTC
from enum import Enum
from typing import NamedTuple

from engine.context import Identifier
from engine.hl7.delimiters import STANDARD
from engine.hl7.escapes import escape
from engine.index.effects import Effect, Origin
from engine.index.joining import ActKey

PERSON = "PERSON^"
"""How the kinds of these events begin: no message's does, because they also have no listener."""


class Action(Enum):
    """What a person may decide."""

    APPLY = "MERGE-APPLY"
    UNDO = "MERGE-UNDO"
    ACCEPT = "OVERLAY-ACCEPT"
    REJECT = "OVERLAY-REJECT"


class Choice(NamedTuple):
    """One decision about one merge or overlay."""

    action: Action
    key: ActKey
    """An overlay has no number of its own: 0."""


def effect_of(choice: Choice, concerned: Iterable[str], at_us: int) -> Effect:
    """Return the decision as an effect; *concerned* are identifiers of the patients, so that they are loaded."""
    key = ".".join(map(str, choice.key))
    repetitions = "~".join(_as_cx(each) for each in concerned)
    identifiers = tuple(Identifier(*each.split("|", 1)) for each in concerned)
    origin = Origin("", "", UTC, at_us, "", "")
    segments = (f"ZDE|{key}", f"MRG|{repetitions}")
    return Effect(f"{PERSON}{choice.action.value}", at_us, at_us, at_us, origin, (), identifiers, "", "", "", segments)


def choice_in(effect: Effect) -> Choice | None:
    """Return what was decided, if *effect* is a decision."""
    if not effect.kind.startswith(PERSON) or effect.origin.listener or not effect.segments:
        return None
    name, _, key = effect.segments[0].partition("|")
    if name != "ZDE":
        return None
    message_id, ordinal, number = map(int, key.split("."))
    return Choice(Action(effect.kind.removeprefix(PERSON)), (message_id, ordinal, number))


def is_decision(kind: str) -> bool:
    """Tell whether an event of that kind is a person's decision, and so in no message's body."""
    return kind.startswith(PERSON)


def _as_cx(key: str) -> str:
    authority, value = key.split("|", 1)
    return f"{escape(value, STANDARD)}^^^{escape(authority, STANDARD)}"
