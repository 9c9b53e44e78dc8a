"""Mappings as tests write them: a text in, a compiled mapping or its problems out, and a destination to run it for."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

from engine.documents import read_document
from engine.expression import CompiledPath, Moment
from engine.hl7.builder import Target
from engine.hl7.message import Message
from engine.mapping import Job, Mapping, load_mapping
from engine.problems import Problem, Problems

MOMENT = Moment(datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC), 1_772_366_400_000_000_000)


@dataclass(frozen=True)
class Destination:
    """As much of a destination as a mapping sees."""

    name: str = "billing"
    target: Target = field(default_factory=Target)
    header: tuple[tuple[CompiledPath, str], ...] = ()


def mapping_of(steps: str, output: str = "{start: copy}") -> Mapping:
    """Return the mapping with these steps; they must be without problems."""
    problems = Problems()
    mapping = _loaded(steps, output, problems)
    assert not problems.errors, "\n".join(map(str, problems.sorted()))
    assert mapping is not None
    return mapping


def problems_of(steps: str, output: str = "{start: copy}") -> list[Problem]:
    """Return what is wrong with these steps."""
    problems = Problems()
    _loaded(steps, output, problems)
    return problems.sorted()


def _loaded(steps: str, output: str, problems: Problems) -> Mapping | None:
    lines = "".join(f"  {line}\n" for line in steps.strip("\n").split("\n"))
    document = read_document("m.yaml", f"mapping: m\noutput: {output}\nsteps:\n{lines}", problems)
    assert document is not None, "\n".join(map(str, problems.sorted()))
    return load_mapping(document, {}, problems)


def message_of(*segments: str) -> Message:
    """Return the message with these segments."""
    return Message.parse("".join(f"{segment}\r" for segment in segments).encode())


def job_for(message: Message, destination: Destination | None = None, ordinal: int = 0) -> Job:
    """Return a job for one output."""
    return Job(message, MOMENT, destination or Destination(), listener="adt", ordinal=ordinal)
