"""What explaining, testing and coverage see of one message in routes and mappings; empty on the hot path."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from engine.expression.tracing import Trace
from engine.mapping.job import MappingTrace, Outcome
from engine.routing.router import Chosen


@dataclass(frozen=True, slots=True)
class Made:
    """One chosen entry, and what became of it."""

    chosen: Chosen
    mapping: MappingTrace = field(repr=False)
    """What its steps did; empty without a mapping."""
    outcomes: Sequence[Outcome]


@dataclass(slots=True)
class Tracing:
    """Collects while a message is decided; recording changes nothing of the decision."""

    conditions: Trace = field(default_factory=Trace)
    """Every ``accept`` and ``when`` of the routes that was asked, in order; each stands at its condition's place."""
    made: list[Made] = field(default_factory=list)
    """The entries that asked for an output, in order."""
