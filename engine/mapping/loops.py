"""``for each``: one turn per occurrence of the message that came, with its group, or per repetition of a field."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from engine.documents import Scalar
from engine.expression import CompiledPath, Condition
from engine.hl7.path import EVERY
from engine.mapping.copied_turn import CopiedTurn
from engine.mapping.empty_turn import EmptyTurn
from engine.mapping.lefthand import load_left_path
from engine.mapping.loading import Loading, Loop
from engine.mapping.run import Run
from engine.mapping.steps import StepList
from engine.mapping.turns import Occurrence, Turn
from engine.problems import Place


@dataclass(frozen=True, slots=True)
class ForEach:
    """``for each: OBR`` or ``for each: PID-3`` with ``do``; ``when`` beside it is asked per occurrence."""

    place: Place
    path: CompiledPath
    when: Condition | None
    body: StepList

    def run(self, run: Run) -> None:
        """Run the steps once per occurrence, each seeing its own group."""
        env, number, outer, outer_left = run.env, run.env.step, run.env.scope, run.left
        turn = Turn(run.message, run.groups, outer)
        left = (CopiedTurn if run.output.copied else EmptyTurn)(run.output, outer_left, turn)
        occurrences = self._occurrences(run)
        env.budget.spend(len(occurrences))
        level = outer_left.level
        env.scope = turn
        run.enter(left)
        for occurrence in occurrences:
            turn.begin(occurrence)
            left.begin()
            if run.trace is not None:
                run.trace.enter(self.path.path.text, self.place, level, occurrence)
            if self.when is not None:
                env.step, run.place = number, self.place
                if not self.when.holds(env):
                    continue
            self.body.run(run)
        env.scope = outer
        run.enter(outer_left)
        if run.trace is not None:
            run.trace.leave(level)

    def _occurrences(self, run: Run) -> Sequence[Occurrence]:
        env, path = run.env, self.path
        if path.path.field is None:
            return [(position, 0, 0) for position in path.every_segment(env, run.message, env.scope)]
        return list(self._repetitions(run))

    def _repetitions(self, run: Run) -> Iterator[Occurrence]:
        """Yield the repetitions that the path names; all of them where it names none."""
        env, message, number = run.env, run.message, self.path.path.field or 0
        mark = message.delimiters.repetition
        for spot in self.path.spots(env, message, env.scope):
            fields = message.fields(spot.position)
            raw = fields[number] if number < len(fields) else ""
            if spot.repetition is not None:
                yield spot.position, number, spot.repetition
            elif raw:
                # Every turn reads, and may rewrite, the whole field.
                env.budget.rewrite(len(raw), raw.count(mark) + 1)
                for repetition in range(1, raw.count(mark) + 2):
                    yield spot.position, number, repetition


def load_loop_path(scalar: Scalar, loading: Loading) -> tuple[CompiledPath, Loop] | None:
    """Return what a loop walks; None where it is wrong, and then that is reported."""
    compiled = load_left_path(scalar, loading)
    if compiled is None:
        return None
    path = compiled.path
    if path.component is not None or path.field == EVERY:
        text = f"{scalar.text} is neither a segment nor a field: only those repeat"
        loading.problems.add(scalar.place, "not-walkable", text, "as in OBR or PID-3")
        return None
    loop = (path.segment, path.field or 0)
    around = (*loading.loops, loading.split) if loading.split else loading.loops
    if loop in around or (not loop[1] and any(segment == path.segment for segment, _ in around)):
        text = f"a loop over {path.segment} stands around this one already"
        loading.problems.add(scalar.place, "loop-inside-itself", text, f"inside it {path.segment} is this turn's")
        return None
    return compiled, loop
