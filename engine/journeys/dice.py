"""The only source of chance: one seeded stream of floats, so that a seed means the same bytes on every Python."""

import random
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


class Dice:
    """Draws from ``Random.random()`` alone, the one method whose sequence Python promises to keep between versions."""

    __slots__ = ("roll",)

    def __init__(self, seed: int) -> None:
        self.roll = random.Random(seed).random  # noqa: S311 - invented patients, no secrets

    def pick(self, choices: Sequence[T]) -> T:
        """Return one of *choices*, all equally likely; repeat a choice to make it likelier."""
        return choices[int(self.roll() * len(choices))]

    def between(self, low: int, high: int) -> int:
        """Return a whole number from *low* to *high*, both possible."""
        return low + int(self.roll() * (high - low + 1))

    def chance(self, share: float) -> bool:
        """Return true in *share* of the cases."""
        return self.roll() < share
