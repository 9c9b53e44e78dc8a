"""``number``: set ids from 1, restarting in each enclosing group."""

from dataclasses import dataclass

from engine.documents import Node, Scalar
from engine.grammar import Placement
from engine.grammar.definitions import GroupNode, Slot
from engine.grammar.placement import ROOT
from engine.mapping.lefthand import load_left_path, refuse_msh
from engine.mapping.loading import Loading, scalars_in
from engine.mapping.places import field_at
from engine.mapping.remembered import placed
from engine.mapping.run import Run
from engine.problems import Place

_SET_ID = 1


@dataclass(frozen=True, slots=True)
class Number:
    """``number: [OBX]``."""

    place: Place
    segments: tuple[str, ...]

    def run(self, run: Run) -> None:
        """Write the set id of every segment named, in the order of the output."""
        builder, structure = run.output.builder, run.structured.structure
        placement = None if structure is None else placed(structure, builder.names)
        run.env.budget.spend(len(builder.names))
        for name in self.segments:
            counts: dict[tuple[int, int], int] = {}
            for position in run.left.positions(name):
                group = (ROOT, 0) if placement is None else _counted_in(placement, position, name)
                counts[group] = counts.get(group, 0) + 1
                text = str(counts[group])
                if run.trace is not None:
                    run.record("number", f"{name}-1", field_at(builder.fields(position), _SET_ID), text)
                builder.set_field(position, _SET_ID, text)


def _counted_in(placement: Placement, position: int, name: str) -> tuple[int, int]:
    """Return the group instance in which a segment is counted, and the part of it that repeats.

    In OBSERVATION, which has one OBX, nothing is to be counted: the OBX of all the OBSERVATIONs of an order are.
    """
    number = placement.group_of[position]
    instance = placement.groups[number]
    inner: GroupNode | str = name
    while True:
        order = _part_of(instance.node, inner)
        if instance.id == ROOT or order < 0 or instance.node.parts[order].repeats:
            return instance.id, order
        inner, instance = instance.node, placement.groups[instance.parent]


def _part_of(node: GroupNode, inner: GroupNode | str) -> int:
    for order, part in enumerate(node.parts):
        for choice in part.choices:
            if choice is inner or (isinstance(choice, Slot) and choice.name == inner):
                return order
    return -1


def load_number(node: Node, loading: Loading, place: Place) -> Number:
    """Return a ``number`` of segments that have a set id."""
    names = [_segment(scalar, loading) for scalar in scalars_in(node, loading)]
    return Number(place, tuple(name for name in names if name))


def _segment(scalar: Scalar, loading: Loading) -> str:
    compiled = load_left_path(scalar, loading)
    if compiled is None or refuse_msh(compiled, scalar, loading):
        return ""
    name = compiled.path.segment
    if scalar.text != name:
        loading.problems.add(scalar.place, "not-a-segment", f"{scalar.text} is no segment's name", "as in OBX")
        return ""
    definition = loading.grammar.segment(name)
    if definition is not None and (1 not in definition.fields or definition.fields[1].datatype != "SI"):
        text = f"{name}-1 is no set id in {loading.grammar.version}"
        loading.problems.add(scalar.place, "no-set-id", text, "'set' it, perhaps with =counter()")
        return ""
    return name
