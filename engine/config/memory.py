"""What earlier readings of a site made of its files: a file that is as it was need not be read and compiled again."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import TypeVar, cast

from engine.problems import Problem, Problems

Made = TypeVar("Made")

_READINGS = 2
"""What so many readings in a row have not used is forgotten: a file may be broken for a while."""


@dataclass(slots=True)
class _Kept:
    value: object
    told: tuple[Problem, ...]
    reading: int


class Memory:
    """Values by all that they depend on, with the problems that were found on the way. For one thread at a time."""

    def __init__(self) -> None:
        self._kept: dict[Hashable, _Kept] = {}
        self._reading = 0

    def begin(self) -> None:
        """A reading begins."""
        self._reading += 1
        oldest = self._reading - _READINGS
        self._kept = {key: each for key, each in self._kept.items() if each.reading >= oldest}

    def recall(self, key: Hashable, make: Callable[[Problems], Made], problems: Problems) -> Made:
        """Return what *make* gives; *key* is all that it depends on. What it finds wrong is told every time."""
        known = self._kept.get(key)
        if known is None:
            found = Problems()
            value = make(found)
            known = self._kept[key] = _Kept(value, tuple(found.items), self._reading)
        known.reading = self._reading
        for each in known.told:
            problems.add(each.place, each.code, each.text, each.hint, each.severity)
        return cast("Made", known.value)
