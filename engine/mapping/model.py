"""A mapping: a file of ``mappings/`` read into compiled steps, every problem told."""

from collections.abc import Iterator
from collections.abc import Mapping as Names
from dataclasses import dataclass, fields, is_dataclass
from functools import cache

from engine.context import NO_NEEDS, Needs
from engine.documents import Entries, Node, Reader, Scalar, kind_of
from engine.errors import UnsafeValue
from engine.expression import CompiledPath, Condition, Formula, Table, Vocabulary
from engine.grammar import Grammar, Structure, grammar_for, known_version
from engine.mapping.calling import Call
from engine.mapping.copying import Known
from engine.mapping.library import Library
from engine.mapping.literals import Literal, read_literal
from engine.mapping.loading import Loading
from engine.mapping.loops import load_loop_path
from engine.mapping.order import warn_of_order
from engine.mapping.output import Start
from engine.mapping.reading import load_steps
from engine.mapping.recording import Record
from engine.mapping.steps import StepList
from engine.problems import Place, Problems

_DEFAULT_VERSION = "2.5.1"


@dataclass(frozen=True, slots=True)
class OutputSpec:
    """What a mapping makes."""

    start: Start
    message: Literal | None
    """MSH-9; None keeps the inbound one, which only a copy may."""
    version: str
    """MSH-12; '' keeps the inbound one."""
    structure: Structure | None
    """The structure that MSH-9 names; None where the inbound one is kept."""
    split: CompiledPath | None
    validate: Node | None = None
    """What must be true of every message that it makes, as written: `engine.validation` reads it."""


@dataclass(frozen=True, slots=True)
class Mapping:
    """How one message becomes another, or several."""

    name: str
    output: OutputSpec
    steps: StepList
    needs: Needs
    """What the formulas read beyond the message."""
    reads: frozenset[str]
    """The segments that the formulas read."""
    place: Place
    calls: frozenset[str] = frozenset()
    """Functions in Python that the steps ask, as ``module:function``."""


def load_mapping(
    node: Node, tables: Names[str, Table], problems: Problems, library: Library | None = None
) -> Mapping | None:
    """Return the mapping in *node*; None where it cannot be run at all. What is wrong is among the problems."""
    if not isinstance(node, Entries):
        text = f"a mapping's file holds a map, not {kind_of(node)}"
        problems.add(node.place, "wrong-kind", text, "begin with 'mapping: NAME'")
        return None
    reader = Reader(node, problems)
    name, output = reader.required("mapping"), reader.map("output")
    if output is None and reader.node("output") is None and "output" not in node.left_out:
        problems.add(node.place, "missing-key", "'output' is missing here", "as in output: {start: copy}")
    loading = _loading(output, tables, problems)
    loading.library = library or Library()
    spec = None if output is None else _output(output, loading)
    steps = load_steps(reader.node("steps"), loading)
    if reader.node("steps") is None and "steps" not in node.left_out:
        problems.add(node.place, "missing-key", "'steps' is missing here", "a mapping without any says 'steps: []'")
    reader.node("cases")  # the workbench reads them
    reader.finish("a mapping")
    if name is None or spec is None:
        return None
    warn_of_order(steps, spec.start, spec.structure, problems)
    needs, calls = _needs(spec, steps), _calls(steps)
    if needs and calls:
        text = "a mapping that reads the record index asks no function in Python: everybody would wait for it"
        problems.add(name.place, "python-and-index", text, "make two mappings of it")
    return Mapping(name.text, spec, steps, needs, _reads(steps), name.place, calls)


def _loading(output: Entries | None, tables: Names[str, Table], problems: Problems) -> Loading:
    """Return what steps may name; the version decides which names of fields there are."""
    written, start = (None, None) if output is None else (output.get("version"), output.get("start"))
    version = written.text if isinstance(written, Scalar) and known_version(written.text) else _DEFAULT_VERSION
    words = Vocabulary(version, tables, allows_out=True, allows_counter=True, allows_known=True)
    copied = isinstance(start, Scalar) and start.text == Start.COPY.value
    return Loading(problems, words, Start.COPY if copied else Start.EMPTY, grammar_for(version))


def _output(node: Entries, loading: Loading) -> OutputSpec | None:
    reader, problems = Reader(node, loading.problems), loading.problems
    start = reader.choice("start", [each.value for each in Start])
    if reader.node("start") is None and "start" not in node.left_out:
        problems.add(node.place, "missing-key", "'start' is missing here", "empty or copy")
    wanted = reader.required if start == Start.EMPTY.value else reader.scalar
    message, version = wanted("message"), wanted("version")
    if version is not None and not known_version(version.text):
        problems.add(version.place, "unknown-version", f"'{version.text}' is no version of HL7 v2", "as in 2.5.1")
    split, validate = reader.scalar("split"), reader.node("validate")
    reader.finish("output")
    literal, structure = _message_type(message, loading.grammar, problems)
    loading.structure = structure
    found = None if split is None else load_loop_path(split, loading)
    if found is not None and split is not None and found[1][1]:
        problems.add(split.place, "not-a-segment", "'split' takes a segment: repetitions make no messages", "as in OBR")
    loading.split = None if found is None else found[1]
    if not start or (split is not None and found is None) or (start == Start.EMPTY.value and literal is None):
        return None
    written = "" if version is None else version.text
    return OutputSpec(Start(start), literal, written, structure, None if found is None else found[0], validate)


def _message_type(
    scalar: Scalar | None, grammar: Grammar, problems: Problems
) -> tuple[Literal | None, Structure | None]:
    """Return MSH-9 and its structure; a structure that the version does not have is a problem."""
    if scalar is None:
        return None, None
    code, event, name, *_ = (*scalar.text.split("^"), "", "")
    structure = grammar.structure(name or grammar.structure_name(code, event, ""))
    if structure is None:
        text = f"{grammar.version} has no structure for {scalar.text}"
        problems.add(scalar.place, "unknown-structure", text, "as in ADT^A01^ADT_A01")
    try:
        return read_literal(scalar.text), structure
    except UnsafeValue:
        problems.add(scalar.place, "unsafe-value", "the text holds a control character")
        return None, structure


def _needs(spec: OutputSpec, steps: StepList) -> Needs:
    needs = NO_NEEDS if spec.split is None else spec.split.needs
    for part in _parts_of(steps):
        if isinstance(part, Formula | Condition | CompiledPath):
            needs |= part.needs
        elif isinstance(part, Record):
            needs |= Needs(charges=True)
        elif isinstance(part, Known):
            needs |= Needs(frozenset({part.name}))
    return needs


def _reads(steps: StepList) -> frozenset[str]:
    return frozenset[str]().union(*(compiled.reads for compiled in _compiled_in(steps)))


def _calls(steps: StepList) -> frozenset[str]:
    return frozenset(part.name for part in _parts_of(steps) if isinstance(part, Call))


def _compiled_in(steps: StepList) -> Iterator[Formula | Condition | CompiledPath]:
    for part in _parts_of(steps):
        if isinstance(part, Formula | Condition | CompiledPath):
            yield part


def _parts_of(whole: object) -> Iterator[object]:
    """Yield all that steps hold: things are found by what they are, so that no new step forgets to declare."""
    waiting = [whole]
    while waiting:
        part = waiting.pop()
        yield part
        waiting += part if isinstance(part, tuple) else [getattr(part, each) for each in _names_in(type(part))]  # type: ignore[arg-type]


@cache
def _names_in(kind: type) -> tuple[str, ...]:
    """Return what to look into, of a thing of that kind; asking it of every thing anew took a third of a load."""
    is_whole = issubclass(kind, Formula | Condition | CompiledPath) or not is_dataclass(kind)
    return () if is_whole else tuple(each.name for each in fields(kind))
