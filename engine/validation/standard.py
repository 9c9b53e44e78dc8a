"""What the standard itself says of every field that is sent: compiled per version and delimiters, when first asked."""

from functools import lru_cache

from engine.grammar import Grammar, grammar_for
from engine.hl7.delimiters import Delimiters
from engine.hl7.message import Message
from engine.validation.elements import Adjustment
from engine.validation.finding import MOST_FINDINGS, Finding
from engine.validation.segments import SegmentCheck, compile_segment


class Standard:
    """The checks of one version's segments. It grows by what is asked, and only by that."""

    __slots__ = ("_adjustments", "_checks", "_delimiters", "_grammar")

    def __init__(self, grammar: Grammar, delimiters: Delimiters, adjustments: tuple[Adjustment, ...]) -> None:
        self._grammar, self._delimiters = grammar, delimiters
        self._adjustments = {(each.segment, each.field): each for each in adjustments}
        self._checks: dict[str, SegmentCheck | None] = {}

    def look(self, message: Message) -> list[Finding]:
        """Return what is wrong with the fields of *message*, in its order."""
        checks, found, code = self._checks, list[Finding](), message.value("MSH", 9)
        for index, name in enumerate(message.names):
            check = checks.get(name)
            if check is None:
                if name in checks:
                    continue
                check = self._compile(name)
                if check is None:
                    continue
            check.look(message.fields(index), index + 1, code, found)
            if len(found) > MOST_FINDINGS:
                break
        return found

    def _compile(self, name: str) -> SegmentCheck | None:
        check = compile_segment(name, self._grammar, self._delimiters, self._adjustments)
        if check is not None or name.startswith("Z"):  # bounded: what a line begins with may be anything
            self._checks[name] = check
        return check


def standard_findings(message: Message, adjustments: tuple[Adjustment, ...] = ()) -> list[Finding]:
    """Return what is wrong with the fields of *message* by its version, profiles' adjustments made."""
    return _standard(grammar_for(message.value("MSH", 12)).version, message.delimiters, adjustments).look(message)


@lru_cache(maxsize=64)  # bounded: delimiters come from messages
def _standard(version: str, delimiters: Delimiters, adjustments: tuple[Adjustment, ...]) -> Standard:
    return Standard(grammar_for(version), delimiters, adjustments)
