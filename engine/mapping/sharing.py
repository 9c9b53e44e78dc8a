"""``use: NAME``: a shared list of steps, put in where it is used when a mapping is loaded."""

from dataclasses import dataclass

from engine.documents import Entries, Node, Reader, Scalar
from engine.mapping.library import Shared
from engine.mapping.loading import Loading
from engine.mapping.run import Run
from engine.mapping.steps import StepList
from engine.problems import Place, Problems, did_you_mean
from engine.states import Severity

DEEPEST = 8
"""Shared lists inside each other: deeper, nobody can follow them."""


@dataclass(frozen=True, slots=True)
class Use:
    """The steps of a shared list, compiled for the place where they are used."""

    place: Place
    name: str
    body: StepList

    def run(self, run: Run) -> None:
        """Run them; a trace tells of each where it is written and where it is used."""
        trace = run.trace
        if trace is None:
            self.body.run(run)
            return
        run.record("use", self.name, "", "")
        outer, trace.used_at = trace.used_at, (*trace.used_at, self.place)
        try:
            self.body.run(run)
        finally:
            trace.used_at = outer


def is_shared(node: Node | None) -> bool:
    """Tell a file that holds a shared list from one that holds a mapping."""
    return isinstance(node, Entries) and "shared" in _keys(node) and "mapping" not in _keys(node)


def _keys(node: Entries) -> set[str]:
    return {key.text for key, _ in node.pairs} | set(node.left_out)


def read_shared(node: Entries, problems: Problems) -> Shared | None:
    """Return the shared list in a file; its steps are read by those who use it."""
    reader = Reader(node, problems)
    name, steps = reader.required("shared"), reader.node("steps")
    if steps is None and "steps" not in node.left_out:
        problems.add(node.place, "missing-key", "'steps' is missing here", "a list of steps, as in a mapping")
    reader.finish("a shared list")
    return None if name is None else Shared(name, steps)


def shared_for(name: Scalar, loading: Loading) -> Shared | None:
    """Return the list called *name*; None where it may not be used here, and then that is reported."""
    library, problems = loading.library, loading.problems
    found = library.shared.get(name.text)
    if found is None:
        hint = did_you_mean(name.text, library.shared) or "a file in mappings/ that begins with 'shared: NAME'"
        problems.add(name.place, "unknown-shared", f"no shared list is called '{name.text}'", hint)
        return None
    library.used.add(name.text)
    if name.text in loading.using:
        way = " -> ".join((*loading.using[loading.using.index(name.text) :], name.text))
        problems.add(name.place, "shared-inside-itself", f"'{name.text}' uses itself: {way}")
        return None
    if len(loading.using) >= DEEPEST:
        text = f"shared lists use each other more than {DEEPEST} deep"
        problems.add(name.place, "shared-too-deep", text, "put the steps themselves here")
        return None
    return found


def inside(shared: Shared, loading: Loading) -> Loading:
    """Return what the steps of a shared list know: all that is known where they are used; its problems are its own."""
    made = loading.inner()
    made.problems = Problems()
    made.using = (*loading.using, shared.name.text)
    return made


def pass_on(found: Problems, name: Scalar, problems: Problems) -> None:
    """Tell what is wrong in a shared list at its own place, once for all who use it, and here that it is used."""
    for each in found.items:
        problems.add(each.place, each.code, each.text, each.hint, each.severity)
    if found.errors:
        first = next(each for each in sorted(found.items) if each.severity is Severity.ERROR)
        text = f"'{name.text}' does not fit in here as it is written: {first.code} at {first.place}"
        problems.add(name.place, "shared-used-here", text, severity=Severity.NOTE)
