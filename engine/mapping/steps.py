"""Lists of steps: how they are run, one after the other."""

from dataclasses import dataclass
from typing import Protocol

from engine.expression import Condition
from engine.mapping.run import Run
from engine.problems import Place


class Step(Protocol):
    """What a step does."""

    @property
    def place(self) -> Place: ...
    def run(self, run: Run, /) -> None: ...


@dataclass(frozen=True, slots=True)
class Numbered:
    """A step in its list: its identity, which ``counter()`` counts by, and the condition that stands on it."""

    number: int
    when: Condition | None
    step: Step
    place: Place


@dataclass(frozen=True, slots=True)
class StepList:
    """Steps that run in order."""

    steps: tuple[Numbered, ...]
    has_lets: bool = False

    def run(self, run: Run) -> None:
        """Run them all; what they name by ``let`` ends with them."""
        env = run.env
        outer = env.lets
        if self.has_lets:
            env.lets = outer.copy()
        env.budget.spend(len(self.steps))
        for each in self.steps:
            env.step = each.number
            run.place = each.place
            if each.when is None or each.when.holds(env):
                each.step.run(run)
        env.lets = outer
