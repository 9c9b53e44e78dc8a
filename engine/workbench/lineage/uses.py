"""Which rules touch a field: who looks at it, who takes it over, who writes it and who takes it away."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from fnmatch import fnmatchcase

from engine.expression import CompiledPath, Condition, Formula
from engine.hl7.path import Root
from engine.mapping import Mapping
from engine.mapping.copying import Copy, Delete, Glob
from engine.mapping.numbering import Number
from engine.mapping.output import Start
from engine.mapping.places import SetLeaves, SetPlaces
from engine.mapping.setting import AppendRepetition, AppendSegment, Set
from engine.mapping.sharing import Use as SharedUse
from engine.mapping.steps import StepList
from engine.mapping.targets import SetField, SetPart, Setter
from engine.problems import Place
from engine.routing import Destination, Route, Rules
from engine.workbench.lineage.field import Field, field_of, looks_in_brackets, looks_of
from engine.workbench.lineage.flow import INHERITED
from engine.workbench.quoting import Quotes
from engine.workbench.watching import parts_of


class Manner(Enum):
    """How a rule touches a field."""

    DECIDES = "decides"
    """A route's ``accept`` or ``when`` looks at it."""
    READS = "reads"
    COPIES = "copies"
    WRITES = "writes"
    DELETES = "deletes"


@dataclass(frozen=True, slots=True)
class Use:
    """One rule that touches the field."""

    manner: Manner
    place: Place
    words: str
    """The line of the rule."""
    rule: str
    """The route, mapping or destination that it stands in."""
    ways: tuple[str, ...] = ()
    """Where it is at work, as ``admissions to billing``."""


def uses_of(rules: Rules, wanted: Field) -> tuple[Use, ...]:
    """Return every rule that touches *wanted*, in the order of files and lines; each place once for each manner."""
    quotes = Quotes.of(rules)
    found: dict[tuple[Manner, Place], Use] = {}
    for (manner, place, words), rule, ways in _all(rules, wanted):
        found.setdefault((manner, place), Use(manner, place, words or quotes.line(place), rule, ways))
    return tuple(sorted(found.values(), key=lambda use: (use.place, use.manner.value)))


Touch = tuple[Manner, Place, str]
"""How, where, and in which words if not in those of the line."""


def _all(rules: Rules, wanted: Field) -> Iterator[tuple[Touch, str, tuple[str, ...]]]:
    for route in rules.routes:
        for touch in _of_route(route, wanted):
            yield touch, route.name, ()
    for mapping in rules.mappings.values():
        ways = tuple(dict.fromkeys(_ways(rules, mapping)))
        for touch in _Walk(wanted).mapping(mapping):
            yield touch, mapping.name, ways
    for destination in rules.destinations.values():
        for touch in _of_destination(destination, wanted):
            yield touch, destination.name, ()


def _ways(rules: Rules, mapping: Mapping) -> Iterator[str]:
    for route in rules.routes:
        yield from (f"{route.name} to {each.destination}" for each in route.entries if each.mapping is mapping)


def _of_route(route: Route, wanted: Field) -> Iterator[Touch]:
    conditions = [route.accept, *(entry.when for entry in route.entries)]
    for condition in conditions:
        if condition is not None and _looks(condition, wanted):
            yield Manner.DECIDES, condition.place, ""
    for entry in route.entries:
        if entry.mapping is None:  # the bytes as they came
            yield Manner.COPIES, entry.place, f"{entry.destination}: unchanged"


def _of_destination(destination: Destination, wanted: Field) -> Iterator[Touch]:
    for compiled, _ in destination.header:
        if field_of(compiled.path).meets(wanted):
            yield Manner.WRITES, compiled.place, ""
    if destination.lane_by is not None and _looks(destination.lane_by, wanted):
        yield Manner.READS, destination.lane_by.place, ""


def _looks(compiled: Condition | Formula, wanted: Field) -> bool:
    return any(look.root is not Root.KNOWN and look.field.meets(wanted) for look in looks_of(compiled.node))


@dataclass(slots=True)
class _Walk:
    """Goes through a mapping and tells of every rule that touches the field."""

    wanted: Field
    found: list[Touch] = field(default_factory=list)

    def mapping(self, mapping: Mapping) -> list[Touch]:
        """Return the rules of *mapping* that touch it."""
        spec, wanted = mapping.output, self.wanted
        if (
            spec.start is Start.COPY
            or spec.message is None
            or (wanted.segment == "MSH" and wanted.number in (0, *INHERITED))
        ):
            self._tell(Manner.COPIES, mapping.place, f"output: start: {spec.start.value}")
        for number, says in ((9, spec.message), (12, spec.version)):
            if says and Field("MSH", number).meets(wanted):
                self._tell(Manner.WRITES, mapping.place, "output: message and version")
        if spec.split is not None:
            self._path(spec.split)
        self._steps(mapping.steps)
        return self.found

    def _steps(self, steps: StepList) -> None:
        for each in steps.steps:
            if each.when is not None:
                self._expression(each.when)
            self._step(each.step, each.place)

    def _step(self, step: object, place: Place) -> None:
        match step:
            case Set() | AppendSegment() | AppendRepetition():
                self._write(step)
            case Copy() | Delete():
                self._move(step, place)
            case Number():
                if any(Field(name, 1).meets(self.wanted) for name in step.segments):
                    self._tell(Manner.WRITES, place)
            case SharedUse():
                self._steps(step.body)
            case _:
                self._parts(step)

    def _write(self, step: Set | AppendSegment | AppendRepetition) -> None:
        if isinstance(step, AppendRepetition):
            for component, _, value, place in step.entries:
                self._target(Field(step.segment, step.number, component or 0), place)
                self._parts(value)
            return
        for entry in step.entries:
            self._set(entry)
        if isinstance(step, AppendSegment) and not step.entries:
            self._target(Field(step.segment), step.place)

    def _set(self, entry: Setter) -> None:
        match entry:
            case SetField():
                self._target(Field(entry.segment, entry.number), entry.place)
            case SetPart():
                self._target(Field(entry.segment, entry.number, entry.component), entry.place)
            case SetLeaves():
                self._target(Field(entry.compiled.path.segment), entry.place)
            case SetPlaces():
                self._target(field_of(entry.each.compiled.path), entry.place)
                self._path(entry.each.compiled)
        self._parts(entry.value)

    def _move(self, step: Copy | Delete, place: Place) -> None:
        manner = Manner.COPIES if isinstance(step, Copy) else Manner.DELETES
        for each in step.segments:
            name = each.text if isinstance(each, Glob) else each.path.path.segment
            if fnmatchcase(self.wanted.segment, name):
                self._tell(manner, place if isinstance(each, Glob) else each.path.place)
            if not isinstance(each, Glob):
                self._path(each.path)
        for path in step.fields if isinstance(step, Delete) else ():
            self._path(path.compiled)
            if field_of(path.compiled.path).meets(self.wanted):
                self._tell(Manner.DELETES, path.compiled.place)

    def _parts(self, part: object) -> None:
        """Look into whatever a step or a value holds, whichever kind it is."""
        if isinstance(part, Formula | Condition):
            self._expression(part)
        elif isinstance(part, CompiledPath):
            self._path(part)
            if part.path.field is not None and field_of(part.path).meets(self.wanted):
                self._tell(Manner.READS, part.place)
        elif isinstance(part, StepList):
            self._steps(part)
        elif isinstance(part, tuple):
            for each in part:
                self._parts(each)
        else:
            for _, each in parts_of(part):
                self._parts(each)

    def _expression(self, compiled: Formula | Condition) -> None:
        if _looks(compiled, self.wanted):
            self._tell(Manner.READS, compiled.place)

    def _path(self, compiled: CompiledPath) -> None:
        if any(look.field.meets(self.wanted) for look in looks_in_brackets(compiled.node)):
            self._tell(Manner.READS, compiled.place)

    def _target(self, target: Field, place: Place) -> None:
        if target.meets(self.wanted):
            self._tell(Manner.WRITES, place)

    def _tell(self, manner: Manner, place: Place, words: str = "") -> None:
        self.found.append((manner, place, words))
