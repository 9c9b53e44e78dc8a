"""Reads the places that a profile names: ``PID-3.4``, ``SPECIMEN/OBX-14``, ``ORDER_OBSERVATION/SPECIMEN``."""

import re
from dataclasses import dataclass

from engine.documents import Scalar
from engine.expression import Vocabulary, compile_path
from engine.grammar import Grammar, Structure
from engine.grammar.definitions import GroupNode
from engine.hl7.path import EVERY, First
from engine.problems import Problems, did_you_mean
from engine.validation.profile import Locator

_NAME = re.compile(r"[A-Z][A-Z0-9_]*")
_SEGMENT = re.compile(r"[A-Z][A-Z0-9]{2}")


@dataclass(frozen=True, slots=True)
class Locating:
    """What a place in one profile may name."""

    grammar: Grammar
    structures: tuple[Structure, ...]
    """Of the messages that the profile is about; none: groups cannot be checked."""
    vocabulary: Vocabulary
    problems: Problems

    def presence(self, written: Scalar) -> Locator | None:
        """Return the segment or group that *written* is."""
        group, name, offset = self._split(written)
        if not _NAME.fullmatch(name):
            hint = "as SFT, SPECIMEN or ORDER_OBSERVATION/SPECIMEN"
            self.problems.add(written.place_of(offset), "not-a-segment", f"'{name}' is no segment and no group", hint)
            return None
        if _SEGMENT.fullmatch(name) and name not in self._groups():
            return Locator(name, group=group) if self._knows_segment(name, written, offset) else None
        return Locator(name, group=group) if self._knows_group(name, written, offset) else None

    def element(self, written: Scalar) -> Locator | None:
        """Return the field, component or subcomponent that *written* is."""
        group, text, offset = self._split(written)
        compiled = compile_path(Scalar(text, written.place_of(offset)), self.vocabulary, self.problems)
        if compiled is None:
            return None
        path = compiled.path
        if (
            path.field is None
            or path.field == EVERY
            or compiled.many
            or not _is_plain(path.occurrence, path.repetition)
        ):
            text = "a field or a part of one is expected here, without an index"
            self.problems.add(written.place, "not-a-field", text, "as PID-3, PID-3.4 or SPECIMEN/OBX-14")
            return None
        if not self._knows_segment(path.segment, written, offset):
            return None
        return Locator(path.segment, path.field, path.component or 0, path.subcomponent or 0, group)

    def segment(self, written: Scalar) -> str:
        """Return the segment that *written* names, '' where it names none."""
        return written.text if self._knows_segment(written.text, written, 0) else ""

    def _split(self, written: Scalar) -> tuple[str, str, int]:
        group, slash, rest = written.text.partition("/")
        if not slash:
            return "", written.text, 0
        return (group if self._knows_group(group, written, 0) else "", rest, len(group) + 1)

    def _knows_segment(self, name: str, written: Scalar, offset: int) -> bool:
        if name in self.grammar.segment_names or (name[:1] == "Z" and _SEGMENT.fullmatch(name)):
            return True
        hint = did_you_mean(name, self.grammar.segment_names | self._groups())
        text = f"{self.grammar.version} has no segment '{name}'"
        self.problems.add(written.place_of(offset), "unknown-segment", text, hint)
        return False

    def _knows_group(self, name: str, written: Scalar, offset: int) -> bool:
        groups = self._groups()
        if not self.structures or name in groups:
            return True
        text = f"no group of {', '.join(each.name for each in self.structures)} is called '{name}'"
        self.problems.add(written.place_of(offset), "unknown-group", text, did_you_mean(name, groups))
        return False

    def _groups(self) -> frozenset[str]:
        return frozenset(each for structure in self.structures for each in _groups_below(structure.automaton.root))


def _is_plain(*selectors: object) -> bool:
    return all(isinstance(each, First) for each in selectors)


def _groups_below(node: GroupNode) -> list[str]:
    below = [choice for part in node.parts for choice in part.choices if isinstance(choice, GroupNode)]
    return [name for each in below for name in (each.name, *_groups_below(each))]
