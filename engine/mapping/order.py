"""Warns when the steps of a mapping cannot give the order of the structure that its output claims to have."""

from collections.abc import Iterator

from engine.grammar import Structure, sequence_gives
from engine.grammar.check import TOO_MANY
from engine.mapping.copying import Copy, Named
from engine.mapping.deciding import When
from engine.mapping.loops import ForEach
from engine.mapping.output import Start
from engine.mapping.setting import AppendSegment
from engine.mapping.sharing import Use
from engine.mapping.steps import Step, StepList
from engine.problems import Place, Problems

Written = tuple[str, Place]
"""A segment that a step adds, and the step's place."""

_BRANCHES = ("then", "otherwise")
_NOT_HERE = "cannot stand here"
_TOO_OFTEN = "may not stand here again"
_Doubts = dict[Place, dict[str, dict[str, None]]]
"""For each step why, and of which segments: one warning tells all of a step."""


def warn_of_order(steps: StepList, start: Start, structure: Structure | None, problems: Problems) -> None:
    """Tell of every segment that the structure has no place for, or not behind what the steps before have added."""
    if structure is None:
        return
    if start is Start.COPY:
        _warn_of_strangers(steps, structure, problems)
        return
    doubts: _Doubts = {}
    for branch in _BRANCHES:
        written = [each for each in _added(steps, branch, structure) if not each[0].startswith("Z")]
        for finding in sequence_gives(structure, ["MSH", *(name for name, _ in written)]):
            name, place = written[finding.segment_index - 1]
            why = _TOO_OFTEN if finding.code == TOO_MANY else _NOT_HERE
            doubts.setdefault(place, {}).setdefault(why, {})[name] = None
    for place, reasons in doubts.items():
        told = " and ".join(f"{', '.join(names)} {why}" for why, names in reasons.items())
        text = f"in the order of {structure.name} {told}"
        problems.warn(place, "structure-order", text, "add the segments in the structure's order")


def _warn_of_strangers(steps: StepList, structure: Structure, problems: Problems) -> None:
    for branch in _BRANCHES:
        for name, place in _added(steps, branch, structure):
            if not name.startswith("Z") and not structure.contains(name):
                text = f"{structure.name} has no place for {name}"
                problems.warn(place, "structure-order", text, "it is added at the end")


def _added(steps: StepList, branch: str, structure: Structure) -> Iterator[Written]:
    """Yield what the steps add, in their order, as if every ``when`` went the one way."""
    for numbered in steps.steps:
        yield from _added_by(numbered.step, branch, structure)


def _added_by(step: Step, branch: str, structure: Structure) -> Iterator[Written]:
    match step:
        case Copy():
            # One copy keeps the order of the message, which is taken to be the structure's.
            names = dict.fromkeys(each.path.path.segment for each in step.segments if isinstance(each, Named))
            yield from ((name, step.place) for name in sorted(names, key=lambda name: _slot(structure, name)))
        case AppendSegment() if not step.after and not step.before:
            yield step.segment, step.place
        case ForEach() | Use():
            yield from _added(step.body, branch, structure)
        case When():
            yield from _added(step.then if branch == "then" else step.otherwise, branch, structure)


def _slot(structure: Structure, name: str) -> int:
    slots = structure.automaton.slots
    return next((slot.number for slot in slots if slot.name == name), len(slots))
