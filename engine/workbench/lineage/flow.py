"""Where a field of a message goes on its way through one mapping: what a change of it could change in the output.

Predicts more rather than less: whatever changes in an output after one field was changed is among what is told here.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from typing import assert_never

from engine.expression import CompiledPath, Condition, Formula
from engine.expression.compiled import nodes_in
from engine.expression.syntax import Constant, Here, Invoke
from engine.expression.syntax import Let as LetRead
from engine.hl7.path import All, First, Root
from engine.hl7.path import Number as NumberOf
from engine.mapping import Mapping
from engine.mapping.calling import Call
from engine.mapping.copying import Copy, Delete, Glob, Named
from engine.mapping.deciding import Fail, SkipOutput, When
from engine.mapping.deciding import Let as LetStep
from engine.mapping.loops import ForEach
from engine.mapping.numbering import Number as NumberStep
from engine.mapping.output import Start
from engine.mapping.places import SetLeaves, SetPlaces
from engine.mapping.setting import AppendRepetition, AppendSegment, Set
from engine.mapping.sharing import Use
from engine.mapping.steps import StepList
from engine.mapping.targets import SetField, SetPart, Setter
from engine.mapping.values import Fixed, Value
from engine.workbench.lineage.field import Field, Look, field_of, looks_in_brackets, looks_of

EVERYTHING = frozenset({("MSH", 1), ("MSH", 2), ("MSH", 9), ("MSH", 12), ("MSH", 18)})
"""Fields by which the whole message is read: delimiters, type, version and character set."""
INHERITED = frozenset({3, 4, 5, 6, 11, 18})
"""Fields of the MSH that an output which begins empty takes over."""
CONTROL_ID = Field("MSH", 10)
_NEVER_FAIL = frozenset(
    {"upper", "lower", "trim", "title", "digits", "replace", "matches", "length", "first", "count", "exists", "if"}
    | {"coalesce", "listed", "received_at", "destination", "counter", "join", "item"}
)
"""Functions that answer whatever they are given; with the others an output can fail."""


@dataclass(slots=True)
class Flow:
    """One field on its way. Mutable: it goes through the steps as a message would."""

    source: Field
    reached: set[Field] = field(default_factory=set)
    """Places of the output that a change of it can change."""
    decides: bool = False
    """Whether a change can decide if, or how many times, the output is made at all."""
    lets: set[str] = field(default_factory=set)
    counters: set[str] = field(default_factory=set)
    _around: list[bool] = field(default_factory=list)
    """The loops and conditions around a step: whether the field has a say in each."""

    def through(self, mapping: Mapping, header: Iterable[Field]) -> None:
        """Go through *mapping* from its beginning, for a destination that writes *header* first."""
        spec, source = mapping.output, self.source
        if (
            spec.start is Start.COPY
            or spec.message is None
            or (source.segment == "MSH" and source.number in (0, *INHERITED))
        ):
            self.reached.add(source)
        for each in header:
            self._cleared(each)
        if spec.split is not None and self._in_brackets(spec.split, Root.MESSAGE):
            self.decides = True
        self.steps(mapping.steps)

    def steps(self, steps: StepList) -> None:
        """Go through a list of steps; what they name by ``let`` is kept, which predicts no less."""
        for each in steps.steps:
            with self._inside(each.when):
                self._step(each.step)

    def _step(self, step: object) -> None:
        match step:
            case Set(entries=entries):
                for entry in entries:
                    self._set(entry)
            case AppendSegment():
                self._writes(Field(step.segment), by_value=False)
                for added in step.entries:
                    self._set(added)
            case AppendRepetition():
                given = [self._gives(value) for _, _, value, _ in step.entries]
                self._writes(Field(step.segment, step.number), by_value=any(given))
            case Copy() | Delete():
                self._move(step)
            case ForEach():
                self._loop(step)
            case When():
                with self._inside(step.condition):
                    self.steps(step.then)
                    self.steps(step.otherwise)
            case Use():
                self.steps(step.body)
            case _:
                self._other(step)

    def _other(self, step: object) -> None:
        match step:
            case NumberStep():
                moved = any(not each.number for each in self.reached)
                for name in step.segments:
                    self._writes(Field(name, 1), by_value=moved)
            case LetStep():
                for name, value in step.values:
                    if self._has_say or (isinstance(value, Formula) and self._asks(value)):
                        self.lets.add(name)
            case Call():
                asked = [isinstance(value, Formula) and self._asks(value) for _, value in step.arguments]
                if self._has_say or any(asked):
                    self.lets.update(step.gives)
                    self.decides = True  # a function in Python may fail
            case Fail() | SkipOutput():
                self.decides |= self._has_say
            case _:
                self.decides = True  # a kind of step that is not known here: anything may follow from it

    @property
    def _has_say(self) -> bool:
        """Whether the field has a say in whether, or how often, the step at hand is run."""
        return any(self._around)

    @contextmanager
    def _inside(self, condition: Condition | None) -> Iterator[None]:
        """Stand inside a condition, if there is one."""
        if condition is None:
            yield
            return
        self._around.append(self._asks(condition))
        yield
        self._around.pop()

    def _loop(self, step: ForEach) -> None:
        walked = field_of(step.path.path)
        turns = bool(walked.number) and self.source.meets(walked)
        self._around.append(self._in_brackets(step.path, Root.MESSAGE) or turns)
        for _ in range(2):  # what one turn writes the next one may read
            with self._inside(step.when):
                self.steps(step.body)
        self._around.pop()

    def _set(self, entry: Setter) -> None:
        match entry:
            case SetField():
                self._write(Field(entry.segment, entry.number), entry.value)
            case SetPart():
                self._write(Field(entry.segment, entry.number, entry.component), entry.value)
            case SetLeaves():
                chosen = self._in_brackets(entry.compiled, Root.OUT)
                self._writes(Field(entry.compiled.path.segment), by_value=self._gives(entry.value) or chosen)
            case SetPlaces():
                self._set_places(entry)
            case _:
                assert_never(entry)

    def _set_places(self, entry: SetPlaces) -> None:
        compiled, target = entry.each.compiled, field_of(entry.each.compiled.path)
        if isinstance(compiled.path.occurrence, NumberOf) or isinstance(compiled.path.repetition, NumberOf):
            # An index more than one past the end is a failure.
            self.decides |= any(each.meets(Field(target.segment, target.number)) for each in self.reached)
        chosen = self._in_brackets(compiled, Root.OUT)
        self._writes(target, by_value=self._gives(entry.value) or chosen)

    def _write(self, target: Field, value: Value) -> None:
        by_value = self._gives(value)
        self._writes(target, by_value=by_value)
        if target.segment == "MSH" and not by_value:  # of other segments only the first is written
            self._cleared(target)

    def _writes(self, target: Field, *, by_value: bool) -> None:
        if by_value or self._has_say:
            self.reached.add(target)

    def _move(self, step: Copy | Delete) -> None:
        takes = isinstance(step, Copy)
        for each in step.segments:
            name = each.text if isinstance(each, Glob) else each.path.path.segment
            chosen = isinstance(each, Named) and self._in_brackets(each.path, Root.MESSAGE if takes else Root.OUT)
            if takes and fnmatchcase(self.source.segment, name):
                self.reached.add(self.source)
            self._writes(Field(name), by_value=chosen)
            if not takes and (isinstance(each, Glob) or _is_every(each.path)):
                self._cleared(Field(name))
        for known in step.known if isinstance(step, Copy) else ():
            self.reached.add(Field(known.name))
        for path in step.fields if isinstance(step, Delete) else ():
            target, chosen = field_of(path.compiled.path), self._in_brackets(path.compiled, Root.OUT)
            self._writes(target, by_value=chosen)
            if _is_every(path.compiled):
                self._cleared(target)

    def _cleared(self, target: Field) -> None:
        """Forget what is certainly not there any more; in a loop or under a condition nothing is certain."""
        if not self._around:
            self.reached -= {each for each in self.reached if target.holds(each)}

    def _gives(self, value: Value) -> bool:
        """Tell whether the field has a say in what *value* gives."""
        return not isinstance(value, Fixed) and self._asks(value.formula)

    def _asks(self, compiled: Formula | Condition) -> bool:
        """Tell whether the field has a say in an expression, and note whether that could make it fail."""
        node = compiled.node
        says = any(self._seen(look) for look in looks_of(node))
        for each in nodes_in(node):
            if isinstance(each, LetRead):
                says |= each.name in self.lets
            elif isinstance(each, Here):
                says |= bool(self.reached)
            elif isinstance(each, Invoke) and each.function.needs:
                says = True  # whom a message is about, and which of its visits, any field may tell
            elif isinstance(each, Invoke) and each.function.name == "counter":
                says |= self._counts(each)
        if says and any(isinstance(each, Invoke) and each.function.name not in _NEVER_FAIL for each in nodes_in(node)):
            self.decides = True
        return says

    def _counts(self, call: Invoke) -> bool:
        """Tell whether a shared counter depends on it; one that is asked under its conditions does from then on."""
        name = str(call.arguments[0].value) if call.arguments and isinstance(call.arguments[0], Constant) else ""
        if name and self._has_say:
            self.counters.add(name)
        return name in self.counters or self._has_say

    def _in_brackets(self, compiled: CompiledPath, root: Root) -> bool:
        """Tell whether the field has a say in which places a path means; *root* is the message that it looks at."""
        return any(self._seen(replace(look, root=root)) for look in looks_in_brackets(compiled.node))

    def _seen(self, look: Look) -> bool:
        match look.root:
            case Root.MESSAGE:
                # A changed field changes no segment's presence.
                return not look.presence and self.source.meets(look.field)
            case Root.OUT:
                return any(each.meets(look.field) for each in self.reached)
            case Root.KNOWN:
                return True
            case _:
                assert_never(look.root)


def _is_every(compiled: CompiledPath) -> bool:
    """Tell whether a path without an index, and so every occurrence, is meant."""
    path = compiled.path
    return isinstance(path.occurrence, First | All) and isinstance(path.repetition, First | All)
