"""``set`` and ``append``: writing into what is there, and adding to it."""

from dataclasses import dataclass

from engine.documents import Node, Reader, Scalar
from engine.errors import RuleFailed
from engine.hl7.path import EVERY, FIRST
from engine.mapping.first_only import warn_of_first_only
from engine.mapping.lefthand import depth_of, load_field_path, load_left_path, refuse_msh
from engine.mapping.loading import Loading, pairs_in
from engine.mapping.new_segment import goes_at_once, new_segment, placed
from engine.mapping.places import create, field_at, there
from engine.mapping.run import Run
from engine.mapping.targets import SetField, SetPart, Setter, setter
from engine.mapping.values import Value, load_value
from engine.problems import Place

Added = SetField | SetPart


@dataclass(frozen=True, slots=True)
class Set:
    """``set: {PATH: value}``: entries run in order."""

    place: Place
    entries: tuple[Setter, ...]

    def run(self, run: Run) -> None:
        """Write every entry."""
        entry = None
        try:
            for entry in self.entries:
                run.place = entry.place
                entry.run(run)
        except RuleFailed as failure:
            raise placed(failure, entry) from None


@dataclass(frozen=True, slots=True)
class AppendSegment:
    """``append: SEG`` with ``set``: a further segment, and what stands in it."""

    place: Place
    segment: str
    after: str
    before: str
    entries: tuple[Added, ...]
    in_one_go: bool
    """Whether no entry asks for more than its own value: the segment is then written before it is added."""

    def run(self, run: Run) -> None:
        """Add the segment, then write into it."""
        if self.in_one_go and run.trace is None:
            where = self._where(run)
            run.output.insert(where, new_segment(self.segment, self.entries, run))
            return
        position = run.output.insert(self._where(run), self.segment)
        if run.trace is not None:
            run.record("append", self.segment, "", self.segment)
        entry = None
        try:
            for entry in self.entries:
                run.place = entry.place
                entry.write_at(run, position)
        except RuleFailed as failure:
            raise placed(failure, entry) from None

    def _where(self, run: Run) -> int:
        left = run.left
        if self.after and (found := left.positions(self.after)):
            return found[-1] + 1
        if self.before and (found := left.positions(self.before)):
            return found[0]
        return left.end(self.segment)


@dataclass(frozen=True, slots=True)
class AppendRepetition:
    """``append: PID-3`` with ``set``: a further repetition, and what stands in it."""

    place: Place
    segment: str
    number: int
    entries: tuple[tuple[int | None, int | None, Value, Place], ...]
    """Component, subcomponent, what is written, and where the rule stands."""

    def run(self, run: Run) -> None:
        """Add the repetition; one into which nothing is written leaves no trace."""
        builder, position, repetition = run.output.builder, run.left.first(self.segment), 1
        if position >= 0:
            raw = field_at(builder.fields(position), self.number)
            run.env.budget.rewrite(len(raw))
            repetition = raw.count(builder.delimiters.repetition) + 2 if raw else 1
        for component, subcomponent, value, place in self.entries:
            run.place = place
            raw = value.raw(run.env)
            if not raw:
                continue
            if position < 0:
                position = create(run, self.segment)
            if run.trace is not None:
                before = there(run, position, self.number, repetition)
                run.record("append", f"{self.segment}-{self.number}", before, raw)
            run.env.budget.grow(len(raw))
            builder.set_leaf(position, self.number, repetition, component, subcomponent, raw)
        if position >= 0:
            run.left.add_repetition(position, self.number, repetition)


def load_set(node: Node, loading: Loading) -> tuple[Setter, ...]:
    """Return the entries of a ``set``; what is wrong with them is reported."""
    found = (_entry(key, value, loading) for key, value in pairs_in(node, loading))
    return tuple(entry for entry in found if entry is not None)


def _entry(key: Scalar, scalar: Scalar, loading: Loading) -> Setter | None:
    compiled = load_field_path(key, loading)
    if compiled is None:
        return None
    value = load_value(scalar, depth_of(compiled.path, loading.loops), loading.per_place(many=compiled.many))
    if value is None:
        return None
    warn_of_first_only(compiled, value, scalar, loading)
    return setter(compiled, key.text, value, loading)


def load_append(reader: Reader, loading: Loading) -> AppendSegment | AppendRepetition | None:
    """Return an ``append`` with what stands beside it."""
    target, entries = reader.required("append"), reader.node("set")
    after, before = reader.scalar("after"), reader.scalar("before")
    if target is None:
        return None
    compiled = load_left_path(target, loading)
    if compiled is None or refuse_msh(compiled, target, loading):
        return None
    path, places = compiled.path, [each for each in (after, before) if each is not None]
    if path.component is not None or path.field == EVERY or (path.occurrence, path.repetition) != (FIRST, FIRST):
        text = "'append' takes a segment or a field, without an index"
        loading.problems.add(target.place, "not-appendable", text, "as in NK1 or PID-3")
        return None
    if len(places) > 1 or (places and path.field is not None):
        text = "a segment is added 'after' or 'before' another one, a repetition at the end of its field"
        loading.problems.add(places[-1].place, "misplaced-key", text)
    if path.field is not None:
        # As in a loop over its repetitions: the field means the one that is added, and holds no further ones.
        inner = loading.inner((path.segment, path.field))
        written = load_set(entries, inner) if entries is not None else ()
        return _append_repetition(target, path.segment, path.field, written, loading)
    names = (_segment_name(after, loading), _segment_name(before, loading))
    written = load_set(entries, loading) if entries is not None else ()
    added = _into_segment(path.segment, written, loading)
    return AppendSegment(target.place, path.segment, names[0], names[1], added, goes_at_once(added))


def _segment_name(scalar: Scalar | None, loading: Loading) -> str:
    compiled = None if scalar is None else load_left_path(scalar, loading)
    if compiled is None or scalar is None:
        return ""
    if compiled.path.field is not None or compiled.path.occurrence != FIRST:
        loading.problems.add(scalar.place, "not-a-segment", f"{scalar.text} is no segment", "as in OBR")
    return compiled.path.segment


def _into_segment(segment: str, entries: tuple[Setter, ...], loading: Loading) -> tuple[Added, ...]:
    for entry in entries:
        if not isinstance(entry, Added) or entry.segment != segment:
            _not_added(entry, f"{segment}-1", loading)
    return tuple(entry for entry in entries if isinstance(entry, Added))


def _append_repetition(
    target: Scalar, segment: str, number: int, entries: tuple[Setter, ...], loading: Loading
) -> AppendRepetition:
    written: list[tuple[int | None, int | None, Value, Place]] = []
    for entry in entries:
        if not isinstance(entry, Added) or (entry.segment, entry.number) != (segment, number):
            _not_added(entry, f"{segment}-{number}.1", loading)
        elif isinstance(entry, SetPart):
            written.append((entry.component, entry.subcomponent, entry.value, entry.place))
        else:
            written.append((None, None, entry.value, entry.place))
    return AppendRepetition(target.place, segment, number, tuple(written))


def _not_added(entry: Setter, example: str, loading: Loading) -> None:
    text = f"{entry.text} is not in what is added: 'set' beside 'append' writes into that only"
    hint = f"write {example} without an index, or use a step of its own"
    loading.problems.add(entry.place, "not-what-is-added", text, hint)
