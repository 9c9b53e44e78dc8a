"""Literal values of a mapping: ``^ ~ &`` mean component, repetition and subcomponent, whatever the message uses."""

from dataclasses import dataclass

from engine.errors import RuleFailed
from engine.hl7.delimiters import STANDARD, Delimiters
from engine.hl7.escapes import escape

_NULL = '""'


@dataclass(frozen=True, slots=True)
class Literal:
    """A literal taken apart once, when it is loaded."""

    text: str
    parts: tuple[tuple[tuple[str, ...], ...], ...]
    """Repetitions of components of subcomponents, not escaped."""
    standard: str
    """As it is written into a message with the usual delimiters."""

    def raw(self, delimiters: Delimiters) -> str:
        """Return the text as it stands in a message with *delimiters*."""
        return self.standard if delimiters is STANDARD else _joined(self.parts, delimiters)


def read_literal(text: str) -> Literal:
    """Take *text* apart; raise UnsafeValue where it holds what no message may hold."""
    parts = tuple(
        tuple(tuple(component.split("&")) for component in repetition.split("^")) for repetition in text.split("~")
    )
    return Literal(text, parts, _joined(parts, STANDARD))


def _joined(parts: tuple[tuple[tuple[str, ...], ...], ...], delimiters: Delimiters) -> str:
    return delimiters.repetition.join(
        delimiters.component.join(_component(component, delimiters) for component in repetition) for repetition in parts
    )


def _component(parts: tuple[str, ...], delimiters: Delimiters) -> str:
    if len(parts) > 1 and not delimiters.subcomponent:
        raise RuleFailed("no-subcomponents")
    return delimiters.subcomponent.join(part if part == _NULL else escape(part, delimiters) for part in parts)
